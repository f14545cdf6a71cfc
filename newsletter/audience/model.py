"""Subscribers and what happened to them. All times are aware and UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """Kit's five states, as its API spells them. Only ACTIVE readers get mail."""

    ACTIVE = "active"
    INACTIVE = "inactive"  # has not confirmed yet
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    CANCELLED = "cancelled"


class Kind(StrEnum):
    """What can happen to a subscriber."""

    JOINED = "joined"
    CONFIRMED = "confirmed"
    PENDING = "pending"  # the target asks for a confirmation, of a known person
    ACTIVATED = "activated"  # the target tells by webhook: confirmed, or asked for mail again
    RETURNED = "returned"  # asked for mail again, after having left, bounced or complained
    LEFT = "left"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    RENAMED = "renamed"  # another name or address
    VANISHED = "vanished"  # a whole listing was without her: deleted at the target
    FOUND = "found"  # listed again after that


@dataclass(frozen=True, kw_only=True)
class SubscriberEvent:
    """One thing that happened, told by a listing or a webhook.

    `id` is unique at its target: the same thing told twice has the same one. `raw`
    holds the person as the target showed her (`email_address`, `first_name`,
    `created_at`, and for JOINED the `state`), in Kit's spelling.
    """

    id: str
    subscriber_id: int
    kind: Kind
    at: datetime
    raw: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Subscriber:
    """One person at the target.

    `changed_at` is since when `state` holds. `last_event_at` is the time of the newest
    event of any kind, and part of the ids of events made from a listing: keep it with
    the row. The rest remembers what decided the state, so that events may come in any
    order; a row that was kept without it is taken as its state says.

    `vanished_at` is since when the target no longer lists her, None while it does: the
    state is then the last one she had there, and she gets no mail.
    """

    id: int
    email_address: str
    first_name: str | None
    state: State
    created_at: datetime
    changed_at: datetime
    last_event_at: datetime
    vanished_at: datetime | None = None
    named_at: datetime | None = None
    is_named: bool = True
    stopped: State | None = None
    stopped_at: datetime | None = None
    returned_at: datetime | None = None
    asked: State | None = None
    asked_by: Kind | None = None
    asked_at: datetime | None = None


def describe(state: State) -> str:
    """Our word for a state: Kit's `cancelled` is "unsubscribed" towards people."""
    return "unsubscribed" if state is State.CANCELLED else state.value
