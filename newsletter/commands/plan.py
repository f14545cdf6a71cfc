"""What a pass would do: every issue with what the state table says of it now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from newsletter.broadcast.decide import decide
from newsletter.broadcast.model import (
    Action,
    HandOver,
    Hold,
    Poll,
    Reason,
    Reconcile,
    Record,
    State,
    Verify,
    Wait,
    Wish,
    Withdraw,
)
from newsletter.commands.letters import Read, Source, read_all
from newsletter.commands.outcome import Upcoming
from newsletter.commands.project import Project
from newsletter.issue.model import Status
from newsletter.issue.name import slug_and_date


@dataclass(frozen=True, kw_only=True)
class Planned:
    """One issue with what the state table says of it now."""

    slug: str
    read: Read | None
    record: Record | None
    action: Action


def plan(
    project: Project,
    records: dict[str, Record],
    now: datetime,
    *,
    sources: Sequence[Source | Read] | None = None,
) -> list[Planned]:
    """What should happen to every issue at `now`, by the state table alone.

    Issues whose files are gone are planned from the ledger. `sources` are the files of
    the project where they were read already: a pass reads them once.
    """
    planned = []
    wanted = _matters(records)
    reads: dict[str, Read] = {}
    for found in read_all(project, sources=sources, wanted=wanted):
        # A second file with a slug must neither stop nor overwrite the first one's letter.
        key = found.slug if found.slug not in reads else f"{found.slug} ({found.source.path})"
        reads[key] = found
    for slug in [*reads, *(slug for slug in records if slug not in reads)]:
        read = reads.get(slug)
        record = records.get(slug)
        wish = wish_of(project, read) if read else None
        action = decide(wish, record, now, project.policy)
        if read and read.error and _is_armed(read):
            action = _broken(project, read, record, action)
        planned.append(Planned(slug=slug, read=read, record=record, action=action))
    return planned


def _matters(records: dict[str, Record]) -> Callable[[Source], bool]:
    """Which files a pass has to understand: most of a long-lived project's are over.

    A file is passed over when it cannot be armed and nothing is known of it, or when it
    is the file of an issue that was sent: whatever it says now, that one is done.
    """
    by_path = {record.path: record for record in records.values()}

    def wanted(source: Source) -> bool:
        if _mentions(source, "slug"):
            return True
        slug = slug_and_date(source.path)[0]
        record = by_path.get(source.path) or records.get(slug)
        if record is None:
            return _mentions(source, "scheduled")
        return record.state is not State.SENT or record.slug != slug

    return wanted


def _mentions(source: Source, word: str) -> bool:
    """Whether the settings of an issue hold a word; a letter's body may hold any."""
    text = source.text.lstrip()
    settings = text if source.is_plain_text else text.partition("\n---")[0]
    return word in settings.lower() or word in (source.sidecar_text or "").lower()


def wish_of(project: Project, read: Read) -> Wish | None:
    """What a file asks for; None when it cannot be read."""
    if read.issue is None:
        return None
    armed = read.issue.status is Status.SCHEDULED
    return Wish(
        slug=read.slug,
        send_at=read.issue.send_at if armed else None,
        source=read.source.digest(project),
    )


def upcoming(
    project: Project,
    records: dict[str, Record],
    now: datetime,
    *,
    sources: Sequence[Source | Read] | None = None,
) -> Upcoming | None:
    """The next thing that the pipeline will have to do."""
    nexts = []
    for planned in plan(project, records, now, sources=sources):
        until = _acts_at(planned.action, planned.record, now)
        if until is not None:
            issue = planned.read.issue if planned.read else None
            record = planned.record
            is_there = record is not None and record.state is State.HANDED_OVER
            send_at = record.send_at if record and is_there else issue.send_at if issue else None
            subject = issue.subject if issue else (record.subject if record else None)
            if send_at:
                nexts.append(
                    Upcoming(
                        slug=planned.slug,
                        subject=subject or planned.slug,
                        send_at=send_at,
                        at=until,
                    )
                )
    return min(nexts, key=lambda n: (n.send_at, n.slug), default=None)


def _acts_at(action: Action, record: Record | None, now: datetime) -> datetime | None:
    """When there will be something to do for an issue that is on its way; None when it is not."""
    match action:
        case Wait(until=until):
            return until
        case Verify() if record is not None:
            return record.send_at
        case Reconcile(send_at=send_at) if send_at > now:
            return send_at
        case _:
            return None


def _is_armed(read: Read) -> bool:
    """Whether a file that cannot be read looks as if it was meant to go out."""
    return _mentions(read.source, "scheduled")


def _broken(project: Project, read: Read, record: Record | None, action: Action) -> Action:
    """A scheduled file with a mistake in it is news once, whatever else is planned."""
    known = (record.source_digest, record.refused_digest) if record else ()
    is_over = record is not None and record.state in (State.SENT, State.SENDING)
    if isinstance(action, Poll | Reconcile | Withdraw) or is_over:
        return action
    if read.source.digest(project) in known:
        return action
    assert read.error is not None  # noqa: S101  (that is what broken means)
    return Hold(
        reason=Reason.CHECKS, words=f"cannot be read: {read.error.place}: {read.error.message}"
    )


def something_is_late(project: Project, records: dict[str, Record], now: datetime) -> bool:
    """Whether an issue is past its time and not with the target yet."""
    acting = (p for p in plan(project, records, now) if isinstance(p.action, HandOver | Reconcile))
    due = (p.read.issue.send_at for p in acting if p.read and p.read.issue)
    return any(send_at is not None and send_at <= now for send_at in due)
