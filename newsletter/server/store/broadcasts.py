"""Broadcasts: drafted, scheduled, changed while that is still possible, counted."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    case,
    delete,
    func,
    insert,
    select,
    update,
)

from newsletter.server import objects
from newsletter.server.store import events
from newsletter.server.store.letter_tables import posts
from newsletter.server.store.subscribers import between
from newsletter.server.store.tables import broadcasts, deliveries, email_templates, subscribers

STATUSES = ("draft", "scheduled", "sending", "completed", "aborted")


def status_at(now: datetime) -> ColumnElement[str]:
    """The status as the API tells it: what is due counts as sending, whoever delivers it when."""
    due = and_(broadcasts.c.status == "scheduled", broadcasts.c.send_at <= now)
    return case((due, "sending"), else_=broadcasts.c.status)


def all_broadcasts(
    *,
    now: datetime,
    status: str | None = None,
    sent_after: datetime | None = None,
    sent_before: datetime | None = None,
    slim: bool = False,
) -> Select[Any]:
    """Every broadcast, or those of a status or sent in [sent_after, sent_before).

    With `status_now`, `template_name` and the post's `slug` beside the columns; `slim` leaves `content` out.
    """
    status_now = status_at(now)
    rows: Select[Any] = select(
        *(each for each in broadcasts.c if not (slim and each.name == "content")),
        status_now.label("status_now"),
        email_templates.c.name.label("template_name"),
        posts.c.slug,
    )
    rows = rows.join(email_templates, email_templates.c.id == broadcasts.c.email_template_id)
    rows = rows.outerjoin(posts, posts.c.broadcast_id == broadcasts.c.id)
    if status is not None:
        rows = rows.where(status_now == status)
    if sent_after is not None or sent_before is not None:
        rows = rows.where(broadcasts.c.status == "completed")
        rows = between(rows, broadcasts.c.send_at, sent_after, sent_before)
    return rows


def by_id(db: Connection, broadcast_id: int, *, now: datetime) -> Row[Any] | None:
    """The broadcast with this id, as `all_broadcasts` shows it."""
    rows = all_broadcasts(now=now).where(broadcasts.c.id == broadcast_id)
    return db.execute(rows).one_or_none()


def locked(db: Connection, broadcast_id: int, *, now: datetime) -> Row[Any] | None:
    """The same, and nobody else changes it before this transaction ends."""
    rows = all_broadcasts(now=now).where(broadcasts.c.id == broadcast_id)
    return db.execute(rows.with_for_update(of=broadcasts)).one_or_none()


def create(db: Connection, values: Mapping[str, Any], *, now: datetime) -> int:
    """Add a broadcast and give its id."""
    row = {**values, "created_at": now, "updated_at": now}
    statement = insert(broadcasts).values(row).returning(broadcasts.c.id)
    broadcast_id = int(db.execute(statement).scalar_one())
    tell(db, "broadcast.created", broadcast_id, now=now)
    return broadcast_id


def change(db: Connection, broadcast_id: int, values: Mapping[str, Any], *, now: datetime) -> None:
    """Change a broadcast that is `locked` and whose time has not come."""
    statement = update(broadcasts).where(broadcasts.c.id == broadcast_id)
    db.execute(statement.values(**values, updated_at=now))


def remove(db: Connection, row: Row[Any], *, now: datetime) -> None:
    """Delete a broadcast that is `locked` and whose time has not come."""
    tell(db, "broadcast.deleted", row.id, now=now)
    db.execute(delete(broadcasts).where(broadcasts.c.id == row.id))


def tell(db: Connection, kind: str, broadcast_id: int, *, now: datetime) -> None:
    """Note an event of a broadcast as it is now."""
    row = by_id(db, broadcast_id, now=now)
    if row is not None:
        events.of_thing(db, kind, objects.broadcast(row), now=now)


def tally(db: Connection, broadcast_ids: Collection[int]) -> Mapping[int, Mapping[str, int]]:
    """For each broadcast: its deliveries by state, and `left`: who left by a link in it."""
    found: dict[int, dict[str, int]] = {each: {} for each in broadcast_ids}
    by_state = (
        select(deliveries.c.broadcast_id, deliveries.c.state, func.count())
        .where(deliveries.c.broadcast_id.in_(broadcast_ids))
        .group_by(deliveries.c.broadcast_id, deliveries.c.state)
    )
    for broadcast_id, state, number in db.execute(by_state):
        found[broadcast_id][state] = number
    left = (
        select(subscribers.c.left_from, func.count())
        .where(subscribers.c.left_from.in_(broadcast_ids))
        .group_by(subscribers.c.left_from)
    )
    for broadcast_id, number in db.execute(left):
        found[broadcast_id]["left"] = number
    return found
