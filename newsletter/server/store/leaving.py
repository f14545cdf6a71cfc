"""How a reader leaves, and comes back when it is she herself who asks."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, delete, select, update

from newsletter.server.store.subscribers import suppress
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
    return True
