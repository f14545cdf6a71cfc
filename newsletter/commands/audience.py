"""How many readers are too few or too many to go out without a person's word."""

from __future__ import annotations

from newsletter.broadcast.model import Reason, Record, State
from newsletter.commands.desk import Desk
from newsletter.commands.recipients import Recipients
from newsletter.errors import Held
from newsletter.issue.model import Issue
from newsletter.ledger import issues

# Twice a handful is still a handful: a list of three may become seven overnight.
SMALL = 20


def insist_on_audience(
    desk: Desk, issue: Issue, recipients: Recipients, record: Record | None, *, agreed: int | None
) -> None:
    """Raise Held when the audience is empty, over the limit, or more than twice what is usual.

    What is usual is the number a person agreed to when it was scheduled, else that of
    the issue sent last. `agreed` is a number that a person has agreed to just now.
    """
    count = recipients.count
    most = desk.project.max_recipients
    if count is None and most is not None:
        raise Held(
            f"{issue.path} goes to {recipients.words}, which cannot be counted, and max_recipients is {most}.",
            hint="Choose tags instead of segments, or take the limit away.",
            code=Reason.AUDIENCE,
        )
    if count is None:
        return
    if count == 0:
        raise Held(
            f"{issue.path} would go to nobody: {recipients.words} is empty.",
            hint="Add readers, or choose another audience.",
            code=Reason.AUDIENCE,
        )
    if most is not None and count > most:
        raise Held(
            f"{issue.path} would go to {count} readers, and max_recipients is {most}.",
            hint="Raise max_recipients under [send], or choose another audience.",
            code=Reason.AUDIENCE,
        )
    usual = agreed if agreed is not None else _usual(desk, record)
    if usual is not None and count > 2 * usual and count - usual >= SMALL:
        raise Held(
            f"{issue.path} would go to {count} readers; it was {usual} before.",
            hint=f"If that is right:  newsletter schedule {issue.slug}",
            code=Reason.AUDIENCE,
        )


def _usual(desk: Desk, record: Record | None) -> int | None:
    if record is not None and record.recipients is not None:
        return record.recipients
    records = issues.all_for(desk.ledger, desk.target.name).values()
    sent = [r for r in records if r.state is State.SENT and r.recipients]
    return max(sent, key=lambda r: r.send_at).recipients if sent else None
