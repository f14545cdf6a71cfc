"""GET /segments: this server has tags only, so the list of segments is empty."""

from __future__ import annotations

from newsletter.server.api import pages
from newsletter.server.api.calls import Answer, Call, Operation
from newsletter.server.store.paging import Page
from newsletter.server.store.tables import tags

_NONE = Page(rows=(), has_previous=False, has_next=False, start=None, end=None)
_COUNTED = Page(rows=(), has_previous=False, has_next=False, start=None, end=None, total=0)


def listing(call: Call) -> Answer:
    """No segments, on a page that is read as strictly as any other."""
    wish = pages.wish(call.query, [tags.c.id])
    page = _COUNTED if wish.with_total else _NONE
    return Answer(status=200, body={"segments": [], "pagination": pages.pagination(page, wish)})


OPERATIONS = (Operation(method="GET", path="/segments", answer=listing),)
