"""Statistics: of broadcasts, from this server's own deliveries, and of one subscriber.

Opens and clicks are known where they were tracked, and are none elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, column
from sqlalchemy.types import Integer

from newsletter.server.api import pages
from newsletter.server.api.broadcasts import filters
from newsletter.server.api.calls import Answer, Call, Operation, Refusal, not_found
from newsletter.server.api.values import since, until, written
from newsletter.server.delivery.tracking import links_in
from newsletter.server.store import broadcasts, engagement, subscribers
from newsletter.server.store.engagement import Numbers
from newsletter.server.store.paging import Page, PageWish, page_of
from newsletter.server.store.store import account_of
from newsletter.server.store.tables import broadcasts as broadcasts_table

_POSITION = column("position", Integer())
_BEGUN = ("sending", "completed", "aborted")


def of_one(call: Call) -> Answer:
    """The statistics of one broadcast."""
    with call.store.reading() as db:
        row = _broadcast(db, call)
        (stats,) = _stats(db, [row])
    return Answer(status=200, body={"broadcast": {"id": row.id, "stats": stats}})


def of_many(call: Call) -> Answer:
    """The statistics of a page of broadcasts, newest first."""
    keys = [broadcasts_table.c.id]
    wish = pages.wish(call.query, keys)
    wanted = filters(call.query)
    _refuse_long_ago(call, wanted["sent_after"], wanted["sent_before"])
    rows = broadcasts.all_broadcasts(now=call.now, slim=True, **wanted)
    with call.store.reading() as db:
        page = page_of(db, rows, keys=keys, wish=wish)
        stats = _stats(db, page.rows)
    body = [
        {"id": row.id, "subject": row.subject, "send_at": written(row.send_at), "stats": each}
        for row, each in zip(page.rows, stats, strict=True)
    ]
    return Answer(status=200, body={"broadcasts": body, "pagination": pages.pagination(page, wish)})


def clicks(call: Call) -> Answer:
    """The links of a broadcast that has begun, also those that nobody followed."""
    wish = pages.wish(call.query, [_POSITION])
    with call.store.reading() as db:
        row = _broadcast(db, call)
        followed = engagement.clicks_by_url(db, row.id)
        recipients = broadcasts.tally(db, [row.id])[row.id].get("accepted", 0)
        openers = engagement.numbers(db, [row.id])[row.id].openers
    written_in = links_in(row.content or "") if row.status_now in _BEGUN else []
    page, shown = _slice(list(dict.fromkeys([*written_in, *followed])), wish)
    body = [
        {
            "url": url,
            "unique_clicks": followed.get(url, 0),
            "click_to_delivery_rate": _share(followed.get(url, 0), recipients),
            "click_to_open_rate": _share(followed.get(url, 0), openers),
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


def of_subscriber(call: Call) -> Answer:
    """What one subscriber was sent in the last five years, and what she did with it."""
    after, before = since(call.query, "email_sent_after"), until(call.query, "email_sent_before")
    _refuse_long_ago(call, after, before)
    with call.store.reading() as db:
        row = subscribers.by_id(db, call.id("subscriber_id"))
        if row is None:
            raise not_found()
        first = after or call.now - engagement.YEARS
        found = engagement.of_subscriber(db, row.id, after=first, before=before)
    stats = {
        "sent": found.sent,
        "opened": found.opened,
        "clicked": found.clicked,
        "bounced": found.bounced,
        "open_rate": _share(found.opened, found.sent),
        "click_rate": _share(found.clicked, found.sent),
        "last_sent": written(found.last_sent),
        "last_opened": written(found.last_opened),
        "last_clicked": written(found.last_clicked),
        "sends_since_last_open": found.sends_since_last_open,
        "sends_since_last_click": found.sends_since_last_click,
    }
    return Answer(status=200, body={"subscriber": {"id": row.id, "stats": stats}})


def _broadcast(db: Connection, call: Call) -> Row[Any]:
    row = broadcasts.by_id(db, call.id("broadcast_id"), now=call.now)
    if row is None:
        raise not_found()
    return row


def _refuse_long_ago(call: Call, *times: datetime | None) -> None:
    if any(at is not None and at < call.now - engagement.YEARS for at in times):
        raise Refusal(400, "Statistics go back five years")


def _stats(db: Connection, rows: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    ids = [row.id for row in rows]
    tally, did = broadcasts.tally(db, ids), engagement.numbers(db, ids)
    account = account_of(db)
    return [_stats_of(row, tally[row.id], did[row.id], account) for row in rows]


def _stats_of(
    row: Row[Any], tally: Mapping[str, int], did: Numbers, account: Row[Any]
) -> dict[str, Any]:
    recipients = row.recipients or 0
    ended = sum(tally.get(state, 0) for state in ("accepted", "refused", "suppressed"))
    accepted = tally.get("accepted", 0)
    left = tally.get("left", 0)
    progress = 100.0 if row.status_now == "completed" else 0.0
    if recipients:
        progress = percent(ended, recipients)
    opens = account.track_opens if row.opens_tracked is None else row.opens_tracked
    clicks = account.track_clicks if row.clicks_tracked is None else row.clicks_tracked
    return {
        "recipients": accepted,
        "open_rate": percent(did.openers, accepted),
        "emails_opened": did.openers,
        "click_rate": percent(did.clickers, accepted),
        "unsubscribe_rate": percent(left, accepted),
        "unsubscribes": left,
        "total_clicks": did.clicks,
        "show_total_clicks": clicks,
        "status": row.status_now,
        "progress": progress,
        "open_tracking_disabled": not opens,
        "click_tracking_disabled": not clicks,
    }


def percent(part: int, whole: int) -> float:
    """A share as a percentage, to two digits; 0 of nothing."""
    return round(100 * part / whole, 2) if whole else 0.0


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


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


OPERATIONS = (
    Operation(method="GET", path="/broadcasts/stats", answer=of_many),
    Operation(method="GET", path="/broadcasts/{broadcast_id}/stats", answer=of_one),
    Operation(method="GET", path="/broadcasts/{broadcast_id}/clicks", answer=clicks),
    Operation(method="GET", path="/subscribers/{subscriber_id}/stats", answer=of_subscriber),
)
