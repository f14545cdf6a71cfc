"""In every state that the protocol can reach an issue is sent at most once, and in the end once."""

from __future__ import annotations

import pytest

from tests.faults.model.figures import (
    AUTHOR,
    AUTHOR_KILLED,
    EVERYTHING,
    LUCK,
    NAIVE,
    ONE_LOSS,
    OURS,
    RECORDING,
    TWO_MINDS,
    of_push,
)
from tests.faults.model.push import ARMED, Protocol, explored


def test_whatever_goes_wrong_there_is_never_a_second_send():
    """Two workers, two kills, two lost answers that may be applied late, an overtaken lease."""
    found = explored(OURS, EVERYTHING)

    assert found.shortest(lambda s: s.sends > 1) is None
    assert found.shortest(lambda s: s.sends + s.broadcasts.count(ARMED) > 1) is None


def test_from_every_state_it_ends_with_exactly_one_send_if_nothing_more_goes_wrong():
    """Not with none, and not by going round for ever. Late requests may stay away or come."""
    found = explored(OURS, EVERYTHING)

    assert found.endless() is None
    assert {s.sends for s in found.ends()} == {1}
    assert {s.row for s in found.ends()} <= {"sent", "held"}


def test_only_the_recorded_broadcast_is_ever_armed():
    """Why it holds: what was armed is written in the row, and the row's id never changes."""
    found = explored(OURS, EVERYTHING)

    wrong = found.shortest(
        lambda s: any(status != "draft" and n != s.id for n, status in enumerate(s.broadcasts))
    )
    assert wrong is None, wrong


@pytest.mark.parametrize("name", NAIVE)
@pytest.mark.parametrize("luck", LUCK)
def test_a_naive_variant_sends_twice(name, luck):
    """One step changed, and the same search finds the second letter: the search can fail."""
    found = explored(NAIVE[name], LUCK[luck])
    trace = found.shortest(lambda s: s.sends > 1)

    expected = 5 if luck == "two kills and two lost answers" else 2
    assert of_push(NAIVE[name], LUCK[luck]).sends == expected, trace
    assert trace is not None


@pytest.mark.parametrize("luck", LUCK)
def test_where_naive_variants_send_twice_ours_does_not(luck):
    found = explored(OURS, LUCK[luck])

    assert found.shortest(lambda s: s.sends > 1) is None
    assert {s.sends for s in found.ends()} == {1}


def test_fence_and_compare_and_set_stand_in_for_each_other_while_an_issue_is_pushed():
    """Either alone is enough for a push; without both a second letter goes out."""
    sends = {name: of_push(protocol, ONE_LOSS).sends for name, protocol in RECORDING.items()}
    without_both = explored(RECORDING["unfenced, plain write"], ONE_LOSS)

    assert sends == {
        "fenced, compare-and-set": 1,
        "fenced, plain write": 1,
        "unfenced, compare-and-set": 1,
        "unfenced, plain write": 2,
    }, without_both.shortest(lambda s: s.sends > 1)


def test_without_fencing_an_issue_taken_back_and_scheduled_again_is_sent_twice():
    """A withdrawal that slept wipes the id that another worker recorded meanwhile."""
    unfenced = explored(Protocol(fenced=False), TWO_MINDS)
    fenced = explored(OURS, TWO_MINDS)
    trace = unfenced.shortest(lambda s: s.sends > 1)

    assert of_push(Protocol(fenced=False), TWO_MINDS).sends == 2, trace
    assert trace is not None
    assert "the author schedules it again" in trace
    assert fenced.shortest(lambda s: s.sends > 1) is None


@pytest.mark.parametrize("bounds", [AUTHOR, AUTHOR_KILLED], ids=["overtaken", "killed"])
def test_an_issue_taken_back_and_scheduled_again_is_sent_once_or_held_with_a_word(bounds):
    """Not sent is possible, when a late disarming lands after the new time was set; not in silence."""
    found = explored(OURS, bounds)

    assert found.endless() is None
    assert found.shortest(lambda s: s.sends > 1) is None
    wished = [s for s in found.ends() if s.wish]
    assert {s.sends for s in wished} == {0, 1}
    assert {s.row for s in wished if s.sends == 0} == {"held"}
