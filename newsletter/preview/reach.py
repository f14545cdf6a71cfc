"""How many readers a letter goes to: what is known, since when, and how to ask anew."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from newsletter.commands.desk import working
from newsletter.commands.recipients import describe, resolve
from newsletter.commands.sync import sync
from newsletter.commands.target import account_of
from newsletter.errors import NewsletterError, TryLater
from newsletter.issue.model import Audience, Issue
from newsletter.ledger import readers, runs
from newsletter.preview.workshop import Workshop


@dataclass(frozen=True, kw_only=True)
class Reach:
    """An audience in words and number; `count` is None when it is not known. Times are UTC.

    `trouble` is why the last question was not answered, `trouble_at` since when none is.
    """

    words: str
    count: int | None = None
    as_of: datetime | None = None
    trouble: str = ""
    trouble_at: datetime | None = None


class Reaches:
    """Remembers the answers; asks the target only when somebody wants it to."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop
        self._lock = threading.Lock()
        self._known: dict[tuple[str, Audience], Reach] = {}
        self._trouble: tuple[str, datetime] | None = None

    def known(self, issue: Issue | None) -> Reach:
        """What is known without asking anybody."""
        audience = issue.audience if issue else Audience()
        target = self._workshop.situation.target
        found = self._known.get((target, audience)) or self._by_ledger(audience)
        if self._trouble is None:
            return found
        words, at = self._trouble
        return Reach(
            words=found.words, count=found.count, as_of=found.as_of, trouble=words, trouble_at=at
        )

    def ask(self, issue: Issue | None) -> Reach:
        """Ask the target: who is there, and how many of them this letter goes to."""
        workshop = self._workshop
        if workshop.doors.desk is None:
            return self.known(issue)
        try:
            with workshop.doors.desk() as desk:
                account = account_of(desk.target)
                with suppress(TryLater), working(desk) as held:  # or a run is at it, and does this
                    runs.recognise(
                        held.ledger,
                        held.target.name,
                        account=account.id,
                        title=account.title,
                        now=held.clock(),
                    )
                    sync(held)
                if issue is not None:
                    found = resolve(desk.target, issue)
                    self._remember(issue.audience, found.words, found.count)
            self._trouble = None
        except NewsletterError as error:
            since = self._trouble[1] if self._trouble else workshop.doors.clock()
            self._trouble = (error.message, since)
        return self.known(issue)

    def _remember(self, audience: Audience, words: str, count: int | None) -> None:
        at = self._workshop.doors.clock()
        key = (self._workshop.situation.target, audience)
        with self._lock:
            self._known[key] = Reach(words=words, count=count, as_of=at)

    def _by_ledger(self, audience: Audience) -> Reach:
        words = describe(audience)
        ledger, target = self._workshop.doors.ledger, self._workshop.situation.target
        if ledger is None or not audience.is_everyone:
            return Reach(words=words)
        as_of = readers.synced_at(ledger, target)
        if as_of is None:
            return Reach(words=words)
        return Reach(words=words, count=readers.counts(ledger, target).active, as_of=as_of)
