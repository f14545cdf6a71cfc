"""The tables of sequences: letters that follow each other, and who is to get them."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from newsletter.database import UtcDateTime
from newsletter.server.store.schema import Id, metadata, of, row_id

sequences = Table(
    "sequences",
    metadata,
    row_id(),
    Column("name", String, nullable=False),
    Column("hold", Boolean, nullable=False),  # who got the last email stays in it
    Column("repeat", Boolean, nullable=False),  # it may be gone through more than once
    Column("active", Boolean, nullable=False),
    Column("email_address", String),  # None: the account's
    Column("email_template_id", Id, ForeignKey("email_templates.id")),  # None: the default
    Column("send_days", JSON, nullable=False),  # names of weekdays
    Column("send_hour", Integer, nullable=False),  # in `time_zone`
    Column("time_zone", String, nullable=False),
    Column("exclude_subscriber_sources", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("deleted_at", UtcDateTime),  # from then on it is not found
    sqlite_autoincrement=True,
)

sequence_emails = Table(
    "sequence_emails",
    metadata,
    row_id(),
    of("sequence_id", "sequences", nullable=False),
    Column("position", Integer, nullable=False),  # from 0; may have gaps
    Column("subject", Text, nullable=False),
    Column("preview_text", Text),
    Column("content", Text),
    Column("email_template_id", Id, ForeignKey("email_templates.id")),  # None: the sequence's
    Column("published", Boolean, nullable=False),
    Column("delay_value", Integer, nullable=False),
    Column("delay_unit", String, nullable=False),  # days | hours
    Column("send_days", JSON(none_as_null=True)),  # None: those of the sequence
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    UniqueConstraint("sequence_id", "position"),
    sqlite_autoincrement=True,
)

sequence_members = Table(
    "sequence_members",
    metadata,
    of("sequence_id", "sequences", primary_key=True),
    of("subscriber_id", "subscribers", primary_key=True),
    Column("added_at", UtcDateTime, nullable=False),
    Column("completed_at", UtcDateTime),
    Index("ix_sequence_members_subscriber_id", "subscriber_id"),
    Index("ix_sequence_members_sequence_id_added_at", "sequence_id", "added_at", "subscriber_id"),
)
