"""`unschedule`: back to a draft, in the file and at the target."""

from __future__ import annotations

from dataclasses import dataclass

from newsletter.broadcast.model import State
from newsletter.commands.desk import Desk, working
from newsletter.commands.project import Read
from newsletter.commands.rebuild import rebuild
from newsletter.commands.target import account_of
from newsletter.commands.wish import save, wished
from newsletter.commands.withdraw import TooLate, withdraw
from newsletter.issue.model import Status
from newsletter.ledger import issues, runs


@dataclass(frozen=True, kw_only=True)
class Unscheduled:
    """Which of the two was needed: the file, the target, both, or neither."""

    slug: str
    subject: str
    in_file: bool
    at_target: bool
    was_held: bool

    @property
    def changed(self) -> bool:
        """Whether anything was scheduled at all."""
        return self.in_file or self.at_target or self.was_held


def unschedule(desk: Desk, read: Read) -> Unscheduled:
    """Take one issue back. Raises TooLate when the target has begun to send it."""
    issue = read.require()
    account = account_of(desk.target)
    with working(desk) as held:
        runs.recognise(
            held.ledger, held.target.name, account=account.id, title=account.title, now=held.clock()
        )
        rebuild(held)
        record = issues.get(held.ledger, read.slug, held.target.name)
        if record is not None and record.state in (State.SENT, State.SENDING):
            reached = f" to {record.recipients} readers" if record.recipients is not None else ""
            raise TooLate(
                f"Too late: {read.slug} has gone out{reached}.",
                hint="What is sent cannot be taken back.",
            )
        in_file = False
        if issue.status is Status.SCHEDULED:
            in_file = save(read, wished(held.project, read, status=Status.DRAFT)) is not None
        at_target = record is not None and record.state in (
            State.FROZEN,
            State.DRAFTED,
            State.HANDED_OVER,
        )
        was_held = record is not None and record.state in (State.HELD, State.FAILED)
        if record is not None and at_target:
            withdraw(held, record)
        elif record is not None and was_held:
            issues.became(
                held.ledger,
                held.held_lease,
                read.slug,
                held.target.name,
                State.SKIPPED,
                now=held.clock(),
                words="a person decided not to send it",
            )
        return Unscheduled(
            slug=read.slug,
            subject=issue.subject,
            in_file=in_file,
            at_target=at_target,
            was_held=was_held,
        )
