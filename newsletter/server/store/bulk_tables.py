"""The tables of bulk requests that are worked off later, a slice of their items at a time."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, String, Table, Text

from newsletter.database import UtcDateTime
from newsletter.server.store.schema import metadata, of, row_id

# `completed_at` is None as long as any of its slices is left.
bulk_requests = Table(
    "bulk_requests",
    metadata,
    row_id(),
    of("app_id", "oauth_apps"),  # whose queue it counts against; None: a token issued by hand
    Column("kind", String, nullable=False),  # the operation, as "POST /bulk/tags"
    Column("size", BigInteger, nullable=False),  # of its body, in octets
    Column("callback_url", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("completed_at", UtcDateTime),
    Index("ix_bulk_requests_completed_at_id", "completed_at", "id"),
    Index("ix_bulk_requests_app_id", "app_id"),
    sqlite_autoincrement=True,
)

# Applied in the transaction that marks it as done, so that none is applied twice.
bulk_slices = Table(
    "bulk_slices",
    metadata,
    row_id(),
    of("request_id", "bulk_requests", nullable=False),
    Column("is_done", Integer, nullable=False),  # 0 | 1
    Column("content", JSON),  # its items; None once it is done
    Column("results", JSON),  # for the callback: what it made, and what failed
    Index("ix_bulk_slices_request_id_is_done", "request_id", "is_done", "id"),
    sqlite_autoincrement=True,
)
