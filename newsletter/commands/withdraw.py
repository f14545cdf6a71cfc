"""Taking an issue back from the target, as long as it has not begun to send."""

from __future__ import annotations

from newsletter import kit
from newsletter.broadcast.model import Record, State
from newsletter.commands.answers import asking, translate
from newsletter.commands.desk import Desk
from newsletter.commands.marks import find_marked, status_to_state
from newsletter.errors import NotNow, OutcomeUnknown
from newsletter.kit import Broadcast
from newsletter.ledger import issues

TRIES = 3


class TooLate(NotNow):
    """The target has begun to send; it cannot be taken back."""

    code = "already-sending"


def withdraw(desk: Desk, record: Record) -> bool:
    """Disarm what the target holds for `record`, and verify that it is a draft again.

    Gives whether it was armed at all.

    Raises TooLate when it sends or has sent, OutcomeUnknown when no answer came.
    """
    broadcast = _held_there(desk, record)
    if broadcast is not None:
        _disarm(desk, record, broadcast)
    issues.became(
        desk.ledger,
        desk.held_lease,
        record.slug,
        desk.target.name,
        State.CANCELLED,
        now=desk.clock(),
        words="taken back",
        broadcast_id=broadcast.id if broadcast else None,
        verified_at=desk.clock(),
    )
    return broadcast is not None and broadcast.status == "scheduled"


def _disarm(desk: Desk, record: Record, broadcast: Broadcast) -> None:
    for _ in range(TRIES):
        if broadcast.status == "draft":
            return
        if broadcast.status != "scheduled":
            _note_too_late(desk, record, broadcast)
        desk.renew()
        desk.stage("disarm")
        with asking("take the broadcast back", writes=True):
            desk.target.kit.broadcasts.update(broadcast.id, send_at=None)
        with asking("read the broadcast back"):
            broadcast = desk.target.kit.broadcasts.get(broadcast.id)
    if broadcast.status == "draft":
        return
    if broadcast.status == "scheduled":
        # A request of an earlier pass, still on its way, armed it again in between.
        raise OutcomeUnknown(
            f"{record.slug} was taken back, and is armed again at the target.",
            hint="The next `newsletter run` takes it back again.",
        )
    _note_too_late(desk, record, broadcast)


def _held_there(desk: Desk, record: Record) -> Broadcast | None:
    if record.broadcast_id is None:
        found = find_marked(desk, record.slug, since=record.attempted_at)
        return found[0] if found else None
    try:
        return desk.target.kit.broadcasts.get(record.broadcast_id)
    except kit.NotFound:
        return None  # somebody deleted it there, so nothing is armed
    except kit.KitError as error:
        raise translate(error, "read the broadcast", writes=False) from error


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
