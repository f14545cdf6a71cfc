"""What became of deliveries that left by SMTP, and of those nobody knows it of.

`accepted`, `refused` and `suppressed` are final: nothing changes them any more. `unknown` is
what a crash leaves between a message's last octet and the server's answer: it gives way only
to an answer that arrives late, or to a person's decision.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, or_, select, update

from newsletter.server.store.leaving import stop
from newsletter.server.store.queue import Lease, to_try, within
from newsletter.server.store.tables import batches, broadcasts, deliveries, subscribers

_OPEN = ("queued", "deferred")
# From which states a delivery may come to be what it is said to be.
_FROM = {
    "accepted": (*_OPEN, "unknown"),
    "refused": (*_OPEN, "unknown"),
    "deferred": _OPEN,
    "unknown": _OPEN,
    "suppressed": _OPEN,
}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one delivery. `is_bounce`: its reader's address does not exist."""

    delivery_id: int
    subscriber_id: int
    state: str
    reply: str = ""
    is_bounce: bool = False
    next_at: datetime | None = None


def record(db: Connection, outcomes: Sequence[Outcome], *, at: datetime) -> None:
    """Write outcomes down; what is final already stays."""
    for state, before in _FROM.items():
        rows = [
            {"number": each.delivery_id, "words": each.reply or None, "again": each.next_at}
            for each in outcomes
            if each.state == state
        ]
        if not rows:
            continue
        tried = 0 if state == "suppressed" else 1
        statement = (
            update(deliveries)
            .where(
                deliveries.c.id == bindparam("number"),
                # Spelled out: executemany knows no IN with a number of values.
                or_(*(deliveries.c.state == each for each in before)),
            )
            .values(
                state=state,
                attempts=deliveries.c.attempts + tried,
                reply=bindparam("words"),
                next_at=bindparam("again"),
                at=at,
            )
        )
        db.execute(statement, rows)
    for each in outcomes:
        if each.is_bounce:
            stop(db, each.subscriber_id, state="bounced", now=at)


def put_back(
    db: Connection, broadcast_id: int, delivery_ids: Collection[int], *, at: datetime
) -> None:
    """Queue deliveries again that were refused for a fault of ours."""
    here = (deliveries.c.id.in_(delivery_ids), deliveries.c.state == "refused")
    db.execute(update(deliveries).where(*here).values(state="queued", at=at))
    _wake(db, broadcast_id, delivery_ids)


def left_open(db: Connection, held: Lease, *, at: datetime) -> Sequence[Row[Any]]:
    """The deliveries up to `held.reached` whose outcome is not recorded."""
    here = and_(within(held, until=held.reached or 0), to_try(at))
    rows: Select[Any] = select(deliveries.c.id, deliveries.c.subscriber_id, deliveries.c.attempts)
    return db.execute(rows.where(here).order_by(deliveries.c.id)).all()


def unknown(db: Connection, broadcast_id: int, *, limit: int) -> Sequence[Row[Any]]:
    """The first deliveries of a broadcast whose outcome nobody knows, with their addresses."""
    rows: Select[Any] = (
        select(deliveries.c.id, deliveries.c.subscriber_id, subscribers.c.email_address)
        .join(subscribers, subscribers.c.id == deliveries.c.subscriber_id)
        .where(deliveries.c.broadcast_id == broadcast_id, deliveries.c.state == "unknown")
        .order_by(deliveries.c.id)
        .limit(limit)
    )
    return db.execute(rows).all()


def accept_unknown(db: Connection, broadcast_id: int, *, at: datetime) -> int:
    """Count the unknown ones as accepted; gives how many there were."""
    here = (deliveries.c.broadcast_id == broadcast_id, deliveries.c.state == "unknown")
    return db.execute(update(deliveries).where(*here).values(state="accepted", at=at)).rowcount


def resend_unknown(db: Connection, broadcast_id: int, *, at: datetime) -> int:
    """Queue the unknown ones again, which may give readers a second copy; gives how many."""
    here = (deliveries.c.broadcast_id == broadcast_id, deliveries.c.state == "unknown")
    ids = db.execute(select(deliveries.c.id).where(*here)).scalars().all()
    if not ids:
        return 0
    db.execute(update(deliveries).where(*here).values(state="queued", next_at=None, at=at))
    _wake(db, broadcast_id, ids)
    db.execute(
        update(broadcasts)
        .where(broadcasts.c.id == broadcast_id, broadcasts.c.status == "completed")
        .values(status="sending", completed_at=None, updated_at=at)
    )
    return len(ids)


def _wake(db: Connection, broadcast_id: int, delivery_ids: Collection[int]) -> None:
    """Let workers look again at the batches of these deliveries; a held one looks by itself."""
    ranges = select(batches.c.id, batches.c.low, batches.c.high)
    mine = ranges.where(batches.c.broadcast_id == broadcast_id, batches.c.state != "leased")
    again = [
        {"number": row.id}
        for row in db.execute(mine)
        if any(row.low <= each <= row.high for each in delivery_ids)
    ]
    if again:
        waking = update(batches).where(batches.c.id == bindparam("number"))
        db.execute(waking.values(state="pending", lease_until=None), again)
