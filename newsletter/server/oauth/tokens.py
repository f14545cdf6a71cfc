"""POST /oauth/token and /oauth/revoke, also below /v4: codes and refresh tokens become tokens.

Bodies are JSON, as Kit's own clients send them, or a form (RFC 6749); errors have OAuth's
form, not the API's envelope.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from sqlalchemy import Connection, Row
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from newsletter.server import bodies
from newsletter.server.store import oauth
from newsletter.server.store.store import Store, digest_of

_BODY_LIMIT = 64_000
_MOST_FIELDS = 30
_NOT_KEPT = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class _Refused(Exception):
    """In the words of RFC 6749 §5.2."""

    def __init__(self, error: str, description: str, *, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.status = status


_Answer = Callable[[Store, Mapping[str, str], datetime], Response]


def routes(store: Store, *, clock: Callable[[], datetime]) -> list[Route]:
    """The two calls, each under both of its addresses."""
    calls: list[tuple[str, _Answer]] = [("token", _token), ("revoke", _revoke)]
    return [
        Route(f"{prefix}/oauth/{name}", _endpoint(store, answer, clock), methods=["POST"])
        for prefix in ("", "/v4")
        for name, answer in calls
    ]


def _endpoint(store: Store, answer: _Answer, clock: Callable[[], datetime]) -> Any:
    async def endpoint(request: Request) -> Response:
        try:
            values = _values(request, await bodies.read(request, limit=_BODY_LIMIT))
            return await run_in_threadpool(answer, store, values, clock())
        except bodies.TooLong:
            refusal = _Refused("invalid_request", "the request is too long", status=413)
        except _Refused as error:
            refusal = error
        body = {"error": refusal.error, "error_description": refusal.description}
        headers = dict(_NOT_KEPT)
        if refusal.status == 401:
            headers["WWW-Authenticate"] = 'Basic realm="oauth"'
        return JSONResponse(body, status_code=refusal.status, headers=headers)

    return endpoint


def _values(request: Request, body: bytes) -> dict[str, str]:
    """What the body says, and the client that `Authorization: Basic` names (RFC 6749 §2.3.1)."""
    values = _parsed(request.headers.get("Content-Type", ""), body)
    kind, _, credentials = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "basic":
        try:
            name, _, secret = base64.b64decode(credentials, validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            raise _Refused("invalid_request", "Authorization cannot be read") from None
        values |= {"client_id": unquote_plus(name), "client_secret": unquote_plus(secret)}
    return values


def _parsed(content_type: str, body: bytes) -> dict[str, str]:
    try:
        if content_type.partition(";")[0].strip().lower() == "application/x-www-form-urlencoded":
            return dict(parse_qsl(body.decode(), max_num_fields=_MOST_FIELDS))
        found = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        raise _Refused("invalid_request", "the body is neither JSON nor a form") from None
    if not isinstance(found, dict):
        raise _Refused("invalid_request", "the body must be an object")
    given = {name: value for name, value in found.items() if value not in (None, "")}
    if not all(isinstance(value, str | int) for value in given.values()):
        raise _Refused("invalid_request", "every value must be text")
    return {name: str(value).encode("utf-8", "replace").decode() for name, value in given.items()}


def _token(store: Store, values: Mapping[str, str], now: datetime) -> Response:
    with store.writing() as db:
        app = _app(db, values)
        match values.get("grant_type"):
            case "authorization_code":
                granted = _exchange(db, app, values, now)
            case "refresh_token":
                granted = oauth.refresh(db, values.get("refresh_token", ""), app.id, now=now)
            case _:
                kinds = "authorization_code or refresh_token"
                raise _Refused("unsupported_grant_type", f"grant_type must be {kinds}")
    # After the transaction: a code that came twice has just revoked what it gave.
    if granted is None:
        raise _Refused(
            "invalid_grant", "the code or refresh token is unknown, expired, revoked or used up"
        )
    return JSONResponse(_shown(granted), headers=_NOT_KEPT)


def _shown(granted: oauth.Granted) -> dict[str, Any]:
    return {
        "access_token": granted.access_token,
        "token_type": "Bearer",
        "expires_in": int(oauth.TOKEN_LIFE.total_seconds()),
        "refresh_token": granted.refresh_token,
        "scope": granted.scope,
        "created_at": int(granted.created_at.timestamp()),
    }


def _app(db: Connection, values: Mapping[str, str]) -> Row[Any]:
    """The app that asks. One with a secret must know it; a public one has PKCE instead."""
    app = oauth.app(db, values.get("client_id", ""))
    known = app is not None and (
        app.secret_digest is None
        or hmac.compare_digest(app.secret_digest, digest_of(values.get("client_secret", "")))
    )
    if app is None or not known:
        raise _Refused("invalid_client", "the client is unknown or its secret wrong", status=401)
    return app


def _exchange(
    db: Connection, app: Row[Any], values: Mapping[str, str], now: datetime
) -> oauth.Granted | None:
    row = oauth.code(db, values.get("code", ""), app.id)
    if row is None:
        return None
    # Not sent at all is taken where only one address is registered, as when it was asked for.
    redirect_uri = values.get("redirect_uri", row.redirect_uri)
    if redirect_uri != row.redirect_uri or not _proves(row.challenge, values):
        return None
    return oauth.use_code(db, row, now=now)


def _proves(challenge: str | None, values: Mapping[str, str]) -> bool:
    """Whether `code_verifier` is what the challenge was made of (RFC 7636 §4.6)."""
    verifier = values.get("code_verifier", "")
    if challenge is None:
        return not verifier
    digest = hashlib.sha256(verifier.encode()).digest()
    made = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    return hmac.compare_digest(made, challenge)


def _revoke(store: Store, values: Mapping[str, str], now: datetime) -> Response:
    """200 also for a token that is unknown: it is not good, as was wished (RFC 7009 §2.2)."""
    if not values.get("token"):
        raise _Refused("invalid_request", "token is missing")
    with store.writing() as db:
        app = _app(db, values)
        oauth.revoke(db, values["token"], app.id, now=now)
    return JSONResponse({}, headers=_NOT_KEPT)
