"""What a pass of the pipeline did and found, as values: the edge turns them into words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from newsletter.errors import NewsletterError


class Kind(StrEnum):
    """What happened to an issue in a pass."""

    HANDED_OVER = "handed_over"
    UPDATED = "updated"
    WITHDRAWN = "withdrawn"
    SENT = "sent"
    HELD = "held"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class News:
    """One thing that happened. Times are UTC; `words` say why an issue is held."""

    kind: Kind
    slug: str
    subject: str
    at: datetime
    send_at: datetime | None = None
    recipients: int | None = None
    broadcast_id: int | None = None
    words: str = ""
    hint: str = ""
    exit_code: int = 0


@dataclass(frozen=True, kw_only=True)
class Synced:
    """What came back from the target about its readers."""

    joined: int
    left: int
    bounced: int
    complained: int
    active: int

    @property
    def is_news(self) -> bool:
        """Whether somebody came or went."""
        return bool(self.joined or self.left or self.bounced or self.complained)


@dataclass(frozen=True, kw_only=True)
class Upcoming:
    """The next thing the pipeline has to do, and when (UTC)."""

    slug: str
    subject: str
    send_at: datetime
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Pass:
    """One pass of `newsletter run`."""

    news: tuple[News, ...]
    troubles: tuple[NewsletterError, ...]
    synced: Synced | None
    next: Upcoming | None
    exit_code: int

    def of(self, kind: Kind) -> tuple[News, ...]:
        """The news of one kind, in order."""
        return tuple(n for n in self.news if n.kind is kind)


def exit_code_of(codes: Iterable[int]) -> int:
    """One exit status for several outcomes: the first of 4, 5, 3, 1, 75 that occurs, or 0."""
    occurring = set(codes)
    return next((code for code in (4, 5, 3, 1, 75) if code in occurring), 0)
