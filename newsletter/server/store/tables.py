"""The server's tables. Times are UTC; migrations in `migrations/` create them."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from newsletter.database import UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column[int]:
    return Column("id", Integer, primary_key=True, autoincrement=True)


# One row: the account this server keeps.
account = Table(
    "account",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False),
    Column("sender_name", String, nullable=False),
    Column("sender_address", String, nullable=False),
    Column("address", Text, nullable=False),  # postal; what {{ address }} prints
    Column("timezone", String, nullable=False),
    Column("token_secret", LargeBinary, nullable=False),  # signs readers' links
    Column("created_at", UtcDateTime, nullable=False),
)

api_keys = Table(
    "api_keys",
    metadata,
    _id(),
    Column("digest", String, nullable=False, unique=True),  # SHA-256 of the key, hex
    Column("label", String, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

subscribers = Table(
    "subscribers",
    metadata,
    _id(),
    Column("email_address", String, nullable=False),
    Column("email_key", String, nullable=False, unique=True),  # trimmed, case-folded
    Column("first_name", String),
    Column("state", String, nullable=False),
    Column("fields", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("canceled_at", UtcDateTime),
    Column("left_by", String),  # one-click | link | api; None while they stay
    Index("ix_subscribers_state_id", "state", "id"),
    Index("ix_subscribers_updated_at_id", "updated_at", "id"),
)

# Never mail these again, whatever is imported. Outlives the subscriber's row.
suppressions = Table(
    "suppressions",
    metadata,
    Column("email_key", String, primary_key=True),
    Column("kind", String, nullable=False),  # unsubscribe | bounce | complaint | manual
    Column("at", UtcDateTime, nullable=False),
)

custom_fields = Table(
    "custom_fields",
    metadata,
    _id(),
    Column("label", String, nullable=False, unique=True),
    Column("key", String, nullable=False, unique=True),
    Column("name", String, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

tags = Table(
    "tags",
    metadata,
    _id(),
    Column("name", String, nullable=False),
    Column("name_key", String, nullable=False, unique=True),  # case-folded
    Column("created_at", UtcDateTime, nullable=False),
)

taggings = Table(
    "taggings",
    metadata,
    Column("tag_id", ForeignKey("tags.id", ondelete="CASCADE"), primary_key=True),
    Column("subscriber_id", ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True),
    Column("tagged_at", UtcDateTime, nullable=False),
    Index("ix_taggings_subscriber_id", "subscriber_id"),
)

forms = Table(
    "forms",
    metadata,
    _id(),
    Column("name", String, nullable=False),
    Column("uid", String, nullable=False, unique=True),
    Column("type", String, nullable=False),  # embed | hosted
    Column("format", String),
    Column("archived", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

form_members = Table(
    "form_members",
    metadata,
    Column("form_id", ForeignKey("forms.id", ondelete="CASCADE"), primary_key=True),
    Column("subscriber_id", ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True),
    Column("added_at", UtcDateTime, nullable=False),
    Column("referrer", Text),
)

email_templates = Table(
    "email_templates",
    metadata,
    _id(),
    Column("name", String, nullable=False),
    Column("is_default", Boolean, nullable=False),
    Column("category", String, nullable=False),  # HTML | Starting point
    # For the HTML kind: the page with {{ message_content }} that content is put into.
    Column("wrapper", Text),
)

broadcasts = Table(
    "broadcasts",
    metadata,
    _id(),
    Column("publication_id", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("subject", Text),
    Column("preview_text", Text),
    Column("description", Text),
    Column("content", Text),
    Column("public", Boolean, nullable=False),
    Column("published_at", UtcDateTime),
    Column("send_at", UtcDateTime),
    Column("thumbnail_alt", Text),
    Column("thumbnail_url", Text),
    Column("email_address", String),
    Column("email_template_id", ForeignKey("email_templates.id"), nullable=False),
    Column("subscriber_filter", JSON, nullable=False),
    Column("status", String, nullable=False),  # draft scheduled sending completed aborted
    Column("recipients", Integer),  # how many the frozen audience holds
    Column("started_at", UtcDateTime),
    Column("completed_at", UtcDateTime),
    Index("ix_broadcasts_status_send_at", "status", "send_at"),
)

# A broadcast's frozen audience, cut into ranges of delivery ids that workers lease.
batches = Table(
    "batches",
    metadata,
    _id(),
    Column("broadcast_id", ForeignKey("broadcasts.id", ondelete="CASCADE"), nullable=False),
    Column("low", Integer, nullable=False),
    Column("high", Integer, nullable=False),
    Column("state", String, nullable=False),  # pending | leased | done
    Column("owner", String),
    Column("fence", Integer, nullable=False),
    Column("lease_until", UtcDateTime),
    Index("ix_batches_state_lease_until", "state", "lease_until"),
    Index("ix_batches_broadcast_id_state", "broadcast_id", "state"),
)

# One broadcast for one subscriber. These rows are the queue.
deliveries = Table(
    "deliveries",
    metadata,
    _id(),
    Column("broadcast_id", ForeignKey("broadcasts.id", ondelete="CASCADE"), nullable=False),
    Column("subscriber_id", ForeignKey("subscribers.id"), nullable=False),
    # queued | accepted | deferred | refused | unknown | suppressed
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", UtcDateTime),
    Column("reply", Text),
    Column("at", UtcDateTime, nullable=False),
    UniqueConstraint("broadcast_id", "subscriber_id"),
    Index("ix_deliveries_subscriber_id", "subscriber_id"),
)

# Where mail goes by default: kept here, shown in the browser, never sent.
outbox = Table(
    "outbox",
    metadata,
    _id(),
    Column("delivery_id", ForeignKey("deliveries.id", ondelete="CASCADE"), unique=True),
    Column("broadcast_id", Integer),
    Column("subscriber_id", Integer),
    Column("recipient", String, nullable=False),
    Column("subject", Text, nullable=False),
    Column("message_id", String, nullable=False),
    Column("raw", LargeBinary, nullable=False),  # RFC 5322, as it would leave
    Column("at", UtcDateTime, nullable=False),
)
