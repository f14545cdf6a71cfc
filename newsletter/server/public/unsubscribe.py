"""Leaving by a link in a letter, and coming back at once.

GET changes nothing, because mail scanners open every link; POST does (RFC 8058). A token
works for good and more than once: a scanner that used it up would lock its reader in.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from newsletter.server import bodies
from newsletter.server.public import pages
from newsletter.server.public.tokens import Claim, Purpose, read, sign
from newsletter.server.store import leaving, subscribers
from newsletter.server.store.store import Store, account_of

_BODY_LIMIT = 64_000
# Urlencoded and multipart both, and whatever a mail program makes of them: the token is
# what counts, and a body that cannot be parsed must not keep anybody on the list.
_ONE_CLICK = re.compile(rb"List-Unsubscribe(?:=|\"\s+)One-Click", re.IGNORECASE)


def routes(store: Store, *, clock: Callable[[], datetime]) -> list[Route]:
    """/u/TOKEN to leave, /r/TOKEN to return."""

    def ask(request: Request) -> Response:
        return _ask(store, request.path_params["token"])

    async def leave(request: Request) -> Response:
        how: leaving.How = "one-click" if await _is_one_click(request) else "link"
        token = request.path_params["token"]
        answer, note = await run_in_threadpool(_leave, store, token, how=how, now=clock())
        request.state.note = note
        return answer

    def ask_back(request: Request) -> Response:
        return _ask_back(store, request.path_params["token"])

    def take_back(request: Request) -> Response:
        answer, note = _take_back(store, request.path_params["token"], now=clock())
        request.state.note = note
        return answer

    async def only_a_test(_request: Request) -> Response:
        with store.reading() as db:
            return pages.page("only-a-test", pages.about(account_of(db)))

    return [
        # What the unsubscribe link of `newsletter test` leads to; "test" is no token.
        Route("/u/test", only_a_test, methods=["GET", "POST"]),
        Route("/u/{token}", ask, methods=["GET"]),
        Route("/u/{token}", leave, methods=["POST"]),
        Route("/r/{token}", ask_back, methods=["GET"]),
        Route("/r/{token}", take_back, methods=["POST"]),
    ]


def leave_with_one_click(store: Store, address: str, *, now: datetime) -> str:
    """What a mail program's button does with the address in `List-Unsubscribe`: the words for a log.

    Empty where nothing changed: she had left before, or the address is none of ours.
    """
    _, note = _leave(store, address.rstrip("/").rpartition("/")[2], how="one-click", now=now)
    return note


async def _is_one_click(request: Request) -> bool:
    try:
        body = await bodies.read(request, limit=_BODY_LIMIT)
    except bodies.TooLong:
        return False
    return _ONE_CLICK.search(body) is not None


def _ask(store: Store, token: str) -> Response:
    with store.reading() as db:
        account = account_of(db)
        claim = read(account.token_secret, Purpose.UNSUBSCRIBE, token)
        if claim is None:
            return _bad_link(account)
        row = subscribers.by_id(db, claim.subscriber_id)
    if row is None or row.state == "cancelled":
        return _left(account, claim, row)
    return pages.page("leave", {**pages.about(account), "address": row.email_address})


def _leave(store: Store, token: str, *, how: leaving.How, now: datetime) -> tuple[Response, str]:
    with store.reading() as db:  # whoever has no good token must not make anybody wait
        account = account_of(db)
    claim = read(account.token_secret, Purpose.UNSUBSCRIBE, token)
    if claim is None:
        return _bad_link(account), ""
    with store.writing() as db:
        left = leaving.leave(
            db, claim.subscriber_id, how=how, now=now, broadcast_id=claim.broadcast_id or None
        )
        row = subscribers.by_id(db, claim.subscriber_id)
    note = f"{row.email_address} left ({how})" if left and row is not None else ""
    if how == "one-click":
        return PlainTextResponse("You have left.\n", headers=pages.PRIVATE), note
    return _left(account, claim, row), note


def _ask_back(store: Store, token: str) -> Response:
    with store.reading() as db:
        account, _, row = _returning(db, token)
    if row is None:
        return _bad_link(account)
    name = "return" if row.state == "cancelled" else "returned"
    return pages.page(name, {**pages.about(account), "address": row.email_address})


def _take_back(store: Store, token: str, *, now: datetime) -> tuple[Response, str]:
    with store.writing() as db:
        account, claim, row = _returning(db, token)
        if row is None or claim is None:
            return _bad_link(account), ""
        back = leaving.take_back(db, claim.subscriber_id, now=now)
    values = {**pages.about(account), "address": row.email_address}
    if not back and row.state != "active":
        return pages.page("cannot-return", values), ""
    return pages.page("returned", values), f"{row.email_address} came back" if back else ""


def _returning(db: Connection, token: str) -> tuple[Row[Any], Claim | None, Row[Any] | None]:
    account = account_of(db)
    claim = read(account.token_secret, Purpose.RETURN, token)
    row = None if claim is None else subscribers.by_id(db, claim.subscriber_id)
    return account, claim, row


def _left(account: Row[Any], claim: Claim, row: Row[Any] | None) -> Response:
    """Also for a reader whose row is gone: she has left, and there is nothing to go back to."""
    way_back = sign(account.token_secret, Purpose.RETURN, claim) if row is not None else ""
    address = row.email_address if row is not None else ""
    return pages.page("left", {**pages.about(account), "address": address, "way_back": way_back})


def _bad_link(account: Row[Any]) -> Response:
    return pages.page("bad-link", pages.about(account), status=400)
