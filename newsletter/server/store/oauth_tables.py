"""The tables of OAuth 2: the apps that may ask, what their owner allowed, and the tokens they hold.

Of every secret only its SHA-256 digest is kept: they are long and random.
"""

from __future__ import annotations

from sqlalchemy import JSON, Column, Index, String, Table, Text

from newsletter.database import UtcDateTime
from newsletter.server.store.schema import metadata, of, row_id

oauth_apps = Table(
    "oauth_apps",
    metadata,
    row_id(),
    Column("client_id", String, nullable=False, unique=True),
    Column("secret_digest", String),  # None: a public client, which proves itself by PKCE
    Column("name", Text, nullable=False),
    Column("redirect_uris", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)

# What the owner allowed once, to be exchanged once and soon.
oauth_codes = Table(
    "oauth_codes",
    metadata,
    row_id(),
    of("app_id", "oauth_apps", nullable=False),
    Column("digest", String, nullable=False, unique=True),
    Column("redirect_uri", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("challenge", String),  # PKCE, S256
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
    Index("ix_oauth_codes_app_id", "app_id"),
    sqlite_autoincrement=True,
)

oauth_tokens = Table(
    "oauth_tokens",
    metadata,
    row_id(),
    of("app_id", "oauth_apps"),  # None: issued by hand
    of("code_id", "oauth_codes"),  # the grant that it goes back to
    Column("digest", String, nullable=False, unique=True),
    Column("refresh_digest", String, unique=True),  # None: it cannot be refreshed
    Column("label", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),  # None: never
    Column("refreshed_at", UtcDateTime),  # when its refresh token was used up
    Column("revoked_at", UtcDateTime),
    Index("ix_oauth_tokens_app_id", "app_id"),
    Index("ix_oauth_tokens_code_id", "code_id"),
    sqlite_autoincrement=True,
)
