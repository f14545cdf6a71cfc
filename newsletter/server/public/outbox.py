"""The outbox in the browser, and as JSON for scripts: shown on this computer only."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Row
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from newsletter.server.api import pages as api_pages
from newsletter.server.api.calls import Refusal, path_id
from newsletter.server.api.values import given, number, written
from newsletter.server.delivery.tracking import unseen
from newsletter.server.public import pages
from newsletter.server.public.here import is_here
from newsletter.server.public.unsubscribe import leave_with_one_click
from newsletter.server.store import outbox, subscribers
from newsletter.server.store.paging import Page, PageWish, page_of
from newsletter.server.store.store import Store, account_of
from newsletter.server.store.tables import outbox as outbox_table

_KEYS = [outbox_table.c.id]
_PER_PAGE = "50"
# A letter is somebody's HTML: it gets no script, no request beyond this server, no frame.
_LETTER_CSP = (
    "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
_HEAD = re.compile(r"<head\b[^>]*>", re.IGNORECASE)

_Endpoint = Callable[[Request], Response]


def routes(store: Store, *, clock: Callable[[], datetime]) -> list[Route]:
    """/outbox and everything below it, and / that leads there."""

    def home(_request: Request) -> Response:
        return RedirectResponse("outbox", status_code=307)

    def listing(request: Request) -> Response:
        return _list_page(store, request)

    def listing_json(request: Request) -> Response:
        page, wish = _page(store, request)
        messages = [_described(row) for row in page.rows]
        body = {"messages": messages, "pagination": api_pages.pagination(page, wish)}
        return JSONResponse(body, headers=pages.PRIVATE)

    def message(request: Request) -> Response:
        pressed = "pressed" in request.query_params
        return _message_page(store, _message(store, request), was_pressed=pressed)

    def message_json(request: Request) -> Response:
        return JSONResponse(_described(_message(store, request)), headers=pages.PRIVATE)

    def html(request: Request) -> Response:
        return _letter(_message(store, request))

    def raw(request: Request) -> Response:
        row = _message(store, request)
        name = f'attachment; filename="{row.id}.eml"'
        headers = {**pages.PRIVATE, "Content-Disposition": name}
        return Response(row.raw, media_type="message/rfc822", headers=headers)

    def leave(request: Request) -> Response:
        """The button of a mail program, pressed for trial."""
        row = _message(store, request)
        request.state.note = leave_with_one_click(store, row.list_unsubscribe or "", now=clock())
        return RedirectResponse(f"../{row.id}?pressed", status_code=303, headers=pages.PRIVATE)

    shown: list[tuple[str, _Endpoint]] = [
        ("/", home),
        ("/outbox", listing),
        ("/outbox.json", listing_json),
        ("/outbox/{id}.json", message_json),
        ("/outbox/{id}", message),
        ("/outbox/{id}/html", html),
        ("/outbox/{id}/raw", raw),
    ]
    reading = [Route(path, _local_only(endpoint), methods=["GET"]) for path, endpoint in shown]
    return [*reading, Route("/outbox/{id}/leave", _local_only(leave), methods=["POST"])]


def _local_only(endpoint: _Endpoint) -> _Endpoint:
    """Nothing is there for other computers, nor for a page of another site in this browser."""

    @wraps(endpoint)
    def guarded(request: Request) -> Response:
        if not is_here(request):
            return pages.missing()
        if request.method == "POST" and not _is_own_page(request):
            return pages.missing()
        try:
            return endpoint(request)
        except Refusal as refusal:
            if request.url.path.endswith(".json"):
                return JSONResponse({"errors": list(refusal.errors)}, refusal.status)
            return pages.missing()

    return guarded


def _is_own_page(request: Request) -> bool:
    """Browsers name the site that a POST comes from (Fetch, "Origin"); tools name none."""
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


def _page(store: Store, request: Request) -> tuple[Page, PageWish]:
    query = dict(request.query_params)
    wish = api_pages.wish({"per_page": _PER_PAGE, **query}, _KEYS)
    of = number(query["broadcast_id"], "broadcast_id") if given(query, "broadcast_id") else None
    with store.reading() as db:
        return page_of(db, outbox.all_messages(broadcast_id=of), keys=_KEYS, wish=wish), wish


def _list_page(store: Store, request: Request) -> Response:
    page, _ = _page(store, request)
    account = store.account()
    values = {
        **pages.about(account),
        "messages": [_listed(row, account.timezone) for row in page.rows],
        "newer": api_pages.cursor(page.start) if page.has_previous else None,
        "older": api_pages.cursor(page.end) if page.has_next else None,
    }
    return pages.page("outbox", values)


def _listed(row: Row[Any], zone: str) -> dict[str, Any]:
    return {**row._mapping, "local": pages.local(row.at, zone)}


def _message(store: Store, request: Request) -> Row[Any]:
    with store.reading() as db:
        row = outbox.by_id(db, path_id(request.path_params["id"]))
    if row is None:
        raise Refusal(404, "Not Found")
    return row


def _described(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "broadcast_id": row.broadcast_id,
        "subscriber_id": row.subscriber_id,
        "recipient": row.recipient,
        "subject": row.subject,
        "message_id": row.message_id,
        "at": written(row.at),
        "list_unsubscribe": row.list_unsubscribe,
    }


def _message_page(store: Store, row: Row[Any], *, was_pressed: bool) -> Response:
    with store.reading() as db:
        account = account_of(db)
        reader = subscribers.by_id(db, row.subscriber_id) if row.subscriber_id else None
    parsed = _parsed(row.raw)
    values = {
        **pages.about(account),
        "message": _listed(row, account.timezone),
        "sender": str(parsed["From"]),
        "has_left": reader is not None and reader.state == "cancelled",
        "was_pressed": was_pressed,
        "can_leave": reader is not None and bool(row.list_unsubscribe),
        "text": _part(parsed, "plain"),
        "headers": "\n".join(f"{name}: {value}" for name, value in parsed.items()),
    }
    return pages.page("message", values)


def _letter(row: Row[Any]) -> Response:
    html = unseen(_part(_parsed(row.raw), "html"))
    # Links open beside the frame: the pages they lead to refuse to be framed.
    aside = '<base target="_blank">'
    found = _HEAD.search(html)
    shown = f"{html[: found.end()]}{aside}{html[found.end() :]}" if found else aside + html
    return HTMLResponse(shown, headers={**pages.PRIVATE, "Content-Security-Policy": _LETTER_CSP})


def _parsed(raw: bytes) -> EmailMessage:
    return email.message_from_bytes(raw, _class=EmailMessage, policy=email.policy.default)


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()) if isinstance(part, EmailMessage) else ""
