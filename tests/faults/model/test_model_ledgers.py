"""Two ledgers on one account: one send as long as both settle and lists lag less; and the residue."""

from __future__ import annotations

import pytest

from tests.faults.model.figures import TWO_LEDGERS, of_ledgers
from tests.faults.model.ledgers import explored

SAFE = (
    "both settle",
    "both settle, lists lag as long as they settle",
    "one settles, the other arms at once, no pass is interrupted",
)


@pytest.mark.parametrize("name", SAFE)
def test_one_letter_goes_out_in_every_state(name):
    """Also with a kill, a lost answer that is applied late, and passes that stand still between."""
    found = explored(TWO_LEDGERS[name])
    twice = found.shortest(lambda s: s.sends > 1)

    assert twice is None, twice
    assert {s.sends for s in found.ends()} == {1}
    assert found.endless() is None


@pytest.mark.parametrize("name", [name for name in TWO_LEDGERS if name not in SAFE])
def test_two_letters_can_go_out(name):
    """What the rule is for, and what it leaves: every line is a way to a second letter."""
    found = explored(TWO_LEDGERS[name])
    twice = found.shortest(lambda s: s.sends > 1)

    assert of_ledgers(TWO_LEDGERS[name]).sends == 2, twice
    assert twice is not None


def test_without_the_rule_nothing_needs_to_go_wrong():
    """No kill, no lost answer, no pause: only a list that does not show the newest yet."""
    trace = explored(TWO_LEDGERS["both arm at once"]).shortest(lambda s: s.sends > 1) or ""

    assert not any(word in trace for word in ("killed", "no answer", "late", "tick"))


def test_one_list_that_lags_longer_is_enough():
    """The ledger with the lower draft sees both; the other, past its time, sees only its own."""
    name = "both settle, lists lag longer than they settle"
    trace = explored(TWO_LEDGERS[name]).shortest(lambda s: s.sends > 1) or ""

    looks = [line.split(": look, ")[1] for line in trace.splitlines() if ": look, " in line]
    assert {"0 draft, 1 draft", "1 draft"} <= set(looks)
