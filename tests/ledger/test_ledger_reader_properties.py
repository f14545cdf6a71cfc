"""DESIGN §5 over the stored rows: order, repetition, age, imports and erasures."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from newsletter import database
from newsletter.audience import Kind, Listed, State, SubscriberEvent, from_webhook, replay
from newsletter.audience.listing import LAG
from newsletter.ledger import erasures, mirror, readers
from newsletter.ledger.opening import Ledger
from newsletter.ledger.tables import subscribers

START = datetime(2026, 1, 1, tzinfo=UTC)
STOPS = {State.CANCELLED, State.BOUNCED, State.COMPLAINED}
few = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
_numbers = itertools.count()


def event(kind: Kind, day: int, name: str, state: str) -> SubscriberEvent:
    raw: dict[str, Any] = {
        "email_address": f"{name}@example.org",
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


events = st.builds(
    event,
    st.sampled_from(Kind),
    st.integers(0, 5),
    st.sampled_from(["ann", "anna"]),
    st.sampled_from(["active", "inactive"]),
)


@pytest.fixture
def anew() -> Callable[[], str]:
    """A target that nobody was at before: one database does for all examples."""
    return lambda: f"target-{next(_numbers)}"


def row_of(ledger: Ledger, target: str) -> dict[str, Any] | None:
    with database.reading(ledger.engine) as connection:
        query = select(subscribers).where(subscribers.c.target == target)
        row = connection.execute(query).mappings().one_or_none()
    return {k: v for k, v in row.items() if k != "target"} if row else None


def told(ledger: Ledger, target: str, *batches: list[SubscriberEvent]) -> dict[str, Any] | None:
    for number, batch in enumerate(batches):
        readers.record(ledger, target, batch, seen_at=START + timedelta(hours=number))
    return row_of(ledger, target)


@few
@given(st.lists(events, min_size=1, max_size=7), st.data())
def test_events_in_any_order_and_number_and_batches_end_in_the_same_row(
    ledger: Ledger, anew: Callable[[], str], happened: list[SubscriberEvent], data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(happened), max_size=6))
    shuffled = data.draw(st.permutations([*happened, *again]))
    cut = data.draw(st.integers(0, len(shuffled)))
    target = anew()

    one = told(ledger, anew(), happened)
    other = told(ledger, target, shuffled[:cut], shuffled[cut:], shuffled)

    assert one == other
    stored = mirror.page(ledger, target)
    assert stored == [replay(happened)]
    assert len(mirror.timeline(ledger, target, 7)) == len({e.id for e in happened})


@few
@given(st.lists(events, min_size=1, max_size=6), st.sampled_from(Kind))
def test_an_older_event_changes_no_name_and_revives_nobody(
    ledger: Ledger, anew: Callable[[], str], happened: list[SubscriberEvent], kind: Kind
) -> None:
    target = anew()
    before = told(ledger, target, [event(Kind.JOINED, 0, "ann", "active"), *happened])
    older = event(kind, -1, "old", "active")
    after = told(ledger, target, [older])

    assert before is not None
    assert after is not None
    assert after["first_name"] == before["first_name"]
    if State(before["state"]) in STOPS:
        assert (after["state"], after["changed_at"]) == (before["state"], before["changed_at"])
    assert after["vanished_at"] == before["vanished_at"]


@few
@given(st.lists(events, max_size=6), st.sampled_from([Kind.LEFT, Kind.BOUNCED, Kind.COMPLAINED]))
def test_what_an_import_or_an_upsert_is_answered_revives_nobody(
    ledger: Ledger, anew: Callable[[], str], happened: list[SubscriberEvent], stop: Kind
) -> None:
    """An answer that is older than the stop, by the lag that a service may have, is not believed."""
    target = anew()
    stopped = event(stop, 6, "ann", "active")
    before = told(ledger, target, [*happened, stopped])
    stale = Listed(
        id=7,
        email_address="ann@example.org",
        first_name="ann",
        state=State.ACTIVE,
        created_at=START,
    )
    for seen_at in (stopped.at - timedelta(days=1), stopped.at, stopped.at + LAG / 2):
        readers.take_in(ledger, None, target, [stale], seen_at=seen_at, lag=LAG)

    assert row_of(ledger, target) == before
    standing = mirror.standings(ledger, target, [before["email_key"]] if before else [])
    assert all(s.state in STOPS for found in standing.values() for s in found)


@few
@given(st.lists(events, min_size=1, max_size=6), st.lists(events, max_size=4))
def test_an_erased_person_stays_erased_whatever_is_told_later(
    ledger: Ledger,
    anew: Callable[[], str],
    happened: list[SubscriberEvent],
    later: list[SubscriberEvent],
) -> None:
    target = anew()
    told(ledger, target, happened)
    (person,) = mirror.page(ledger, target)
    erasures.erase(ledger, person.email_address, target=target, subscriber_id=7, now=START)

    assert told(ledger, target, happened, later) is None
    listed = Listed(
        id=7, email_address="new@example.org", first_name=None, state=State.ACTIVE, created_at=START
    )
    readers.take_in(ledger, None, target, [listed], seen_at=START + timedelta(days=9))
    assert row_of(ledger, target) is None
    assert mirror.timeline(ledger, target, 7) == []
    # Other examples use the same addresses.
    with database.writing(ledger.engine) as connection:
        from newsletter.ledger.tables import erasures as table

        connection.execute(table.delete())


def test_a_webhook_a_thousand_times_is_stored_once(ledger: Ledger, anew: Callable[[], str]) -> None:
    target = anew()
    body = {
        "events": [
            {
                "id": "e1",
                "type": "subscriber.unsubscribed",
                "created": "2026-01-05T10:00:00Z",
                "data": {
                    "subscriber": {
                        "id": 7,
                        "first_name": "Ann",
                        "email_address": "ann@example.org",
                        "state": "cancelled",
                        "created_at": "2026-01-01T00:00:00Z",
                        "fields": {},
                    }
                },
            }
        ]
    }
    new = 0
    for number in range(100):
        received_at = START + timedelta(days=10, minutes=number)
        batch = [e for _ in range(10) for e in from_webhook(body, received_at=received_at)]
        new += len(readers.record(ledger, target, batch, seen_at=received_at))

    assert new == 1
    (person,) = mirror.page(ledger, target)
    assert (person.state, person.changed_at) == (
        State.CANCELLED,
        datetime(2026, 1, 5, 10, tzinfo=UTC),
    )
