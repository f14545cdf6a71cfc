"""The server's tables. Times are UTC; migrations in `migrations/` create them."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from newsletter.database import UtcDateTime
from newsletter.server.store import (  # noqa: F401 - so that metadata knows them
    bulk_tables,
    engagement_tables,
    letter_tables,
    oauth_tables,
    purchase_tables,
    sequence_tables,
    webhook_tables,
)
from newsletter.server.store.schema import Id, of, row_id
from newsletter.server.store.schema import metadata as metadata

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
    Column("colors", JSON(none_as_null=True)),  # the palette, as #RRGGBB
    # The owner's public profile, as Kit shows one; None: there is none.
    Column("profile", JSON(none_as_null=True)),
    # Of letters that begin from now on; those that have begun stay as they are.
    Column("track_opens", Boolean, nullable=False, server_default=false()),
    Column("track_clicks", Boolean, nullable=False, server_default=false()),
)

api_keys = Table(
    "api_keys",
    metadata,
    row_id(),
    Column("digest", String, nullable=False, unique=True),  # SHA-256 of the key, hex
    Column("label", String, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

# A row's number is never given again (AUTOINCREMENT), here and below: links in mail and a
# client's memory hold them.
subscribers = Table(
    "subscribers",
    metadata,
    row_id(),
    Column("email_address", String, nullable=False),
    Column("email_key", String, nullable=False, unique=True),  # trimmed, case-folded
    Column("first_name", String),
    Column("state", String, nullable=False),
    Column("fields", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("canceled_at", UtcDateTime),
    Column("left_by", String),  # one-click | link | api; None while they stay
    Column("left_from", Id),  # the broadcast whose link they used
    Index("ix_subscribers_state_id", "state", "id"),
    Index("ix_subscribers_updated_at_id", "updated_at", "id"),
    Index("ix_subscribers_left_from", "left_from"),
    Index("ix_subscribers_created_at_id", "created_at", "id"),
    Index("ix_subscribers_state_canceled_at", "state", "canceled_at", "id"),
    sqlite_autoincrement=True,
)

# Where a subscriber lives, as far as somebody said so. `x`, `y`, `z`: the same place as a
# point of the unit sphere, from which SQL computes distances without trigonometry.
locations = Table(
    "locations",
    metadata,
    of("subscriber_id", "subscribers", primary_key=True),
    Column("city", Text),
    Column("state_province", Text),
    Column("country_code", String, nullable=False),
    Column("latitude", Float),
    Column("longitude", Float),
    Column("timezone", String),
    Column("x", Float),
    Column("y", Float),
    Column("z", Float),
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
    row_id(),
    Column("label", String, nullable=False, unique=True),
    Column("key", String, nullable=False, unique=True),
    Column("name", String, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)

tags = Table(
    "tags",
    metadata,
    row_id(),
    Column("name", String, nullable=False),
    Column("name_key", String, nullable=False, unique=True),  # case-folded
    Column("created_at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)

taggings = Table(
    "taggings",
    metadata,
    of("tag_id", "tags", primary_key=True),
    of("subscriber_id", "subscribers", primary_key=True),
    Column("tagged_at", UtcDateTime, nullable=False),
    Index("ix_taggings_subscriber_id", "subscriber_id"),
    Index("ix_taggings_tag_id_tagged_at", "tag_id", "tagged_at", "subscriber_id"),
)

forms = Table(
    "forms",
    metadata,
    row_id(),
    Column("name", String, nullable=False),
    Column("uid", String, nullable=False, unique=True),
    Column("type", String, nullable=False),  # embed | hosted
    Column("format", String),
    Column("archived", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)

form_members = Table(
    "form_members",
    metadata,
    of("form_id", "forms", primary_key=True),
    of("subscriber_id", "subscribers", primary_key=True),
    Column("added_at", UtcDateTime, nullable=False),
    Column("referrer", Text),
    Index("ix_form_members_subscriber_id", "subscriber_id"),
    Index("ix_form_members_form_id_added_at", "form_id", "added_at", "subscriber_id"),
)

# Saved filters. A new store has none; `newsletter.server.api.segments.save` makes them.
segments = Table(
    "segments",
    metadata,
    row_id(),
    Column("name", String, nullable=False, unique=True),
    Column("conditions", JSON, nullable=False),  # every one must hold
    Column("created_at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)

email_templates = Table(
    "email_templates",
    metadata,
    row_id(),
    Column("name", String, nullable=False),
    Column("is_default", Boolean, nullable=False),
    Column("category", String, nullable=False),  # HTML | Starting point
    # HTML: the page whose {{ message_content }} is replaced by the content.
    # Starting point: the design that a broadcast without content of its own begins with.
    Column("html", Text, nullable=False),
    sqlite_autoincrement=True,
)

broadcasts = Table(
    "broadcasts",
    metadata,
    row_id(),
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
    Column("email_address", String),  # None: the account's
    Column("email_template_id", Id, ForeignKey("email_templates.id"), nullable=False),
    Column("subscriber_filter", JSON, nullable=False),
    Column("status", String, nullable=False),  # draft scheduled sending completed aborted
    Column("recipients", Integer),  # how many the frozen audience holds
    Column("started_at", UtcDateTime),
    Column("completed_at", UtcDateTime),
    Column("paused_at", UtcDateTime),  # while it is set, no worker goes on with it
    Column("paused_reason", Text),
    Column("opens_tracked", Boolean),  # None until it begins: as the account then says
    Column("clicks_tracked", Boolean),
    Index("ix_broadcasts_status_send_at", "status", "send_at"),
    sqlite_autoincrement=True,
)

# A broadcast's frozen audience, cut into ranges of delivery ids that workers lease.
batches = Table(
    "batches",
    metadata,
    row_id(),
    of("broadcast_id", "broadcasts", nullable=False),
    Column("low", Id, nullable=False),
    Column("high", Id, nullable=False),
    # pending | leased | waiting (nothing in it can be tried before `lease_until`) | done
    Column("state", String, nullable=False),
    Column("owner", String),
    Column("fence", Integer, nullable=False),
    Column("lease_until", UtcDateTime),
    # The deliveries up to this id may have left by SMTP, whatever is recorded of them yet:
    # what else there is to know stands in the journal of the worker with that fence.
    Column("reached", Id),
    Column("reached_fence", Integer),
    Index("ix_batches_broadcast_id_state", "broadcast_id", "state"),
    sqlite_autoincrement=True,
)

# One broadcast for one subscriber. These rows are the queue.
deliveries = Table(
    "deliveries",
    metadata,
    row_id(),
    of("broadcast_id", "broadcasts", nullable=False),
    Column("subscriber_id", Id, ForeignKey("subscribers.id"), nullable=False),
    # queued | accepted | deferred | refused | unknown | suppressed
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", UtcDateTime),
    Column("reply", Text),
    Column("at", UtcDateTime, nullable=False),
    UniqueConstraint("broadcast_id", "subscriber_id"),
    Index("ix_deliveries_subscriber_id", "subscriber_id"),
    sqlite_autoincrement=True,
)

# Where mail goes by default: kept here, shown in the browser, never sent.
outbox = Table(
    "outbox",
    metadata,
    row_id(),
    of("delivery_id", "deliveries", unique=True),
    Column("broadcast_id", Id),
    Column("subscriber_id", Id),
    Column("recipient", String, nullable=False),
    Column("subject", Text, nullable=False),
    Column("message_id", String, nullable=False),
    Column("list_unsubscribe", Text, nullable=False),  # the address in that header
    Column("raw", LargeBinary, nullable=False),  # RFC 5322, as it would leave
    Column("at", UtcDateTime, nullable=False),
    Index("ix_outbox_broadcast_id_id", "broadcast_id", "id"),
    sqlite_autoincrement=True,
)
