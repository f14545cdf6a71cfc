"""Where letters are rendered while they are written, and the last good version is kept."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from newsletter.broadcast.model import Record
from newsletter.check import finding_from
from newsletter.check.model import Finding
from newsletter.commands.compose import Composed, compose, issue_before, world_of
from newsletter.commands.letters import Read, Source
from newsletter.commands.project import Project
from newsletter.errors import InFile, NewsletterError
from newsletter.issue.model import Issue
from newsletter.issue.parse import parse_issue
from newsletter.ledger import issues, tags
from newsletter.preview.shelf import Entry, Shelf, entries, last_edited
from newsletter.preview.situation import Doors, Situation
from newsletter.render import builtin_templates, render
from newsletter.render.model import Email

_AROUND = 2  # lines above and below the one with the mistake
_SETTINGS = "newsletter.toml"


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a file; `caret` is the column that a mark points at, on the line that is wrong."""

    number: int
    text: str
    is_wrong: bool = False
    caret: int | None = None


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """Why there is no new version: where, what, the cure, and the lines around the place."""

    place: str
    message: str
    hint: str
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Good:
    """A version that could be rendered, and when it was."""

    issue: Issue
    email: Email
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One letter as the page shows it.

    `good` is what can be looked at: this version, or where `trouble` stands against it the
    last one, or the letter without its settings (`is_bare`), or nothing.
    """

    read: Read
    record: Record | None
    findings: tuple[Finding, ...]
    good: Good | None
    trouble: Trouble | None
    is_bare: bool
    milliseconds: float
    saves: int

    @property
    def slug(self) -> str:
        return self.read.slug

    @property
    def is_stale(self) -> bool:
        """Whether what is shown is not what the file holds."""
        return self.trouble is not None and self.good is not None


class Workshop:
    """Renders letters; remembers each one's last good version. Safe to use from threads.

    `version` grows with everything that changes; `looked_at` is the letter that was shown last.
    """

    def __init__(self, doors: Doors, situation: Situation) -> None:
        self.doors = doors
        self.situation = situation
        self.settings_trouble: Trouble | None = None
        self.version = 1
        self.looked_at: str | None = None
        self._saves = 1
        self._shelf = Shelf()
        self._lock = threading.RLock()
        self._good: dict[str, Good] = {}
        self._shown: dict[str, Shown] = {}

    @property
    def project(self) -> Project:
        return self.situation.project

    def records(self) -> dict[str, Record]:
        """What the ledger remembers, by slug."""
        if self.doors.ledger is None:
            return {}
        return issues.all_for(self.doors.ledger, self.situation.target)

    def entries(self) -> list[Entry]:
        """The list of letters."""
        return entries(self._reads(), self.records())

    def newest(self) -> str | None:
        """The slug of the letter that was edited last."""
        read = last_edited(self._reads())
        return read.slug if read else None

    def concerned(self, paths: Iterable[Path]) -> str | None:
        """The letter that changed files belong to: its text, its settings or its pictures."""
        paths = sorted(paths)
        files = set(paths)
        for read in self._reads():
            file = read.source.file
            if not files.isdisjoint((file, read.source.sidecar)):
                return read.slug
            if file.stem == "index" and any(path.is_relative_to(file.parent) for path in paths):
                return read.slug
        return None

    def changed(self, *, on_disk: bool = True) -> None:
        """Nothing that was shown holds any more; the email itself does, unless it is `on_disk`."""
        with self._lock:
            self.version += 1
            self._saves += on_disk
            self._shown.clear()

    def reopen(self) -> None:
        """Read the settings anew; a mistake in them is shown, and the old ones stay."""
        try:
            self.situation = self.doors.reopen()
            self.settings_trouble = None
        except NewsletterError as error:
            self.settings_trouble = self._told(error)
        self.changed()

    def show(self, slug: str, *, anew: bool = False) -> Shown | None:
        """One letter, rendered unless nothing changed since it was; None if there is none."""
        with self._lock:
            kept = self._shown.get(slug)
            if kept is not None and not anew:
                return kept
            read = next((read for read in self._reads() if read.slug == slug), None)
            if read is None:
                return None
            shown = self._render(read, self._saves)
            self._shown[slug] = shown
            self.looked_at = slug
            return shown

    def _tags(self) -> tuple[str, ...]:
        """The tags that the target is known to have."""
        if self.doors.ledger is None:
            return ()
        return tags.known(self.doors.ledger, self.situation.target)

    def _reads(self) -> list[Read]:
        return self._shelf.reads(self.project, self.situation.alone)

    def _render(self, read: Read, saves: int) -> Shown:
        records = self.records()
        record = records.get(read.slug)
        now = self.doors.clock()
        began = time.perf_counter()
        issue = read.issue
        composed = compose(
            self.project,
            read,
            now=now,
            target=self.situation.kind,
            record=record,
            previous=issue_before(records, read.slug, issue.send_at if issue else None),
            tags=self._tags(),
        )
        spent = (time.perf_counter() - began) * 1000
        shown = Shown(
            read=read,
            record=record,
            findings=composed.findings,
            good=None,
            trouble=self.settings_trouble,
            is_bare=False,
            milliseconds=spent,
            saves=saves,
        )
        if composed.issue is not None and composed.email is not None:
            good = Good(issue=composed.issue, email=composed.email, at=now)
            self._good[read.slug] = good
            return replace(shown, good=good)
        return self._with_trouble(shown, composed, now)

    def _with_trouble(self, shown: Shown, composed: Composed, now: datetime) -> Shown:
        """The mistake, above the last version without one, or the letter without settings."""
        found = composed.findings[0]
        trouble = self._trouble_at(found)
        good = self._good.get(shown.slug)
        if good is not None:
            return replace(shown, trouble=trouble, good=good)
        bare = self._bare(shown.read, now) if composed.issue is None else None
        return replace(shown, trouble=trouble, good=bare, is_bare=bare is not None)

    def _bare(self, read: Read, now: datetime) -> Good | None:
        """The letter as it reads when its settings are left out of account."""
        source = read.source
        text = without_settings(source)
        try:
            issue = parse_issue(text, path=source.path, timezone=self.project.timezone)
            world = world_of(self.project, read, self.situation.kind)
            email = render(issue, self.project.look, world)
        except InFile:
            return None
        return Good(issue=issue, email=email, at=now)

    def _told(self, error: NewsletterError) -> Trouble:
        if isinstance(error, InFile):
            return self._trouble_at(finding_from(error))
        file, line = _place_in(error.message)
        return Trouble(
            place=f"{file}:{line}" if file else _SETTINGS,
            message=error.message,
            hint=error.hint,
            lines=self._excerpt(file, line, None) if file and line else (),
        )

    def _trouble_at(self, found: Finding) -> Trouble:
        place = f"{found.path}:{found.place}".removesuffix(":-")
        lines = self._excerpt(found.path, found.line, found.column) if found.line else ()
        return Trouble(place=place, message=found.message, hint=found.cure, lines=lines)

    def _excerpt(self, path: str, line: int | None, column: int | None) -> tuple[Line, ...]:
        text = self._text_of(path)
        if text is None or line is None:
            return ()
        lines = text.split("\n")
        first, last = max(1, line - _AROUND), min(len(lines), line + _AROUND)
        return tuple(
            Line(
                number=number,
                text=lines[number - 1][:400].expandtabs(4),
                is_wrong=number == line,
                caret=_caret(lines[number - 1], column) if number == line else None,
            )
            for number in range(first, last + 1)
        )

    def _text_of(self, path: str) -> str | None:
        """The text of a file as findings name it: relative to the project, or `builtin/…`."""
        places = [self.project.root / path, Path(path)]
        if self.situation.alone is not None:
            places.append(self.situation.alone.parent / path)
        if path.startswith("builtin/"):
            places = [builtin_templates() / path.removeprefix("builtin/")]
        else:
            inside = path.removeprefix("templates/")
            places += [folder / inside for folder in self.project.look.templates]
        for file in places:
            try:
                return file.read_text(encoding="utf-8-sig", errors="replace")
            except OSError:
                continue
        return None


def without_settings(source: Source) -> str:
    """The text with its block of settings blanked, so that every line keeps its number."""
    lines = source.text.split("\n")
    if not lines or lines[0].strip() not in ("---", "+++"):
        return source.text
    fence = lines[0].strip()
    end = next((i for i, line in enumerate(lines[1:], 1) if line.strip() == fence), None)
    if end is None:
        return source.text
    return "\n".join(["" for _ in lines[: end + 1]] + lines[end + 1 :])


def counted(findings: Iterable[Finding]) -> tuple[int, int]:
    """How many errors and warnings there are."""
    words = [str(finding.severity) for finding in findings]
    return words.count("error"), words.count("warning")


def _caret(line: str, column: int | None) -> int:
    """Where the mark stands: the column, or the first letter of the line."""
    at = column - 1 if column else len(line) - len(line.lstrip())
    return len(line[:at].expandtabs(4))


def _place_in(message: str) -> tuple[str, int | None]:
    found = re.search(r"([\w.-]+\.toml|\.env):(\d+)", message)
    return (found[1], int(found[2])) if found else ("", None)
