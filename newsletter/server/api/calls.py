"""What every operation of the API is given and gives back, and how it refuses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from newsletter.server.store.store import Store

BODY_LIMIT = 10_000_000  # octets

_NOT_FOUND = "Not Found"


class Refusal(Exception):
    """The call is refused with a status and the texts of Kit's `errors` list."""

    def __init__(self, status: int, *errors: str) -> None:
        super().__init__(*errors)
        self.status = status
        self.errors = errors


def not_found() -> Refusal:
    """404 with Kit's text."""
    return Refusal(404, _NOT_FOUND)


def invalid(*errors: str) -> Refusal:
    """422: the request was understood and its values are not accepted."""
    return Refusal(422, *errors)


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request to the API, read and authenticated."""

    store: Store
    now: datetime
    public_url: str
    private_webhooks: bool = False  # may events be posted to private addresses?
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    size: int = 0  # of the body as it came, in octets
    app_id: int | None = None  # of the OAuth app that calls; None: a key, or a token made by hand
    app_name: str | None = None

    def id(self, name: str = "id") -> int:
        """An id from the path; what cannot be one is not found."""
        return path_id(self.path[name])


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A status and a JSON object, or no body at all; `note` is a word for the server's log."""

    status: int
    body: Mapping[str, Any] | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One method on one path below /v4, and the function that answers it."""

    method: str
    path: str
    answer: Callable[[Call], Answer]
    oauth_only: bool = False  # an API key is refused
    longest: int = BODY_LIMIT  # body, in octets
    reads: bool = False  # also where the method is not GET: changes nothing


def path_id(text: str) -> int:
    """A row's id as it stands in a path; raises Refusal (404) for what cannot be one."""
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise not_found()
    return int(text)
