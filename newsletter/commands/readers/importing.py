"""`subscribers import`: a file of addresses onto the list; nobody who left comes back by it.

First everything is counted (`read`, `compare`), then each new person is written by a call
of her own (`apply`): an API key may not use Kit's bulk calls. An import that was
interrupted is simply run again: who is in already is known then.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from newsletter import kit
from newsletter.audience.address import Unusable, read_address
from newsletter.audience.listing import Listed
from newsletter.audience.model import State
from newsletter.commands.desk import Desk, working
from newsletter.commands.readers.csvfile import Record, Table, open_table, plain, records
from newsletter.commands.readers.export import unescaped
from newsletter.commands.readers.people import STOPS, Pause, learn, printable, recognise, written
from newsletter.commands.readers.staging import KNOWN, NEW, Person, Staging, UnusableRow, staging
from newsletter.commands.sync import listed, sync
from newsletter.errors import NewsletterError, NotNow
from newsletter.ledger import erasures, mirror
from newsletter.ledger.mirror import Standing

_READ_AT_ONCE = 5_000
_WRITTEN_AT_ONCE = 50
_LONGEST_NAME = 255
_ERASED = "erased"
STATE_UNKNOWN = "is not known"
_DOUBTFUL = "doubtful"  # an unusable row whose address is known: no other row of it counts

# Kit's limit (Kit reference §2), and the margin that the client keeps.
_PER_WINDOW, _WINDOW = 120, timedelta(seconds=61)

# What programs call the states. Only these words say that somebody is subscribed; a word
# that stands nowhere here may mean that she left.
_SUBSCRIBED = frozenset({"active", "subscribed", "confirmed", "yes", "true", "1"})
_STATES = {
    "cancelled": State.CANCELLED,
    "canceled": State.CANCELLED,
    "unsubscribed": State.CANCELLED,
    "optout": State.CANCELLED,
    "optedout": State.CANCELLED,
    "unsub": State.CANCELLED,
    "no": State.CANCELLED,
    "false": State.CANCELLED,
    "0": State.CANCELLED,
    "suppressed": State.CANCELLED,
    "blocked": State.CANCELLED,
    "removed": State.CANCELLED,
    "deleted": State.CANCELLED,
    "archived": State.CANCELLED,
    "bounced": State.BOUNCED,
    "cleaned": State.BOUNCED,
    "undeliverable": State.BOUNCED,
    "complained": State.COMPLAINED,
    "spam": State.COMPLAINED,
    "inactive": State.INACTIVE,
    "unconfirmed": State.INACTIVE,
    "pending": State.INACTIVE,
    "nonsubscribed": State.INACTIVE,
}


@dataclass(frozen=True, kw_only=True)
class Counted:
    """What an import would do. `left_out` counts by state, `erased` among them.

    `rows` are all of the file, `doubles` those whose address came before.
    """

    rows: int
    new: int
    known: int
    left_out: Mapping[str, int]
    unusable: int
    doubles: int


@dataclass(kw_only=True)
class Import:
    """An import between its dry run and its end."""

    table: Table
    staging: Staging
    rows: int

    def counted(self) -> Counted:
        """What it would do, as far as it was compared."""
        counts = self.staging.counts()
        unusable = self.staging.unusable_count()
        counts.pop(_DOUBTFUL, None)
        stops = {k: n for k, n in counts.items() if k not in (NEW, KNOWN)}
        return Counted(
            rows=self.rows,
            new=counts.get(NEW, 0),
            known=counts.get(KNOWN, 0),
            left_out=stops,
            unusable=unusable,
            doubles=self.rows - unusable - sum(counts.values()),
        )

    def unusable(self, limit: int = -1) -> list[UnusableRow]:
        """The rows that cannot be imported."""
        return self.staging.unusable(limit)


@dataclass(frozen=True, kw_only=True)
class Applied:
    """How far it came. `written` are at the target now; `trouble` is what stopped it.

    `warnings` are the target's, each once: a custom field that it does not have, and drops.
    """

    written: int
    left_out: int
    refused: int
    trouble: NewsletterError | None = None
    warnings: tuple[str, ...] = ()


@contextmanager
def read(path: Path, mapping: Mapping[str, str]) -> Iterator[Import]:
    """Read a CSV file into a staging place.

    Raises WrongUsage when it cannot be read, NotNow where a quote that never closes would
    swallow rows.
    """
    table = open_table(path, mapping)
    with staging() as place:
        rows = 0
        people: list[Person] = []
        unusable: list[UnusableRow] = []
        for record in records(table):
            rows += 1
            found = _person(record)
            if isinstance(found, Person):
                people.append(found)
            else:
                unusable.append(found)
            if isinstance(found, Person) and found.verdict == _DOUBTFUL:
                unusable.append(_unknown_state(record))
            if rows % _READ_AT_ONCE == 0:
                place.add(people, unusable)
                people, unusable = [], []
        place.add(people, unusable)
        yield Import(table=table, staging=place, rows=rows)


def compare(desk: Desk, plan: Import, *, is_dry: bool) -> None:
    """Hold every row against the mirror; a dry run takes the mirror as it is.

    Otherwise it is brought up to date first. Raises TryLater while a run is at it.
    """
    if not is_dry:
        recognise(desk)
        with working(desk) as held:
            sync(held)
    for people in plan.staging.new(_READ_AT_ONCE):
        keys = [person.key for person in people]
        standings = mirror.standings(desk.ledger, desk.target.name, keys)
        verdicts = {key: _verdict(standing) for key, standing in standings.items()}
        verdicts |= dict.fromkeys(erasures.erased_among(desk.ledger, keys), _ERASED)
        plan.staging.judge({key: v for key, v in verdicts.items() if v != NEW})


def expected(number: int, *, is_real: bool) -> timedelta:
    """How long writing `number` people takes at least: Kit lets 120 calls a minute through."""
    return (max(number - 1, 0) // _PER_WINDOW) * _WINDOW if is_real else timedelta(0)


def apply(
    desk: Desk,
    plan: Import,
    *,
    reason: str | None,
    tick: Callable[[int], None] = lambda _number: None,
    pause: Pause = time.sleep,
) -> Applied:
    """Write all who are new, active with a `reason` as their record of consent, else inactive.

    `tick` is told how many more are done. A row that the target refuses is an unusable
    row; other trouble ends it, with what was written kept in the mirror.
    """
    outcome = _Outcome(desk, plan, reason)
    trouble = None
    try:
        for people in plan.staging.new(_WRITTEN_AT_ONCE):
            outcome.write(people, tick, pause)
    except NewsletterError as error:
        trouble = error
    return Applied(
        written=outcome.written,
        left_out=outcome.left_out,
        refused=outcome.refused,
        trouble=trouble,
        warnings=tuple(outcome.warnings),
    )


class _Outcome:
    """Writes people some at a time, and keeps the answers, also of some that were cut short."""

    def __init__(self, desk: Desk, plan: Import, reason: str | None) -> None:
        self._desk = desk
        self._plan = plan
        self._reason = reason
        self.written = self.left_out = self.refused = 0
        self.warnings: dict[str, None] = {}

    def write(self, people: list[Person], tick: Callable[[int], None], pause: Pause) -> None:
        asked_at = self._desk.clock()
        erased = erasures.erased_among(self._desk.ledger, [p.key for p in people])
        answers: list[Listed] = []
        verdicts = dict.fromkeys(erased, _ERASED)
        try:
            for person in people:
                if person.key in erased:
                    continue
                answer = self._create(person, pause)
                if answer is not None:
                    answers.append(answer)
                    verdicts[person.key] = KNOWN if answer.state not in STOPS else answer.state
                tick(1)
        finally:
            reasons = {a.id: self._reason for a in answers if self._reason and _is_active(a)}
            learn(self._desk, answers, asked_at=asked_at, reasons=reasons, how="import")
            self._plan.staging.judge(verdicts)
            stopped = sum(answer.state in STOPS for answer in answers)
            self.written += len(answers) - stopped
            self.left_out += stopped + len(erased)

    def _create(self, person: Person, pause: Pause) -> Listed | None:
        is_active = self._reason is not None and not person.is_inactive
        try:
            answer = written(
                f"add {person.email_address} (line {person.line})",
                lambda: self._desk.target.kit.subscribers.create(
                    email_address=person.email_address,
                    first_name=person.first_name,
                    state="active" if is_active else "inactive",
                    fields=dict(person.fields) or None,
                ),
                pause=pause,
            )
        except NotNow as error:
            if not isinstance(error.__cause__, kit.Invalid):
                raise
            why = "; ".join(error.__cause__.errors) or "refused by the target"
            row = UnusableRow(line=person.line, value=person.email_address, why=why)
            self._plan.staging.refuse([row])
            self._plan.staging.judge({person.key: "refused"})
            self.refused += 1
            return None
        self.warnings |= dict.fromkeys(printable(w, most=_LONGEST_NAME) for w in answer.warnings)
        return listed(answer) if answer.created_at is not None else None


def _person(record: Record) -> Person | UnusableRow:
    email = unescaped(record.email)
    if record.wrong:
        return UnusableRow(line=record.line, value="", why=record.wrong)
    found = read_address(email)
    if isinstance(found, Unusable):
        return UnusableRow(line=record.line, value=printable(email), why=found.why)
    name = " ".join(unescaped(record.first_name).split()).replace("\x00", "")
    if len(name) > _LONGEST_NAME:
        why = f"a first name of more than {_LONGEST_NAME} characters"
        return UnusableRow(line=record.line, value=printable(email), why=why)
    return Person(
        key=found.key,
        email_address=found.email_address,
        first_name=name or None,
        is_inactive=_said(record) is State.INACTIVE,
        line=record.line,
        fields={key: unescaped(value) for key, value in record.fields.items()},
        verdict=_verdict_of_row(record),
    )


def _verdict_of_row(record: Record) -> str:
    """What a row says of its person; doubtful when her state is a word that nobody knows."""
    if record.has_left:
        return State.CANCELLED.value
    state = _said(record)
    if state in STOPS:
        return state.value
    is_known = state is not None or not record.state or plain(record.state) in _SUBSCRIBED
    return NEW if is_known else _DOUBTFUL


def _said(record: Record) -> State | None:
    return _STATES.get(plain(record.state))


def _unknown_state(record: Record) -> UnusableRow:
    return UnusableRow(
        line=record.line,
        value=printable(unescaped(record.email)),
        why=f"state “{printable(record.state)}” {STATE_UNKNOWN}",
    )


def _verdict(standings: list[Standing]) -> str:
    """What the mirror says of an address: its row at the target, or a stop that outlived it."""
    there = [standing.state for standing in standings if not standing.is_gone]
    if there:
        return there[0].value if there[0] in STOPS else KNOWN
    stops = [standing.state for standing in standings if standing.state in STOPS]
    return stops[0].value if stops else NEW


def _is_active(person: Listed) -> bool:
    return person.state is State.ACTIVE
