"""Who gets a broadcast: its filter as SQL, frozen into deliveries when its time has come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    exists,
    func,
    insert,
    literal,
    not_,
    or_,
    select,
    true,
    update,
)

from newsletter.server.store import segments
from newsletter.server.store.filters import holds
from newsletter.server.store.tables import (
    account,
    batches,
    broadcasts,
    deliveries,
    subscribers,
    suppressions,
    taggings,
)

BATCH = 500  # outcomes of this many rows a transaction are the knee of the curve on SQLite


def freeze(db: Connection, broadcast_id: int, *, now: datetime) -> bool:
    """Begin a due broadcast: its audience becomes deliveries, cut into batches.

    False, and nothing changed, when it is not due or somebody else has begun it. One
    transaction must hold it all, so that a kill leaves everything or nothing.
    """
    begun = db.execute(
        update(broadcasts)
        .where(
            broadcasts.c.id == broadcast_id,
            broadcasts.c.status == "scheduled",
            broadcasts.c.send_at <= now,
        )
        .values(
            status="sending",
            started_at=now,
            updated_at=now,
            opens_tracked=select(account.c.track_opens).scalar_subquery(),
            clicks_tracked=select(account.c.track_clicks).scalar_subquery(),
        )
        .returning(broadcasts.c.subscriber_filter)
    ).one_or_none()
    if begun is None:
        return False
    audience = (
        select(
            literal(broadcast_id),
            subscribers.c.id,
            literal("queued"),
            literal(0),
            literal(now, deliveries.c.at.type),
        )
        .where(eligible(), within(db, begun.subscriber_filter))
        .order_by(subscribers.c.id)
    )
    columns = ["broadcast_id", "subscriber_id", "state", "attempts", "at"]
    db.execute(insert(deliveries).from_select(columns, audience))
    _cut(db, broadcast_id)
    return True


def eligible() -> ColumnElement[bool]:
    """Whether a subscriber may be mailed: active, and not suppressed."""
    suppressed = exists().where(suppressions.c.email_key == subscribers.c.email_key)
    return and_(subscribers.c.state == "active", not_(suppressed))


def within(db: Connection, subscriber_filter: Sequence[Mapping[str, Any]]) -> ColumnElement[bool]:
    """Kit's filter as SQL: `all` wants every tag and segment, `any` one, `none` forbids each."""
    group, conditions = next(iter(subscriber_filter[0].items()))
    parts = [_belongs(db, one["type"], each) for one in conditions for each in one.get("ids", ())]
    if not parts:
        return true()
    if group == "all":
        return and_(*parts)
    return or_(*parts) if group == "any" else not_(or_(*parts))


def _belongs(db: Connection, kind: str, id_: int) -> ColumnElement[bool]:
    if kind == "segment":
        return holds(db, segments.conditions_of(db, id_))
    bears = exists().where(taggings.c.subscriber_id == subscribers.c.id)
    return bears.where(taggings.c.tag_id == id_)


def _cut(db: Connection, broadcast_id: int) -> None:
    here = deliveries.c.broadcast_id == broadcast_id
    low, high, total = db.execute(
        select(func.min(deliveries.c.id), func.max(deliveries.c.id), func.count()).where(here)
    ).one()
    statement = update(broadcasts).where(broadcasts.c.id == broadcast_id)
    db.execute(statement.values(recipients=total))
    if total:
        rows = [
            {
                "broadcast_id": broadcast_id,
                "low": first,
                "high": min(first + BATCH - 1, high),
                "state": "pending",
                "fence": 0,
            }
            for first in range(low, high + 1, BATCH)
        ]
        db.execute(insert(batches), rows)
