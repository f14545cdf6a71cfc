"""Taking an issue back from the target, as long as it has not begun to send."""

from __future__ import annotations

from newsletter.broadcast.model import Record, State
from newsletter.commands.answers import asking
from newsletter.commands.desk import Desk
from newsletter.commands.marks import find_marked, status_to_state
from newsletter.errors import NotNow
from newsletter.kit import Broadcast
from newsletter.ledger import issues


class TooLate(NotNow):
    """The target has begun to send; it cannot be taken back."""

    code = "already-sending"


def withdraw(desk: Desk, record: Record) -> None:
    """Disarm what the target holds for `record`, and verify that it is a draft again.

    Raises TooLate when it sends or has sent, OutcomeUnknown when no answer came.
    """
    broadcast = _held_there(desk, record)
    if broadcast is not None:
        if broadcast.status in ("sending", "completed"):
            _note_too_late(desk, record, broadcast)
        desk.renew()
        desk.stage("disarm")
        with asking("take the broadcast back", writes=True):
            desk.target.kit.broadcasts.update(broadcast.id, send_at=None)
        with asking("read the broadcast back"):
            after = desk.target.kit.broadcasts.get(broadcast.id)
        if after.status != "draft":
            _note_too_late(desk, record, after)
    issues.became(
        desk.ledger,
        desk.held_lease,
        record.slug,
        desk.target.name,
        State.CANCELLED,
        now=desk.clock(),
        words="taken back",
        broadcast_id=broadcast.id if broadcast else None,
    )


def _held_there(desk: Desk, record: Record) -> Broadcast | None:
    if record.broadcast_id is None:
        found = find_marked(desk, record.slug, since=record.attempted_at)
        return found[0] if found else None
    with asking("read the broadcast"):
        return desk.target.kit.broadcasts.get(record.broadcast_id)


def _note_too_late(desk: Desk, record: Record, broadcast: Broadcast) -> None:
    with asking("count who got it"):
        stats = desk.target.kit.broadcasts.stats(broadcast.id)
    issues.became(
        desk.ledger,
        desk.held_lease,
        record.slug,
        desk.target.name,
        status_to_state(broadcast.status),
        now=desk.clock(),
        words="too late to take back",
        broadcast_id=broadcast.id,
        recipients=stats.recipients,
        sent_at=broadcast.send_at,
    )
    reached = f"{stats.recipients} " if stats.recipients is not None else ""
    raise TooLate(
        f"Too late: {record.slug} has begun to go out to {reached}readers.",
        hint="What is sent cannot be taken back. A short second letter can say what was wrong.",
    )
