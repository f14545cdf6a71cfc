"""The words of the state table: states, what is wished, what the ledger remembers, actions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class State(StrEnum):
    """Where an issue is on its way to one target.

        planned → frozen → drafted → handed_over → sending → sent

    `frozen`: bytes stored, a draft may or may not exist at the target.
    `drafted`: the broadcast's id is known, it may or may not be armed.
    `held`: not sent, a person must decide. `skipped`: a person decided against it.
    `failed`: the target refused it or gave up. `cancelled`: taken back before sending.
    """

    PLANNED = "planned"
    FROZEN = "frozen"
    DRAFTED = "drafted"
    HANDED_OVER = "handed_over"
    SENDING = "sending"
    SENT = "sent"
    HELD = "held"
    SKIPPED = "skipped"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What the author's file asks for now. `send_at` is UTC, None for a draft.

    `source` is a digest of all that decides the bytes: the file and the look.
    """

    slug: str
    send_at: datetime | None
    source: str


@dataclass(frozen=True, kw_only=True)
class Record:
    """What the ledger remembers of one issue at one target. Times are UTC."""

    slug: str
    target: str
    state: State
    path: str
    send_at: datetime
    source_digest: str | None = None
    refused_digest: str | None = None
    digest: str | None = None
    subject: str | None = None
    broadcast_id: int | None = None
    recipients: int | None = None
    reason: str | None = None
    told_at: datetime | None = None
    attempted_at: datetime | None = None
    handed_over_at: datetime | None = None
    verified_at: datetime | None = None
    sent_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Policy:
    """How early an issue is handed over, and how late it may still go out."""

    lead: timedelta
    grace: timedelta


class Reason(StrEnum):
    """Why an issue is held. What follows a colon in the ledger is for people."""

    LATE = "late"
    CHECKS = "checks"
    AUDIENCE = "audience"
    REFUSED = "refused"
    DRIFT = "drift"
    COPY = "copy"
    WITHDRAWN = "withdrawn at the target"


@dataclass(frozen=True, kw_only=True)
class Nothing:
    """There is nothing to do, and never will be unless the file changes."""

    because: str


@dataclass(frozen=True, kw_only=True)
class Wait:
    """Nothing to do before `until` (UTC)."""

    until: datetime


@dataclass(frozen=True, kw_only=True)
class HandOver:
    """Freeze, look, draft, compare-and-set, arm: the target shall send at `send_at`."""

    send_at: datetime


@dataclass(frozen=True, kw_only=True)
class Reconcile:
    """An earlier hand-over did not come to its end: find out how far it came."""

    send_at: datetime


@dataclass(frozen=True, kw_only=True)
class Update:
    """The file changed after it was handed over: give the target the newest version."""

    send_at: datetime


@dataclass(frozen=True, kw_only=True)
class Verify:
    """Its time is near: look whether the target still holds what it was given."""

    broadcast_id: int


@dataclass(frozen=True, kw_only=True)
class Withdraw:
    """The author took the wish back: disarm what the target holds."""

    broadcast_id: int | None


@dataclass(frozen=True, kw_only=True)
class Poll:
    """The time has come: ask the target how far it is."""

    broadcast_id: int


@dataclass(frozen=True, kw_only=True)
class Hold:
    """Do not send; say why, once."""

    reason: Reason
    words: str


Action = Nothing | Wait | HandOver | Reconcile | Update | Verify | Withdraw | Poll | Hold
