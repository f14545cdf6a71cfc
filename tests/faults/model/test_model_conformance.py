"""The model and the program are driven through the same schedules, and must agree.

A model proves nothing about a program that does something else. So random schedules of
kills, lost answers, late ones and overtaken leases are played twice: as steps of the model,
and with the real commands, client, ledger and server, where only the net and the moments
of death are ours. After every pass both must hold the same broadcasts in the same states,
and the same row.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
import pytest

from newsletter.commands.desk import Desk
from newsletter.commands.run import run
from newsletter.errors import NewsletterError
from newsletter.ledger import issues
from tests import loopback
from tests.faults.model.push import (
    ARMED,
    DRAFT,
    NOBODY,
    SENT,
    Bounds,
    Protocol,
    World,
    beginning,
    steps,
)
from tests.world import LETTER

SCHEDULES = 30
MANY = Bounds(crashes=99, losses=99, expiries=99, changes=1, early=True)

# The stage at which the program is stopped, and the model's step before which that is.
BEFORE = {
    "freeze": "freeze",
    "look": "look",
    "create": "ready",
    "record": "record",
    "arm": "arm",
    "verify": "verify",
    "outcome": "outcome",
    "disarm": "disarm",
}
REQUESTS = ("look", "create", "arm", "verify", "disarm")
WRITES = ("create", "arm", "disarm")


@dataclass(frozen=True)
class Pass:
    """One pass by one worker, and what happens to it at which stage (if it gets there)."""

    name: str
    trouble: str = ""
    stage: str = ""
    meanwhile: tuple[Act, ...] = ()


@dataclass(frozen=True)
class Event:
    """`take back`: the author's word; `arrive`: what is on its way is applied now."""

    what: str


Act = Pass | Event


def schedule(seed: int) -> list[Act]:
    """A random handful of passes with their troubles, in which the author may change their mind."""
    dice = random.Random(seed)
    acts: list[Act] = [
        _pass(dice, dice.choice("AB"), may_pause=True) for _ in range(dice.randint(1, 4))
    ]
    acts.insert(dice.randint(1, len(acts)), Event("arrive"))
    if dice.random() < 0.4:
        acts.insert(dice.randint(1, len(acts)), Event("take back"))
    return acts


def _pass(dice: random.Random, name: str, *, may_pause: bool) -> Pass:
    trouble = dice.choice(["", "killed", "no answer", "late", "never", *["paused"] * 3 * may_pause])
    stage = dice.choice(REQUESTS if trouble in ("no answer", "never") else tuple(BEFORE))
    if trouble == "late":
        stage = dice.choice(WRITES)
    if trouble != "paused":
        return Pass(name, trouble, stage)
    other = "B" if name == "A" else "A"
    meanwhile: list[Act] = [_pass(dice, other, may_pause=False) for _ in range(dice.randint(1, 2))]
    if dice.random() < 0.3:
        meanwhile.insert(0, Event("take back"))
    if dice.random() < 0.3:
        meanwhile.append(Event("arrive"))
    return Pass(name, trouble, stage, tuple(meanwhile))


class Twin:
    """The model, led by hand along one schedule, with lists that are never stale."""

    def __init__(self) -> None:
        self.at: World = beginning(MANY)
        self.late: list[str] = []

    def act(self, act: Act) -> None:
        if isinstance(act, Pass):
            self._pass(act)
        elif act.what == "take back":
            if self.at.changes:
                self.step("the author takes it back")
        else:
            for words in self.late:
                self.step(words)
            self.late = []

    def the_time_comes(self) -> None:
        self.step("the time has come")
        for n, status in enumerate(self.at.broadcasts):
            if status == ARMED:
                self.step(f"the target sends {n}")

    def step(self, *beginnings: str) -> None:
        """Take the first step there is that is called like one of these."""
        there = {s.words: s.after for s in steps(self.at, protocol=Protocol(), bounds=MANY)}
        for wanted in beginnings:
            for words, after in there.items():
                if words.startswith(wanted):
                    self.at = after
                    return
        raise AssertionError(f"the model has none of {beginnings}, only {list(there)}")

    def _pass(self, plan: Pass) -> None:
        name, number = plan.name, "AB".index(plan.name)
        takes = (f"{name} takes the lease", f"the lease runs out; {name}")
        if not any(
            s.words.startswith(takes) for s in steps(self.at, protocol=Protocol(), bounds=MANY)
        ):
            return
        self.step(*takes)
        is_over = False
        while (worker := self.at.workers[number]).at != "idle":
            # Of a withdrawal's steps only the disarming has a stage of its own.
            has_stage = (worker.doing == "withdraw") == (plan.stage == "disarm")
            here = has_stage and worker.at == BEFORE.get(plan.stage) and not is_over
            if here and plan.trouble == "killed":
                self.step(f"{name} is killed before {worker.at}")
            elif here and plan.trouble == "paused":
                is_over = True
                for act in plan.meanwhile:
                    self.act(act)
            elif (
                has_stage
                and worker.at == plan.stage
                and plan.trouble in ("no answer", "late", "never")
            ):
                self._lose(name, worker.at, worker.id, plan.trouble)
            elif worker.at == "look" and worker.id == NOBODY:
                armed_first = sorted(
                    range(len(self.at.broadcasts)),
                    key=lambda n: (self.at.broadcasts[n] == DRAFT, n),
                )
                best = armed_first[0] if armed_first else "nothing"
                self.step(f"{name}: look at the list: {best}")
            else:
                self.step(f"{name}: {worker.at}", f"{name} may not {worker.at}")

    def _lose(self, name: str, at: str, broadcast: int, trouble: str) -> None:
        self.step(f"{name}: {at}, no answer")
        words = f"late, {at if at == 'create' else f'{at} {broadcast}'} is applied"
        if trouble == "late":
            self.late.append(words)
        elif trouble == "no answer" and at in WRITES:
            self.step(words)


class Killed(BaseException):
    """The process dies here."""


@dataclass
class SlowNet(httpx.BaseTransport):
    """A net that spoils the requests of one stage, and can keep them back."""

    way: httpx.BaseTransport
    plan: Pass
    late: list[httpx.Request]
    stage: str = ""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        is_it = request.method != "GET" if self.stage in WRITES else request.method == "GET"
        trouble = self.plan.trouble if self.stage == self.plan.stage and is_it else ""
        if trouble == "never":
            raise httpx.ConnectError("no route", request=request)
        if trouble == "late":
            self.late.append(request)
            raise httpx.ReadTimeout("no answer", request=request)
        answer = self.way.handle_request(request)
        if trouble == "no answer":
            answer.read()
            answer.close()
            raise httpx.ReadTimeout("cut off", request=request)
        return answer


class Program:
    """The real commands on a project of one issue, led along the same schedule."""

    def __init__(self, looking: Desk, world: Any, way: httpx.BaseTransport, slug: str) -> None:
        self.looking, self.world, self.way, self.slug = looking, world, way, slug
        due = world.clock() + timedelta(hours=23)
        self.letter = LETTER.replace("2026-11-24 09:00", f"{due:%Y-%m-%dT%H:%M:%SZ}")
        self.late: list[httpx.Request] = []
        self._write("scheduled")

    def act(self, act: Act) -> None:
        if isinstance(act, Pass):
            self._pass(act)
        elif act.what == "take back":
            self._write("draft")
        else:
            for request in self.late:
                self.way.handle_request(request).read()
            self.late = []

    def seen(self) -> tuple[tuple[str, ...], str, int]:
        """The issue's broadcasts, its row, and the place of the recorded broadcast."""
        status = {"draft": DRAFT, "scheduled": ARMED, "completed": SENT}
        mark = f":{self.slug}:"
        kit, ledger = self.looking.target.kit, self.looking.ledger
        ours = [b for b in kit.broadcasts.list(slim=True) if mark in (b.description or "")]
        ours.sort(key=lambda b: b.id)
        record = issues.get(ledger, self.slug, "local")
        ids = [b.id for b in ours]
        row = "none" if record is None else record.state.value.replace("_", " ")
        place = (
            NOBODY if record is None or not record.broadcast_id else ids.index(record.broadcast_id)
        )
        return tuple(status[b.status or ""] for b in ours), row, place

    def _pass(self, plan: Pass) -> None:
        net = SlowNet(self.way, plan, self.late)
        stage = partial(self._stage, plan, net)
        with (
            self.world.desk(net, owner=f"{plan.name}:1:1", stage=stage) as desk,
            suppress(Killed, NewsletterError),
        ):
            run(desk, is_syncing=False)

    def _stage(self, plan: Pass, net: SlowNet, name: str) -> None:
        is_first = net.stage != name
        net.stage = name
        if name != plan.stage or not is_first:
            return
        if plan.trouble == "killed":
            raise Killed
        if plan.trouble == "paused":
            self.world.clock.goes_on(minutes=6)
            for act in plan.meanwhile:
                self.act(act)

    def _write(self, status: str) -> None:
        text = self.letter.replace("status: scheduled", f"status: {status}")
        # Each schedule has a letter of its own: a copy of one that was sent is held.
        text = text.replace("The blue pot", f"The blue {self.slug}")
        path = self.world.folder / "issues" / f"{self.slug}.md"
        path.write_text(text, encoding="utf-8")


@pytest.fixture
def programs(world: Any) -> Iterator[Callable[[int], Program]]:
    """A program with an issue of its own for every schedule, on one server and one ledger."""

    def make(number: int) -> Program:
        for old in (world.folder / "issues").iterdir():
            old.unlink()
        return Program(looking, world, way, f"pot-{number}")

    # One for all: each transport of its own would read the certificates anew.
    with loopback.transport() as way, world.desk(SlowNet(way, Pass("A"), [])) as looking:
        yield make


def test_the_program_does_what_the_model_does(world, programs):
    """Thirty schedules; a failure names its number and is played again by that number."""
    ends = []
    for number in range(SCHEDULES):
        twin, program = Twin(), programs(number)
        began = world.clock()
        plan = schedule(number)
        for act in [*plan, Event("arrive"), Pass("B")]:
            twin.act(act)
            program.act(act)
            model = (twin.at.broadcasts, twin.at.row, twin.at.id)
            assert program.seen() == model, (number, act, plan)
        world.clock.now = began + timedelta(hours=23, minutes=1)
        twin.the_time_comes()
        last = Pass("A")
        twin.act(last)
        program.act(last)
        broadcasts, row, _ = program.seen()
        assert (broadcasts.count(SENT), len(broadcasts)) == (twin.at.sends, len(twin.at.broadcasts))
        # The program looks once more at what was taken back when its time has come, and then
        # knows what a late request made of it; the model's figures are for one that does not.
        came_too_late = twin.at.row == "cancelled" and SENT in broadcasts
        assert row == ("sent" if came_too_late else twin.at.row), (number, plan)
        ends.append((twin.at.sends, row))

    # Otherwise the schedules were too tame to show anything.
    assert {(1, "sent"), (0, "cancelled")} <= set(ends)
    assert all(sends == 1 for sends, row in ends if row != "cancelled"), ends
