"""What a request is authorised with: an API key, a token, or a token that can be renewed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from newsletter.kit.errors import InvalidCredential, Unauthorized

API_KEY = "X-Kit-Api-Key"
BEARER = "Authorization"


@dataclass(frozen=True, kw_only=True)
class Presented:
    """What one request shows, and the secrets that must be shown to nobody else."""

    headers: Mapping[str, str] = field(repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)


class Credential(Protocol):
    """Gives what requests show; safe to use from several threads."""

    def present(self) -> Presented:
        """For the next request."""
        ...

    def renew(self, refused: Presented, error: Unauthorized) -> bool:
        """Whether something else can be shown now that `refused` was refused with `error`.

        Raises:
            KitError: It tried, and failed.
        """
        ...


class Fixed:
    """A credential that stays as it is."""

    def __init__(self, presented: Presented) -> None:
        self._presented = presented

    def present(self) -> Presented:
        return self._presented

    def renew(self, _refused: Presented, _error: Unauthorized) -> bool:
        return False


def api_key(secret: str) -> Presented:
    """An API key.

    Raises:
        InvalidCredential: No header can carry it.
    """
    return _presented(API_KEY, secret, secret)


def access_token(secret: str) -> Presented:
    """An OAuth access token.

    Raises:
        InvalidCredential: No header can carry it.
    """
    return _presented(BEARER, secret, f"Bearer {secret}")


def is_sendable(secret: str) -> bool:
    """Whether a header can carry a secret."""
    return secret != "" and all("!" <= char <= "~" for char in secret)


def _presented(header: str, secret: str, value: str) -> Presented:
    # httpx would repeat an unusable header value, the secret, in its own error.
    if not is_sendable(secret):
        raise InvalidCredential(
            "The API key or token is empty or holds a blank, a line break or a letter "
            "that no key has; copy it again."
        )
    return Presented(headers={header: value}, secrets=(secret,))
