"""How a reader leaves or is stopped, and comes back when it is she herself who asks."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, delete, select, update

from newsletter.server.store import events
from newsletter.server.store.subscribers import SUPPRESSED_BY, suppress
from newsletter.server.store.tables import subscribers, suppressions

How = Literal["one-click", "link", "api"]


def leave(
    db: Connection, subscriber_id: int, *, how: How, now: datetime, broadcast_id: int | None = None
) -> bool:
    """Cancel a subscriber and suppress the address; False when she had left before.

    `broadcast_id` names the broadcast whose link was used.
    """
    gone = db.execute(
        update(subscribers)
        .where(subscribers.c.id == subscriber_id, subscribers.c.state != "cancelled")
        .values(
            state="cancelled", canceled_at=now, updated_at=now, left_by=how, left_from=broadcast_id
        )
        .returning(subscribers.c.email_address)
    ).one_or_none()
    if gone is None:
        return False
    suppress(db, address=gone.email_address, kind="unsubscribe", now=now)
    events.of_subscriber(db, "subscriber.unsubscribed", subscriber_id, now=now)
    return True


def stop(
    db: Connection, subscriber_id: int, *, state: Literal["bounced", "complained"], now: datetime
) -> bool:
    """Mail nobody any more whose address is dead or who called a letter spam, and suppress her.

    False when she was not to be mailed before: who left has left, whatever bounces later.
    """
    stopped = db.execute(
        update(subscribers)
        .where(subscribers.c.id == subscriber_id, subscribers.c.state.in_(("active", "inactive")))
        .values(state=state, updated_at=now)
        .returning(subscribers.c.email_address)
    ).one_or_none()
    if stopped is None:
        return False
    suppress(db, address=stopped.email_address, kind=SUPPRESSED_BY[state], now=now)
    events.of_subscriber(db, f"subscriber.{state}", subscriber_id, now=now)
    return True


def take_back(db: Connection, subscriber_id: int, *, now: datetime) -> bool:
    """Make a subscriber who had left active again, on her own word.

    False when that cannot be: she is unknown, had not left, or her address is suppressed
    for another reason (a bounce, a complaint), which her word does not undo.
    """
    row = db.execute(
        select(subscribers.c.email_key).where(
            subscribers.c.id == subscriber_id, subscribers.c.state == "cancelled"
        )
    ).one_or_none()
    if row is None:
        return False
    here = suppressions.c.email_key == row.email_key
    db.execute(delete(suppressions).where(here, suppressions.c.kind == "unsubscribe"))
    if db.execute(select(suppressions.c.kind).where(here)).first() is not None:
        return False
    db.execute(
        update(subscribers)
        .where(subscribers.c.id == subscriber_id)
        .values(state="active", canceled_at=None, updated_at=now, left_by=None, left_from=None)
    )
    events.of_subscriber(db, "subscriber.activated", subscriber_id, now=now)
    return True
