"""What an app asks for at `/oauth/authorize`, checked before anybody is shown a page.

Codes only, PKCE with S256 only (RFC 7636), and redirects to addresses that were registered,
letter by letter; a loopback address may have any port (RFC 8252 §7.3).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from sqlalchemy import Connection, Row

from newsletter.server.store import oauth

SCOPES = ("public", "read", "write")
DEFAULT_SCOPE = "public"  # everything, as at Kit
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


class BadAsking(Exception):
    """Nobody may be sent anywhere: the app is unknown, or the address is not one of its own."""


class Refused(Exception):
    """The app is told by a redirect: `error` in the words of RFC 6749 §4.1.2.1."""

    def __init__(self, asking: Asking, error: str, description: str) -> None:
        super().__init__(description)
        self.location = asking.answer(error=error, error_description=description)


@dataclass(frozen=True, kw_only=True)
class Asking:
    """One app's wish: where the answer goes, and for what."""

    app: Row[Any]
    redirect_uri: str
    state: str
    scope: str = DEFAULT_SCOPE
    challenge: str | None = None

    def answer(self, **values: str) -> str:
        """The address that the browser is sent to with these values."""
        if self.state:
            values["state"] = self.state
        parts = urlsplit(self.redirect_uri)
        query = "&".join(filter(None, (parts.query, urlencode(values))))
        return parts._replace(query=query).geturl()


def read(db: Connection, values: Mapping[str, str]) -> Asking:
    """The wish in a query or a form. Raises BadAsking, and Refused for what the app got wrong."""
    app = oauth.app(db, values.get("client_id", ""))
    if app is None:
        raise BadAsking("No app is registered under this client_id.")
    redirect_uri = _redirect_uri(app, values.get("redirect_uri", ""))
    asking = Asking(app=app, redirect_uri=redirect_uri, state=values.get("state", ""))
    if values.get("response_type") != "code":
        raise Refused(asking, "unsupported_response_type", "response_type must be code")
    scope = " ".join(dict.fromkeys(values.get("scope", "").split())) or DEFAULT_SCOPE
    if not set(scope.split()) <= set(SCOPES):
        raise Refused(asking, "invalid_scope", f"scope can be any of {', '.join(SCOPES)}")
    challenge = values.get("code_challenge") or None
    if challenge is None and app.secret_digest is None:
        raise Refused(asking, "invalid_request", "a public client must send a code_challenge")
    if challenge is not None and (
        values.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(challenge)
    ):
        raise Refused(asking, "invalid_request", "code_challenge_method must be S256")
    return Asking(
        app=app,
        redirect_uri=redirect_uri,
        state=values.get("state", ""),
        scope=scope,
        challenge=challenge,
    )


def _redirect_uri(app: Row[Any], wanted: str) -> str:
    registered: list[str] = app.redirect_uris
    if not wanted and len(registered) == 1:
        return registered[0]
    if any(wanted == each or _same_but_port(wanted, each) for each in registered):
        return wanted
    raise BadAsking("The redirect_uri is not one that was registered for this app.")


def _same_but_port(wanted: str, registered: str) -> bool:
    try:
        here, there = urlsplit(wanted), urlsplit(registered)
        port = here.port
    except ValueError:
        return False
    return (
        port != 0
        and here.hostname == there.hostname
        and there.hostname in _LOOPBACK
        and here.username is None
        and here._replace(netloc="") == there._replace(netloc="")
    )


def is_redirect_uri(value: str) -> bool:
    """Whether an app may be sent its answer there: https, loopback, or a scheme of the app's own."""
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    if not value.isprintable() or " " in value or parts.fragment or not parts.scheme:
        return False
    if parts.scheme == "https":
        return bool(parts.hostname)
    if parts.scheme == "http":
        return parts.hostname in _LOOPBACK
    return "." in parts.scheme  # RFC 8252 §7.1: a name that somebody owns, reversed
