"""The server as one ASGI application: the API below /v4, and the pages readers meet."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

from sqlalchemy.exc import DBAPIError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from newsletter.database import Kind, trouble_of
from newsletter.server import openapi
from newsletter.server.api import door
from newsletter.server.budget import Budget
from newsletter.server.faults import Faulty, Plan
from newsletter.server.oauth import consent, tokens
from newsletter.server.public import outbox, pages, pictures, posts, signup, tracking, unsubscribe
from newsletter.server.store.store import Store

# Kit's limits for an API key and for an OAuth token.
_CALLS, _CALLS_BY_TOKEN = 120, 600
_PER_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class RequestLine:
    """One request as a log shows it. No token, key or query stands in `path`."""

    at: datetime
    method: str
    path: str
    status: int
    milliseconds: float
    note: str


def create_app(
    store: Store,
    *,
    clock: Callable[[], datetime],
    public_url: str,
    on_request: Callable[[RequestLine], None] | None = None,
    rate_limit: bool = False,
    private_webhooks: bool = False,
    faults: Plan | None = None,
    media: Path | None = None,
) -> Starlette:
    """The application for one store.

    `public_url` is what links in mail and in the API's answers begin with; `on_request` is
    called as each answer leaves, from the server's thread; `rate_limit` refuses as Kit does,
    above 120 calls a minute and key or 600 and OAuth token; `private_webhooks` lets events go
    to private addresses, as they must where the server itself is on one; `faults` makes it
    misbehave; `media` is the folder of the pictures that letters name, served below /media/.
    """
    public_url = public_url.rstrip("/")
    budgets = door.Budgets(
        key=Budget(most=_CALLS, seconds=_PER_SECONDS),
        token=Budget(most=_CALLS_BY_TOKEN, seconds=_PER_SECONDS),
    )
    api = door.Door(
        store,
        clock=clock,
        public_url=public_url,
        budgets=budgets if rate_limit else None,
        private_webhooks=private_webhooks,
    )
    app = Starlette(
        routes=[
            *tokens.routes(store, clock=clock),
            *consent.routes(store, clock=clock),
            *api.routes(),
            *openapi.routes(),
            *unsubscribe.routes(store, clock=clock),
            *signup.routes(store, clock=clock),
            *tracking.routes(store, clock=clock),
            *posts.routes(store, clock=clock, public_url=public_url),
            *outbox.routes(store, clock=clock),
            *pictures.routes(media),
        ],
        exception_handlers={HTTPException: _refuse, DBAPIError: _wait, Exception: _break},
        middleware=[
            Middleware(_Dated, clock=clock),
            *([Middleware(_Log, clock=clock, on_request=on_request)] if on_request else []),
            *([Middleware(Faulty, plan=faults, below=door.PREFIX)] if faults else []),
        ],
    )
    # "//" in a path means an id that was not found out, which must not be found either.
    app.router.redirect_slashes = False
    app.state.contact = store.account().sender_address
    return app


def _is_api(request: Request) -> bool:
    path = request.url.path
    return path == door.PREFIX or path.startswith(f"{door.PREFIX}/")


async def _refuse(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    if _is_api(request):
        # Kit knows no 405: another method on a path is a path that is not there.
        return door.refused(404, door.NOT_FOUND)
    return pages.missing() if status in (404, 405) else pages.broken(request.app.state.contact)


async def _wait(request: Request, error: Exception) -> Response:
    """The database is locked, full or away: what was asked for was undone, and may work later."""
    trouble = trouble_of(error)
    request.state.note = f"database {trouble.kind}"
    if trouble.kind is Kind.UNUSABLE:
        raise error
    if _is_api(request):
        return door.refused(503, f"The server's database is {trouble.kind}; nothing was changed.")
    return pages.broken(request.app.state.contact, status=503)


async def _break(request: Request, _error: Exception) -> Response:
    if _is_api(request):
        return door.refused(500, door.BROKEN)
    return pages.broken(request.app.state.contact)


class _Dated:
    """Puts the `Date` of the app's own clock on every answer (RFC 9110 §6.6.1)."""

    def __init__(self, app: ASGIApp, *, clock: Callable[[], datetime]) -> None:
        self._app = app
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                date = format_datetime(self._clock().astimezone(UTC), usegmt=True).encode()
                message["headers"] = [*message.get("headers", ()), (b"date", date)]
            await send(message)

        await self._app(scope, receive, dated)


class _Log:
    """Tells `on_request` about every request, also about one that broke."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        clock: Callable[[], datetime],
        on_request: Callable[[RequestLine], None],
    ) -> None:
        self._app = app
        self._clock = clock
        self._on_request = on_request

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        told = False
        at, begun = self._clock(), time.perf_counter()

        def tell(status: int) -> None:
            nonlocal told
            told = True
            self._on_request(
                RequestLine(
                    at=at,
                    method=scope["method"],
                    path=_without_token(scope["path"]),
                    status=status,
                    milliseconds=(time.perf_counter() - begun) * 1000,
                    note=str(state.get("note", "")),
                )
            )

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start":
                tell(message["status"])  # before it leaves, so that the log never lags behind
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            if not told:
                tell(500)


def _without_token(path: str) -> str:
    for prefix in ("/u/", "/r/", "/c/", "/o/"):
        if path.startswith(prefix):
            return f"{prefix}…"
    return path
