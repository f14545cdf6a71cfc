"""The numbers on the page about the protocol are those of the searches."""

from __future__ import annotations

import pytest

from docs.reading import page
from tests.faults.model.figures import (
    AUTHOR,
    AUTHOR_KILLED,
    EVERYTHING,
    LUCK,
    NAIVE,
    ONE_LOSS,
    OURS,
    RECORDING,
    TAKING_BACK,
    TWO_LEDGERS,
    TWO_MINDS,
    Figures,
    of_ledgers,
    of_push,
)
from tests.faults.model.push import Protocol, explored
from tests.faults.model.test_model_conformance import SCHEDULES

PAGE = page("docs/protocol.md")


def told(first: str) -> dict[str, list[str]]:
    """The rows of the table whose first heading begins so, by their names."""
    return {row[0]: list(row[1:]) for row in PAGE.table(first)}


def row(figures: Figures) -> list[str]:
    return [f"{figures.states:,}", str(figures.sends)]


def test_the_states_of_the_whole_search_are_those_told():
    name = "two workers, up to two kills, two lost answers, one overtaken lease"
    assert told(name) == {"the order above": row(of_push(OURS, EVERYTHING))}


def test_the_sends_of_the_naive_variants_are_those_told():
    variants = {"the order above": OURS} | NAIVE
    assert told("changed to") == {
        name: [str(of_push(protocol, bounds).sends) for bounds in LUCK.values()]
        for name, protocol in variants.items()
    }


def test_what_fence_and_compare_and_set_do_is_told():
    assert told("recording, with one lost answer and one overtaken lease") == {
        name: row(of_push(protocol, ONE_LOSS)) for name, protocol in RECORDING.items()
    }
    assert told("the author takes it back, and schedules it again") == {
        "unfenced, one overtaken lease": row(of_push(Protocol(fenced=False), TWO_MINDS)),
        "fenced, one overtaken lease": row(of_push(OURS, TWO_MINDS)),
        "fenced, one overtaken lease, one lost answer": row(of_push(OURS, AUTHOR)),
        "fenced, one kill, one lost answer": row(of_push(OURS, AUTHOR_KILLED)),
    }


@pytest.mark.parametrize("name", TAKING_BACK)
def test_what_a_withdrawal_is_worth_is_told(name):
    found = explored(*TAKING_BACK[name])
    is_sent = any(s.sends and s.taken_back.startswith("early") for s in found)
    is_unknown = any(s.sends and s.row == "cancelled" for s in found.ends())

    rows = told("taken back, one lost answer, one overtaken lease")
    assert rows[name] == [
        f"{len(found):,}",
        *("yes" if so else "no" for so in (is_sent, is_unknown)),
    ]
    assert set(rows) == set(TAKING_BACK)


def test_the_figures_of_two_ledgers_are_those_told():
    assert told("two ledgers") == {name: row(of_ledgers(one)) for name, one in TWO_LEDGERS.items()}


def test_the_page_says_how_many_schedules_are_played():
    assert SCHEDULES == 30
    assert "The same thirty random schedules" in PAGE.text
