"""Who calls the API: the holder of an API key, or of an OAuth access token."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection
from starlette.requests import Request

from newsletter.server.api.calls import Operation, Refusal
from newsletter.server.store import oauth
from newsletter.server.store.store import digest_of, knows_key

_NO_CREDENTIAL = "Authentication Failed"
_UNKNOWN = "The access token is invalid"
_EXPIRED = "The access token expired"
_REVOKED = "The access token was revoked"
_OAUTH_ONLY = "This request needs an OAuth access token; an API key is not enough"
FORBIDDEN = (
    "You do not have sufficient permissions to access this resource. Please contact support."
)


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Whoever called, by the digest of the credential, which is what calls are counted by."""

    credential: str
    has_token: bool
    app_id: int | None = None
    app_name: str | None = None


def caller_of(db: Connection, request: Request, operation: Operation, *, now: datetime) -> Caller:
    """The caller, who may do this. Raises Refusal. Where there are both, the key counts."""
    key = request.headers.get("X-Kit-Api-Key", "").strip()
    authorization = request.headers.get("Authorization", "").strip()
    if key:
        digest = digest_of(key)
        if not knows_key(db, digest):
            raise Refusal(401, _UNKNOWN)
        if operation.oauth_only:
            raise Refusal(401, _OAUTH_ONLY)
        return Caller(credential=digest, has_token=False)
    if not authorization:
        raise Refusal(401, _NO_CREDENTIAL)
    kind, _, value = authorization.partition(" ")
    row = oauth.token(db, digest_of(value.strip())) if kind.lower() == "bearer" else None
    if row is None:
        raise Refusal(401, _UNKNOWN)
    if row.revoked_at is not None:
        raise Refusal(401, _REVOKED)
    if row.expires_at is not None and row.expires_at <= now:
        raise Refusal(401, _EXPIRED)
    if row.scope == "read" and not (operation.reads or operation.method == "GET"):
        raise Refusal(403, FORBIDDEN)
    return Caller(credential=row.digest, has_token=True, app_id=row.app_id, app_name=row.app_name)
