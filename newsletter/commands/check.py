"""`check`: what a careful editor would notice."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from newsletter.broadcast.model import Record, State
from newsletter.commands.compose import Composed, compose, issue_before
from newsletter.commands.letters import Read, read_all
from newsletter.commands.project import Project

OVER = (State.SENT, State.SENDING, State.SKIPPED)


def check(
    project: Project,
    reads: Sequence[Read],
    *,
    now: datetime,
    target: str,
    records: dict[str, Record],
    tags: Collection[str] = (),
) -> tuple[Composed, ...]:
    """Render and check the issues named, or every one that has not gone out yet."""
    chosen = reads or [read for read in read_all(project) if not _is_over(records.get(read.slug))]
    return tuple(
        compose(
            project,
            read,
            now=now,
            target=target,
            # Only when it was asked for by name is "already sent" worth saying.
            record=records.get(read.slug) if reads else None,
            previous=issue_before(records, read.slug, read.issue.send_at if read.issue else None),
            tags=tags,
        )
        for read in chosen
    )


def _is_over(record: Record | None) -> bool:
    return record is not None and record.state in OVER
