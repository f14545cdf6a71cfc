"""The ledger's tables. Times are UTC; migrations in `migrations/` create them."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

from newsletter.database import UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# What the ledger knows of itself: the project it belongs to.
meta = Table(
    "meta",
    metadata,
    Column("key", String, primary_key=True),
    Column("value", Text, nullable=False),
)

# One row a target: whose account it is and since when this ledger knows it.
targets = Table(
    "targets",
    metadata,
    Column("name", String, primary_key=True),
    Column("account", String, nullable=False),
    Column("title", String, nullable=False),
    Column("first_seen_at", UtcDateTime, nullable=False),
    Column("settled_at", UtcDateTime),  # when this ledger first armed something there
    Column("rebuilt_at", UtcDateTime),  # when all marks there were read
    Column("swept_at", UtcDateTime),  # when orphan drafts were last looked for
    Column("synced_at", UtcDateTime),  # the mirror holds all that was true then
    Column("walked_at", UtcDateTime),  # when the last whole listing began
    Column("unlisted", Integer),  # how many more the target counts than the mirror held then
)

# Who may write now. `fence` only ever grows: a writer that shows an old one is refused.
leases = Table(
    "leases",
    metadata,
    Column("name", String, primary_key=True),
    Column("owner", String),
    Column("fence", Integer, nullable=False),
    Column("taken_at", UtcDateTime),
    Column("until", UtcDateTime),
)

# One issue for one target, from the first intent to the end.
issues = Table(
    "issues",
    metadata,
    Column("slug", String, nullable=False),
    Column("target", String, nullable=False),
    Column("state", String, nullable=False),
    Column("path", String, nullable=False),
    Column("send_at", UtcDateTime, nullable=False),
    Column("source_digest", String),  # of the file and the look, as last frozen
    Column("refused_digest", String),  # of a later version that failed its checks
    Column("digest", String),  # of what was frozen: subject, preview text, content
    Column("subject", Text),
    Column("preview_text", Text),
    Column("content", Text),
    Column("details", JSON),  # what else travels: audience filter, public, thumbnail
    Column("mark", String),
    Column("broadcast_id", BigInteger),
    Column("recipients", Integer),
    Column("reason", Text),  # why it is held or failed
    Column("told_at", UtcDateTime),  # when that was said
    Column("attempted_at", UtcDateTime),  # the first request that could create a draft
    Column("handed_over_at", UtcDateTime),
    Column("verified_at", UtcDateTime),  # when it was last compared with the target's
    Column("sent_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("slug", "target"),
    Index("ix_issues_target_state", "target", "state"),
)

# What happened to issues, in order; only ever added to.
history = Table(
    "history",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("slug", String, nullable=False),
    Column("target", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("state", String, nullable=False),
    Column("words", Text, nullable=False),
    Index("ix_history_slug_target", "slug", "target"),
)

runs = Table(
    "runs",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("target", String, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("exit_code", Integer),
    Column("lines", JSON),
)

# A mirror of the target's subscribers. The target is the truth.
subscribers = Table(
    "subscribers",
    metadata,
    Column("target", String, nullable=False),
    Column("id", BigInteger, nullable=False),
    Column("email_address", String, nullable=False),
    Column("email_key", String, nullable=False),  # trimmed, case-folded
    Column("first_name", String),
    Column("state", String, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),  # since when the state holds
    Column("last_event_at", UtcDateTime, nullable=False),
    Column("vanished_at", UtcDateTime),  # since when the target no longer lists her
    Column("memory", JSON, nullable=False),  # what decided the state, for late events
    PrimaryKeyConstraint("target", "id"),
    Index("ix_subscribers_target_state_id", "target", "state", "id"),
    # Not unique: who was deleted at the target and joined again has two rows here.
    Index("ix_subscribers_target_email_key", "target", "email_key"),
)

# What the target told us of them; each event once.
subscriber_events = Table(
    "subscriber_events",
    metadata,
    Column("target", String, nullable=False),
    Column("id", String, nullable=False),
    Column("subscriber_id", BigInteger, nullable=False),
    Column("kind", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("raw", JSON, nullable=False),
    PrimaryKeyConstraint("target", "id"),
    Index("ix_subscriber_events_target_subscriber_id", "target", "subscriber_id"),
    Index("ix_subscriber_events_target_seen_at", "target", "seen_at"),
)

# Why we may write to somebody whom we confirmed ourselves: proof of consent.
consents = Table(
    "consents",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("target", String, nullable=False),
    Column("subscriber_id", BigInteger, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("how", String, nullable=False),  # add | import
    Column("reason", Text, nullable=False),
    Index("ix_consents_target_subscriber_id", "target", "subscriber_id"),
)

# Who was erased, as keyed hashes of addresses and ids: enough to know her again, not to find her.
erasures = Table(
    "erasures",
    metadata,
    Column("key", String, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)
