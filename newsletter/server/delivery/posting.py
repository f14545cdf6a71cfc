"""Delivery by SMTP: batch by batch, message by message over one kept connection.

Of every message three things are known whatever happens: that it may have left (`reached`
in the batch's row, then a line in the journal), that it was answered (the journal), and what
the answer was (journal, then database). What was on its way when a process died is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row

from newsletter.server.addresses import usable
from newsletter.server.delivery import journal
from newsletter.server.delivery.composer import Composer
from newsletter.server.delivery.holding import (
    Holding,
    LostBatch,
    Result,
    patiently,
    reading_patiently,
)
from newsletter.server.delivery.journal import Journal
from newsletter.server.delivery.letter import BadLetter
from newsletter.server.delivery.line import Answered, Line, LineBroken, NoLine, Timeouts
from newsletter.server.delivery.relay import Relay, is_reserved
from newsletter.server.delivery.replies import Verdict, wait_after
from newsletter.server.store import outcomes, queue
from newsletter.server.store.outcomes import Outcome
from newsletter.server.store.store import Store

SLICE = 50  # outcomes a transaction; at most so many are in doubt when a machine loses power
OUTAGE = timedelta(minutes=1)  # how long a mail server that is not there is left alone
# So many readers refused one after the other for no fault of theirs is a fault of ours.
REFUSALS_IN_A_ROW = 10


@dataclass(frozen=True, kw_only=True)
class Post:
    """How mail really leaves: through which server, and where journals are kept meanwhile."""

    relay: Relay
    journals: Path
    timeouts: Timeouts = field(default_factory=Timeouts)


class _Stop(Exception):
    """No further message for now. `is_ours`: not before a person has looked."""

    def __init__(self, words: str, *, is_ours: bool) -> None:
        super().__init__(words)
        self.words = words
        self.is_ours = is_ours


@dataclass(kw_only=True)
class Posting:
    """Sends the messages of one broadcast.

    After `work`, `trouble` says why it stopped early, and `is_paused` whether it has paused
    the broadcast.
    """

    store: Store
    composer: Composer
    line: Line
    journals: Path
    owner: str
    should_stop: Callable[[], bool]
    trouble: str = ""
    is_paused: bool = False
    _refused_in_a_row: list[int] = field(default_factory=list)

    def work(self) -> bool:
        """Send batch after batch until none is free; False when there was none."""
        worked = False
        while not self.trouble and not self.should_stop():
            held = patiently(self.store, self._lease)
            if held is None:
                break
            worked = True
            if recovered(self.store, held, self.journals):
                self._batch(held)
        return worked

    def _lease(self, db: Connection) -> queue.Lease | None:
        at = self.store.clock()
        return queue.lease(db, self.composer.broadcast_id, owner=self.owner, at=at)

    def _batch(self, held: queue.Lease) -> None:
        notes = Journal(self.journals, held)
        batch = _Batch(posting=self, held=held, notes=notes)
        try:
            with Holding(self.store, held) as holding:
                batch.holding = holding
                batch.run()
        except LostBatch:
            # Whoever has it now has read the journal; only answers that came since are news.
            self._record_late(batch)
        except _Stop as stop:
            self._stop(held, batch, stop)
        except BaseException:
            batch.write_off()
            patiently(self.store, lambda db: self._give_back(db, held, batch.answers))
            notes.remove()
            raise
        else:
            notes.remove()
        finally:
            notes.close()

    def _record_late(self, batch: _Batch) -> None:
        late = [each for each in batch.answers if each.state in ("accepted", "refused")]
        at = self.store.clock()
        patiently(self.store, lambda db: outcomes.record(db, late, at=at))

    def _stop(self, held: queue.Lease, batch: _Batch, stop: _Stop) -> None:
        def write(db: Connection) -> None:
            at = self.store.clock()
            outcomes.record(db, batch.answers, at=at)
            if stop.is_ours:
                queue.give_back(db, held)
                outcomes.put_back(db, held.broadcast_id, self._refused_in_a_row, at=at)
                self.is_paused = queue.pause(db, held.broadcast_id, reason=stop.words, now=at)
            else:
                queue.put_off(db, held, until=at + OUTAGE)

        self.trouble = stop.words
        patiently(self.store, write)
        batch.notes.remove()

    def _give_back(self, db: Connection, held: queue.Lease, answers: Sequence[Outcome]) -> None:
        outcomes.record(db, answers, at=self.store.clock())
        queue.give_back(db, held)

    def count(self, outcome: Outcome) -> None:
        """Keep track of refusals that follow each other; raises _Stop when they are too many."""
        if outcome.state == "accepted":
            self._refused_in_a_row.clear()
        else:
            self._refused_in_a_row.append(outcome.delivery_id)
        if len(self._refused_in_a_row) >= REFUSALS_IN_A_ROW:
            number = len(self._refused_in_a_row)
            words = (
                f"{number} readers one after the other were refused, the last with: {outcome.reply}"
            )
            raise _Stop(words, is_ours=True)


@dataclass(kw_only=True)
class _Batch:
    """One batch on its way; `answers` are those that the database does not know yet."""

    posting: Posting
    held: queue.Lease
    notes: Journal
    holding: Holding | None = None
    answers: list[Outcome] = field(default_factory=list)
    leaving: Row[Any] | None = None

    def run(self) -> None:
        """Send everything in it that can be tried now."""
        after = self.held.low - 1
        while True:
            rows = self._next(after)
            if not rows or self.posting.should_stop():
                break
            after = rows[-1].delivery_id
            eligible = self._begin(rows)
            for row in rows:
                if row.delivery_id in eligible:
                    self._send(row)
                else:
                    self._note(row, "suppressed")
                if self.posting.should_stop():
                    break
        self._write(lambda db: queue.finish(db, self.held))

    def _next(self, after: int) -> Sequence[Row[Any]]:
        def read(db: Connection) -> Sequence[Row[Any]]:
            at = self.posting.store.clock()
            return queue.queued(db, self.held, at=at, limit=SLICE, after=after)

        return reading_patiently(self.posting.store, read)

    def _begin(self, rows: Sequence[Row[Any]]) -> set[int]:
        """Announce a slice, and ask a last time who may still be mailed."""
        ids = [row.delivery_id for row in rows]

        def eligible(db: Connection) -> set[int]:
            return queue.still_eligible(db, ids, at=self.posting.store.clock())

        return self._write(eligible, reaching=ids[-1])

    def _write(
        self, work: Callable[[Connection], Result], *, reaching: int | None = None
    ) -> Result:
        """Record what was answered, and do `work`, in one transaction."""
        assert self.holding is not None  # noqa: S101  (run is called while it holds)
        if self.answers:
            self.notes.flush()
        answers = list(self.answers)

        def write(db: Connection) -> Result:
            outcomes.record(db, answers, at=self.posting.store.clock())
            return work(db)

        result = self.holding.write(write, reaching=reaching)
        self.answers.clear()
        return result

    def _send(self, row: Row[Any]) -> None:
        try:
            if is_reserved(row.email_address):
                raise BadLetter("A sample address: it belongs to nobody, and no mail goes there.")
            message = self.posting.composer.message(row)
        except BadLetter as error:
            self._note(row, "refused", reply=str(error))
            return
        answered = self._hand_over(row, message.recipient, message.raw)
        if answered is not None:
            self._take(row, answered)

    def _hand_over(self, row: Row[Any], recipient: str, raw: bytes) -> Answered | None:
        """The server's answer; None when the outcome is noted already. Raises _Stop, LostBatch."""
        line, sender = self.posting.line, self.posting.composer.sender.address
        for is_last in (False, True):
            was_open = line.is_open
            try:
                answered = line.send(
                    sender=sender,
                    recipient=recipient,
                    raw=raw,
                    before_content=lambda: self._before_content(row),
                )
                if answered.reply.code == 421 and was_open and not is_last:
                    # Many servers take so many messages a connection, and more over the next.
                    self.leaving = None
                    continue
                return answered
            except NoLine as error:
                raise _Stop(error.words, is_ours=error.is_ours) from error
            except LineBroken as error:
                if error.is_ambiguous:
                    self._note(row, "unknown", reply=error.words)
                    return None
                had_begun, self.leaving = self.leaving is not None, None
                # A kept connection may have been closed long ago: that is nobody's fault.
                if not is_last and (was_open or not had_begun):
                    continue
                if had_begun:
                    # Perhaps it is this message that the server chokes on: not again at once.
                    self._defer(row, error.words)
                    return None
                raise _Stop(f"The mail server hung up: {error.words}", is_ours=False) from error
        return None

    def _before_content(self, row: Row[Any]) -> None:
        assert self.holding is not None  # noqa: S101
        self.notes.leaving(row.delivery_id)
        # In this order: if it is ours now, then whoever takes it over later reads the line.
        self.holding.insist()
        self.leaving = row

    def _take(self, row: Row[Any], answered: Answered) -> None:
        words = str(answered.reply)
        match answered.verdict:
            case Verdict.FINE:
                self.posting.count(self._note(row, "accepted", reply=words))
            case Verdict.BOUNCE:
                self._note(row, "refused", reply=words, is_bounce=True)
            case Verdict.REFUSE:
                self.posting.count(self._note(row, "refused", reply=words))
            case Verdict.DEFER:
                self._defer(row, words)
            case verdict:
                self.leaving = None
                what = f"The mail server answered to {answered.stage}: {words}"
                raise _Stop(what, is_ours=verdict is Verdict.PAUSE)

    def _defer(self, row: Row[Any], words: str) -> None:
        wait = wait_after(row.attempts + 1)
        if wait is None:
            self._note(row, "refused", reply=f"given up after three days: {words}")
        else:
            next_at: datetime = self.posting.store.clock() + wait
            self._note(row, "deferred", reply=words, next_at=next_at)

    def _note(self, row: Row[Any], state: str, **values: Any) -> Outcome:
        outcome = Outcome(delivery_id=row.delivery_id, subscriber_id=row.id, state=state, **values)
        self.answers.append(outcome)
        self.leaving = None
        self.notes.answered(outcome)
        return outcome

    def write_off(self) -> None:
        """The message that was leaving when this was interrupted has an unknown fate."""
        if self.leaving is not None:
            row, self.leaving = self.leaving, None
            self.answers.append(
                Outcome(
                    delivery_id=row.delivery_id,
                    subscriber_id=row.id,
                    state="unknown",
                    reply="interrupted before the mail server answered",
                )
            )


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


def sender_trouble(composer: Composer) -> str:
    """Why no server would take mail from this sender, or an empty string."""
    address = composer.sender.address
    if usable(address) is None:
        return f"{address} is not an address that mail can come from: look at `from` in newsletter.toml."
    return ""
