"""The table of purchases: what subscribers bought elsewhere, as a shop told it."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Float, Index, String, Table, Text

from newsletter.database import UtcDateTime
from newsletter.server.store.schema import metadata, of, row_id

purchases = Table(
    "purchases",
    metadata,
    row_id(),
    of("subscriber_id", "subscribers", nullable=False),
    Column("transaction_id", String, nullable=False, unique=True),
    Column("email_address", String, nullable=False),  # as it was when she bought
    Column("status", String, nullable=False),
    Column("source", Text),
    Column("currency", String, nullable=False),  # ISO 4217, upper case
    Column("subtotal", Float, nullable=False),
    Column("discount", Float, nullable=False),
    Column("tax", Float, nullable=False),
    Column("shipping", Float, nullable=False),
    Column("total", Float, nullable=False),
    Column("products", JSON, nullable=False),
    Column("transaction_time", UtcDateTime, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_purchases_subscriber_id", "subscriber_id"),
    sqlite_autoincrement=True,
)
