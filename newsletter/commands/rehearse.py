"""`run --dry-run`: what a pass would do at an instant, by the state table that a pass obeys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from newsletter.broadcast.model import Action, HandOver, Nothing, Reconcile, Update
from newsletter.commands.compose import Composed, compose, issue_before
from newsletter.commands.plan import plan
from newsletter.commands.project import Project
from newsletter.ledger import issues
from newsletter.ledger.opening import Ledger
from newsletter.ledger.tags import known as known_tags


@dataclass(frozen=True, kw_only=True)
class Rehearsed:
    """One issue with what would be done to it; `composed` where its content would travel."""

    slug: str
    subject: str
    action: Action
    composed: Composed | None
    would_be_held: bool


def rehearse(
    project: Project, ledger: Ledger, *, target: str, kind: str, now: datetime
) -> tuple[Rehearsed, ...]:
    """What `run` would do at `now` (UTC). Renders and checks as `run` would; writes nothing."""
    found = []
    records = issues.all_for(ledger, target)
    for planned in plan(project, records, now):
        if isinstance(planned.action, Nothing):
            continue
        composed = None
        if planned.read and isinstance(planned.action, HandOver | Update | Reconcile):
            wish = planned.read.issue
            composed = compose(
                project,
                planned.read,
                now=now,
                target=kind,
                record=planned.record,
                previous=issue_before(records, planned.slug, wish.send_at if wish else None),
                tags=known_tags(ledger, target),
            )
        issue = planned.read.issue if planned.read else None
        record = planned.record
        found.append(
            Rehearsed(
                slug=planned.slug,
                subject=issue.subject if issue else (record and record.subject) or planned.slug,
                action=planned.action,
                composed=composed,
                would_be_held=composed is not None and composed.stands_against(project),
            )
        )
    return tuple(found)
