"""Statistics of broadcasts: recipients and leavers; this server tracks no opens and no clicks."""

from __future__ import annotations

from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

from sqlalchemy import Row, column
from sqlalchemy.types import Integer

from newsletter.server.api import pages
from newsletter.server.api.broadcasts import filters
from newsletter.server.api.calls import Answer, Call, Operation, not_found
from newsletter.server.api.values import written
from newsletter.server.store import broadcasts
from newsletter.server.store.paging import Page, PageWish, page_of
from newsletter.server.store.tables import broadcasts as broadcasts_table

_POSITION = column("position", Integer())
_BEGUN = ("sending", "completed", "aborted")


def of_one(call: Call) -> Answer:
    """The statistics of one broadcast."""
    with call.store.reading() as db:
        row = broadcasts.by_id(db, call.id("broadcast_id"), now=call.now)
        if row is None:
            raise not_found()
        tally = broadcasts.tally(db, [row.id])
    return Answer(
        status=200, body={"broadcast": {"id": row.id, "stats": _stats(row, tally[row.id])}}
    )


def of_many(call: Call) -> Answer:
    """The statistics of a page of broadcasts, newest first."""
    keys = [broadcasts_table.c.id]
    wish = pages.wish(call.query, keys)
    rows = broadcasts.all_broadcasts(now=call.now, slim=True, **filters(call.query))
    with call.store.reading() as db:
        page = page_of(db, rows, keys=keys, wish=wish)
        tally = broadcasts.tally(db, [row.id for row in page.rows])
    body = [
        {
            "id": row.id,
            "subject": row.subject,
            "send_at": written(row.send_at),
            "stats": _stats(row, tally[row.id]),
        }
        for row in page.rows
    ]
    return Answer(status=200, body={"broadcasts": body, "pagination": pages.pagination(page, wish)})


def clicks(call: Call) -> Answer:
    """The links of a broadcast that has begun. Nobody's clicks are followed, so each has none."""
    wish = pages.wish(call.query, [_POSITION])
    with call.store.reading() as db:
        row = broadcasts.by_id(db, call.id("broadcast_id"), now=call.now)
    if row is None:
        raise not_found()
    links = _links(row.content or "") if row.status_now in _BEGUN else []
    page, shown = _slice(links, wish)
    body = [
        {
            "url": url,
            "unique_clicks": 0,
            "click_to_delivery_rate": 0.0,
            "click_to_open_rate": 0.0,
        }
        for url in shown
    ]
    return Answer(
        status=200,
        body={
            "broadcast": {"id": row.id, "clicks": body},
            "pagination": pages.pagination(page, wish),
        },
    )


def _stats(row: Row[Any], tally: Mapping[str, int]) -> dict[str, Any]:
    recipients = row.recipients or 0
    ended = sum(tally.get(state, 0) for state in ("accepted", "refused", "suppressed"))
    accepted = tally.get("accepted", 0)
    left = tally.get("left", 0)
    progress = 100.0 if row.status_now == "completed" else 0.0
    if recipients:
        progress = round(100 * ended / recipients, 2)
    return {
        "recipients": accepted,
        "open_rate": 0.0,
        "emails_opened": 0,
        "click_rate": 0.0,
        "unsubscribe_rate": round(100 * left / accepted, 2) if accepted else 0.0,
        "unsubscribes": left,
        "total_clicks": 0,
        "show_total_clicks": False,
        "status": row.status_now,
        "progress": progress,
        "open_tracking_disabled": True,
        "click_tracking_disabled": True,
    }


def _slice(links: list[str], wish: PageWish) -> tuple[Page, list[str]]:
    backwards = wish.after is None and wish.before is not None
    end = int(str(wish.before[0])) if backwards and wish.before else len(links)
    first = int(str(wish.after[0])) + 1 if wish.after else 0
    if backwards:
        first = max(0, end - wish.per_page)
    shown = links[first:end][: wish.per_page]
    last = first + len(shown) - 1
    return Page(
        rows=(),
        has_previous=first > 0,
        has_next=backwards or last < len(links) - 1,
        start=(first,) if shown else None,
        end=(last,) if shown else None,
        total=len(links) if wish.with_total else None,
    ), shown


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, None] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        href = (dict(attrs).get("href") or "").strip()
        if tag == "a" and href.lower().startswith(("http://", "https://")):
            self.found[href] = None


def _links(html: str) -> list[str]:
    parser = _Links()
    parser.feed(html)
    return list(parser.found)


OPERATIONS = (
    Operation(method="GET", path="/broadcasts/stats", answer=of_many),
    Operation(method="GET", path="/broadcasts/{broadcast_id}/stats", answer=of_one),
    Operation(method="GET", path="/broadcasts/{broadcast_id}/clicks", answer=clicks),
)
