"""What one row of a target's listing tells beside what was known."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from newsletter.audience.model import Kind, State, Subscriber, SubscriberEvent
from newsletter.audience.states import apply

_STOPPED_BY = {
    State.CANCELLED: Kind.LEFT,
    State.BOUNCED: Kind.BOUNCED,
    State.COMPLAINED: Kind.COMPLAINED,
}
_INSTANT = timedelta(microseconds=1)

LAG = timedelta(minutes=10)
"""How old a list at Kit can be, doubled: half a minute as a rule, up to five (Kit reference §5)."""


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A subscriber as a target lists her. Times are aware and UTC.

    `canceled_at` is when she unsubscribed, where the listing says so (Kit's spelling,
    with one l).
    """

    id: int
    email_address: str
    first_name: str | None
    state: State
    created_at: datetime
    canceled_at: datetime | None = None


def from_listing(
    previous: Subscriber | None, listed: Listed, *, seen_at: datetime
) -> tuple[Subscriber, tuple[SubscriberEvent, ...]]:
    """The subscriber as listed, and the events that lead there from `previous`.

    The same row beside the same `previous` gives events with the same ids, whenever it
    is seen; beside the subscriber that came of it, it gives no events. A listing says
    how things are, not when they became so: events without a time of their own bear
    `seen_at`, and always one later than what they replace, as the target is the truth.
    """
    if previous is None:
        joined, *rest = _joining(listed, seen_at)
        return functools.reduce(apply, rest, apply(None, joined)), (joined, *rest)
    events = tuple(_changes(previous, listed, seen_at))
    return functools.reduce(apply, events, previous), events


def lags(previous: Subscriber | None, listed: Listed, *, seen_at: datetime, lag: timedelta) -> bool:
    """Whether a row may show somebody as she was before a stop that we know of already.

    A list can be `lag` old when it is asked for, at `seen_at`: what it says against a
    newer stop is not believed yet. A later list says it again, if it is true.
    """
    if previous is None or previous.stopped_at is None or previous.state not in _STOPPED_BY:
        return False
    return listed.state not in _STOPPED_BY and previous.stopped_at > seen_at - lag


def vanish(previous: Subscriber, *, seen_at: datetime) -> tuple[Subscriber, SubscriberEvent]:
    """The subscriber when a whole listing, begun at `seen_at`, was without her; and its event."""
    event = SubscriberEvent(
        id=f"listing:{previous.id}:{Kind.VANISHED}:{previous.last_event_at.isoformat()}",
        subscriber_id=previous.id,
        kind=Kind.VANISHED,
        at=max(seen_at, previous.last_event_at + _INSTANT),
        raw={},
    )
    return apply(previous, event), event


def joined_id(subscriber_id: int) -> str:
    """The id of somebody's joining, which is one event, whoever tells of it."""
    return f"listing:{subscriber_id}:{Kind.JOINED}"


def _joining(listed: Listed, seen_at: datetime) -> Iterator[SubscriberEvent]:
    yield _event(Kind.JOINED, listed, listed.created_at, "")
    if listed.state in _STOPPED_BY:
        at = listed.canceled_at if listed.state is State.CANCELLED else None
        yield _event(_STOPPED_BY[listed.state], listed, at or seen_at, "first")


def _changes(previous: Subscriber, listed: Listed, seen_at: datetime) -> Iterator[SubscriberEvent]:
    # Not canceled_at: a list that lags can show somebody cancelled, active, and the same again.
    version = previous.last_event_at.isoformat()
    if previous.vanished_at is not None:
        at = max(seen_at, previous.last_event_at + _INSTANT)
        yield _event(Kind.FOUND, listed, at, version)
    if (previous.email_address, previous.first_name) != (listed.email_address, listed.first_name):
        yield _event(Kind.RENAMED, listed, max(seen_at, previous.last_event_at + _INSTANT), version)
    after = previous.changed_at + _INSTANT
    left_at = listed.canceled_at if listed.state is State.CANCELLED else None
    if listed.state is previous.state:
        if left_at is not None and left_at > previous.changed_at:  # came back unseen, left again
            yield _event(Kind.LEFT, listed, left_at, version)
    elif listed.state in _STOPPED_BY:
        at = max(left_at or seen_at, after)
        yield _event(_STOPPED_BY[listed.state], listed, at, version)
    else:
        at = max(seen_at, after)
        if previous.state in _STOPPED_BY:
            yield _event(Kind.RETURNED, listed, at, version)
        elif listed.state is State.ACTIVE:
            yield _event(Kind.CONFIRMED, listed, at, version)
        if listed.state is State.INACTIVE:
            yield _event(Kind.PENDING, listed, at, version)


def _event(kind: Kind, listed: Listed, at: datetime, version: str) -> SubscriberEvent:
    raw: dict[str, Any] = {
        "id": listed.id,
        "email_address": listed.email_address,
        "first_name": listed.first_name,
        "state": listed.state.value,
        "created_at": listed.created_at.isoformat(),
        "canceled_at": listed.canceled_at.isoformat() if listed.canceled_at else None,
    }
    told = f":{version}" if version else ""
    return SubscriberEvent(
        id=f"listing:{listed.id}:{kind}{told}", subscriber_id=listed.id, kind=kind, at=at, raw=raw
    )
