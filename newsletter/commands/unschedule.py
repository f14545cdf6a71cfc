"""`unschedule`: back to a draft, in the file and at the target."""

from __future__ import annotations

from dataclasses import dataclass

from newsletter.broadcast.model import Record, State
from newsletter.commands.desk import Desk, working
from newsletter.commands.letters import Read
from newsletter.commands.rebuild import rebuild
from newsletter.commands.target import account_of
from newsletter.commands.wish import save, wished
from newsletter.commands.withdraw import TooLate, withdraw
from newsletter.errors import NewsletterError, WrongUsage
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
    is_file_broken: bool = False

    @property
    def changed(self) -> bool:
        """Whether anything was scheduled at all."""
        return self.in_file or self.at_target or self.was_held


def unschedule(desk: Desk, slug: str, read: Read | None) -> Unscheduled:
    """Take one issue back; `read` is None when its file is gone, and may hold a mistake.

    Raises TooLate when the target has begun to send it.
    """
    account = account_of(desk.target)
    with working(desk) as held:
        runs.recognise(
            held.ledger, held.target.name, account=account.id, title=account.title, now=held.clock()
        )
        rebuild(held)
        record = issues.get(held.ledger, slug, held.target.name)
        if record is not None and record.state in (State.SENT, State.SENDING):
            reached = f" to {record.recipients} readers" if record.recipients is not None else ""
            raise TooLate(
                f"Too late: {slug} has gone out{reached}.",
                hint="What is sent cannot be taken back.",
            )
        if record is None and (read is None or read.issue is None):
            raise _unknown(slug, read)
        was_held = record is not None and record.state in (State.HELD, State.FAILED)
        at_target = record is not None and _take_back(held, record, was_held=was_held)
        issue = read.issue if read else None
        in_file = False
        if read is not None and issue is not None and issue.status is Status.SCHEDULED:
            in_file = save(read, wished(held.project, read, status=Status.DRAFT)) is not None
        return Unscheduled(
            slug=slug,
            subject=issue.subject if issue else (record and record.subject) or slug,
            in_file=in_file,
            at_target=at_target,
            was_held=was_held,
            is_file_broken=issue is None,
        )


def _take_back(desk: Desk, record: Record, *, was_held: bool) -> bool:
    """Disarm whatever the target may hold of it, also of one that is held here."""
    is_there = record.state in (State.FROZEN, State.DRAFTED, State.HANDED_OVER)
    was_armed = False
    if is_there or record.broadcast_id is not None:
        was_armed = withdraw(desk, record)
    if was_held:
        issues.became(
            desk.ledger,
            desk.held_lease,
            record.slug,
            desk.target.name,
            State.SKIPPED,
            now=desk.clock(),
            words="a person decided not to send it",
        )
    return was_armed or is_there


def _unknown(slug: str, read: Read | None) -> NewsletterError:
    if read is not None and read.error is not None:
        return read.error
    return WrongUsage(f"No issue is called {slug!r}.", hint="newsletter list  shows them all.")
