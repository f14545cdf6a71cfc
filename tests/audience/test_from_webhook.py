"""What webhooks tell, however often, in whatever order, and whatever else arrives."""

from __future__ import annotations

import json
import random
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.audience import InvalidWebhook, Kind, State, from_webhook, replay

START = datetime(2026, 1, 1, tzinfo=UTC)
NOW = START + timedelta(days=30)


def subscriber(state: str = "active", **changed: Any) -> dict[str, Any]:
    return {
        "id": 7,
        "first_name": "Ann",
        "email_address": "ann@example.org",
        "state": state,
        "created_at": "2026-01-01T00:00:00Z",
        "fields": {"city": "Bath"},
        **changed,
    }


def signed(kind: str, day: int, state: str = "active", **changed: Any) -> dict[str, Any]:
    return {
        "id": f"e-{kind}-{day}",
        "type": f"subscriber.{kind}",
        "created": (START + timedelta(days=day)).isoformat(),
        "data": {"subscriber": subscriber(state, **changed)},
    }


def told(*payloads: object, at: datetime = NOW) -> list[tuple[Kind, datetime]]:
    return [(e.kind, e.at) for p in payloads for e in from_webhook(p, received_at=at)]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("activated", Kind.ACTIVATED),
        ("unsubscribed", Kind.LEFT),
        ("bounced", Kind.BOUNCED),
        ("complained", Kind.COMPLAINED),
    ],
)
def test_a_signed_event_bears_its_own_time(kind, expected):
    payload = {"delivery_id": 1, "events": [signed(kind, 3)]}
    assert told(payload) == [(expected, START + timedelta(days=3))]


def test_somebody_created_joined_and_may_have_left_already():
    assert told({"events": [signed("created", 0)]}) == [(Kind.JOINED, START)]
    assert told({"events": [signed("created", 2, "cancelled")]}) == [
        (Kind.JOINED, START),
        (Kind.LEFT, START + timedelta(days=2)),
    ]


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("active", [(Kind.JOINED, START), (Kind.CONFIRMED, NOW)]),
        ("inactive", [(Kind.JOINED, START)]),
        ("cancelled", [(Kind.JOINED, START), (Kind.LEFT, NOW)]),
        ("bounced", [(Kind.JOINED, START), (Kind.BOUNCED, NOW)]),
        ("complained", [(Kind.JOINED, START), (Kind.COMPLAINED, NOW)]),
    ],
)
def test_a_legacy_payload_tells_the_state_as_of_its_arrival(state, expected):
    assert told({"subscriber": subscriber(state)}) == expected


def test_a_legacy_payload_brings_nobody_back():
    """It has no time of its own: an old one that comes late looks like a new one."""
    left = from_webhook({"subscriber": subscriber("cancelled")}, received_at=NOW)
    late = from_webhook({"subscriber": subscriber()}, received_at=NOW + timedelta(days=1))
    after = replay([*left, *late])
    assert after is not None
    assert after.state is State.CANCELLED


def test_the_same_delivery_has_the_same_ids_whenever_it_comes():
    for payload in ({"subscriber": subscriber("cancelled")}, {"events": [signed("bounced", 2)]}):
        one = [e.id for e in from_webhook(payload, received_at=NOW)]
        other = [e.id for e in from_webhook(payload, received_at=NOW + timedelta(days=9))]
        assert one == other
        assert len(set(one)) == len(one)


def test_body_and_parsed_body_tell_the_same():
    payload = {"events": [signed("bounced", 2), signed("activated", 3)]}
    assert from_webhook(json.dumps(payload).encode(), received_at=NOW) == from_webhook(
        payload, received_at=NOW
    )


def test_a_thousand_times_in_any_order_ends_in_the_same_state():
    days = [("created", 0), ("activated", 1), ("unsubscribed", 2), ("activated", 5), ("bounced", 9)]
    events = [signed(kind, day) for kind, day in days]
    stories = []
    for seed in range(5):
        deliveries = [{"events": [event]} for event in events for _ in range(1000)]
        random.Random(seed).shuffle(deliveries)
        seen = {e.id: e for d in deliveries for e in from_webhook(d, received_at=NOW)}
        assert len(seen) == len(events)
        stories.append(replay(seen.values()))
    assert len(set(stories)) == 1
    assert stories[0] is not None
    assert stories[0].state is State.BOUNCED


@pytest.mark.parametrize(
    "event",
    [
        None,
        7,
        {},
        {"id": "e1", "type": "subscriber.bounced"},
        {"id": "e1", "type": "subscriber.bounced", "created": "x", "data": {}},
        signed("subscribed_to_form", 2),
        signed("bounced", 2) | {"id": None},
        signed("bounced", 2) | {"id": "x" * 101},
        signed("bounced", 2) | {"type": ["subscriber.bounced"]},
        signed("bounced", 2) | {"created": "yesterday"},
        signed("bounced", 2) | {"created": 1e300},
        signed("bounced", 2) | {"created": float("nan")},
        signed("bounced", 2, "sleeping"),
        signed("bounced", 2, id=0),
        signed("bounced", 2, id=-1),
        signed("bounced", 2, id=True),
        signed("bounced", 2, id=2**63),
        signed("bounced", 2, id="7; DROP TABLE"),
        signed("bounced", 2, email_address="ann"),
        signed("bounced", 2, email_address=None),
        signed("bounced", 2, first_name=["Ann"]),
        signed("bounced", 2, first_name="x" * 256),
        signed("bounced", 2, created_at=None),
    ],
)
def test_an_event_that_cannot_be_read_is_left_out_and_the_others_are_heard(event):
    assert told({"events": [event, signed("bounced", 4)]}) == [
        (Kind.BOUNCED, START + timedelta(days=4))
    ]


@pytest.mark.parametrize(
    "payload",
    [
        None,
        [],
        "x",
        {},
        {"events": "x"},
        {"events": None, "subscriber": 7},
        {"subscriber": {}},
        {"subscriber": subscriber(id=None)},
        {"events": [signed("bounced", 2)] * 1001},
        b"",
        b"\xff\xfe",
        b"{",
        b"<html></html>",
        b"[" * 100_000,
        b'{"events": [' + b"9" * 10_000 + b"]",
        b"x" * 10_000_000,
        json.dumps({"subscriber": subscriber(), "padding": "x" * 10_000_000}).encode(),
    ],
    ids=range(17),
)
def test_what_kit_does_not_send_is_refused_at_once(payload):
    began = time.process_time()
    with pytest.raises(InvalidWebhook):
        from_webhook(payload, received_at=NOW)
    assert time.process_time() - began < 1


def test_unknown_fields_are_not_kept():
    payload = {"subscriber": subscriber(secret="x", fields={"a": "b"}), "version": 9}
    for event in from_webhook(payload, received_at=NOW):
        assert set(event.raw) == {"id", "email_address", "first_name", "state", "created_at"}


def test_nothing_happens_in_the_future():
    """Or a forged date would hold against every later word."""
    for event in from_webhook(
        {"events": [signed("bounced", 9_000), signed("created", 0, created_at="2099-01-01")]},
        received_at=NOW,
    ):
        assert event.at <= NOW


garbage = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["id", "type", "created", "data", "subscriber", "events", "state", "email_address"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(garbage)
def test_garbage_is_refused_or_tells_nothing(payload):
    try:
        events = from_webhook(payload, received_at=NOW)
    except InvalidWebhook:
        return
    assert all(event.at <= NOW for event in events)


@given(st.binary(max_size=200))
def test_bytes_of_any_kind_raise_nothing_else(body):
    with pytest.raises(InvalidWebhook):
        from_webhook(body, received_at=NOW)
