"""The tables of outgoing events: who wants to be told of what, and what was told."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Index, Integer, String, Table, Text

from newsletter.database import UtcDateTime
from newsletter.server.store.schema import Id, metadata, of, row_id

# Kit's first kind: one event each, not signed.
webhooks = Table(
    "webhooks",
    metadata,
    row_id(),
    Column("event", String, nullable=False),  # with its prefix
    Column("parameter", String),  # the id or link it is about, as text
    Column("target_url", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)

webhook_endpoints = Table(
    "webhook_endpoints",
    metadata,
    row_id(),
    Column("name", Text),
    Column("url", Text, nullable=False),
    Column("description", Text),
    Column("events", JSON, nullable=False),
    Column("status", String, nullable=False),  # active | disabled
    Column("secret", String, nullable=False),  # signs; a digest of it could not
    Column("previous_secret", String),
    Column("previous_secret_expires_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("app_id", Id),  # the OAuth app that made it, which alone of all apps may change it
    Column("created_by_app", Text),  # its name then
    sqlite_autoincrement=True,
)

# One POST to one receiver, repeated until it is taken. `next_at` is None at the end.
# The receiver is one of the first three.
webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    row_id(),
    of("endpoint_id", "webhook_endpoints"),
    of("webhook_id", "webhooks"),
    Column("callback_url", Text),  # of a bulk request
    Column("event_type", String, nullable=False),
    Column("payload", JSON, nullable=False),  # a list of events, or the whole body
    Column("status", String, nullable=False),  # pending | retrying | delivered | failed
    Column("attempts", Integer, nullable=False),
    Column("next_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("completed_at", UtcDateTime),
    Index("ix_webhook_deliveries_next_at_id", "next_at", "id"),
    Index("ix_webhook_deliveries_completed_at", "completed_at"),
    Index("ix_webhook_deliveries_endpoint_id_id", "endpoint_id", "id"),
    Index("ix_webhook_deliveries_webhook_id", "webhook_id"),
    sqlite_autoincrement=True,
)

webhook_attempts = Table(
    "webhook_attempts",
    metadata,
    row_id(),
    of("delivery_id", "webhook_deliveries", nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("response_status", Integer),  # None: there was no answer
    Column("response_body", Text),  # its beginning
    Column("error", Text),
    Column("duration_ms", Integer, nullable=False),
    Index("ix_webhook_attempts_delivery_id", "delivery_id"),
    sqlite_autoincrement=True,
)
