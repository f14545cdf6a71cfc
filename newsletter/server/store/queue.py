"""The queue of deliveries: workers lease it batch by batch.

A worker holds a batch by (owner, fence). Whoever takes a batch over raises its fence, so
that what a slow worker still wants to write meets no row (`hold`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    case,
    exists,
    func,
    not_,
    or_,
    select,
    update,
)

from newsletter.server.store.audience import eligible
from newsletter.server.store.broadcasts import tell
from newsletter.server.store.tables import (
    batches,
    broadcasts,
    deliveries,
    email_templates,
    subscribers,
)

# Long enough for a slice of a batch on a slow computer, short enough that a killed
# worker's batch is soon another's. Renewed with every slice.
LEASE = timedelta(seconds=10)


@dataclass(frozen=True, kw_only=True)
class Lease:
    """One batch, held by one worker until its fence is raised."""

    batch_id: int
    broadcast_id: int
    low: int
    high: int
    owner: str
    fence: int
    # What a worker left behind that was not heard of again: it may have sent the queued
    # deliveries up to `reached`, and noted so in its journal.
    reached: int | None = None
    reached_fence: int | None = None


def unfinished(db: Connection, *, now: datetime) -> Sequence[int]:
    """The broadcasts that are due or being sent and not paused, earliest first."""
    due = and_(broadcasts.c.status == "scheduled", broadcasts.c.send_at <= now)
    here = and_(
        or_(due, broadcasts.c.status == "sending"),
        broadcasts.c.paused_at.is_(None),
    )
    rows = select(broadcasts.c.id).where(here).order_by(broadcasts.c.send_at, broadcasts.c.id)
    return db.execute(rows).scalars().all()


def lease(db: Connection, broadcast_id: int, *, owner: str, at: datetime) -> Lease | None:
    """Take a batch that is pending or whose time has come by `at`; None if there is none."""
    free = or_(
        batches.c.state == "pending",
        and_(batches.c.state.in_(("leased", "waiting")), batches.c.lease_until <= at),
    )
    batch = db.execute(
        select(batches)
        .where(batches.c.broadcast_id == broadcast_id, free)
        .order_by(batches.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if batch is None:
        return None
    fence = batch.fence + 1
    taken = db.execute(
        update(batches)
        .where(batches.c.id == batch.id, batches.c.fence == batch.fence, free)
        .values(state="leased", owner=owner, fence=fence, lease_until=at + LEASE)
    )
    if taken.rowcount != 1:  # on PostgreSQL, another worker was quicker
        return None
    return Lease(
        batch_id=batch.id,
        broadcast_id=broadcast_id,
        low=batch.low,
        high=batch.high,
        owner=owner,
        fence=fence,
        reached=batch.reached,
        reached_fence=batch.reached_fence,
    )


def hold(db: Connection, held: Lease, *, at: datetime) -> bool:
    """Renew a lease, and lock its row for this transaction; False when the batch is lost."""
    return _end(db, held, state="leased", lease_until=at + LEASE)


def reach(db: Connection, held: Lease, delivery_id: int, *, at: datetime) -> bool:
    """The same, and from now on the deliveries up to this one may have left."""
    until = at + LEASE
    return _end(
        db,
        held,
        state="leased",
        lease_until=until,
        reached=delivery_id,
        reached_fence=held.fence,
    )


def settled(db: Connection, held: Lease, *, at: datetime) -> bool:
    """The same, and everything is recorded that has left so far."""
    return _end(db, held, state="leased", lease_until=at + LEASE, **_NOTHING_REACHED)


def give_back(db: Connection, held: Lease) -> None:
    """Let another worker take the batch at once; everything that left is recorded."""
    _end(db, held, state="pending", lease_until=None, **_NOTHING_REACHED)


def put_off(db: Connection, held: Lease, *, until: datetime) -> None:
    """Leave the batch alone until then; everything that left is recorded."""
    _end(db, held, state="waiting", lease_until=until, **_NOTHING_REACHED)


def finish(db: Connection, held: Lease) -> bool:
    """Nothing in the batch can be tried now; False when it is lost.

    It is done, or waits for the first of its deferred deliveries, or begins anew because
    somebody has queued deliveries again meanwhile.
    """
    rows = (
        select(deliveries.c.state, func.min(deliveries.c.next_at))
        .where(within(held), deliveries.c.state.in_(("queued", "deferred")))
        .group_by(deliveries.c.state)
    )
    left = {row[0]: row[1] for row in db.execute(rows)}
    state = "pending" if "queued" in left else "waiting" if left else "done"
    until = left.get("deferred") if state == "waiting" else None
    return _end(db, held, state=state, lease_until=until, **_NOTHING_REACHED)


_NOTHING_REACHED: dict[str, Any] = {"reached": None, "reached_fence": None}


def _end(
    db: Connection, held: Lease, *, state: str, lease_until: datetime | None, **values: Any
) -> bool:
    statement = (
        update(batches)
        .where(
            batches.c.id == held.batch_id,
            batches.c.state == "leased",
            batches.c.owner == held.owner,
            batches.c.fence == held.fence,
        )
        .values(state=state, lease_until=lease_until, **values)
    )
    return db.execute(statement).rowcount == 1


def within(held: Lease, *, after: int = 0, until: int | None = None) -> ColumnElement[bool]:
    """Whether a delivery is one of a batch, with an id above `after` and up to `until`."""
    high = held.high if until is None else until
    return and_(
        # Added to, so that no index answers it: it would find the whole broadcast, not the batch.
        deliveries.c.broadcast_id + 0 == held.broadcast_id,
        deliveries.c.id.between(max(held.low, after + 1), high),
    )


def to_try(at: datetime) -> ColumnElement[bool]:
    """Whether a delivery waits to be tried: queued, or put off until a time that has come."""
    return or_(
        deliveries.c.state == "queued",
        and_(deliveries.c.state == "deferred", deliveries.c.next_at <= at),
    )


def queued(
    db: Connection, held: Lease, *, at: datetime, limit: int, after: int = 0
) -> Sequence[Row[Any]]:
    """The next deliveries of a batch to try, each with its subscriber and `eligible`.

    Those with an id above `after`, by rising id.
    """
    rows = (
        select(
            deliveries.c.id.label("delivery_id"),
            deliveries.c.attempts,
            case((eligible(), True), else_=False).label("eligible"),
            subscribers,
        )
        .join(subscribers, subscribers.c.id == deliveries.c.subscriber_id)
        .where(within(held, after=after), to_try(at))
        .order_by(deliveries.c.id)
        .limit(limit)
    )
    return db.execute(rows).all()


def still_eligible(db: Connection, delivery_ids: Collection[int], *, at: datetime) -> set[int]:
    """Those of these deliveries that wait to be tried and whose subscriber may still be mailed."""
    rows = (
        # As a column, as above: as a condition it makes SQLite walk over all active readers.
        select(deliveries.c.id, case((eligible(), True), else_=False).label("eligible"))
        .join(subscribers, subscribers.c.id == deliveries.c.subscriber_id)
        .where(deliveries.c.id.in_(delivery_ids), to_try(at))
    )
    return {row.id for row in db.execute(rows) if row.eligible}


def settle(
    db: Connection,
    delivery_ids: Collection[int],
    *,
    state: str,
    at: datetime,
    reply: str | None = None,
) -> None:
    """Record how queued or deferred deliveries ended. What is final already stays."""
    if not delivery_ids:
        return
    tried = 0 if state == "suppressed" else 1
    statement = (
        update(deliveries)
        .where(deliveries.c.id.in_(delivery_ids), deliveries.c.state.in_(("queued", "deferred")))
        .values(state=state, attempts=deliveries.c.attempts + tried, at=at, reply=reply)
    )
    db.execute(statement)


def complete(db: Connection, broadcast_id: int, *, now: datetime) -> bool:
    """Mark a broadcast completed when none of its batches is left; True if this call did it."""
    left = exists().where(batches.c.broadcast_id == broadcast_id, batches.c.state != "done")
    statement = (
        update(broadcasts)
        .where(broadcasts.c.id == broadcast_id, broadcasts.c.status == "sending", not_(left))
        .values(status="completed", completed_at=now, updated_at=now)
    )
    done = db.execute(statement).rowcount == 1
    if done:
        tell(db, "broadcast.sent", broadcast_id, now=now)
    return done


def abort(db: Connection, broadcast_id: int) -> None:
    """Stop a broadcast that was begun and cannot be sent."""
    here = (broadcasts.c.id == broadcast_id, broadcasts.c.status == "sending")
    db.execute(update(broadcasts).where(*here).values(status="aborted"))


def pause(db: Connection, broadcast_id: int, *, reason: str, now: datetime) -> bool:
    """Let nobody go on with a broadcast that is being sent; True if this call did it."""
    here = (
        broadcasts.c.id == broadcast_id,
        broadcasts.c.status == "sending",
        broadcasts.c.paused_at.is_(None),
    )
    statement = update(broadcasts).where(*here)
    return db.execute(statement.values(paused_at=now, paused_reason=reason)).rowcount == 1


def resume(db: Connection, broadcast_id: int) -> bool:
    """Let a paused broadcast go on; False when it is not paused."""
    here = (broadcasts.c.id == broadcast_id, broadcasts.c.paused_at.is_not(None))
    statement = update(broadcasts).where(*here)
    return db.execute(statement.values(paused_at=None, paused_reason=None)).rowcount == 1


def parts(db: Connection, broadcast_id: int) -> Row[Any]:
    """A begun broadcast with its template's `html` and `category`, to build messages from."""
    return db.execute(
        select(broadcasts, email_templates.c.html, email_templates.c.category)
        .join(email_templates, email_templates.c.id == broadcasts.c.email_template_id)
        .where(broadcasts.c.id == broadcast_id)
    ).one()
