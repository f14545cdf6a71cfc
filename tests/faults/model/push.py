"""The push protocol as a model: two workers at one ledger, one target, and everything in between.

One worker step is one transaction in the ledger or one request. A worker can stop for
ever before each of them (a crash), or for a while so long that its lease runs out and the
other takes over. A request whose answer is lost stays on its way: it is applied at any later
moment, or never. A list may be as old as it likes. Nothing in here is random and nothing
touches a network, a database or a clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial
from typing import Literal, NamedTuple

from tests.faults.model.checker import Explored, Step, explore

DRAFT, ARMED, SENT = "draft", "armed", "sent"
NOBODY = -1
AT_MOST = 400_000


class Protocol(NamedTuple):
    """The steps as they are built; a naive variant changes one of them."""

    looks: bool = True
    creates: Literal["draft", "armed"] = "draft"
    repeats_create: bool = False
    freezes: bool = True
    record: Literal["compare", "write", "with the outcome"] = "compare"
    fenced: bool = True
    looks_again: bool = False


class Bounds(NamedTuple):
    """How much may go wrong, and how often the author changes their mind.

    `early`: the model begins before the send time; otherwise the time has come and the
    target may send what is armed at any moment. `requests_die`: none is still on its way
    when the check before the send time is made.
    """

    workers: int = 2
    crashes: int = 2
    losses: int = 2
    expiries: int = 1
    changes: int = 0
    early: bool = False
    requests_die: bool = False


class Worker(NamedTuple):
    """One process: the step it takes next, and what it has in its hands."""

    at: str = "idle"
    doing: str = ""
    id: int = NOBODY
    seen: str = ""
    holds: bool = False


class World(NamedTuple):
    """Target, ledger, workers, the author's wish, and the bad luck that is left."""

    broadcasts: tuple[str, ...]
    flying: tuple[tuple[str, int], ...]
    row: str
    id: int
    wish: bool
    workers: tuple[Worker, ...]
    crashes: int
    losses: int
    expiries: int
    changes: int
    phase: str  # "early", "checking" (shortly before the send time), "due"
    was_checked: bool
    taken_back: str  # "", or what could still undo the withdrawal when a GET confirmed it

    @property
    def sends(self) -> int:
        """How many letters every reader has got."""
        return self.broadcasts.count(SENT)

    @property
    def is_putting(self) -> bool:
        """Whether a PUT that arms is on its way, or a stopped worker is about to send one."""
        return any(kind == "arm" for kind, _ in self.flying) or any(
            w.at == "arm" for w in self.workers
        )


IDLE = Worker()


@cache
def explored(protocol: Protocol = Protocol(), bounds: Bounds = Bounds()) -> Explored[World]:  # noqa: B008
    """Every state of one protocol within these bounds; worked out once a test run."""
    start = beginning(bounds)
    return explore(start, partial(steps, protocol=protocol, bounds=bounds), at_most=AT_MOST)


def beginning(bounds: Bounds) -> World:
    """An issue that is scheduled and has never been touched."""
    return World(
        broadcasts=(),
        flying=(),
        row="none",
        id=NOBODY,
        wish=True,
        workers=(IDLE,) * bounds.workers,
        crashes=bounds.crashes,
        losses=bounds.losses,
        expiries=bounds.expiries,
        changes=bounds.changes,
        phase="early" if bounds.early else "due",
        was_checked=False,
        taken_back="",
    )


def steps(s: World, *, protocol: Protocol, bounds: Bounds) -> Iterator[Step[World]]:
    """Everything that can happen next."""
    yield from _target(s, protocol)
    yield from _author_and_time(s, protocol, bounds)
    for number, worker in enumerate(s.workers):
        name = "AB"[number]
        if worker.at == "idle":
            yield from _begin(s, number, name, protocol)
            continue
        yield from _work(s, number, name, worker, protocol)
        if s.crashes:
            crashed = _put(s, number, IDLE)._replace(crashes=s.crashes - 1)
            yield Step(f"{name} is killed before {worker.at}", crashed, False)
            if worker.at in ("create", "arm", "disarm"):
                gone = _fly(crashed, worker)
                yield Step(f"{name} is killed while its {worker.at} is on its way", gone, False)


def _target(s: World, protocol: Protocol) -> Iterator[Step[World]]:
    if s.phase == "due":
        for n, status in enumerate(s.broadcasts):
            if status == ARMED:
                yield Step(f"the target sends {n}", _set(s, n, SENT))
    for request in dict.fromkeys(s.flying):
        left = list(s.flying)
        left.remove(request)
        rest = s._replace(flying=tuple(left))
        kind, n = request
        what = kind if n == NOBODY else f"{kind} {n}"
        yield Step(f"late, {what} is applied", _apply(rest, request, protocol), False)


def _author_and_time(s: World, protocol: Protocol, bounds: Bounds) -> Iterator[Step[World]]:
    if s.changes:
        changed = s._replace(changes=s.changes - 1, wish=not s.wish)
        if s.wish:
            yield Step("the author takes it back", changed, False)
        else:
            # A new time is what brings a held issue back; its broadcast id stays.
            row = "cancelled" if s.row == "held" else s.row
            again = changed._replace(row=row, taken_back="", was_checked=False)
            yield Step("the author schedules it again", again, False)
    if s.phase == "early":
        if bounds.requests_die and s.is_putting:
            if s.flying:
                yield Step("what is on its way is lost for good", s._replace(flying=()))
        elif protocol.looks_again or bounds.requests_die:
            yield Step("shortly before the time", s._replace(phase="checking"))
        else:
            yield Step("the time has come", s._replace(phase="due"))
    elif s.phase == "checking" and not _must_check(s, protocol):
        yield Step("the time has come", s._replace(phase="due"))


def _must_check(s: World, protocol: Protocol) -> bool:
    """Whether the pass shortly before the time still has something to take back or look at."""
    if not protocol.looks_again or s.wish:
        return False
    is_back = s.row == "cancelled" and (s.was_checked or s.id == NOBODY)
    return s.row in ("frozen", "drafted", "handed over", "cancelled") and not is_back


def _begin(s: World, number: int, name: str, protocol: Protocol) -> Iterator[Step[World]]:
    doing = _decide(s, protocol)
    holder = next((n for n, w in enumerate(s.workers) if w.holds), None)
    if not doing:
        if holder is not None and s.expiries:
            words = f"the lease runs out; {name} takes it, and gives it back"
            yield Step(words, _lose(s, holder), False)
        return
    worker = Worker(at="look", doing=doing, id=s.id, holds=True)
    if doing == "hand over" and protocol.freezes:
        worker = worker._replace(at="freeze")
    if holder is None:
        yield Step(f"{name} takes the lease to {doing}", _put(s, number, worker))
    elif s.expiries:
        taken = _put(_lose(s, holder), number, worker)
        yield Step(f"the lease runs out; {name} takes it to {doing}", taken, False)


def _lose(s: World, holder: int) -> World:
    other = s.workers[holder]._replace(holds=False)
    return _put(s, holder, other)._replace(expiries=s.expiries - 1)


def _decide(s: World, protocol: Protocol) -> str:
    """The state table, as far as it concerns one issue in one version."""
    match s.row:
        case "none" | "cancelled" if s.wish:
            return "hand over"
        case "frozen" | "drafted":
            return "hand over" if s.wish else "withdraw"
        case "handed over" if s.phase == "due":
            # Asking about one that is still armed changes nothing.
            return "" if s.broadcasts[s.id] == ARMED else "poll"
        case "handed over" if not s.wish:
            return "withdraw"
        case "cancelled" if s.phase == "checking" and _must_check(s, protocol):
            return "withdraw"
        case "cancelled" if protocol.looks_again and s.phase == "due" and s.id != NOBODY:
            return "withdraw" if s.broadcasts[s.id] == SENT else ""
    return ""


def _work(s: World, number: int, name: str, w: Worker, protocol: Protocol) -> Iterator[Step[World]]:
    if w.at in _WRITES:
        if protocol.fenced and not w.holds:
            yield Step(f"{name} may not {w.at}: its lease is gone", _put(s, number, IDLE))
        else:
            yield Step(f"{name}: {w.at}", _WRITES[w.at](s, number, w, protocol))
        return
    for words, after in _REQUESTS[w.at](s, number, w, protocol):
        yield Step(f"{name}: {w.at}{words}", after)
    if s.losses:
        tired = s._replace(losses=s.losses - 1)
        repeats = w.at == "create" and protocol.repeats_create
        ended = tired if repeats else _put(tired, number, IDLE)
        if w.at in ("create", "arm", "disarm"):
            ended = _fly(ended, w)
        yield Step(f"{name}: {w.at}, no answer", ended, False)


# What a worker writes into the ledger, one transaction each.


def _freeze(s: World, number: int, w: Worker, _: Protocol) -> World:
    row = "frozen" if s.id == NOBODY else "drafted"
    return _put(s, number, w._replace(at="look"))._replace(row=row)


def _ready(s: World, number: int, w: Worker, _: Protocol) -> World:
    return _put(s, number, w._replace(at="create"))


def _record(s: World, number: int, w: Worker, protocol: Protocol) -> World:
    after = w._replace(at="renew")
    if protocol.record == "with the outcome" or s.row == "none":
        # Without a frozen row there is nothing to compare with: the update changes no row.
        return _put(s, number, after)
    if protocol.record == "compare" and s.id != NOBODY:
        return _put(s, number, after._replace(id=s.id))
    return _put(s, number, after)._replace(id=w.id, row="drafted")


def _renew(s: World, number: int, w: Worker, _: Protocol) -> World:
    return _put(s, number, w._replace(at="arm" if w.doing == "hand over" else "disarm"))


def _outcome(s: World, number: int, w: Worker, _: Protocol) -> World:
    row = {DRAFT: "held", ARMED: "handed over", SENT: "sent", "refused": "held"}[w.seen]
    return _put(s, number, IDLE)._replace(row=row, id=w.id if s.id == NOBODY else s.id)


def _cancel(s: World, number: int, w: Worker, _: Protocol) -> World:
    return _put(s, number, IDLE)._replace(row="cancelled", id=w.id)


_WRITES = {
    "freeze": _freeze,
    "ready": _ready,
    "record": _record,
    "renew": _renew,
    "outcome": _outcome,
    "cancel": _cancel,
}

# What a worker asks of the target, and every answer that can come.


def _look(s: World, number: int, w: Worker, protocol: Protocol) -> Iterator[tuple[str, World]]:
    if w.id != NOBODY:
        seen = s.broadcasts[w.id]
        if w.doing == "poll" or seen == SENT:
            after = w._replace(at="outcome", seen=seen)
        else:
            after = w._replace(at="renew")
        yield f" at {w.id}: {seen}", _put(s, number, after)
        return
    missing = "ready" if w.doing == "hand over" else "cancel"
    yield " at the list: nothing", _put(s, number, w._replace(at=missing))
    if protocol.looks:
        # An old list may miss any of them, so any of them may be the best that it shows.
        for n, seen in enumerate(s.broadcasts):
            found = w._replace(at="record" if w.doing == "hand over" else "renew", id=n)
            if w.doing == "withdraw" and seen == SENT:
                found = found._replace(at="outcome", seen=SENT)
            yield f" at the list: {n}", _put(s, number, found)


def _create(s: World, number: int, w: Worker, protocol: Protocol) -> Iterator[tuple[str, World]]:
    made = _apply(s, ("create", NOBODY), protocol)
    yield f" {len(s.broadcasts)}", _put(made, number, w._replace(at="record", id=len(s.broadcasts)))


def _arm(s: World, number: int, w: Worker, protocol: Protocol) -> Iterator[tuple[str, World]]:
    if s.broadcasts[w.id] == SENT:
        yield (
            f" {w.id}: refused, it is sent",
            _put(s, number, w._replace(at="outcome", seen="refused")),
        )
    else:
        armed = _apply(s, (w.at, w.id), protocol)
        yield f" {w.id}", _put(armed, number, w._replace(at="verify"))


def _verify(s: World, number: int, w: Worker, _: Protocol) -> Iterator[tuple[str, World]]:
    seen = s.broadcasts[w.id]
    if w.doing == "withdraw" and seen == DRAFT:
        after = w._replace(at="cancel")
        s = s._replace(was_checked=s.phase == "checking")
        if not s.taken_back:
            s = s._replace(taken_back=f"{s.phase}, a PUT under way" if s.is_putting else "final")
    else:
        after = w._replace(at="outcome", seen=seen)
    yield f" {w.id}: {seen}", _put(s, number, after)


_REQUESTS = {"look": _look, "create": _create, "arm": _arm, "disarm": _arm, "verify": _verify}


def _apply(s: World, request: tuple[str, int], protocol: Protocol) -> World:
    """What a request does at the target, whether somebody still waits for its answer or not."""
    kind, n = request
    if kind == "create":
        return s._replace(broadcasts=(*s.broadcasts, protocol.creates))
    if s.broadcasts[n] == SENT:
        return s
    return _set(s, n, ARMED if kind == "arm" else DRAFT)


def _set(s: World, n: int, status: str) -> World:
    return s._replace(broadcasts=(*s.broadcasts[:n], status, *s.broadcasts[n + 1 :]))


def _put(s: World, number: int, worker: Worker) -> World:
    return s._replace(workers=(*s.workers[:number], worker, *s.workers[number + 1 :]))


def _fly(s: World, w: Worker) -> World:
    request = (w.at, NOBODY if w.at == "create" else w.id)
    return s._replace(flying=tuple(sorted((*s.flying, request))))
