"""Delivery by SMTP: batch by batch, message by message over one kept connection.

What is known of each message meanwhile stands in `book`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row

from newsletter.server.addresses import usable
from newsletter.server.delivery.book import OUTAGE, Book, recovered
from newsletter.server.delivery.composer import Composer
from newsletter.server.delivery.holding import (
    Holding,
    LostBatch,
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
        holding = Holding(self.store, held)
        book = Book(store=self.store, notes=notes, holding=holding)
        try:
            with holding:
                _Batch(posting=self, held=held, book=book).run()
        except LostBatch:
            book.record_late()
        except _Stop as stop:
            self._stop(held, book.answers, stop)
            notes.remove()
        except BaseException:
            book.write_off()
            patiently(self.store, lambda db: self._give_back(db, held, book.answers))
            notes.remove()
            raise
        else:
            notes.remove()
        finally:
            notes.close()

    def _stop(self, held: queue.Lease, answers: Sequence[Outcome], stop: _Stop) -> None:
        def write(db: Connection) -> None:
            at = self.store.clock()
            outcomes.record(db, answers, at=at)
            if stop.is_ours:
                queue.give_back(db, held)
                outcomes.put_back(db, held.broadcast_id, self._refused_in_a_row, at=at)
                self.is_paused = queue.pause(db, held.broadcast_id, reason=stop.words, now=at)
            else:
                queue.put_off(db, held, until=at + OUTAGE)

        self.trouble = stop.words
        patiently(self.store, write)

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
    """One batch on its way."""

    posting: Posting
    held: queue.Lease
    book: Book

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
                    self.book.note(row, "suppressed")
                if self.posting.should_stop():
                    break
        self.book.write(lambda db: queue.finish(db, self.held))

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

        return self.book.write(eligible, reaching=ids[-1])

    def _send(self, row: Row[Any]) -> None:
        try:
            if is_reserved(row.email_address):
                raise BadLetter("A sample address: it belongs to nobody, and no mail goes there.")
            message = self.posting.composer.message(row)
        except BadLetter as error:
            self.book.note(row, "refused", reply=str(error))
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
                    before_content=lambda: self.book.begin(row),
                )
                if answered.reply.code == 421 and was_open and not is_last:
                    # Many servers take so many messages a connection, and more over the next.
                    self.book.took_nothing()
                    continue
                return answered
            except NoLine as error:
                raise _Stop(error.words, is_ours=error.is_ours) from error
            except LineBroken as error:
                if error.is_ambiguous:
                    self.book.note(row, "unknown", reply=error.words)
                    return None
                had_begun = self.book.has_begun
                self.book.took_nothing()
                # A kept connection may have been closed long ago: that is nobody's fault.
                if not is_last and (was_open or not had_begun):
                    continue
                if had_begun:
                    # Perhaps it is this message that the server chokes on: not again at once.
                    self._defer(row, error.words)
                    return None
                raise _Stop(f"The mail server hung up: {error.words}", is_ours=False) from error
        return None

    def _take(self, row: Row[Any], answered: Answered) -> None:
        words = str(answered.reply)
        match answered.verdict:
            case Verdict.FINE:
                self.posting.count(self.book.note(row, "accepted", reply=words))
            case Verdict.BOUNCE:
                self.book.note(row, "refused", reply=words, is_bounce=True)
            case Verdict.REFUSE:
                self.posting.count(self.book.note(row, "refused", reply=words))
            case Verdict.DEFER:
                self._defer(row, words)
            case verdict:
                self.book.took_nothing()
                what = f"The mail server answered to {answered.stage}: {words}"
                raise _Stop(what, is_ours=verdict is Verdict.PAUSE)

    def _defer(self, row: Row[Any], words: str) -> None:
        wait = wait_after(row.attempts + 1)
        if wait is None:
            self.book.note(row, "refused", reply=f"given up after three days: {words}")
        else:
            next_at: datetime = self.posting.store.clock() + wait
            self.book.note(row, "deferred", reply=words, next_at=next_at)


def sender_trouble(composer: Composer) -> str:
    """Why no server would take mail from this sender, or an empty string."""
    address = composer.sender.address
    if usable(address) is None:
        return f"{address} is not an address that mail can come from: look at `from` in newsletter.toml."
    return ""
