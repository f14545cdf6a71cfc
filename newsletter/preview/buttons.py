"""The buttons of the page: each is a POST with the token, and leads back to the letter."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from newsletter.commands.wish import written_time
from newsletter.errors import NewsletterError
from newsletter.preview import acts
from newsletter.preview.acts import Notice, Started, notice_of
from newsletter.preview.guard import PRIVATE, holds_token
from newsletter.preview.linked import Linked
from newsletter.preview.page import frame_around
from newsletter.preview.reach import Reaches
from newsletter.preview.results import ResultsDesk
from newsletter.preview.view import view_of
from newsletter.preview.workshop import Workshop
from newsletter.words import distance, full_time

_MOST_NOTICES = 50
Page = Callable[[str, dict[str, Any], int], HTMLResponse]
_Press = Callable[[str, FormData], Notice]


class Buttons:
    """`notices` are what presses came to, until the page they lead to has shown them."""

    def __init__(
        self,
        workshop: Workshop,
        reaches: Reaches,
        results: ResultsDesk,
        linked: Linked,
        *,
        token: str,
    ) -> None:
        self.notices: dict[str, Notice] = {}
        self._workshop = workshop
        self._reaches = reaches
        self._results = results
        self._linked = linked
        self._token = token

    def routes(self, page: Page) -> list[Route]:
        """The POSTs, and the two forms that stand on pages of their own."""

        def new_form(request: Request) -> Response:
            return self._new_form(page, copied=request.query_params.get("from", ""))

        def schedule_form(request: Request) -> Response:
            return self._schedule_form(request, page)

        async def new(request: Request) -> Response:
            return await self._new(request, page)

        async def sample(request: Request) -> Response:
            form = await self._form(request)
            return _refused() if form is None else await self._started(page, acts.sample, form)

        presses: dict[str, _Press] = {
            "test": lambda slug, form: acts.send_test(self._workshop, slug, _text(form, "as")),
            "schedule": lambda slug, form: acts.arrange(
                self._workshop, slug, _text(form, "at"), _text(form, "people")
            ),
            "unschedule": lambda slug, _form: acts.take_back(self._workshop, slug),
            "refresh": lambda slug, _form: self._refresh(slug),
            "links": lambda slug, _form: self._ask_links(slug),
        }
        return [
            Route("/preview/new", new_form, methods=["GET"]),
            Route("/preview/new", new, methods=["POST"]),
            Route("/preview/sample", sample, methods=["POST"]),
            Route("/issues/{slug}/schedule", schedule_form, methods=["GET"]),
            *(
                Route(f"/issues/{{slug}}/{name}", self._pressed(press), methods=["POST"])
                for name, press in presses.items()
            ),
        ]

    def _pressed(self, press: _Press) -> Callable[[Request], Any]:
        async def pressed(request: Request) -> Response:
            form = await self._form(request)
            if form is None:
                return _refused()
            slug = request.path_params["slug"]
            try:
                notice = await run_in_threadpool(press, slug, form)
            except HTTPException:
                raise
            except Exception as error:  # noqa: BLE001  (a database in trouble has words, too)
                notice = notice_of(self._explained(error))
            self._workshop.changed(on_disk=False)
            return self._back(slug, notice, _text(form, "view"))

        return pressed

    def _explained(self, error: Exception) -> NewsletterError:
        return error if isinstance(error, NewsletterError) else self._workshop.doors.explain(error)

    def _refresh(self, slug: str) -> Notice:
        shown = self._workshop.show(slug)
        if shown is None:
            raise HTTPException(404)
        reach = self._reaches.ask(shown.good.issue if shown.good else None)
        if reach.trouble:
            return Notice(is_well=False, words=reach.trouble, hint="What was known before stays.")
        self._results.ask(shown)
        return Notice(is_well=True, words="The readers were read anew.")

    def _ask_links(self, slug: str) -> Notice:
        shown = self._workshop.show(slug)
        if shown is None:
            raise HTTPException(404)
        return Notice(is_well=True, words=self._linked.ask(shown))

    def _schedule_form(self, request: Request, page: Page) -> Response:
        slug = request.path_params["slug"]
        shown = self._workshop.show(slug)
        if shown is None:
            raise HTTPException(404)
        when = request.query_params.get("at")
        values: dict[str, Any] = {
            **frame_around(self._workshop),
            "slug": slug,
            "subject": shown.good.issue.subject if shown.good else slug,
            "at": when or "",
            "timezone": self._workshop.project.timezone,
            "proposal": None,
            "wrong": None,
        }
        try:
            proposal = acts.propose(self._workshop, slug, when)
        except Exception as error:  # noqa: BLE001  (as for a button)
            values["wrong"] = notice_of(self._explained(error))
            return page("schedule", values, 200)
        zone = self._workshop.situation.zone
        values |= {
            "proposal": proposal,
            "at": when or f"{proposal.send_at.astimezone(zone):%Y-%m-%d %H:%M}",
            "when": full_time(proposal.send_at, zone),
            "left": distance(self._workshop.doors.clock(), proposal.send_at),
            "people": acts.people(proposal),
            "count": proposal.recipients.count,
            # What was agreed to, and not the words for it: "tomorrow" is another day after midnight.
            "agreed": written_time(proposal.send_at, proposal.issue.timezone),
        }
        return page("schedule", values, 200)

    async def _new(self, request: Request, page: Page) -> Response:
        form = await self._form(request)
        if form is None:
            return _refused()
        return await self._started(page, acts.start, form)

    async def _started(self, page: Page, begin: Callable[..., Started], form: FormData) -> Response:
        """To the new letter, or back to the form with what was wrong."""
        title, copied = _text(form, "title"), _text(form, "from")
        try:
            started = await run_in_threadpool(begin, self._workshop, title, copied)
        except NewsletterError as error:
            return self._new_form(page, title=title, copied=copied, wrong=notice_of(error))
        self._workshop.changed(on_disk=False)
        notice = Notice(is_well=True, words=f"Wrote {started.path}. Open it in your editor.")
        return self._back(started.slug, notice, _text(form, "view"))

    def _new_form(
        self, page: Page, *, title: str = "", copied: str = "", wrong: Notice | None = None
    ) -> Response:
        about = frame_around(self._workshop)
        return page("new", {**about, "title": title, "copied": copied, "wrong": wrong}, 200)

    async def _form(self, request: Request) -> FormData | None:
        """The posted fields, or None when they do not come from our own page."""
        form = await request.form(max_files=0, max_fields=20)
        return form if holds_token(request, form.get("token"), self._token) else None

    def _back(self, slug: str, notice: Notice, view: str) -> Response:
        told = secrets.token_urlsafe(6)
        while len(self.notices) >= _MOST_NOTICES:
            self.notices.pop(next(iter(self.notices)))
        self.notices[told] = notice
        kept = view_of(dict(parse_qsl(view))).query()
        query = f"{kept}&told={told}".lstrip("&")
        return RedirectResponse(f"/issues/{quote(slug)}?{query}", 303, headers=PRIVATE)


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""


def _refused() -> Response:
    return PlainTextResponse(
        "This page is from an earlier start of the preview. Load it again; nothing was done.\n",
        403,
        headers=PRIVATE,
    )
