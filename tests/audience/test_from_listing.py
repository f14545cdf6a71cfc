"""A listing says how things are; what changed since is worked out from it, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.audience import (
    Kind,
    Listed,
    State,
    Subscriber,
    SubscriberEvent,
    from_listing,
    replay,
)
from newsletter.audience.listing import lags, vanish

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
ANN = Listed(
    id=7,
    email_address="ann@example.org",
    first_name="Ann",
    state=State.ACTIVE,
    created_at=START,
)


def seen(*rows: Listed) -> tuple[Subscriber, list[tuple[Kind, datetime]]]:
    """The person after rows seen a day apart, and what the last one told."""
    subscriber, events = from_listing(None, rows[0], seen_at=START + DAY)
    for number, row in enumerate(rows[1:], start=2):
        subscriber, events = from_listing(subscriber, row, seen_at=START + number * DAY)
    return subscriber, [(event.kind, event.at) for event in events]


def listed(state: State, *, canceled_at: datetime | None = None) -> Listed:
    return replace(ANN, state=state, canceled_at=canceled_at)


A, I, B, C, X = State.ACTIVE, State.INACTIVE, State.BOUNCED, State.COMPLAINED, State.CANCELLED  # noqa: E741


@pytest.mark.parametrize(
    ("states", "kinds"),
    [
        ([A], [Kind.JOINED]),
        ([I], [Kind.JOINED]),
        ([X], [Kind.JOINED, Kind.LEFT]),
        ([B], [Kind.JOINED, Kind.BOUNCED]),
        ([C], [Kind.JOINED, Kind.COMPLAINED]),
        ([A, A], []),
        ([X, X], []),
        ([I, A], [Kind.CONFIRMED]),
        ([A, I], [Kind.PENDING]),
        ([A, X], [Kind.LEFT]),
        ([A, B], [Kind.BOUNCED]),
        ([I, C], [Kind.COMPLAINED]),
        ([B, X], [Kind.LEFT]),
        ([X, B], [Kind.BOUNCED]),
        ([X, A], [Kind.RETURNED]),
        ([A, X, I], [Kind.RETURNED, Kind.PENDING]),
        ([A, X, I, A], [Kind.CONFIRMED]),
        ([X, A, X], [Kind.LEFT]),
    ],
)
def test_a_change_of_state_has_its_events(states: list[State], kinds: list[Kind]) -> None:
    subscriber, told = seen(*map(listed, states))
    assert [kind for kind, _ in told] == kinds
    assert subscriber.state is states[-1]


def test_joining_and_leaving_bear_their_own_times() -> None:
    left = START + timedelta(hours=5)
    _, told = seen(listed(X, canceled_at=left))
    assert told == [(Kind.JOINED, START), (Kind.LEFT, left)]


def test_what_has_no_time_of_its_own_bears_the_time_it_was_seen() -> None:
    subscriber, told = seen(listed(A), listed(B))
    assert told == [(Kind.BOUNCED, START + 2 * DAY)]
    assert subscriber.changed_at == START + 2 * DAY


def test_who_came_back_unseen_and_left_again_left_twice() -> None:
    subscriber, told = seen(
        listed(X, canceled_at=START + DAY), listed(X, canceled_at=START + 1.5 * DAY)
    )
    assert told == [(Kind.LEFT, START + 1.5 * DAY)]
    assert subscriber.changed_at == START + 1.5 * DAY


def test_a_departure_older_than_the_return_we_saw_is_believed_all_the_same() -> None:
    """Clocks differ and lists lag; what the target says now is the truth."""
    subscriber, _ = seen(listed(X), listed(A), listed(X, canceled_at=START + 0.5 * DAY))
    assert subscriber.state is X


@pytest.mark.parametrize(
    "row", [replace(ANN, first_name="Anna"), replace(ANN, email_address="anna@example.org")]
)
def test_a_new_name_or_address_is_an_event(row: Listed) -> None:
    subscriber, told = seen(ANN, row)
    assert [kind for kind, _ in told] == [Kind.RENAMED]
    assert (subscriber.first_name, subscriber.email_address) == (row.first_name, row.email_address)


def test_a_list_that_lags_makes_no_two_events_with_one_id() -> None:
    """Kit's lists may show the past for minutes; the second departure must not be lost."""
    gone = listed(X, canceled_at=START)
    first, one = from_listing(None, gone, seen_at=START)
    second, _ = from_listing(first, ANN, seen_at=START)
    _, three = from_listing(second, gone, seen_at=START)
    assert {event.id for event in one}.isdisjoint(event.id for event in three)


def test_renaming_back_and_forth_is_told_each_time() -> None:
    anna = replace(ANN, first_name="Anna")
    first, one = from_listing(None, ANN, seen_at=START)
    second, two = from_listing(first, anna, seen_at=START)
    third, three = from_listing(second, ANN, seen_at=START)
    _, four = from_listing(third, anna, seen_at=START)
    ids = [event.id for event in (*one, *two, *three, *four)]
    assert len(set(ids)) == 4


rows = st.builds(
    Listed,
    id=st.just(7),
    email_address=st.sampled_from(["ann@example.org", "anna@example.org"]),
    first_name=st.sampled_from(["Ann", "", None]),
    state=st.sampled_from(State),
    created_at=st.just(START),
    canceled_at=st.none() | st.integers(-2, 9).map(lambda days: START + days * DAY),
)
times = st.integers(-1, 9).map(lambda days: START + days * DAY)


@given(st.lists(st.tuples(rows, times), min_size=1, max_size=6))
def test_however_rows_follow_each_other_the_last_one_is_the_truth(
    told: list[tuple[Listed, datetime]],
) -> None:
    subscriber = None
    happened: list[SubscriberEvent] = []
    for row, at in told:
        subscriber, events = from_listing(subscriber, row, seen_at=at)
        happened += events
        assert (subscriber.state, subscriber.email_address) == (row.state, row.email_address)
        assert subscriber.first_name == row.first_name
        assert from_listing(subscriber, row, seen_at=at + DAY) == (subscriber, ())
    assert len({event.id for event in happened}) == len(happened)
    assert replay(reversed(happened)) == subscriber


@given(st.none() | rows, rows, times, times)
def test_the_same_row_has_the_same_ids_whenever_it_is_seen(
    before: Listed | None, row: Listed, one: datetime, other: datetime
) -> None:
    previous = from_listing(None, before, seen_at=START)[0] if before else None
    ids = [
        [event.id for event in from_listing(previous, row, seen_at=at)[1]] for at in (one, other)
    ]
    assert ids[0] == ids[1]


def test_who_vanished_and_is_listed_again_is_found() -> None:
    before, _ = from_listing(None, ANN, seen_at=START)
    gone, event = vanish(before, seen_at=START + DAY)
    assert (gone.vanished_at, gone.state) == (event.at, A)
    back, told = from_listing(gone, ANN, seen_at=START + 2 * DAY)
    assert [e.kind for e in told] == [Kind.FOUND]
    assert back.vanished_at is None
    again, second = vanish(back, seen_at=START + 3 * DAY)
    assert again.vanished_at is not None
    assert second.id != event.id


@pytest.mark.parametrize(
    ("before", "row", "minutes", "is_stale"),
    [
        (X, A, 5, True),
        (X, I, 5, True),
        (B, A, 5, True),
        (X, A, 11, False),
        (X, B, 5, False),
        (A, X, 0, False),
        (A, B, 0, False),
        (I, A, 0, False),
        (X, A, -60, True),
    ],
)
def test_a_list_is_not_believed_against_a_stop_that_is_newer_than_it_may_be(
    before: State, row: State, minutes: int, is_stale: bool
) -> None:
    stopped_at = START + DAY
    canceled_at = stopped_at if before is X else None
    subscriber, _ = from_listing(None, listed(before, canceled_at=canceled_at), seen_at=stopped_at)
    seen_at = stopped_at + timedelta(minutes=minutes)
    assert lags(subscriber, listed(row), seen_at=seen_at, lag=timedelta(minutes=10)) is is_stale


def test_nobody_known_can_be_stale() -> None:
    assert not lags(None, ANN, seen_at=START, lag=timedelta(minutes=10))
