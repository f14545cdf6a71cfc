"""What is known of the messages of a batch on their way: first in the journal, then in the database.

Of every message three things are known whatever happens: that it may have left (`reached`
in the batch's row, then a line in the journal), that it was answered (the journal), and what
the answer was (journal, then database). What was on its way when a process died is unknown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row

from newsletter.server.delivery import journal
from newsletter.server.delivery.holding import Holding, Result, patiently
from newsletter.server.delivery.journal import Journal
from newsletter.server.delivery.replies import wait_after
from newsletter.server.store import outcomes, queue
from newsletter.server.store.outcomes import Outcome
from newsletter.server.store.store import Store

OUTAGE = timedelta(minutes=1)  # how long a mail server that is not there is left alone


@dataclass(kw_only=True)
class Book:
    """Kept over one held batch; `answers` are those that the database does not know yet."""

    store: Store
    notes: Journal
    holding: Holding
    answers: list[Outcome] = field(default_factory=list)
    _leaving: Row[Any] | None = None

    @property
    def has_begun(self) -> bool:
        """Whether the content of a message has begun to leave, and nothing came back yet."""
        return self._leaving is not None

    def write(self, work: Callable[[Connection], Result], *, reaching: int | None = None) -> Result:
        """Record what was answered, and do `work`, in one transaction. Raises LostBatch."""
        if self.answers:
            self.notes.flush()
        answers = list(self.answers)

        def write(db: Connection) -> Result:
            outcomes.record(db, answers, at=self.store.clock())
            return work(db)

        result = self.holding.write(write, reaching=reaching)
        self.answers.clear()
        return result

    def begin(self, row: Row[Any]) -> None:
        """The content of this delivery leaves next. Raises LostBatch, and then it must not."""
        self.notes.leaving(row.delivery_id)
        # In this order: if it is ours now, then whoever takes it over later reads the line.
        self.holding.insist()
        self._leaving = row

    def took_nothing(self) -> None:
        """The message that had begun was not taken, and may be tried again."""
        self._leaving = None

    def note(self, row: Row[Any], state: str, **values: Any) -> Outcome:
        """What became of a delivery."""
        outcome = Outcome(delivery_id=row.delivery_id, subscriber_id=row.id, state=state, **values)
        self.answers.append(outcome)
        self._leaving = None
        self.notes.answered(outcome)
        return outcome

    def write_off(self) -> None:
        """The message that was leaving when this was interrupted has an unknown fate."""
        if self._leaving is not None:
            row, self._leaving = self._leaving, None
            self.answers.append(
                Outcome(
                    delivery_id=row.delivery_id,
                    subscriber_id=row.id,
                    state="unknown",
                    reply="interrupted before the mail server answered",
                )
            )

    def record_late(self) -> None:
        """Tell the answers that came although the batch is another's by now.

        Whoever has it has read the journal; only answers that came since are news.
        """
        late = [each for each in self.answers if each.state in ("accepted", "refused")]
        at = self.store.clock()
        patiently(self.store, lambda db: outcomes.record(db, late, at=at))


def recovered(store: Store, held: queue.Lease, journals: Path | None) -> bool:
    """Settle what a worker left open that held this batch before; False when it is lost again.

    Its journal tells what was answered. What had begun to leave is unknown; and so is, where
    the journal is not there or not whole, everything that may have begun.
    """
    if held.reached is None:
        return True
    found = journal.read(journals, held)

    def settle(db: Connection) -> bool:
        at = store.clock()
        if not queue.settled(db, held, at=at):
            return False
        settled = []
        for row in outcomes.left_open(db, held, at=at):
            known = found.outcomes.get(row.id)
            if known is not None:
                wait = wait_after(row.attempts + 1) or OUTAGE
                settled.append(
                    known
                    if known.state != "deferred"
                    else Outcome(**{**vars(known), "next_at": at + wait})
                )
            elif row.id in found.leaving or not found.is_complete:
                settled.append(
                    Outcome(
                        delivery_id=row.id,
                        subscriber_id=row.subscriber_id,
                        state="unknown",
                        reply="the process that sent it was killed before it knew the answer",
                    )
                )
        outcomes.record(db, settled, at=at)
        return True

    if not patiently(store, settle):
        return False
    journal.forget(journals, held)
    return True
