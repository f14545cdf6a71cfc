"""Where the links and the picture of a tracked letter lead: noted, and on to what was meant.

A link leads only to what stood in the letter, which is kept here under a number: nobody can
make it lead elsewhere.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from newsletter.server.api.calls import Refusal, path_id
from newsletter.server.public import pages
from newsletter.server.public.tokens import Claim, Purpose, read
from newsletter.server.store import engagement
from newsletter.server.store.store import Store

# The smallest picture: one pixel that shows nothing.
_NOTHING = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


def routes(store: Store, *, clock: Callable[[], datetime]) -> list[Route]:
    """/c/LINK/TOKEN for a link, /o/TOKEN for the picture."""

    def follow(request: Request) -> Response:
        claim = _claim(store, Purpose.CLICK, request)
        try:
            link_id = path_id(request.path_params["link"])
        except Refusal:
            return pages.missing()
        with store.reading() as db:
            of = engagement.link(db, link_id)
        if of is None or claim is None or of.broadcast_id != claim.broadcast_id:
            return pages.missing()
        if request.method == "GET":  # HEAD is what scanners ask
            with store.writing() as db:
                engagement.note_click(db, of, subscriber_id=claim.subscriber_id, now=clock())
        return RedirectResponse(of.url, status_code=302, headers=pages.PRIVATE)

    def see(request: Request) -> Response:
        claim = _claim(store, Purpose.OPEN, request)
        if claim is not None and request.method == "GET":
            with store.writing() as db:
                engagement.note_open(
                    db,
                    broadcast_id=claim.broadcast_id,
                    subscriber_id=claim.subscriber_id,
                    now=clock(),
                )
        return Response(_NOTHING, media_type="image/gif", headers=pages.PRIVATE)

    return [
        Route("/c/{link}/{token}", follow, methods=["GET"]),
        Route("/o/{token}", see, methods=["GET"]),
    ]


def _claim(store: Store, purpose: Purpose, request: Request) -> Claim | None:
    return read(store.account().token_secret, purpose, request.path_params["token"])
