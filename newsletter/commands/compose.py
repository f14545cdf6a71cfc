"""A file becomes an email with findings: the same way for check, build, schedule, send and run."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from newsletter.broadcast.model import Record, State
from newsletter.check import check_audience, check_issue, finding_from, has_errors, stops
from newsletter.check.model import Finding, Severity
from newsletter.check.rules import Context, Sent
from newsletter.commands.letters import Read
from newsletter.commands.pictures import sizes
from newsletter.commands.project import Project
from newsletter.errors import ChecksFailed, InFile
from newsletter.issue.model import Issue
from newsletter.render import render
from newsletter.render.model import Email, World
from newsletter.render.pictures import Placed


@dataclass(frozen=True, kw_only=True)
class Composed:
    """One issue with its email and findings; `email` is None when it could not be made."""

    read: Read
    issue: Issue | None
    email: Email | None
    findings: tuple[Finding, ...]

    @property
    def pictures(self) -> tuple[Placed, ...]:
        """The picture files that the email names; those that are usable have a name of their own."""
        return self.email.pictures if self.email else ()

    @property
    def errors(self) -> int:
        return sum(f.severity is Severity.ERROR for f in self.findings)

    @property
    def warnings(self) -> int:
        return sum(f.severity is Severity.WARNING for f in self.findings)

    @property
    def has_errors(self) -> bool:
        return has_errors(self.findings)

    def for_readers(
        self, project: Project, readers: int | None, previous: Record | None
    ) -> Composed:
        """The same, with what the number of its readers tells beside `previous`'s."""
        if self.issue is None:
            return self
        last = previous.recipients if previous else None
        more = check_audience(self.issue, readers=readers, last=last, ignore=project.ignore)
        return replace(self, findings=(*self.findings, *more))

    def require(self, project: Project) -> tuple[Issue, Email]:
        """Issue and email, fit to be sent; raises ChecksFailed with what stands against it."""
        if self.issue is None or self.email is None or self.stands_against(project):
            raise Stopped(self)
        return self.issue, self.email

    def stands_against(self, project: Project) -> bool:
        """Whether anything was found that stops a send."""
        return self.email is None or stops(self.findings, strict=project.strict)


class Stopped(ChecksFailed):
    """Findings stand against sending an issue; `composed` holds them."""

    def __init__(self, composed: Composed) -> None:
        path = composed.read.source.path
        found = f"{count(composed.errors, 'error')}, {count(composed.warnings, 'warning')}"
        super().__init__(
            f"{path} is not ready to send: {found}.", hint=f"newsletter check {composed.read.slug}"
        )
        self.composed = composed


def compose(
    project: Project,
    read: Read,
    *,
    now: datetime,
    target: str,
    record: Record | None = None,
    previous: Record | None = None,
    tags: Collection[str] = (),
    is_being_scheduled: bool = False,
) -> Composed:
    """Render and check one issue for `target` ("local" or "kit") at `now` (UTC).

    `previous` is the issue before this one (see `issue_before`), `tags` are those that
    the target is known to have.
    """
    try:
        issue = read.require()
        email = render(issue, project.look, world_of(project, read, target))
    except InFile as error:
        finding = finding_from(error)
        return Composed(read=read, issue=read.issue, email=None, findings=(finding,))
    context = Context(
        now=now,
        target=target,
        address_configured=bool(project.look.newsletter.address.strip()),
        already_sent=_sent(record),
        last_sent_at=previous.send_at if previous else None,
        last_subject=previous.subject if previous else None,
        tags=tags,
        scheduling=is_being_scheduled,
        ignore=project.ignore,
        theme=project.look.theme,
        files=project.own_files(),
        has_public_pictures=project.gallery.is_public,
        picture_sizes=sizes(email.pictures, project.gallery),
    )
    found = check_issue(issue, email, context=context)
    return Composed(read=read, issue=issue, email=email, findings=found)


def world_of(project: Project, read: Read, target: str) -> World:
    """What is round one letter: where it goes, the letters before it, its pictures."""
    return World(
        target=target,
        recent=project.recent() if "[recent" in read.source.text else (),
        pictures=project.album(read.source.file).pictures(project.gallery.address),
    )


def issue_before(
    records: Mapping[str, Record], slug: str, before: datetime | None
) -> Record | None:
    """The issue that goes or went out before `slug`, by the ledger; None for the first."""
    out = (State.SENT, State.SENDING, State.HANDED_OVER)
    others = [r for r in records.values() if r.slug != slug and r.state in out]
    others = [r for r in others if before is None or r.send_at <= before]
    return max(others, key=lambda record: record.send_at, default=None)


def digest_of(email: Email, details: str) -> str:
    """What identifies the frozen bytes: all that reaches a reader, and who shall get it."""
    parts = (email.subject, email.preview_text, email.html, details)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def count(number: int, noun: str) -> str:
    """`1 error`, `2 errors`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _sent(record: Record | None) -> Sent | None:
    if record is None or record.state not in (State.SENT, State.SENDING):
        return None
    return Sent(sent_at=record.sent_at or record.send_at, recipients=record.recipients)
