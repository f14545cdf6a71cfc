"""The project's letters, read again only where a file changed: 500 of them cost a few milliseconds."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from newsletter.broadcast.model import Record, State
from newsletter.commands.letters import Read, issue_files, read_all, read_issue
from newsletter.commands.project import Project
from newsletter.issue.model import Status

_OUT = {State.SENDING: "Sent", State.SENT: "Sent"}
_STUCK = {State.HELD: "Held", State.FAILED: "Held"}
GROUPS = ("Held", "Drafts", "Scheduled", "Sent")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One letter as the list shows it. `send_at` is UTC."""

    slug: str
    path: str
    subject: str
    group: str
    state: str
    send_at: datetime | None
    is_broken: bool


class Shelf:
    """Remembers what each file held; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[Path, tuple[object, Read]] = {}

    def reads(self, project: Project, alone: Path | None = None) -> list[Read]:
        """Every letter of the project, or the one file that stands alone."""
        with self._lock:
            if alone is not None:
                return [self._read(project, alone)]
            read_anew = [self._read(project, file) for file in issue_files(project)]
            found = read_all(project, sources=read_anew)
            files = {read.source.file for read in found}
            self._known = {file: kept for file, kept in self._known.items() if file in files}
            return found

    def _read(self, project: Project, file: Path) -> Read:
        stamp = (project.root, project.timezone, _stamp(file), _stamp(file.with_suffix(".yaml")))
        known = self._known.get(file)
        if known is not None and known[0] == stamp:
            return known[1]
        read = read_issue(project, file)
        self._known[file] = (stamp, read)
        return read


def entries(reads: Iterable[Read], records: dict[str, Record]) -> list[Entry]:
    """The list: what needs a person first, then drafts, then by time; the newest sent first."""
    found = [_entry(read, records.get(read.slug)) for read in reads]
    return sorted(found, key=_order)


def last_edited(reads: Iterable[Read]) -> Read | None:
    """The letter whose file was written last."""
    return max(reads, key=lambda read: _stamp(read.source.file) or (0, 0), default=None)


def _entry(read: Read, record: Record | None) -> Entry:
    issue = read.issue
    is_armed = issue is not None and issue.status is Status.SCHEDULED
    state = "scheduled" if is_armed else "draft"
    if record is not None and record.state not in (State.CANCELLED, State.PLANNED, State.SKIPPED):
        state = record.state
    group = (_OUT | _STUCK).get(State(state)) if state in set(State) else None
    if group is None:
        group = "Drafts" if state == "draft" else "Scheduled"
    is_out = record is not None and state not in ("draft", "scheduled")
    send_at = record.send_at if record and is_out else issue.send_at if issue and is_armed else None
    return Entry(
        slug=read.slug,
        path=read.source.path,
        subject=issue.subject if issue else (record and record.subject) or read.slug,
        group=group,
        state=state,
        send_at=send_at,
        is_broken=issue is None,
    )


def _order(entry: Entry) -> tuple[int, float, str]:
    moment = entry.send_at.timestamp() if entry.send_at else 0.0
    return GROUPS.index(entry.group), -moment if entry.group == "Sent" else moment, entry.slug


def _stamp(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
