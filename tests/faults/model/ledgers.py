"""Two ledgers on one account, as a model: what the settle rule buys, and what it cannot.

A laptop and a CI runner, say: neither sees what the other recorded, and the account's lists
lag. Within one ledger `push.py` has shown that it acts as one worker; here each ledger is one.
Time goes by in ticks. A list surely shows what is `lag` ticks old, and may or may not show
what is younger, each broadcast and each status by itself.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import cache, partial
from typing import Literal, NamedTuple

from tests.faults.model.checker import Explored, Step, explore

DRAFT, ARMED, SENT = "draft", "armed", "sent"
NONE = -1
AT_MOST = 400_000

Rule = Literal["at once", "at first sight", "settle"]
"""When a ledger may arm a draft.

`at once`: in the pass that made or found it, as a ledger does that knows the account.
`settle`: only the lowest one that it sees, and only once that one is `settle` ticks old.
`at first sight`: as settle, but a draft that it did not make is armed where it is met.
"""


class Setting(NamedTuple):
    """Which rule each ledger keeps, and how long lists lag. `prompt`: no pass is interrupted."""

    rules: tuple[Rule, Rule]
    lag: int = 1
    settle: int = 2
    crashes: int = 1
    losses: int = 1
    prompt: bool = False


class Broadcast(NamedTuple):
    """A broadcast with our mark; ages in ticks, as far as they matter."""

    status: str
    age: int = 0
    status_age: int = 0


class Ledger(NamedTuple):
    """One ledger with its worker: what it does next, and which broadcast is recorded."""

    at: str = "idle"
    id: int = NONE
    made_it: bool = False
    is_done: bool = False


class Account(NamedTuple):
    """The target as it truly is, both ledgers, and the bad luck that is left."""

    broadcasts: tuple[Broadcast, ...]
    flying: tuple[tuple[str, int], ...]
    ledgers: tuple[Ledger, Ledger]
    crashes: int
    losses: int

    @property
    def sends(self) -> int:
        """How many letters every reader has got."""
        return sum(b.status == SENT for b in self.broadcasts)


@cache
def explored(setting: Setting) -> Explored[Account]:
    """Every state of two ledgers in this setting; worked out once a test run."""
    start = Account((), (), (Ledger(), Ledger()), setting.crashes, setting.losses)
    return explore(start, partial(steps, setting=setting), at_most=AT_MOST)


def steps(s: Account, *, setting: Setting) -> Iterator[Step[Account]]:
    """Everything that can happen next."""
    for n, broadcast in enumerate(s.broadcasts):
        if broadcast.status == ARMED:
            sent = _set(s, n, broadcast._replace(status=SENT))
            yield Step(f"the target sends {n}", sent)
    for request in dict.fromkeys(s.flying):
        left = list(s.flying)
        left.remove(request)
        kind, n = request
        words = f"late, {kind}{'' if n == NONE else f' {n}'} is applied"
        yield Step(words, _apply(s._replace(flying=tuple(left)), request), False)
    if not (setting.prompt and any(one.at != "idle" for one in s.ledgers)):
        later = _later(s, max(setting.lag, setting.settle))
        if later != s:
            yield Step("a tick of the clock", later)
    for number, ledger in enumerate(s.ledgers):
        yield from _act(s, number, ledger, setting)


def _act(s: Account, number: int, ledger: Ledger, setting: Setting) -> Iterator[Step[Account]]:
    name, rule = ("laptop", "runner")[number], setting.rules[number]
    if ledger.is_done:
        return
    if ledger.at == "idle":
        at = "arm" if rule == "at once" and ledger.id != NONE else "look"
        # While its draft is young a further pass finds nothing to do, as often as it comes.
        waits = at == "look" and ledger.id != NONE and _is_young(s, ledger.id, setting)
        yield Step(f"{name} begins a pass", _put(s, number, ledger._replace(at=at)), not waits)
        return
    idle = ledger._replace(at="idle")
    writes = ledger.at in ("create", "arm")
    gone = _fly(_put(s, number, idle), ledger) if writes else s
    if s.crashes:
        killed = _put(s, number, idle)._replace(crashes=s.crashes - 1)
        yield Step(f"{name} is killed before {ledger.at}", killed, False)
        if writes:
            killed = gone._replace(crashes=s.crashes - 1)
            yield Step(f"{name} is killed while its {ledger.at} is on its way", killed, False)
    if s.losses and writes:
        lost = gone._replace(losses=s.losses - 1)
        yield Step(f"{name}: {ledger.at}, no answer", lost, False)
    if ledger.at == "create":
        n = len(s.broadcasts)
        known = Ledger(at="arm" if rule == "at once" else "idle", id=n, made_it=True)
        yield Step(f"{name}: create {n}", _put(_apply(s, ("create", NONE)), number, known))
    elif ledger.at == "arm":
        armed = _apply(s, ("arm", ledger.id))
        yield Step(f"{name}: arm {ledger.id}", _put(armed, number, idle._replace(is_done=True)))
    else:
        for shown in _lists(s, ledger, setting.lag):
            after = _choose(s, ledger, shown, rule, setting)
            yield Step(f"{name}: look, {_words(shown)}", _put(s, number, after))


def _choose(
    s: Account, ledger: Ledger, shown: tuple[str, ...], rule: Rule, setting: Setting
) -> Ledger:
    """What a look leads to: armed ones first, then the lowest id."""
    by_id = {n: status for n, status in enumerate(shown) if status}
    if not by_id:
        return ledger._replace(at="create")
    best = min(by_id, key=lambda n: (by_id[n] == DRAFT, n))
    if by_id[best] != DRAFT:
        return Ledger(id=best, is_done=True)
    made_it = ledger.made_it and best == ledger.id
    may_arm = rule == "at once" or not _is_young(s, best, setting)
    may_arm = may_arm or (rule == "at first sight" and not made_it)
    return Ledger(at="arm" if may_arm else "idle", id=best, made_it=made_it)


def _is_young(s: Account, n: int, setting: Setting) -> bool:
    broadcast = s.broadcasts[n]
    return broadcast.status == DRAFT and broadcast.age < setting.settle


@cache
def _seen(broadcast: Broadcast, lag: int, is_own: bool) -> tuple[str, ...]:
    """What a list may say of one broadcast; our own is asked for by its id."""
    if is_own:
        return (broadcast.status,)
    said = [broadcast.status]
    if broadcast.status != DRAFT and broadcast.status_age < lag:
        said.append(DRAFT)
    if broadcast.age < lag:
        said.append("")
    return tuple(said)


def _lists(s: Account, ledger: Ledger, lag: int) -> Iterator[tuple[str, ...]]:
    says = [_seen(b, lag, n == ledger.id) for n, b in enumerate(s.broadcasts)]
    yield from itertools.product(*says)


def _words(shown: tuple[str, ...]) -> str:
    return ", ".join(f"{n} {status}" for n, status in enumerate(shown) if status) or "nothing"


def _later(s: Account, enough: int) -> Account:
    older = tuple(
        Broadcast(b.status, min(b.age + 1, enough), min(b.status_age + 1, enough))
        for b in s.broadcasts
    )
    return s._replace(broadcasts=older)


def _apply(s: Account, request: tuple[str, int]) -> Account:
    kind, n = request
    if kind == "create":
        return s._replace(broadcasts=(*s.broadcasts, Broadcast(DRAFT)))
    if s.broadcasts[n].status != DRAFT:
        return s
    return _set(s, n, s.broadcasts[n]._replace(status=ARMED, status_age=0))


def _set(s: Account, n: int, broadcast: Broadcast) -> Account:
    return s._replace(broadcasts=(*s.broadcasts[:n], broadcast, *s.broadcasts[n + 1 :]))


def _put(s: Account, number: int, ledger: Ledger) -> Account:
    first, second = s.ledgers
    return s._replace(ledgers=(ledger, second) if number == 0 else (first, ledger))


def _fly(s: Account, ledger: Ledger) -> Account:
    request = (ledger.at, NONE if ledger.at == "create" else ledger.id)
    return s._replace(flying=tuple(sorted((*s.flying, request))))
