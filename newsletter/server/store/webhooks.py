"""Who wants to be told of what happens: webhooks of the first kind, and webhook endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, insert, select, update

from newsletter.server.store.webhook_tables import (
    webhook_attempts,
    webhook_deliveries,
    webhook_endpoints,
    webhooks,
)

ENDPOINT_STATUSES = ("active", "disabled")
DELIVERY_STATUSES = ("pending", "retrying", "delivered", "failed")
OPEN = ("pending", "retrying")
OVERLAP = timedelta(days=1)  # how long a secret is good after it was replaced


class StillRotating(Exception):
    """The secret before the present one is still good."""


def all_webhooks() -> Select[Any]:
    """Every webhook of the first kind."""
    return select(webhooks)


def create_webhook(
    db: Connection, *, event: str, parameter: str | None, target_url: str, now: datetime
) -> Row[Any]:
    """Add a webhook of the first kind; the same one twice is two of them, as at Kit."""
    row = {
        "event": event,
        "parameter": parameter,
        "target_url": target_url,
        "created_at": now,
    }
    return db.execute(insert(webhooks).values(row).returning(webhooks)).one()


def remove_webhook(db: Connection, webhook_id: int) -> bool:
    """Delete one, and what it has not been told yet; False when there is none."""
    return db.execute(delete(webhooks).where(webhooks.c.id == webhook_id)).rowcount == 1


def all_endpoints(*, status: str | None = None) -> Select[Any]:
    """Every endpoint, or those of one status."""
    rows = select(webhook_endpoints)
    return rows if status is None else rows.where(webhook_endpoints.c.status == status)


def endpoint(db: Connection, endpoint_id: int) -> Row[Any] | None:
    """The endpoint with this id."""
    rows = select(webhook_endpoints).where(webhook_endpoints.c.id == endpoint_id)
    return db.execute(rows).one_or_none()


def create_endpoint(
    db: Connection, values: Mapping[str, Any], *, secret: str, now: datetime
) -> Row[Any]:
    """Add an active endpoint."""
    row = {**values, "status": "active", "secret": secret, "created_at": now}
    return db.execute(insert(webhook_endpoints).values(row).returning(webhook_endpoints)).one()


def change_endpoint(
    db: Connection, endpoint_id: int, values: Mapping[str, Any], *, now: datetime
) -> None:
    """Change an endpoint; one that is disabled is not told what was waiting for it."""
    if values:
        statement = update(webhook_endpoints).where(webhook_endpoints.c.id == endpoint_id)
        db.execute(statement.values(**values))
    if values.get("status") == "disabled":
        waiting = (
            webhook_deliveries.c.endpoint_id == endpoint_id,
            webhook_deliveries.c.status.in_(OPEN),
        )
        ended = {"status": "failed", "next_at": None, "completed_at": now}
        db.execute(update(webhook_deliveries).where(*waiting).values(**ended))


def remove_endpoint(db: Connection, endpoint_id: int) -> None:
    """Delete an endpoint with its history."""
    db.execute(delete(webhook_endpoints).where(webhook_endpoints.c.id == endpoint_id))


def rotate(db: Connection, row: Row[Any], *, secret: str, force: bool, now: datetime) -> None:
    """Give an endpoint another secret; the present one stays good for a day beside it.

    Raises StillRotating when there is such a one already, unless `force` gives it up.
    """
    until = row.previous_secret_expires_at
    if until is not None and until > now and not force:
        raise StillRotating
    values = {
        "secret": secret,
        "previous_secret": row.secret,
        "previous_secret_expires_at": now + OVERLAP,
    }
    change_endpoint(db, row.id, values, now=now)


def revoke_previous(db: Connection, endpoint_id: int, *, now: datetime) -> None:
    """End the overlap: only the present secret signs."""
    values = {"previous_secret": None, "previous_secret_expires_at": None}
    change_endpoint(db, endpoint_id, values, now=now)


def deliveries_to(
    endpoint_id: int,
    *,
    first: datetime,
    status: str | None = None,
    event_type: str | None = None,
) -> Select[Any]:
    """What an endpoint was told from `first` on or is to be told, of one status or event type."""
    rows = select(webhook_deliveries).where(
        webhook_deliveries.c.endpoint_id == endpoint_id,
        func.coalesce(webhook_deliveries.c.completed_at, first) >= first,
    )
    if status is not None:
        rows = rows.where(webhook_deliveries.c.status == status)
    if event_type is not None:
        rows = rows.where(webhook_deliveries.c.event_type == event_type)
    return rows


def attempts_at(db: Connection, delivery_id: int) -> list[Row[Any]]:
    """How each attempt went, the first one first."""
    here = webhook_attempts.c.delivery_id == delivery_id
    return list(db.execute(select(webhook_attempts).where(here).order_by(webhook_attempts.c.id)))
