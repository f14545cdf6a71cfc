"""The questions put to the models, each with its bounds: one list for the tests and for the page."""

from __future__ import annotations

from typing import NamedTuple

from tests.faults.model import ledgers, push
from tests.faults.model.ledgers import Setting
from tests.faults.model.push import Bounds, Protocol


class Figures(NamedTuple):
    """What a search found: how many states there are, and the most letters a reader can get."""

    states: int
    sends: int


OURS = Protocol()
NAIVE = {
    "POST with a send time, again after an error": Protocol(
        looks=False, creates="armed", repeats_create=True
    ),
    "look for the mark, else POST with a send time": Protocol(creates="armed"),
    "draft, then PUT on the id that this worker knows": Protocol(record="with the outcome"),
    "nothing frozen before the draft is made": Protocol(freezes=False),
}
LUCK = {
    "one kill": Bounds(workers=1, crashes=1, losses=0),
    "one lost answer": Bounds(workers=1, crashes=0, losses=1),
    "one overtaken lease": Bounds(crashes=0, losses=0),
    "two kills and two lost answers": Bounds(workers=1),
}
EVERYTHING = Bounds()

RECORDING = {
    "fenced, compare-and-set": Protocol(),
    "fenced, plain write": Protocol(record="write"),
    "unfenced, compare-and-set": Protocol(fenced=False),
    "unfenced, plain write": Protocol(record="write", fenced=False),
}
ONE_LOSS = Bounds(crashes=0, losses=1)
TWO_MINDS = Bounds(crashes=0, losses=0, changes=2, early=True)

AUTHOR = Bounds(crashes=0, losses=1, changes=2, early=True)
AUTHOR_KILLED = Bounds(crashes=1, losses=1, expiries=0, changes=2, early=True)

BACK = Bounds(crashes=0, losses=1, changes=1, early=True)
BACK_AND_DIES = BACK._replace(requests_die=True)
TAKING_BACK = {
    "not looked at again": (Protocol(), BACK),
    "looked at again before the time and at it": (Protocol(looks_again=True), BACK),
    "not looked at again, and no request outlives the check": (Protocol(), BACK_AND_DIES),
    "looked at again, and no request outlives the check": (
        Protocol(looks_again=True),
        BACK_AND_DIES,
    ),
}

TWO_LEDGERS = {
    "both arm at once": Setting(rules=("at once", "at once"), crashes=0, losses=0),
    "both settle": Setting(rules=("settle", "settle")),
    "both settle, lists lag as long as they settle": Setting(
        rules=("settle", "settle"), lag=2, settle=2
    ),
    "both settle, lists lag longer than they settle": Setting(
        rules=("settle", "settle"), lag=3, settle=2, crashes=0, losses=0
    ),
    "one settles, the other arms at once, no pass is interrupted": Setting(
        rules=("settle", "at once"), crashes=0, losses=0, prompt=True
    ),
    "one settles, the other arms at once, passes may stand still": Setting(
        rules=("settle", "at once"), crashes=0, losses=0
    ),
    "both settle, but arm a draft they find at first sight": Setting(
        rules=("at first sight", "at first sight"), crashes=0, losses=1
    ),
}


def of_push(protocol: Protocol, bounds: Bounds) -> Figures:
    """How many states one protocol has within its bounds, and its worst number of sends."""
    found = push.explored(protocol, bounds)
    return Figures(len(found), max(state.sends for state in found))


def of_ledgers(setting: Setting) -> Figures:
    """The same for two ledgers."""
    found = ledgers.explored(setting)
    return Figures(len(found), max(state.sends for state in found))
