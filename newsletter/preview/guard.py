"""Who may talk to the preview: this computer's own browser, and of its pages only ours.

A site may point its own name at 127.0.0.1 (DNS rebinding), so the name in `Host` is looked
at; another page in the same browser may send requests here, so `Origin` and the browser's
word on it (Fetch Metadata, W3C) are; and whatever changes something needs the token that
only our pages hold.
"""

from __future__ import annotations

import hmac
import ipaddress
import re
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# What every answer of the preview's own says: keep nothing, tell nobody, ask for nothing early.
# With "no-referrer" browsers would say "Origin: null" even of our own forms (Fetch, section 3.2).
PRIVATE = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-DNS-Prefetch-Control": "off",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_REFUSED = "This page answers this computer only, under its own name.\n"


class Guard:
    """ASGI middleware that refuses every request that is not from this computer's own pages."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not is_from_here(Headers(scope=scope)):
            await PlainTextResponse(_REFUSED, 403, headers=PRIVATE)(scope, receive, send)
            return
        await self._app(scope, receive, send)


class Calm:
    """ASGI middleware: an error becomes one sentence, and the preview goes on.

    `explain` says what happened; `page` makes a page of it. Without this the web server would
    write a traceback over the terminal.
    """

    def __init__(
        self, app: ASGIApp, *, explain: Callable[[Exception], str], page: Callable[[str], ASGIApp]
    ) -> None:
        self._app = app
        self._explain = explain
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        has_begun = False

        async def watched(message: Message) -> None:
            nonlocal has_begun
            has_begun = has_begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:  # noqa: BLE001  (the last door)
            words = await run_in_threadpool(self._explain, error)
            if not has_begun:
                await self._page(words)(scope, receive, send)


def is_from_here(headers: Headers) -> bool:
    """Whether a request with these headers was made by our own page, by hand, or by a tool."""
    host = headers.get("host", "")
    if not is_loopback(re.sub(r":\d*$", "", host)):
        return False
    origin = headers.get("origin")
    # A sandboxed page, or one told to keep its address to itself, says "null".
    if origin is not None and origin.lower() != f"http://{host.lower()}":
        return False
    is_followed_link = headers.get("sec-fetch-mode") == "navigate"
    return headers.get("sec-fetch-site") != "cross-site" or is_followed_link


def is_loopback(host: str) -> bool:
    """Whether a host's name or address is this computer's own."""
    bare = host.lower()
    if bare.startswith("[") and bare.endswith("]"):
        bare = bare[1:-1]
    if bare == "localhost":
        return True
    try:
        return ipaddress.ip_address(bare).is_loopback
    except ValueError:
        return False


def holds_token(request: Request, given: object, token: str) -> bool:
    """Whether a request that changes something may: it has the token, and comes by POST."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    return isinstance(given, str) and hmac.compare_digest(given.encode(), token.encode())
