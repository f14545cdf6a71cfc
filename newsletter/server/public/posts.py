"""/posts/SLUG: a published letter as everybody may read it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from newsletter.server.delivery.letter import BadLetter
from newsletter.server.delivery.web import page
from newsletter.server.objects import post_url
from newsletter.server.public import pages
from newsletter.server.store import posts, snippets
from newsletter.server.store.store import Store, account_of

_SLUG = re.compile(r"[a-z0-9-]+")
# A letter is somebody's HTML: it gets no script, no form and no frame. Its pictures stand anywhere.
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; img-src http: https: data:; style-src 'unsafe-inline'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "sandbox allow-popups allow-popups-to-escape-sandbox "
        "allow-top-navigation-by-user-activation"
    ),
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
}


def routes(store: Store, *, clock: Callable[[], datetime], public_url: str) -> list[Route]:
    """The pages of letters."""

    def show(request: Request) -> Response:
        now, slug = clock(), request.path_params["slug"]
        if _SLUG.fullmatch(slug) is None:
            return pages.missing()
        with store.reading() as db:
            row = posts.published(db, slug, now=now)
            account, stored = account_of(db), snippets.stored(db)
        if row is None:
            return pages.missing()
        try:
            html = page(
                title=row.subject or account.name,
                content=row.content or "",
                category=row.category,
                address=account.address,
                own_url=post_url(public_url, row.slug),
                snippets=stored,
                now=row.published_at.astimezone(ZoneInfo(account.timezone)),
            )
        except BadLetter:
            return pages.missing()
        return HTMLResponse(html, headers=_HEADERS)

    return [Route("/posts/{slug}", show, methods=["GET"])]
