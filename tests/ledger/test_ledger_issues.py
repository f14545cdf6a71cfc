"""Intents before acts, outcomes after them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from newsletter.broadcast.model import State
from newsletter.errors import NotConfigured
from newsletter.ledger import issues, runs
from newsletter.ledger.issues import Frozen

WHAT = Frozen(
    subject="The blue pot",
    preview_text="It simmers.",
    content="<p>soup</p>",
    digest="d" * 64,
    source="s1",
    mark="[nl:kitchen:pot:dddddddddddd]",
    details={"subscriber_filter": None, "public": False},
    recipients=3,
)


@pytest.fixture
def frozen(ledger, lease, now):
    issues.freeze(
        ledger, lease, "pot", "local", path="issues/pot.md", send_at=now, what=WHAT, now=now
    )


def test_what_was_frozen_comes_back_to_the_byte(ledger, frozen):
    assert issues.frozen(ledger, "pot", "local") == WHAT


def test_freezing_is_an_intent_and_knows_no_broadcast(ledger, frozen, now):
    record = issues.get(ledger, "pot", "local")

    assert record is not None
    assert (record.state, record.broadcast_id, record.send_at) == (State.FROZEN, None, now)


def test_the_first_broadcast_id_stands_whoever_comes_second(ledger, lease, frozen, now):
    """Compare and set: the draft that lost is never armed."""
    first = issues.set_broadcast(ledger, lease, "pot", "local", 11, now=now)
    second = issues.set_broadcast(ledger, lease, "pot", "local", 12, now=now)

    assert (first, second) == (11, 11)


def test_freezing_again_keeps_the_broadcast_id(ledger, lease, frozen, now):
    issues.set_broadcast(ledger, lease, "pot", "local", 11, now=now)

    issues.freeze(
        ledger, lease, "pot", "local", path="issues/pot.md", send_at=now, what=WHAT, now=now
    )

    record = issues.get(ledger, "pot", "local")
    assert record is not None
    assert (record.state, record.broadcast_id) == (State.DRAFTED, 11)


def test_the_first_attempt_is_remembered_and_later_ones_do_not_move_it(ledger, lease, frozen, now):
    issues.attempted(ledger, lease, "pot", "local", now=now)
    issues.attempted(ledger, lease, "pot", "local", now=now + timedelta(hours=1))

    record = issues.get(ledger, "pot", "local")
    assert record is not None
    assert record.attempted_at == now


def test_history_tells_the_whole_way_in_order(ledger, lease, frozen, now):
    issues.set_broadcast(ledger, lease, "pot", "local", 11, now=now)
    issues.became(
        ledger, lease, "pot", "local", State.SENT, now=now, words="sent to 3", sent_at=now
    )

    assert [e.state for e in issues.events(ledger, "pot", "local")] == [
        State.FROZEN,
        State.DRAFTED,
        State.SENT,
    ]


def test_an_issue_is_one_row_a_target(ledger, lease, frozen, now):
    issues.became(
        ledger,
        lease,
        "pot",
        "kit",
        State.HELD,
        now=now,
        words="late",
        send_at=now,
        reason="late: x",
    )

    assert issues.all_for(ledger, "local")["pot"].state is State.FROZEN
    assert issues.all_for(ledger, "kit")["pot"].reason == "late: x"


def test_a_run_without_an_end_was_interrupted(ledger, now):
    number = runs.begun(ledger, "local", now=now)

    interrupted = runs.last(ledger, "local")
    runs.ended(ledger, number, now=now, exit_code=0, lines=["sent: pot"])
    done = runs.last(ledger, "local")

    assert interrupted is not None
    assert interrupted.exit_code is None
    assert done is not None
    assert (done.exit_code, done.lines) == (0, ("sent: pot",))


def test_another_account_behind_the_same_target_is_refused(ledger, now):
    """The ids in the ledger would point to somebody else's broadcasts."""
    runs.recognise(ledger, "kit", account="7", title="Ann's", now=now)
    since = runs.recognise(ledger, "kit", account="7", title="Ann's", now=now + timedelta(days=1))

    assert since == now
    with pytest.raises(NotConfigured, match="another account"):
        runs.recognise(ledger, "kit", account="8", title="Ben's", now=now)
