"""Events become a state: in any order and any number of times, with the same end.

Three memories are kept, and each takes only what is newer: the last stop (left,
bounced, complained), the last return (asked for mail again), and the last word on
being confirmed. A stop holds against every confirmation, until a return that is
newer than it; without a stop, the last word on being confirmed decides. Names and
addresses follow the newest event that told of a new one. Who vanished from the target
is there again with the first event that is newer.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from newsletter.audience.model import Kind, State, Subscriber, SubscriberEvent

_STOPS = {
    Kind.LEFT: State.CANCELLED,
    Kind.BOUNCED: State.BOUNCED,
    Kind.COMPLAINED: State.COMPLAINED,
}
_STOP_RANK = (State.CANCELLED, State.BOUNCED, State.COMPLAINED)  # at the same instant, last wins
_ASK_RANK = (Kind.JOINED, Kind.CONFIRMED, Kind.ACTIVATED, Kind.RETURNED, Kind.PENDING)
_RETURNS = (Kind.ACTIVATED, Kind.RETURNED)
_NAMING = (Kind.JOINED, Kind.RENAMED)
_NEVER = datetime.min.replace(tzinfo=UTC)


def apply(subscriber: Subscriber | None, event: SubscriberEvent) -> Subscriber:
    """`subscriber` after `event`; None for somebody who is met for the first time.

    The order of events does not matter, nor does an event that comes again. Raises
    ValueError for an event of somebody else.
    """
    if subscriber is not None and subscriber.id != event.subscriber_id:
        raise ValueError(f"event {event.id} is not about subscriber {subscriber.id}")
    told_created_at = _created_at(event)
    before = _unknown(event, told_created_at) if subscriber is None else _with_memories(subscriber)
    # Made once at the end: a sync makes as many of these as there are readers.
    after = vars(before) | _named(before, event)
    if event.kind in _STOPS:
        after |= _stopped(before, event)
    elif event.kind in _ASK_RANK:
        after |= _asked(before, event)
    after["created_at"] = min(before.created_at, told_created_at)
    after["last_event_at"] = max(before.last_event_at, event.at)
    after["vanished_at"] = _vanished_at(before, event, after["last_event_at"])
    return Subscriber(**(after | _decided(after)))


def replay(events: Iterable[SubscriberEvent]) -> Subscriber | None:
    """One person's state from all her events, in any order; None without events."""
    return functools.reduce(apply, events, None)


def _unknown(event: SubscriberEvent, created_at: datetime) -> Subscriber:
    return Subscriber(
        id=event.subscriber_id,
        email_address="",
        first_name=None,
        state=State.INACTIVE,
        created_at=created_at,
        changed_at=_NEVER,
        last_event_at=event.at,
        named_at=_NEVER,
        is_named=False,
        asked_at=_NEVER,
    )


def _with_memories(subscriber: Subscriber) -> Subscriber:
    """A row that was kept without its memories, with those that its state implies."""
    if subscriber.asked_at is not None:
        return subscriber
    known = replace(subscriber, named_at=subscriber.named_at or subscriber.created_at)
    if subscriber.state in _STOP_RANK:
        return replace(
            known,
            stopped=subscriber.state,
            stopped_at=subscriber.changed_at,
            asked=State.ACTIVE,
            asked_by=Kind.JOINED,
            asked_at=subscriber.created_at,
        )
    by = Kind.JOINED if subscriber.changed_at == subscriber.created_at else Kind.CONFIRMED
    return replace(known, asked=subscriber.state, asked_by=by, asked_at=subscriber.changed_at)


def _named(subscriber: Subscriber, event: SubscriberEvent) -> dict[str, Any]:
    if "email_address" not in event.raw:
        return {}
    email, name = event.raw["email_address"], event.raw.get("first_name")
    is_naming = event.kind in _NAMING
    told = (is_naming, event.at, email, name is not None, name or "")
    known = (
        subscriber.is_named,
        subscriber.named_at or _NEVER,
        subscriber.email_address,
        subscriber.first_name is not None,
        subscriber.first_name or "",
    )
    if told <= known:
        return {}
    return {
        "email_address": email,
        "first_name": name,
        "named_at": event.at,
        "is_named": is_naming,
    }


def _stopped(subscriber: Subscriber, event: SubscriberEvent) -> dict[str, Any]:
    stop = _STOPS[event.kind]
    if subscriber.stopped is not None and subscriber.stopped_at is not None:
        known = (subscriber.stopped_at, _STOP_RANK.index(subscriber.stopped))
        if (event.at, _STOP_RANK.index(stop)) <= known:
            return {}
    return {"stopped": stop, "stopped_at": event.at}


def _asked(subscriber: Subscriber, event: SubscriberEvent) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if event.kind in _RETURNS:
        changes["returned_at"] = max(subscriber.returned_at or _NEVER, event.at)
    asked = _asked_state(event)
    told = (event.at, _ASK_RANK.index(event.kind), asked)
    rank = _ASK_RANK.index(subscriber.asked_by) if subscriber.asked_by else -1
    if told > (subscriber.asked_at or _NEVER, rank, subscriber.asked or ""):
        changes |= {"asked": asked, "asked_by": event.kind, "asked_at": event.at}
    return changes


def _asked_state(event: SubscriberEvent) -> State:
    if event.kind is Kind.PENDING:
        return State.INACTIVE
    if event.kind is Kind.JOINED and event.raw.get("state") == State.INACTIVE:
        return State.INACTIVE
    return State.ACTIVE


def _decided(memories: Mapping[str, Any]) -> dict[str, Any]:
    """The state that the memories come to, and since when."""
    stopped, stopped_at = memories["stopped"], memories["stopped_at"]
    asked, asked_at = memories["asked"], memories["asked_at"]
    if stopped and stopped_at and stopped_at >= (memories["returned_at"] or _NEVER):
        return {"state": stopped, "changed_at": stopped_at}
    if asked and asked_at:
        return {"state": asked, "changed_at": asked_at}
    # Only a new name is known so far: nobody is mailed on the strength of that.
    return {"changed_at": memories["created_at"]}


def _vanished_at(
    before: Subscriber, event: SubscriberEvent, last_event_at: datetime
) -> datetime | None:
    """The time of vanishing, while nothing newer is known."""
    is_vanishing = event.kind is Kind.VANISHED and event.at == last_event_at
    return last_event_at if is_vanishing or before.vanished_at == last_event_at else None


def _created_at(event: SubscriberEvent) -> datetime:
    told: Any = event.raw.get("created_at")
    if isinstance(told, str):
        told = datetime.fromisoformat(told)
    return min(told, event.at) if isinstance(told, datetime) else event.at
