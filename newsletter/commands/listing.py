"""`list` and `status`: what there is, what goes out next, what happened last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from newsletter.broadcast.model import Record, State
from newsletter.commands.compose import compose
from newsletter.commands.letters import Read, read_all
from newsletter.commands.outcome import Upcoming
from newsletter.commands.plan import upcoming
from newsletter.commands.project import Project
from newsletter.issue.model import Status
from newsletter.ledger import issues, readers, runs
from newsletter.ledger.opening import Ledger
from newsletter.ledger.readers import Counts
from newsletter.ledger.runs import Run


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One line of `list`. Times are UTC; `errors` and `warnings` only for what is still to go."""

    slug: str
    path: str
    subject: str
    state: str
    send_at: datetime | None
    recipients: int | None
    errors: int = 0
    warnings: int = 0
    words: str = ""


@dataclass(frozen=True, kw_only=True)
class Overview:
    """What `status` tells. `as_of` is when the readers were last read from the target."""

    title: str | None
    next: Upcoming | None
    last_run: Run | None
    held: tuple[Record, ...]
    readers: Counts
    week: dict[str, int]
    as_of: datetime | None
    drafts: tuple[Listed, ...]
    last_sent: Listed | None


def list_issues(
    project: Project, ledger: Ledger, *, target: str, kind: str, now: datetime
) -> tuple[Listed, ...]:
    """Every issue with its state: what is still to go first, in the order of its time."""
    records = issues.all_for(ledger, target)
    reads = read_all(project)
    rows = [_listed(project, read, records.get(read.slug), kind=kind, now=now) for read in reads]
    known = {row.slug for row in rows}
    rows += [_from_ledger(record) for slug, record in records.items() if slug not in known]
    return tuple(sorted(rows, key=_order))


def overview(
    project: Project, ledger: Ledger, *, target: str, kind: str, now: datetime
) -> Overview:
    """Everything `status` shows, from files and ledger alone; asks nobody."""
    records = issues.all_for(ledger, target)
    rows = list_issues(project, ledger, target=target, kind=kind, now=now)
    return Overview(
        title=runs.known_title(ledger, target),
        next=upcoming(project, records, now),
        last_run=runs.last(ledger, target),
        held=tuple(r for r in records.values() if r.state in (State.HELD, State.FAILED)),
        readers=readers.counts(ledger, target),
        week=readers.events_since(ledger, target, since=now - timedelta(days=7)),
        as_of=readers.synced_at(ledger, target),
        drafts=tuple(row for row in rows if row.state in ("draft", "scheduled")),
        last_sent=max(
            (row for row in rows if row.state == State.SENT and row.send_at),
            key=lambda row: row.send_at or now,
            default=None,
        ),
    )


def _listed(
    project: Project, read: Read, record: Record | None, *, kind: str, now: datetime
) -> Listed:
    if read.issue is None:
        error = read.error
        return Listed(
            slug=read.slug,
            path=read.source.path,
            subject="",
            state="error",
            send_at=None,
            recipients=None,
            errors=1,
            words=f"{error.place}: {error.message}" if error else "",
        )
    issue = read.issue
    is_armed = issue.status is Status.SCHEDULED
    state = "scheduled" if is_armed else "draft"
    if record is not None and record.state not in (State.CANCELLED, State.PLANNED):
        state = record.state  # what is only planned is what the file says
    errors = warnings = 0
    if state not in (State.SENT, State.SENDING):
        composed = compose(project, read, now=now, target=kind)
        errors, warnings = composed.errors, composed.warnings
    is_out = record is not None and record.state in (State.SENT, State.SENDING, State.HANDED_OVER)
    return Listed(
        slug=read.slug,
        path=read.source.path,
        subject=issue.subject,
        state=state,
        send_at=record.send_at if record and is_out else issue.send_at if is_armed else None,
        recipients=record.recipients if record else None,
        errors=errors,
        warnings=warnings,
        words=record.reason or "" if record and state in (State.HELD, State.FAILED) else "",
    )


def _from_ledger(record: Record) -> Listed:
    return Listed(
        slug=record.slug,
        path=record.path,
        subject=record.subject or "",
        state=record.state,
        send_at=record.send_at,
        recipients=record.recipients,
        words="its file is gone",
    )


def _order(row: Listed) -> tuple[int, float, str]:
    groups = {"error": 0, "held": 0, "failed": 0, "draft": 1, "scheduled": 2, "sent": 4}
    group = groups.get(row.state, 3)
    moment = row.send_at.timestamp() if row.send_at else 0.0
    return (group, -moment if group == groups["sent"] else moment, row.slug)
