"""The preview as one ASGI application: pages, the frame, events, and the buttons' POSTs."""

from __future__ import annotations

import hashlib
import secrets
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from sse_starlette import EventSourceResponse
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from newsletter.commands.pictures import bytes_of
from newsletter.errors import NewsletterError
from newsletter.liquid import LiquidError
from newsletter.preview.buttons import Buttons
from newsletter.preview.frame import document, policy
from newsletter.preview.guard import PRIVATE, Calm, Guard
from newsletter.preview.linked import Linked
from newsletter.preview.live import Live
from newsletter.preview.page import frame_around, largest, letter_page, seen_by
from newsletter.preview.persons import person
from newsletter.preview.reach import Reaches
from newsletter.preview.results import ResultsDesk
from newsletter.preview.showing import kind_of, with_pictures
from newsletter.preview.view import View, view_of
from newsletter.preview.workshop import Shown, Workshop

_FOLDER = Path(__file__).parent / "pages"
_STATIC = {"style.css": "text/css", "script.js": "text/javascript", "icon.svg": "image/svg+xml"}
_CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; frame-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


def create_preview(
    workshop: Workshop,
    live: Live,
    *,
    usual: View | None = None,
    server: ASGIApp | None = None,
) -> Starlette:
    """The application. `usual` is the view that the preview begins with; `server` answers
    every path that is not the preview's own: the embedded server with its outbox."""
    return _Pages(workshop, live, usual or View(), server).app


class _Pages:
    def __init__(self, workshop: Workshop, live: Live, usual: View, server: ASGIApp | None) -> None:
        self._workshop = workshop
        self._live = live
        self._usual = usual
        self._token = secrets.token_urlsafe(24)
        self._run = secrets.token_hex(4)
        self._reaches = Reaches(workshop)
        self._results = ResultsDesk(workshop)
        self._linked = Linked(workshop)
        buttons = Buttons(workshop, self._reaches, self._results, self._linked, token=self._token)
        self._notices = buttons.notices
        own = [
            Route("/", self._home),
            Route("/preview/events", self._events),
            Route("/preview/nothing", self._nothing),
            Route("/issues", self._home),
            *buttons.routes(self._page),
            Route("/preview/{name}", self._static),
            Route("/issues/{slug}", self._letter),
            Route("/issues/{slug}/frame", self._frame),
            Route("/issues/{slug}/size", self._size),
            Route("/issues/{slug}/pictures/{name}", self._picture),
            Route("/issues/{slug}/email.{kind}", self._file),
        ]
        mounted = [Mount("/", server)] if server is not None else []
        self.app = Starlette(
            routes=[*own, *mounted],
            middleware=[
                Middleware(Guard),
                Middleware(Calm, explain=self._explain, page=self._broken),
            ],
            exception_handlers={HTTPException: self._missing},
        )
        self.app.router.redirect_slashes = False

    def _page(self, name: str, values: dict[str, Any], status: int = 200) -> HTMLResponse:
        html = render_page(name, {"token": self._token, "asset": _asset, **values})
        headers = {**PRIVATE, "Content-Security-Policy": _CSP}
        return HTMLResponse(html, status_code=status, headers=headers)

    def _home(self, _request: Request) -> Response:
        slug = self._workshop.newest()
        if slug is not None:
            return RedirectResponse(letter_address(slug, self._usual), 307, headers=PRIVATE)
        return self._page("empty", frame_around(self._workshop))

    def _letter(self, request: Request) -> Response:
        # What changes while the page is made is news to it: its version is the one before.
        version = self._workshop.version
        shown = self._shown(request, anew="x-part" not in request.headers)
        view = view_of(request.query_params)
        values = letter_page(
            self._workshop,
            shown,
            view,
            reach=self._reaches.known(shown.good.issue if shown.good else None),
            results=self._results.known(shown),
            looks=self._linked.known,
            notice=self._notices.pop(request.query_params.get("told", ""), None),
        )
        return self._page("letter", values | {"version": version})

    def _frame(self, request: Request) -> Response:
        shown = self._shown(request)
        view = view_of(request.query_params)
        email = seen_by(self._workshop, shown, self._person(view))
        html = ""
        if email is not None and shown.good is not None:
            place = f"/issues/{quote(shown.slug)}/pictures/"
            html = with_pictures(
                shown.good.email, email.html, address=lambda picture: place + picture.name
            )
            html = document(html, scheme=view.scheme)
        csp = policy(pictures=view.pictures, from_elsewhere=view.elsewhere)
        headers = {**PRIVATE, "Referrer-Policy": "no-referrer", "Content-Security-Policy": csp}
        return HTMLResponse(html, headers=headers)

    def _picture(self, request: Request) -> Response:
        """The bytes that are sent under a picture's name, made now: nothing is kept."""
        shown, name = self._shown(request), request.path_params["name"]
        pictures = shown.good.email.pictures if shown.good else ()
        found = next((one for one in pictures if one.name and one.name == name), None)
        if found is None:
            raise HTTPException(404)
        try:
            data = bytes_of(found)
        except OSError:
            raise HTTPException(404) from None
        headers = {**PRIVATE, "Cache-Control": "max-age=31536000, immutable"}
        return Response(data, media_type=kind_of(found), headers=headers)

    def _size(self, request: Request) -> Response:
        size, whose = largest(self._workshop, self._shown(request))
        return JSONResponse({"bytes": size, "reader": whose}, headers=PRIVATE)

    def _file(self, request: Request) -> Response:
        """The very parts of the message: `email.html`, `email.txt`, `email.eml`."""
        from newsletter.commands.build import as_message  # noqa: PLC0415 - only for a download

        shown = self._shown(request)
        if shown.good is None:
            raise HTTPException(404)
        email, kind = shown.good.email, request.path_params["kind"]
        if kind == "eml":
            who = self._person(view_of(request.query_params))
            try:
                body = as_message(
                    self._workshop.project,
                    email,
                    now=self._workshop.doors.clock(),
                    reader=who.reader,
                    leave_url=self._workshop.situation.leave_url,
                )
            except LiquidError as error:
                return Response(f"{error}\n", 422, media_type="text/plain", headers=PRIVATE)
            name = f"attachment; filename*=UTF-8''{quote(shown.slug)}.eml"
            headers = {**PRIVATE, "Content-Disposition": name}
            return Response(body, media_type="message/rfc822", headers=headers)
        parts = {"html": email.html, "txt": email.text}
        if kind not in parts:
            raise HTTPException(404)
        # As text: the browser is to show or copy the source, never to run it.
        return Response(parts[kind], media_type="text/plain; charset=utf-8", headers=PRIVATE)

    def _nothing(self, request: Request) -> Response:
        view = view_of(request.query_params)
        values = {
            **frame_around(self._workshop),
            "who": self._person(view).name,
            "what": request.query_params.get("what", "unsubscribe"),
        }
        return self._page("nothing", values)

    async def _events(self, _request: Request) -> Response:
        if self._live.is_full:
            raise HTTPException(503)
        hello = {"version": self._workshop.version, "run": self._run}
        return EventSourceResponse(self._live.listen(hello), ping=20, headers=PRIVATE)

    def _static(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in _STATIC:
            raise HTTPException(404)
        headers = {**PRIVATE, "Cache-Control": "max-age=31536000, immutable"}
        return Response(_file(name)[0], media_type=_STATIC[name], headers=headers)

    def _explain(self, error: Exception) -> str:
        doors = self._workshop.doors
        told = error if isinstance(error, NewsletterError) else doors.explain(error)
        doors.tell({"event": "trouble", "message": told.message, "hint": told.hint}, told.message)
        return f"{told.message} {told.hint}".strip()

    def _broken(self, words: str) -> Response:
        situation = self._workshop.situation
        values = {
            "name": situation.project.name,
            "label": situation.label,
            "is_real": situation.is_real,
            "outbox": situation.outbox,
            "version": self._workshop.version,
            "words": words,
        }
        return self._page("broken", values, 500)

    def _missing(self, request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        if status != 404:
            return PlainTextResponse(f"{error}\n", status, headers=PRIVATE)
        values = {**frame_around(self._workshop), "path": request.url.path}
        return self._page("missing", values, status)

    def _shown(self, request: Request, *, anew: bool = False) -> Shown:
        shown = self._workshop.show(request.path_params["slug"], anew=anew)
        if shown is None:
            raise HTTPException(404)
        return shown

    def _person(self, view: View) -> Any:
        workshop = self._workshop
        return person(workshop.doors.ledger, workshop.situation.target, view.person)


def letter_address(slug: str, view: View) -> str:
    """Where a letter is looked at in one way, as a path."""
    return f"/issues/{quote(slug)}?{view.query()}".rstrip("?")


def render_page(name: str, values: dict[str, Any]) -> str:
    """One of our pages as HTML."""
    return _environment().get_template(f"{name}.html.j2").render(values)


@cache
def _file(name: str) -> tuple[bytes, str]:
    content = (_FOLDER / name).read_bytes()
    return content, hashlib.sha256(content).hexdigest()[:12]


def _asset(name: str) -> str:
    """The address of a file of ours, another one whenever it changes."""
    return f"/preview/{name}?{_file(name)[1]}"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["style"] = Markup(_file("style.css")[0].decode())  # noqa: S704  (our own)
    return environment
