"""What readers did with letters: opened them, followed their links.

Written where that is tracked (`account.track_opens`, `account.track_clicks`), and by whoever
fills a store with a history.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, distinct, func, insert, select

from newsletter.server.store import events
from newsletter.server.store.engagement_tables import clicks, links, opens
from newsletter.server.store.inserting import insert_if_new
from newsletter.server.store.subscribers import between
from newsletter.server.store.tables import account, deliveries, subscribers

# Mail programs fetch a picture more than once, and scanners follow a link before its reader.
ONCE_IN = timedelta(minutes=1)
YEARS = timedelta(days=5 * 365 + 1)  # how far back a reader's statistics go
HANDED_OUT = ("accepted", "refused", "unknown")
"""Deliveries in these states were sent, taken or not."""


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """How many readers opened a letter and followed a link in it, and how often they did."""

    openers: int = 0
    clickers: int = 0
    clicks: int = 0


def link_ids(db: Connection, broadcast_id: int, urls: Iterable[str]) -> dict[str, int]:
    """The number of each of these links of a letter, given where it has none yet."""
    wanted = list(dict.fromkeys(urls))
    rows = select(links.c.url, links.c.id).where(links.c.broadcast_id == broadcast_id)
    known = _pairs(db, rows)
    for url in wanted:
        if url not in known:
            insert_if_new(db, links, {"broadcast_id": broadcast_id, "url": url})
    known = _pairs(db, rows)
    return {url: known[url] for url in wanted}


def link(db: Connection, link_id: int) -> Row[Any] | None:
    """The link with this number."""
    return db.execute(select(links).where(links.c.id == link_id)).one_or_none()


def note_open(db: Connection, *, broadcast_id: int, subscriber_id: int, now: datetime) -> bool:
    """A reader opened a letter; False, and nothing is kept, within a minute of the last time."""
    row = {"broadcast_id": broadcast_id, "subscriber_id": subscriber_id, "at": now}
    if not _is_tracked(db, account.c.track_opens, subscriber_id):
        return False
    here = (opens.c.broadcast_id == broadcast_id, opens.c.subscriber_id == subscriber_id)
    return _note(db, opens, here, row)


def note_click(db: Connection, of: Row[Any], *, subscriber_id: int, now: datetime) -> bool:
    """A reader followed a link; False, and nothing is kept, within a minute of the last time."""
    row = {
        "link_id": of.id,
        "broadcast_id": of.broadcast_id,
        "subscriber_id": subscriber_id,
        "at": now,
    }
    if not _is_tracked(db, account.c.track_clicks, subscriber_id):
        return False
    here = (clicks.c.link_id == of.id, clicks.c.subscriber_id == subscriber_id)
    if not _note(db, clicks, here, row):
        return False
    events.of_click(db, subscriber_id, url=of.url, now=now)
    return True


def _is_tracked(db: Connection, switch: ColumnElement[bool], subscriber_id: int) -> bool:
    known = select(subscribers.c.id).where(subscribers.c.id == subscriber_id)
    is_on: bool = db.execute(select(switch)).scalar_one()
    return is_on and db.execute(known).first() is not None


def _note(
    db: Connection, table: Table, here: Sequence[ColumnElement[bool]], row: Mapping[str, Any]
) -> bool:
    last = db.execute(select(func.max(table.c.at)).where(*here)).scalar_one()
    if last is not None and row["at"] - last < ONCE_IN:
        return False
    db.execute(insert(table).values(row))
    return True


def load_opens(db: Connection, rows: Collection[Mapping[str, Any]]) -> None:
    """Keep a history of opens: `broadcast_id`, `subscriber_id` and `at` of each."""
    if rows:
        db.execute(insert(opens), [dict(row) for row in rows])


def load_clicks(db: Connection, rows: Collection[Mapping[str, Any]]) -> None:
    """Keep a history of clicks: `broadcast_id`, `url`, `subscriber_id` and `at` of each."""
    urls: dict[int, list[str]] = {}
    for row in rows:
        urls.setdefault(row["broadcast_id"], []).append(row["url"])
    known = {each: link_ids(db, each, named) for each, named in urls.items()}
    found = [
        {
            "link_id": known[row["broadcast_id"]][row["url"]],
            "broadcast_id": row["broadcast_id"],
            "subscriber_id": row["subscriber_id"],
            "at": row["at"],
        }
        for row in rows
    ]
    if found:
        db.execute(insert(clicks), found)


def numbers(db: Connection, broadcast_ids: Collection[int]) -> Mapping[int, Numbers]:
    """What the readers of each of these letters did."""
    opened = _by_broadcast(db, opens, func.count(distinct(opens.c.subscriber_id)), broadcast_ids)
    clickers = func.count(distinct(clicks.c.subscriber_id))
    clicked = _by_broadcast(db, clicks, clickers, broadcast_ids)
    total = _by_broadcast(db, clicks, func.count(), broadcast_ids)
    return {
        each: Numbers(
            openers=opened.get(each, 0),
            clickers=clicked.get(each, 0),
            clicks=total.get(each, 0),
        )
        for each in broadcast_ids
    }


def _by_broadcast(
    db: Connection, table: Table, number: ColumnElement[int], broadcast_ids: Collection[int]
) -> dict[int, int]:
    rows = select(table.c.broadcast_id, number).where(table.c.broadcast_id.in_(broadcast_ids))
    return _pairs(db, rows.group_by(table.c.broadcast_id))


def clicks_by_url(db: Connection, broadcast_id: int) -> dict[str, int]:
    """For each link of a letter that has a number, how many readers followed it."""
    rows = (
        select(links.c.url, func.count(distinct(clicks.c.subscriber_id)))
        .outerjoin(clicks, clicks.c.link_id == links.c.id)
        .where(links.c.broadcast_id == broadcast_id)
        .group_by(links.c.id, links.c.url)
        .order_by(links.c.id)
    )
    return _pairs(db, rows)


@dataclass(frozen=True, kw_only=True)
class History:
    """What one subscriber was sent, and what she did with it. Counts are of letters."""

    sent: int
    bounced: int
    opened: int
    clicked: int
    last_sent: datetime | None
    last_opened: datetime | None
    last_clicked: datetime | None
    sends_since_last_open: int
    sends_since_last_click: int


def of_subscriber(
    db: Connection, subscriber_id: int, *, after: datetime | None, before: datetime | None
) -> History:
    """The history of one subscriber, of letters sent to her in [after, before)."""
    mine = select(deliveries.c.broadcast_id).where(
        deliveries.c.subscriber_id == subscriber_id, deliveries.c.state.in_(HANDED_OUT)
    )
    mine = between(mine, deliveries.c.at, after, before)
    sent, last_sent = _many_and_last(db, mine, func.count(), deliveries.c.at)
    bounced = _many(db, mine.where(deliveries.c.state == "refused"))
    seen = {}
    for table in (opens, clicks):
        did = select(table.c.broadcast_id).where(
            table.c.subscriber_id == subscriber_id, table.c.broadcast_id.in_(mine)
        )
        many, last = _many_and_last(db, did, func.count(distinct(table.c.broadcast_id)), table.c.at)
        newer = mine if last is None else mine.where(deliveries.c.at > last)
        seen[table.name] = (many, last, _many(db, newer))
    return History(
        sent=sent,
        bounced=bounced,
        last_sent=last_sent,
        opened=seen["opens"][0],
        last_opened=seen["opens"][1],
        sends_since_last_open=seen["opens"][2],
        clicked=seen["clicks"][0],
        last_clicked=seen["clicks"][1],
        sends_since_last_click=seen["clicks"][2],
    )


def _pairs(db: Connection, rows: Select[Any]) -> dict[Any, Any]:
    """Rows of two columns, the second by the first."""
    return {row[0]: row[1] for row in db.execute(rows)}


def _many(db: Connection, rows: Select[Any]) -> int:
    return int(db.execute(rows.with_only_columns(func.count())).scalar_one())


def _many_and_last(
    db: Connection, rows: Select[Any], number: ColumnElement[int], at: ColumnElement[Any]
) -> tuple[int, datetime | None]:
    many, last = db.execute(rows.with_only_columns(number, func.max(at))).one()
    return int(many), last
