"""Apps that may ask for access, the codes their owner's consent became, and the tokens.

Kept are digests alone: a secret is given back once, by whoever makes it.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, or_, select, update

from newsletter.server.store.oauth_tables import oauth_apps, oauth_codes, oauth_tokens
from newsletter.server.store.store import digest_of

CODE_LIFE = timedelta(minutes=5)
TOKEN_LIFE = timedelta(hours=2)


@dataclass(frozen=True, kw_only=True)
class Granted:
    """A pair of tokens, as it is shown once. `refresh_token` is None for one made by hand."""

    access_token: str
    refresh_token: str | None
    scope: str
    created_at: datetime
    expires_at: datetime | None


def add_app(
    db: Connection, *, name: str, redirect_uris: Sequence[str], is_public: bool, now: datetime
) -> tuple[str, str | None]:
    """Register an app; its `client_id`, and its secret unless it is public."""
    client_id = secrets.token_urlsafe(24)
    secret = None if is_public else secrets.token_urlsafe(32)
    row = {
        "client_id": client_id,
        "secret_digest": None if secret is None else digest_of(secret),
        "name": name,
        "redirect_uris": list(redirect_uris),
        "created_at": now,
    }
    db.execute(insert(oauth_apps).values(row))
    return client_id, secret


def all_apps() -> Select[Any]:
    """Every app, oldest first."""
    return select(oauth_apps).order_by(oauth_apps.c.id)


def app(db: Connection, client_id: str) -> Row[Any] | None:
    """The app with this `client_id`."""
    rows = select(oauth_apps).where(oauth_apps.c.client_id == client_id)
    return db.execute(rows).one_or_none()


def add_code(
    db: Connection,
    app_id: int,
    *,
    redirect_uri: str,
    scope: str,
    challenge: str | None,
    now: datetime,
) -> str:
    """Note that the owner allows an app; gives the code that tells the app so."""
    code = secrets.token_urlsafe(32)
    row = {
        "app_id": app_id,
        "digest": digest_of(code),
        "redirect_uri": redirect_uri,
        "scope": scope,
        "challenge": challenge,
        "created_at": now,
        "expires_at": now + CODE_LIFE,
    }
    db.execute(insert(oauth_codes).values(row))
    return code


def code(db: Connection, value: str, app_id: int) -> Row[Any] | None:
    """The row of an app's code, used or not."""
    mine = (oauth_codes.c.digest == digest_of(value), oauth_codes.c.app_id == app_id)
    return db.execute(select(oauth_codes).where(*mine)).one_or_none()


def use_code(db: Connection, row: Row[Any], *, now: datetime) -> Granted | None:
    """Exchange a code for tokens. None when it is too late, or was used before.

    A code that comes twice was seen by somebody else: what it gave is revoked (RFC 6749 §4.1.2).
    """
    used = db.execute(
        update(oauth_codes)
        .where(
            oauth_codes.c.id == row.id,
            oauth_codes.c.used_at.is_(None),
            oauth_codes.c.expires_at > now,
        )
        .values(used_at=now)
    )
    if used.rowcount == 1:
        return _grant(db, app_id=row.app_id, code_id=row.id, scope=row.scope, now=now)
    if row.used_at is not None:
        _revoke(db, oauth_tokens.c.code_id == row.id, now=now)
    return None


def refresh(db: Connection, value: str, app_id: int, *, now: datetime) -> Granted | None:
    """Exchange a refresh token, which is good once, for a new pair; None when it is not good."""
    used = db.execute(
        update(oauth_tokens)
        .where(
            oauth_tokens.c.refresh_digest == digest_of(value),
            oauth_tokens.c.app_id == app_id,
            oauth_tokens.c.refreshed_at.is_(None),
            oauth_tokens.c.revoked_at.is_(None),
        )
        .values(refreshed_at=now)
        .returning(oauth_tokens.c.code_id, oauth_tokens.c.scope)
    ).one_or_none()
    if used is None:
        return None
    return _grant(db, app_id=app_id, code_id=used.code_id, scope=used.scope, now=now)


def issue(
    db: Connection, *, label: str, scope: str, expires_at: datetime | None, now: datetime
) -> Granted:
    """An access token made by hand, of no app and without a refresh token."""
    values = {"label": label, "scope": scope, "expires_at": expires_at}
    return _add_token(db, None, values, now=now)


def _grant(
    db: Connection, *, app_id: int, code_id: int | None, scope: str, now: datetime
) -> Granted:
    values = {
        "app_id": app_id,
        "code_id": code_id,
        "label": "",
        "scope": scope,
        "expires_at": now + TOKEN_LIFE,
    }
    return _add_token(db, secrets.token_urlsafe(32), values, now=now)


def _add_token(
    db: Connection, refresh_token: str | None, values: Mapping[str, Any], *, now: datetime
) -> Granted:
    access_token = secrets.token_urlsafe(32)
    row = {
        "digest": digest_of(access_token),
        "refresh_digest": None if refresh_token is None else digest_of(refresh_token),
        "created_at": now,
        **values,
    }
    db.execute(insert(oauth_tokens).values(row))
    return Granted(
        access_token=access_token,
        refresh_token=refresh_token,
        scope=values["scope"],
        created_at=now,
        expires_at=values["expires_at"],
    )


def token(db: Connection, digest: str) -> Row[Any] | None:
    """The access token with this digest, good or not, with the name of its app."""
    return db.execute(_with_app().where(oauth_tokens.c.digest == digest)).one_or_none()


def revoke(db: Connection, value: str, app_id: int, *, now: datetime) -> None:
    """End an app's token (RFC 7009): with a refresh token all that came of the same consent."""
    digest = digest_of(value)
    mine = oauth_tokens.c.app_id == app_id
    either = or_(oauth_tokens.c.digest == digest, oauth_tokens.c.refresh_digest == digest)
    row = db.execute(select(oauth_tokens).where(mine, either)).one_or_none()
    if row is None:
        return
    _revoke(db, oauth_tokens.c.id == row.id, now=now)
    if row.refresh_digest == digest and row.code_id is not None:
        _revoke(db, oauth_tokens.c.code_id == row.code_id, now=now)


def revoke_by_id(db: Connection, token_id: int, *, now: datetime) -> bool:
    """End the token with this id; False when there is none that is good."""
    return _revoke(db, oauth_tokens.c.id == token_id, now=now) == 1


def _revoke(db: Connection, which: Any, *, now: datetime) -> int:
    good = oauth_tokens.c.revoked_at.is_(None)
    return db.execute(update(oauth_tokens).where(which, good).values(revoked_at=now)).rowcount


def usable(*, now: datetime) -> Select[Any]:
    """The access tokens that are good now, with the name of their app, oldest first."""
    alive = or_(oauth_tokens.c.expires_at.is_(None), oauth_tokens.c.expires_at > now)
    good = _with_app().where(oauth_tokens.c.revoked_at.is_(None), alive)
    return good.order_by(oauth_tokens.c.id)


def _with_app() -> Select[Any]:
    rows = select(oauth_tokens, oauth_apps.c.name.label("app_name"))
    return rows.outerjoin(oauth_apps, oauth_apps.c.id == oauth_tokens.c.app_id)
