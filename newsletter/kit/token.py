"""An OAuth token, and a grant: the token of one account, renewed when it expires.

Kit's refresh tokens are good for one use (Kit reference §1): the answer to a refresh holds the
next one, and whoever loses that has lost the account. Hence the order: under one lock ask, save
through the caller, and only then forget the old one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from newsletter.kit.credential import Presented, access_token, is_sendable
from newsletter.kit.errors import InvalidGrant, TokenNotSaved, Unauthorized
from newsletter.kit.wire import Reader, WrongShape

EXPIRED = "the access token expired"
"""Kit's word, in lower case, for a token that is worth renewing (Kit reference §4)."""


@dataclass(frozen=True, kw_only=True)
class Token:
    """What the token endpoint gives; neither secret is in its `repr`.

    `expires_in` is in seconds from `created_at`, which is UTC.
    """

    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    token_type: str | None = None
    created_at: datetime | None = None
    expires_in: int | None = None
    scope: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def expires_at(self) -> datetime | None:
        """When it ends; `None` where the service does not say."""
        if self.created_at is None or self.expires_in is None:
            return None
        return self.created_at + timedelta(seconds=self.expires_in)


class Grant:
    """One account's token, kept good; safe to use from several threads.

    Args:
        token: As it was saved last.
        refresh: Gives the next token for a refresh token; `OAuth.refresh`.
        save: Keeps the next token where the program looks for it when it starts. Called before
            the old one is forgotten, by one thread at a time while the others wait, so it must
            not call Kit with this grant; what it raises becomes `TokenNotSaved`.

    Several processes must not share a grant: the second to refresh would hold a used-up token.

    Example:
        >>> def refresh(refresh_token: str) -> Token:
        ...     return Token(access_token="second", refresh_token="next")
        >>> grant = Grant(Token(access_token="first", refresh_token="once"),
        ...               refresh=refresh, save=lambda token: print("saved", token.refresh_token))
        >>> grant.refresh()
        saved next
        >>> grant.token.access_token
        'second'
    """

    def __init__(
        self,
        token: Token,
        *,
        refresh: Callable[[str], Token],
        save: Callable[[Token], object],
    ) -> None:
        self._presented = access_token(token.access_token)
        self._token = token
        self._unsaved: Token | None = None
        self._ended: InvalidGrant | None = None
        self._refresh = refresh
        self._save = save
        self._lock = threading.Lock()

    @property
    def token(self) -> Token:
        """The token that is used now."""
        return self._token

    def refresh(self) -> None:
        """Renew the token now, as when `token.expires_at` is near.

        Raises:
            InvalidGrant: The refresh token is no longer good; ask the account's owner again.
            NoAnswer: Whether the refresh token was used up is not known; one more try will tell.
            TokenNotSaved: `save` failed.
            ValueError: There is no refresh token.
        """
        with self._lock:
            self._renew()

    def present(self) -> Presented:
        """What a request shows; saves first what could not be saved before."""
        if self._unsaved is not None:
            with self._lock:
                if self._unsaved is not None:
                    self._take(self._unsaved)
        return self._presented

    def renew(self, refused: Presented, error: Unauthorized) -> bool:
        """Renew the token that was refused because it expired, unless another thread did."""
        if not any(EXPIRED in words.lower() for words in error.errors):
            return False
        with self._lock:
            if self._presented is not refused:
                return True
            if self._token.refresh_token is None:
                return False
            self._renew()
        return True

    def _renew(self) -> None:
        if self._unsaved is not None:
            self._take(self._unsaved)
            return
        if self._token.refresh_token is None:
            raise ValueError("This token came without a refresh token, so it cannot be renewed.")
        if self._ended is not None:  # the other threads need not ask again
            end = self._ended
            raise InvalidGrant(end.status, end.errors, request=end.request) from end
        try:
            token = self._refresh(self._token.refresh_token)
        except InvalidGrant as error:
            self._ended = error
            raise
        if token.refresh_token is None:  # the old one stays good (RFC 6749 §6)
            token = replace(token, refresh_token=self._token.refresh_token)
        self._take(token)

    def _take(self, token: Token) -> None:
        presented = access_token(token.access_token)
        self._unsaved = token
        try:
            self._save(token)
        except Exception as error:
            raise TokenNotSaved(token) from error
        self._token = token
        self._presented = presented
        self._unsaved = None


def read_token(answer: object) -> Token:
    """The answer of the token endpoint (RFC 6749 §5.1); Kit gives `created_at` in Unix seconds."""
    reader = Reader(answer, "the token")
    try:
        created_at = reader.optional_integer("created_at")
        began = None if created_at is None else datetime.fromtimestamp(created_at, UTC)
    except (OverflowError, OSError, ValueError) as error:
        raise WrongShape("the token: created_at should be seconds since 1970") from error
    secret = reader.required_text("access_token")
    if not is_sendable(secret):
        raise WrongShape("the token: access_token should be printable ASCII without blanks")
    return Token(
        access_token=secret,
        refresh_token=reader.text("refresh_token"),
        token_type=reader.text("token_type"),
        created_at=began,
        expires_in=reader.optional_integer("expires_in"),
        scope=reader.text("scope"),
        extra=reader.rest(),
    )
