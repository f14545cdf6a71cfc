"""The tables beside broadcasts: pieces that letters share, and letters on the web."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text

from newsletter.database import UtcDateTime
from newsletter.server.store.schema import metadata, of, row_id

snippets = Table(
    "snippets",
    metadata,
    row_id(),
    Column("key", String, nullable=False, unique=True),  # in Liquid; never changes
    Column("name", String, nullable=False),
    Column("snippet_type", String, nullable=False),  # inline | block
    Column("content", Text),  # of an inline one: text
    Column("value_html", Text),  # of a block
    Column("version", Integer, nullable=False),  # rises with each change of what is in it
    Column("archived", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)

# The web side of a broadcast that is or was public. Only public ones are shown.
posts = Table(
    "posts",
    metadata,
    row_id(),
    of("broadcast_id", "broadcasts", nullable=False, unique=True),
    Column("slug", String, nullable=False, unique=True),  # stays from publication on
    Column("created_at", UtcDateTime, nullable=False),
    Column("announced_at", UtcDateTime),  # when its publication was told to webhooks
    Index("ix_posts_announced_at", "announced_at"),
    sqlite_autoincrement=True,
)
