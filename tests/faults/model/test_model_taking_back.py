"""What a confirmed withdrawal is worth: nothing is sent after it, but for a PUT already under way."""

from __future__ import annotations

import pytest

from tests.faults.model.figures import BACK, BACK_AND_DIES, OURS, TAKING_BACK
from tests.faults.model.push import Protocol, World, explored

AGAIN = Protocol(looks_again=True)


def was_sent_after(how: str):
    """A state in which the issue is sent though its withdrawal was confirmed, and how it stood then."""

    def wanted(s: World) -> bool:
        return bool(s.taken_back) and s.sends > 0 and s.taken_back.startswith(how)

    return wanted


@pytest.mark.parametrize("name", TAKING_BACK)
def test_a_withdrawal_confirmed_while_no_put_is_under_way_is_final(name):
    found = explored(*TAKING_BACK[name])

    assert any(s.taken_back == "final" for s in found)
    assert found.shortest(was_sent_after("final")) is None


def test_a_put_that_was_under_way_then_can_still_send_it():
    """The residue: a worker that slept through its lease, or a request that is applied late."""
    trace = explored(OURS, BACK).shortest(was_sent_after("early"))

    assert trace is not None
    confirmed = trace.index("verify 0: draft")
    assert max(trace.find("A: arm 0"), trace.find("late, arm 0 is applied")) > confirmed


def test_looking_again_finds_what_landed_before_it():
    """If no request lives on until the check, nothing that was taken back before it is sent."""
    without = explored(OURS, BACK_AND_DIES)
    found = explored(AGAIN, BACK_AND_DIES)

    assert without.shortest(was_sent_after("early")) is not None
    assert found.shortest(was_sent_after("early")) is None


def test_looking_again_cannot_stop_what_lands_after_it():
    assert explored(AGAIN, BACK).shortest(was_sent_after("early")) is not None


def test_looking_at_the_time_itself_stops_nothing_but_the_ledger_knows():
    """Without it, an issue that went out stands in the ledger as taken back."""

    def is_unknown(s: World) -> bool:
        return s.row == "cancelled" and s.sends > 0

    assert any(is_unknown(s) for s in explored(OURS, BACK).ends())
    assert not any(is_unknown(s) for s in explored(AGAIN, BACK).ends())


@pytest.mark.parametrize("name", TAKING_BACK)
def test_taking_back_never_goes_round_for_ever(name):
    assert explored(*TAKING_BACK[name]).endless() is None
