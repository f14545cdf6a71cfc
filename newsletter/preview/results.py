"""What became of a letter that was sent, as the target counts it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from newsletter.commands.answers import asking
from newsletter.preview.workshop import Shown, Workshop


@dataclass(frozen=True, kw_only=True)
class Results:
    """Counts at an instant (UTC). Rates are percentages, and None where nobody counts."""

    recipients: int | None
    unsubscribes: int | None
    click_rate: float | None
    open_rate: float | None
    as_of: datetime


class ResultsDesk:
    """Asks for results when somebody wants them, and remembers the answers."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop
        self._known: dict[tuple[str, int], Results] = {}

    def known(self, shown: Shown) -> Results | None:
        """The last answer for this letter."""
        return self._known.get(self._key(shown))

    def ask(self, shown: Shown) -> None:
        """Ask the target. Raises NewsletterError where it does not answer; the last answer stays."""
        record, doors = shown.record, self._workshop.doors
        if record is None or record.broadcast_id is None or doors.desk is None:
            return
        with doors.desk() as desk, asking("read the results"):
            stats = desk.target.kit.broadcasts.stats(record.broadcast_id)
        self._known[self._key(shown)] = Results(
            recipients=stats.recipients,
            unsubscribes=stats.unsubscribes,
            click_rate=stats.click_rate,
            open_rate=stats.open_rate,
            as_of=doors.clock(),
        )

    def _key(self, shown: Shown) -> tuple[str, int]:
        record = shown.record
        return self._workshop.situation.target, record.broadcast_id or 0 if record else 0
