"""A letter that was renamed or copied is the same letter: nobody gets it a second time."""

from __future__ import annotations

from newsletter.broadcast.model import Reason, Record, State
from newsletter.commands.desk import Desk
from newsletter.errors import Held
from newsletter.issue.model import Issue
from newsletter.ledger import issues
from newsletter.render.model import Email

_OUT = (State.HANDED_OVER, State.SENDING, State.SENT)


def insist_on_novelty(desk: Desk, issue: Issue, email: Email) -> None:
    """Raise Held when another issue with the very same content is with the target or was sent.

    The slug is an issue's identity, and a renamed file has another one.
    """
    records = issues.all_for(desk.ledger, desk.target.name)
    for record in records.values():
        if record.slug == issue.slug or record.state not in _OUT:
            continue
        if _is_same(desk, record, issue, email):
            when = f"{record.send_at:%Y-%m-%d %H:%M} UTC"
            done = "was sent" if record.state is State.SENT else "is with the target for"
            raise Held(
                f"{issue.path} looks like a copy of {record.slug}, which {done} {when}.",
                hint="Change its words if it is another letter; set it to  status: draft  if it is not.",
                code=Reason.COPY,
            )


def _is_same(desk: Desk, record: Record, issue: Issue, email: Email) -> bool:
    if record.subject != email.subject:
        return False
    frozen = issues.frozen(desk.ledger, record.slug, desk.target.name)
    if frozen is None:  # known from its mark only
        return record.send_at == issue.send_at
    return frozen.content == email.html
