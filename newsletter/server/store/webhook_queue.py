"""The queue of webhook deliveries: what is due, taken by one sender at a time, and how it went.

A sender holds a delivery by the `next_at` it wrote: whoever takes it over writes another,
and what the first one still wants to record meets no row.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from newsletter.server.store.webhook_tables import (
    webhook_attempts,
    webhook_deliveries,
    webhook_endpoints,
    webhooks,
)
from newsletter.server.store.webhooks import OPEN

LEASE = timedelta(seconds=60)  # longer than an attempt may take; a killed sender's wait
KEPT = timedelta(days=30)
MOST_EVENTS = 100  # of one delivery
_PRUNED_AT_ONCE = 1000

Receiver = tuple[int | None, int | None, str | None]
"""The id of an endpoint, or that of a webhook, or the address of a callback."""


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """How one POST went: `response_status` is None when there was no answer."""

    response_status: int | None
    response_body: str | None
    error: str | None
    duration_ms: int


@dataclass(frozen=True, kw_only=True)
class Held:
    """A delivery that this sender has taken, with its receiver."""

    id: int
    receiver: Receiver
    event_type: str
    payload: Any
    attempts: int  # that were made before
    url: str
    secrets: tuple[str, ...]  # none: it is not signed
    until: datetime


def take(db: Connection, *, now: datetime, without: Collection[Receiver]) -> Held | None:
    """Take the delivery that has been due longest, of any receiver but these; None if none is."""
    row = db.execute(
        select(
            webhook_deliveries,
            webhook_endpoints.c.url,
            webhook_endpoints.c.secret,
            webhook_endpoints.c.previous_secret,
            webhook_endpoints.c.previous_secret_expires_at,
            webhooks.c.target_url,
        )
        .outerjoin(webhook_endpoints, webhook_endpoints.c.id == webhook_deliveries.c.endpoint_id)
        .outerjoin(webhooks, webhooks.c.id == webhook_deliveries.c.webhook_id)
        .where(webhook_deliveries.c.next_at <= now, *_not_for(without))
        .order_by(webhook_deliveries.c.next_at, webhook_deliveries.c.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=webhook_deliveries)
    ).one_or_none()
    if row is None:
        return None
    until = now + LEASE
    here = webhook_deliveries.c.id == row.id
    payload = row.payload + _more(db, row, now=now) if _may_grow(row) else row.payload
    values = {"next_at": until, "payload": payload}
    db.execute(update(webhook_deliveries).where(here).values(values))
    return Held(
        id=row.id,
        receiver=(row.endpoint_id, row.webhook_id, row.callback_url),
        event_type=row.event_type,
        payload=payload,
        attempts=row.attempts,
        url=row.url or row.target_url or row.callback_url,
        secrets=_secrets(row, now),
        until=until,
    )


def _may_grow(row: Row[Any]) -> bool:
    """Whether other events may join a delivery: at an endpoint, and nobody took it before.

    What a receiver may have had once must not come with more under the same id.
    """
    is_new = row.next_at == row.created_at
    return row.endpoint_id is not None and is_new and len(row.payload) < MOST_EVENTS


def _more(db: Connection, row: Row[Any], *, now: datetime) -> list[Any]:
    """The events of other new deliveries like this one, which are delivered with it."""
    others = db.execute(
        select(webhook_deliveries.c.id, webhook_deliveries.c.payload)
        .where(
            webhook_deliveries.c.endpoint_id == row.endpoint_id,
            webhook_deliveries.c.id > row.id,
            webhook_deliveries.c.event_type == row.event_type,
            webhook_deliveries.c.next_at == webhook_deliveries.c.created_at,
            webhook_deliveries.c.next_at <= now,
        )
        .order_by(webhook_deliveries.c.id)
        .limit(MOST_EVENTS - len(row.payload))
        .with_for_update(skip_locked=True)
    ).all()  # each has one event: only the first of them grows
    if others:
        ids = [each.id for each in others]
        db.execute(delete(webhook_deliveries).where(webhook_deliveries.c.id.in_(ids)))
    return [event for each in others for event in each.payload]


def is_due(db: Connection, *, now: datetime) -> bool:
    """Whether anything is to be sent."""
    rows = select(webhook_deliveries.c.id).where(webhook_deliveries.c.next_at <= now)
    return db.execute(rows.limit(1)).first() is not None


def record(
    db: Connection,
    held: Held,
    attempt: Attempt,
    *,
    status: str,
    next_at: datetime | None,
    now: datetime,
) -> bool:
    """Write down how an attempt went; False, and nothing written, when it is another's by now."""
    settled = db.execute(
        update(webhook_deliveries)
        .where(
            webhook_deliveries.c.id == held.id,
            webhook_deliveries.c.next_at == held.until,
            webhook_deliveries.c.status.in_(OPEN),
        )
        .values(
            status=status,
            attempts=webhook_deliveries.c.attempts + 1,
            next_at=next_at,
            completed_at=now if next_at is None else None,
        )
    )
    if settled.rowcount != 1:
        return False
    db.execute(insert(webhook_attempts).values(delivery_id=held.id, at=now, **vars(attempt)))
    return True


def is_old(db: Connection, *, now: datetime) -> bool:
    """Whether any delivery is done with and older than history is kept."""
    rows = select(webhook_deliveries.c.id).where(webhook_deliveries.c.completed_at < now - KEPT)
    return db.execute(rows.limit(1)).first() is not None


def forget_old(db: Connection, *, now: datetime) -> None:
    """Delete some of the deliveries that are older than history is kept, with their attempts."""
    old = (
        select(webhook_deliveries.c.id)
        .where(webhook_deliveries.c.completed_at < now - KEPT)
        .limit(_PRUNED_AT_ONCE)
    )
    db.execute(delete(webhook_deliveries).where(webhook_deliveries.c.id.in_(old)))


def _not_for(receivers: Collection[Receiver]) -> list[Any]:
    columns = (
        webhook_deliveries.c.endpoint_id,
        webhook_deliveries.c.webhook_id,
        webhook_deliveries.c.callback_url,
    )
    kept = []
    for place, column in enumerate(columns):
        named = [each[place] for each in receivers if each[place] is not None]
        if named:
            kept.append(or_(column.is_(None), column.not_in(named)))
    return kept


def _secrets(row: Row[Any], now: datetime) -> tuple[str, ...]:
    """The secrets that are good now; a webhook of the first kind has none."""
    if row.secret is None:
        return ()
    until = row.previous_secret_expires_at
    if row.previous_secret is None or until is None or until <= now:
        return (row.secret,)
    return (row.secret, row.previous_secret)
