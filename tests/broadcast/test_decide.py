"""The state table, row by row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.broadcast.decide import decide
from newsletter.broadcast.model import (
    HandOver,
    Hold,
    Nothing,
    Policy,
    Poll,
    Reason,
    Reconcile,
    Record,
    State,
    Update,
    Wait,
    Wish,
    Withdraw,
)

NINE = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
POLICY = Policy(lead=timedelta(hours=24), grace=timedelta(hours=12))
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def wish(send_at: datetime | None = NINE, source: str = "a") -> Wish:
    return Wish(slug="walk", send_at=send_at, source=source)


def record(state: State, **more: object) -> Record:
    values: dict[str, object] = {"send_at": NINE, "source_digest": "a", "broadcast_id": 7}
    values |= more
    return Record(slug="walk", target="kit", path="issues/walk.md", state=state, **values)  # type: ignore[arg-type]


LATE = f"{Reason.LATE}: was due"
CASES = [
    ("a draft does nothing", wish(None), None, NINE, Nothing(because="draft")),
    ("a missing file does nothing", None, None, NINE, Nothing(because="draft")),
    ("early waits for the lead", wish(), None, NINE - 3 * DAY, Wait(until=NINE - DAY)),
    ("the lead's first instant hands over", wish(), None, NINE - DAY, HandOver(send_at=NINE)),
    ("a little late still goes out", wish(), None, NINE + HOUR, HandOver(send_at=NINE)),
    ("the last instant of grace goes out", wish(), None, NINE + 12 * HOUR, HandOver(send_at=NINE)),
    ("sent is the end", wish(), record(State.SENT), NINE - DAY, Nothing(because="sent")),
    (
        "sent is the end, also edited",
        wish(source="b"),
        record(State.SENT),
        NINE,
        Nothing(because="sent"),
    ),
    (
        "sent is the end, also with a new time",
        wish(NINE + DAY),
        record(State.SENT),
        NINE,
        Nothing(because="sent"),
    ),
    ("sending asks how far it is", wish(), record(State.SENDING), NINE, Poll(broadcast_id=7)),
    ("handed over waits", wish(), record(State.HANDED_OVER), NINE - HOUR, Wait(until=NINE)),
    ("handed over and due asks", wish(), record(State.HANDED_OVER), NINE, Poll(broadcast_id=7)),
    (
        "handed over and due asks, also edited",
        wish(source="b"),
        record(State.HANDED_OVER),
        NINE,
        Poll(broadcast_id=7),
    ),
    (
        "an edit is passed on",
        wish(source="b"),
        record(State.HANDED_OVER),
        NINE - HOUR,
        Update(send_at=NINE),
    ),
    (
        "a refused edit is not tried again",
        wish(source="b"),
        record(State.HANDED_OVER, refused_digest="b"),
        NINE - HOUR,
        Wait(until=NINE),
    ),
    (
        "a new time is passed on",
        wish(NINE + DAY),
        record(State.HANDED_OVER),
        NINE - HOUR,
        Update(send_at=NINE + DAY),
    ),
    (
        "a wish taken back is taken back there",
        wish(None),
        record(State.HANDED_OVER),
        NINE - HOUR,
        Withdraw(broadcast_id=7),
    ),
    ("a missing file is no order", None, record(State.HANDED_OVER), NINE - HOUR, Wait(until=NINE)),
    ("half way goes on", wish(), record(State.DRAFTED), NINE, Reconcile(send_at=NINE)),
    (
        "half way goes on however late",
        wish(),
        record(State.FROZEN),
        NINE + DAY,
        Reconcile(send_at=NINE),
    ),
    (
        "half way goes on without its file",
        None,
        record(State.DRAFTED),
        NINE,
        Reconcile(send_at=NINE),
    ),
    (
        "half way and taken back is disarmed",
        wish(None),
        record(State.FROZEN, broadcast_id=None),
        NINE - HOUR,
        Withdraw(broadcast_id=None),
    ),
    (
        "held stays silent",
        wish(),
        record(State.HELD, reason=LATE),
        NINE + DAY,
        Nothing(because="held"),
    ),
    (
        "held for its checks is tried again when mended",
        wish(source="b"),
        record(State.HELD, reason=f"{Reason.CHECKS}: x"),
        NINE - HOUR,
        HandOver(send_at=NINE),
    ),
    (
        "held for lateness needs a new time, not a mended file",
        wish(source="b"),
        record(State.HELD, reason=LATE),
        NINE + HOUR,
        Nothing(because="held"),
    ),
    (
        "held gets a new time",
        wish(NINE + 2 * DAY),
        record(State.HELD, reason=LATE),
        NINE + DAY,
        HandOver(send_at=NINE + 2 * DAY),
    ),
    (
        "skipped stays so, though mended",
        wish(source="b"),
        record(State.SKIPPED),
        NINE - HOUR,
        Nothing(because="skipped"),
    ),
    (
        "taken back and wished again",
        wish(),
        record(State.CANCELLED),
        NINE - HOUR,
        HandOver(send_at=NINE),
    ),
    (
        "taken back and left",
        wish(None),
        record(State.CANCELLED),
        NINE - HOUR,
        Nothing(because="draft"),
    ),
]


@pytest.mark.parametrize(
    ("why", "wished", "remembered", "now", "action"), CASES, ids=[c[0] for c in CASES]
)
def test_the_state_table_says(why, wished, remembered, now, action):
    assert decide(wished, remembered, now, POLICY) == action


def test_an_issue_later_than_grace_is_held_and_says_when_it_was_due():
    action = decide(wish(), None, NINE + 12 * HOUR + timedelta(seconds=1), POLICY)

    assert isinstance(action, Hold)
    assert action.reason is Reason.LATE
    assert "2026-11-24 14:00 UTC" in action.words


@given(
    state=st.sampled_from(State),
    minutes=st.integers(-5000, 5000),
    send_at=st.none() | st.integers(-5000, 5000),
    source=st.sampled_from("ab"),
    has_id=st.booleans(),
    reason=st.sampled_from([None, LATE, "checks: x"]),
)
def test_a_sent_issue_never_moves_and_nothing_unarmed_is_ever_handed_over(
    state, minutes, send_at, source, has_id, reason
):
    """Whatever the file says: sent stays sent, and a draft never leaves."""
    wished = wish(None if send_at is None else NINE + timedelta(minutes=send_at), source)
    remembered = record(state, broadcast_id=7 if has_id else None, reason=reason)

    action = decide(wished, remembered, NINE + timedelta(minutes=minutes), POLICY)

    if state is State.SENT:
        assert action == Nothing(because="sent")
    if send_at is None:
        assert not isinstance(action, HandOver | Update)
