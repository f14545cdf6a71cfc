"""The tables of what readers did with a letter, as far as it was tracked."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text, UniqueConstraint

from newsletter.database import UtcDateTime
from newsletter.server.store.schema import metadata, of, row_id

# Every time a letter was opened, as far as that can be seen.
opens = Table(
    "opens",
    metadata,
    row_id(),
    of("broadcast_id", "broadcasts", nullable=False),
    of("subscriber_id", "subscribers", nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_opens_broadcast_id_subscriber_id", "broadcast_id", "subscriber_id", "at"),
    Index("ix_opens_subscriber_id_at", "subscriber_id", "at"),
    sqlite_autoincrement=True,
)

# The links of a letter that are, or were, followed.
links = Table(
    "links",
    metadata,
    row_id(),
    of("broadcast_id", "broadcasts", nullable=False),
    Column("url", Text, nullable=False),
    UniqueConstraint("broadcast_id", "url"),
    sqlite_autoincrement=True,
)

# Every time such a link was followed.
clicks = Table(
    "clicks",
    metadata,
    row_id(),
    of("link_id", "links", nullable=False),
    of("broadcast_id", "broadcasts", nullable=False),  # the link's
    of("subscriber_id", "subscribers", nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_clicks_broadcast_id_subscriber_id", "broadcast_id", "subscriber_id"),
    Index("ix_clicks_link_id_subscriber_id", "link_id", "subscriber_id", "at"),
    Index("ix_clicks_subscriber_id_at", "subscriber_id", "at"),
    sqlite_autoincrement=True,
)
