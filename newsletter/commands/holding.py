"""An issue is held: a person must decide. It is news once, and stays silent after that."""

from __future__ import annotations

from newsletter.broadcast.model import Reason, Record, State
from newsletter.commands.compose import Stopped
from newsletter.commands.desk import Desk
from newsletter.commands.outcome import Kind, News
from newsletter.commands.plan import Planned
from newsletter.errors import Held, InFile, NewsletterError
from newsletter.ledger import issues

_STAYS = (
    " The version that was handed over before still goes out; newsletter unschedule takes it back."
)


def hold(desk: Desk, planned: Planned, error: NewsletterError) -> News:
    """Record that a person must decide, and make it news this once."""
    now, name = desk.clock(), desk.target.name
    record, read = planned.record, planned.read
    source = read.source.digest(desk.project) if read else None
    issue = read.issue if read else None
    reason = error.error_code if isinstance(error, Held) else Reason.CHECKS
    reason = Reason.REFUSED if error.error_code == "refused-by-target" else reason
    words = f"{reason}: {_words(error)}"
    stands = issues.get(desk.ledger, planned.slug, name)
    is_armed = stands is not None and stands.state is State.HANDED_OVER
    if stands is not None and stands.state in (State.SENT, State.SENDING):
        pass  # the target was quicker, and that is written already
    elif (
        stands is not None and record is not None and source and _only_this_version(record, reason)
    ):
        if not is_armed:  # it was frozen already when the target refused it
            issues.became(
                desk.ledger,
                desk.held_lease,
                planned.slug,
                name,
                State.HANDED_OVER,
                now=now,
                words="the version of before stays with the target",
                send_at=record.send_at,
                verified_at=record.send_at,
            )
        # What was handed over before stays; only this version is held back.
        issues.refuse_version(
            desk.ledger, desk.held_lease, planned.slug, name, source=source, words=words, now=now
        )
    else:
        send_at = (issue.send_at if issue else None) or (record.send_at if record else now)
        issues.became(
            desk.ledger,
            desk.held_lease,
            planned.slug,
            name,
            State.HELD,
            now=now,
            words=words,
            path=read.source.path if read else "",
            send_at=send_at,
            reason=words,
            told_at=now,
            source_digest=source,
        )
    return News(
        kind=Kind.HELD,
        slug=planned.slug,
        subject=issue.subject if issue else planned.slug,
        at=now,
        send_at=issue.send_at if issue else None,
        words=_words(error) + (_STAYS if _only_this_version(record, reason) else ""),
        hint=error.hint,
        exit_code=error.exit_code,
    )


def _only_this_version(record: Record | None, reason: str) -> bool:
    """Whether the target goes on holding the version that was handed over before."""
    was_armed = record is not None and record.state is State.HANDED_OVER
    return was_armed and reason in (Reason.CHECKS, Reason.AUDIENCE, Reason.REFUSED)


def late_hint(slug: str) -> str:
    """The two commands that resolve an issue which was not sent in time."""
    return (
        f"Send it late:  newsletter send {slug}\n"
        f'or give it a new time:  newsletter schedule {slug} --at "tue 9am"'
    )


def _words(error: NewsletterError) -> str:
    if isinstance(error, InFile):
        return f"{error.place}: {error.message}"
    if isinstance(error, Stopped):
        finding = next(iter(error.composed.findings))
        return f"{error.message} {finding.path}:{finding.place} {finding.message}"
    return error.message
