"""Keeping a batch while its messages leave, however long a mail server takes to answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from newsletter.database import trouble_of
from newsletter.server.store import queue
from newsletter.server.store.store import Store

# A worker believes in its lease this much shorter than others respect it.
_MARGIN_SECONDS = 1.5
# How long to wait for a database that is locked or restarting; the journal has it all anyway.
_PATIENCE_SECONDS = 120.0
_PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)

Result = TypeVar("Result")


class LostBatch(Exception):
    """Another worker has taken the batch over."""


def awake_seconds() -> float:
    """Seconds that pass also while the machine sleeps, where that can be had."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


class Holding:
    """A batch that is held: renewed in a thread, doubted before every message."""

    def __init__(self, store: Store, held: queue.Lease) -> None:
        self._store = store
        self._held = held
        self._renewed = awake_seconds()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._renew_often, name="lease", daemon=True)

    def __enter__(self) -> Holding:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def insist(self) -> None:
        """Raise LostBatch unless the batch is surely still ours."""
        if awake_seconds() - self._renewed > queue.LEASE.total_seconds() - _MARGIN_SECONDS:
            # This process was stopped, or the database was: only the database can tell.
            self.write(lambda _db: None)

    def write(self, work: Callable[[Connection], Result], *, reaching: int | None = None) -> Result:
        """Do `work` in one transaction that also renews the lease; raises LostBatch.

        From then on the deliveries up to `reaching` may have left; None says that all that
        has left is recorded. Waits for a database that is locked or restarting.
        """

        def renewed(db: Connection) -> Result:
            at = self._store.clock()
            if reaching is None:
                is_ours = queue.hold(db, self._held, at=at)
            else:
                is_ours = queue.reach(db, self._held, reaching, at=at)
            if not is_ours:
                raise LostBatch
            return work(db)

        begun = awake_seconds()
        result = patiently(self._store, renewed)
        self._renewed = begun
        return result

    def _renew_often(self) -> None:
        while not self._end.wait(queue.LEASE.total_seconds() / 3):
            begun = awake_seconds()
            # What fails here is found out before the next message.
            with suppress(DBAPIError), self._store.writing() as db:
                if not queue.hold(db, self._held, at=self._store.clock()):
                    return
                self._renewed = begun


def patiently(store: Store, work: Callable[[Connection], Result]) -> Result:
    """Do `work` in one transaction; wait and do it anew while the database is out of reach."""
    return _with_patience(store.writing, work)


def reading_patiently(store: Store, work: Callable[[Connection], Result]) -> Result:
    """The same for what only reads."""
    return _with_patience(store.reading, work)


def _with_patience(
    transaction: Callable[[], AbstractContextManager[Connection]],
    work: Callable[[Connection], Result],
) -> Result:
    give_up = awake_seconds() + _PATIENCE_SECONDS
    pauses = iter(_PAUSES)
    while True:
        try:
            with transaction() as db:
                return work(db)
        except DBAPIError as error:
            if not trouble_of(error).kind.is_temporary or awake_seconds() > give_up:
                raise
        time.sleep(next(pauses, _PAUSES[-1]))
