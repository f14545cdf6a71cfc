"""Working off bulk requests that were put off: a slice at a time, and the callback at the end.

A slice is applied in the transaction that marks it done: a kill undoes it whole, and the
next call applies it. Between two slices everybody else has a turn.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from newsletter.server.bulk.kinds import KINDS, Outcome
from newsletter.server.store import bulk
from newsletter.server.store.store import Store

_PASS = 5.0  # seconds after which a call begins no further slice: mail waits behind it
_PAUSE = 0.001  # seconds: a lock that is taken again at once is never anybody else's


@dataclass(frozen=True, kw_only=True)
class Worked:
    """One request that this call brought to its end: how many items, and of these in vain."""

    request_id: int
    kind: str
    items: int
    failed: int


def work_off(
    store: Store, *, now: datetime, should_stop: Callable[[], bool] = lambda: False
) -> tuple[Worked, ...]:
    """Do what was put off, oldest request first, and give those that are done with it.

    Any number of processes may call this at once. No slice begins later than five seconds
    after the first. A request that cannot be worked off is left for the next call, and does
    not keep the others waiting; what it raised is raised at the end.
    """
    done: list[Worked] = []
    stuck: set[int] = set()
    trouble: Exception | None = None
    with store.reading() as db:
        if not bulk.is_any_left(db):
            return ()
    begun = time.monotonic()
    while time.monotonic() - begun < _PASS and not should_stop():
        held: bulk.Slice | None = None
        try:
            with store.writing() as db:
                held = bulk.take(db, without=stuck)
                if held is None:
                    break
                worked = _apply(db, held, now=now)
        except Exception as error:  # noqa: BLE001  (raised below, when the others had their turn)
            trouble = error
            if held is None:
                break
            stuck.add(held.request_id)
            continue
        if worked is not None:
            done.append(worked)
        time.sleep(_PAUSE)
    if trouble is not None:
        raise trouble
    return tuple(done)


def _apply(db: Connection, held: bulk.Slice, *, now: datetime) -> Worked | None:
    kind = KINDS[held.kind]
    outcome = kind.work(db, held.items, now=now)
    bulk.finish(db, held, results=outcome.results, failures=outcome.failures)
    if bulk.is_left(db, held.request_id):
        return None
    whole = bulk.outcomes(db, held.request_id)
    results = [each for part in whole for each in part["results"]]
    failures = [each for part in whole for each in part["failures"]]
    shown = Outcome(results=results, failures=failures).shown(kind)
    bulk.complete(db, held, shown, now=now)
    return Worked(
        request_id=held.request_id,
        kind=held.kind,
        items=len(results) + len(failures),
        failed=len(failures),
    )
