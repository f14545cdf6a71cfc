"""A file becomes an email with findings: the same way for check, build, schedule, send and run."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from newsletter.broadcast.model import Record, State
from newsletter.check import check_issue, finding_from, has_errors, stops
from newsletter.check.model import Finding, Severity
from newsletter.check.rules import Context, Sent
from newsletter.commands.pictures import sizes
from newsletter.commands.project import Project, Read, read_issue
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
    last_sent_at: datetime | None = None,
    is_being_scheduled: bool = False,
) -> Composed:
    """Render and check one issue for `target` ("local" or "kit") at `now` (UTC).

    `last_sent_at` is when the issue before this one goes or went out.
    """
    try:
        issue = read.require()
        email = render(issue, project.look, _world(project, read, target))
    except InFile as error:
        finding = finding_from(error)
        return Composed(read=read, issue=read.issue, email=None, findings=(finding,))
    context = Context(
        now=now,
        target=target,
        address_configured=bool(project.look.newsletter.address.strip()),
        already_sent=_sent(record),
        last_sent_at=last_sent_at,
        scheduling=is_being_scheduled,
        has_public_pictures=project.gallery.is_public,
        picture_sizes=sizes(email.pictures, project.gallery),
    )
    found = check_issue(issue, email, context=context)
    kept = tuple(f for f in found if f.rule not in project.ignore or f.severity is Severity.ERROR)
    return Composed(read=read, issue=issue, email=email, findings=kept)


def compose_file(project: Project, file: Path, *, now: datetime, target: str) -> Composed:
    """The issue in one file, as `compose` gives it; the file may lie outside of any project.

    What the preview shows: the very bytes that are sent, and their pictures
    (`commands.pictures.bytes_of` has what each is). A file that cannot be read is a finding.
    """
    return compose(project, read_issue(project, file), now=now, target=target)


def _world(project: Project, read: Read, target: str) -> World:
    return World(
        target=target,
        recent=project.recent() if "[recent" in read.source.text else (),
        pictures=project.album(read.source.file).pictures(project.gallery.address),
    )


def last_sent(records: dict[str, Record], slug: str, before: datetime | None) -> datetime | None:
    """When the issue before `slug` goes or went out, by the ledger; None for the first."""
    out = (State.SENT, State.SENDING, State.HANDED_OVER)
    times = [r.send_at for r in records.values() if r.slug != slug and r.state in out]
    return max((t for t in times if before is None or t <= before), default=None)


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
