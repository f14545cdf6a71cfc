"""Events may come late, twice and out of order; nobody who left is mailed for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.audience import Kind, State, Subscriber, SubscriberEvent, apply, describe, replay

START = datetime(2026, 1, 1, tzinfo=UTC)
STOPS = {
    Kind.LEFT: State.CANCELLED,
    Kind.BOUNCED: State.BOUNCED,
    Kind.COMPLAINED: State.COMPLAINED,
}
RETURNS = {Kind.RETURNED, Kind.ACTIVATED}


def event(
    kind: Kind, day: float, *, name: str | None = "Ann", state: str = "active"
) -> SubscriberEvent:
    raw: dict[str, Any] = {
        "email_address": f"{name or 'nobody'}@example.org".lower(),
        "first_name": name,
        "state": state,
        "created_at": START.isoformat(),
    }
    return SubscriberEvent(
        id=f"{kind}:{day}:{name}:{state}",
        subscriber_id=7,
        kind=kind,
        at=START + timedelta(days=day),
        raw=raw,
    )


def state_after(*events: SubscriberEvent) -> State:
    subscriber = replay(events)
    assert subscriber is not None
    return subscriber.state


events = st.builds(
    event,
    st.sampled_from(Kind),
    st.integers(0, 4),
    name=st.sampled_from(["Ann", "Anna", None, ""]),
    state=st.sampled_from(["active", "inactive", "cancelled"]),
)


@given(st.lists(events, min_size=1, max_size=7), st.data())
def test_any_order_and_any_number_of_times_ends_the_same(
    happened: list[SubscriberEvent], data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(happened), max_size=5))
    shuffled = data.draw(st.permutations([*happened, *again]))
    assert replay(shuffled) == replay(happened)


@given(st.lists(events, max_size=7), st.sampled_from(Kind))
def test_an_older_event_never_overrides_a_newer_one(
    happened: list[SubscriberEvent], kind: Kind
) -> None:
    """But for a stop: it holds against every newer event that is no return."""
    subscriber = replay([event(Kind.JOINED, 0), *happened])
    assert subscriber is not None
    after = apply(subscriber, event(kind, -1, name="Old", state="inactive"))
    assert after.first_name == subscriber.first_name
    if kind not in STOPS or any(e.kind in {*STOPS, *RETURNS} for e in happened):
        assert (after.state, after.changed_at) == (subscriber.state, subscriber.changed_at)


@given(st.lists(events, max_size=7), st.sampled_from([*STOPS]))
def test_who_stopped_stays_stopped_until_a_newer_return(
    happened: list[SubscriberEvent], stop: Kind
) -> None:
    stopped = event(stop, 4)
    before = [e for e in happened if e.kind not in STOPS]
    assert state_after(*before, stopped) == STOPS[stop]
    assert state_after(*before, stopped, event(Kind.CONFIRMED, 9)) == STOPS[stop]
    assert state_after(*before, stopped, event(Kind.JOINED, 9)) == STOPS[stop]
    assert state_after(*before, stopped, event(Kind.RETURNED, 9)) == State.ACTIVE
    assert state_after(*before, stopped, event(Kind.ACTIVATED, 9)) == State.ACTIVE
    assert state_after(*before, stopped, event(Kind.RETURNED, 4)) == STOPS[stop]


@pytest.mark.parametrize(
    ("happened", "state"),
    [
        ([event(Kind.JOINED, 0)], State.ACTIVE),
        ([event(Kind.JOINED, 0, state="inactive")], State.INACTIVE),
        ([event(Kind.JOINED, 0, state="inactive"), event(Kind.CONFIRMED, 1)], State.ACTIVE),
        ([event(Kind.JOINED, 0), event(Kind.PENDING, 1)], State.INACTIVE),
        ([event(Kind.PENDING, 1), event(Kind.CONFIRMED, 2)], State.ACTIVE),
        ([event(Kind.LEFT, 1), event(Kind.RETURNED, 2), event(Kind.LEFT, 3)], State.CANCELLED),
        ([event(Kind.LEFT, 1), event(Kind.RETURNED, 2), event(Kind.PENDING, 2)], State.INACTIVE),
        ([event(Kind.BOUNCED, 1), event(Kind.LEFT, 2)], State.CANCELLED),
        ([event(Kind.LEFT, 1), event(Kind.COMPLAINED, 1)], State.COMPLAINED),
        ([event(Kind.RENAMED, 1)], State.INACTIVE),
        ([event(Kind.JOINED, 0, state="inactive"), event(Kind.ACTIVATED, 1)], State.ACTIVE),
        ([event(Kind.LEFT, 1), event(Kind.ACTIVATED, 2)], State.ACTIVE),
        ([event(Kind.JOINED, 0), event(Kind.VANISHED, 1)], State.ACTIVE),
        ([event(Kind.LEFT, 1), event(Kind.VANISHED, 2), event(Kind.FOUND, 3)], State.CANCELLED),
    ],
)
def test_what_happened_decides_the_state(happened: list[SubscriberEvent], state: State) -> None:
    assert state_after(*happened) == state
    assert state_after(*reversed(happened)) == state


def test_the_time_of_the_deciding_event_is_kept() -> None:
    subscriber = replay([event(Kind.JOINED, 0), event(Kind.LEFT, 2), event(Kind.CONFIRMED, 5)])
    assert subscriber is not None
    assert subscriber.changed_at == START + timedelta(days=2)
    assert subscriber.last_event_at == START + timedelta(days=5)
    assert subscriber.created_at == START


def test_a_new_name_and_address_are_taken() -> None:
    subscriber = replay([event(Kind.JOINED, 0), event(Kind.RENAMED, 1, name="Bo")])
    assert subscriber is not None
    assert (subscriber.first_name, subscriber.email_address) == ("Bo", "bo@example.org")


@pytest.mark.parametrize("state", list(STOPS.values()))
def test_a_row_kept_without_its_memories_still_holds_its_stop(state: State) -> None:
    row = Subscriber(
        id=7,
        email_address="ann@example.org",
        first_name="Ann",
        state=state,
        created_at=START,
        changed_at=START + timedelta(days=3),
        last_event_at=START + timedelta(days=3),
    )
    assert apply(row, event(Kind.CONFIRMED, 5)).state is state
    assert apply(row, event(Kind.RETURNED, 2)).state is state
    assert apply(row, event(Kind.RETURNED, 5)).state is State.ACTIVE


def test_an_event_of_somebody_else_is_refused() -> None:
    subscriber = apply(None, event(Kind.JOINED, 0))
    other = SubscriberEvent(id="x", subscriber_id=8, kind=Kind.LEFT, at=START, raw={})
    with pytest.raises(ValueError, match="not about subscriber 7"):
        apply(subscriber, other)


def test_nobody_comes_of_no_events() -> None:
    assert replay([]) is None


def test_people_read_unsubscribed_where_kit_says_cancelled() -> None:
    words = [describe(state) for state in State]
    assert words == ["active", "inactive", "bounced", "complained", "unsubscribed"]


@pytest.mark.parametrize("kind", [k for k in Kind if k is not Kind.VANISHED])
def test_who_vanished_is_there_again_with_any_newer_event_and_with_no_older_one(kind: Kind) -> None:
    joined, vanished = event(Kind.JOINED, 0), event(Kind.VANISHED, 5)
    older = replay([joined, vanished, event(kind, 3)])
    newer = replay([event(kind, 7), vanished, joined])
    assert older is not None
    assert newer is not None
    assert older.vanished_at == START + timedelta(days=5)
    assert newer.vanished_at is None
