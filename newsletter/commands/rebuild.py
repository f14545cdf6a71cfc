"""A ledger that is new to a target learns from the marks there what was done before it.

A new laptop, an empty CI runner, a deleted folder: the account is the truth. What was
sent is not sent again, what is armed is known and can be taken back.
"""

from __future__ import annotations

from newsletter.broadcast.model import State
from newsletter.commands.desk import Desk
from newsletter.commands.marks import all_marked, status_to_state
from newsletter.ledger import issues, runs


def rebuild(desk: Desk) -> int:
    """Adopt every issue of this project that the target holds armed or sent; gives how many.

    Walks the target's broadcasts once in a ledger's life. Drafts are left to the
    hand-over, which looks for them itself.
    """
    name = desk.target.name
    if runs.is_rebuilt(desk.ledger, name):
        return 0
    desk.stage("rebuild")
    known = issues.all_for(desk.ledger, name)
    adopted = 0
    for slug, broadcast in all_marked(desk).items():
        state = status_to_state(broadcast.status)
        if slug in known or state is State.DRAFTED:
            continue
        send_at = broadcast.send_at or broadcast.created_at or desk.clock()
        issues.became(
            desk.ledger,
            desk.held_lease,
            slug,
            name,
            state,
            now=desk.clock(),
            words=f"found at the target as broadcast {broadcast.id}",
            send_at=send_at,
            subject=broadcast.subject,
            broadcast_id=broadcast.id,
            handed_over_at=broadcast.created_at,
            sent_at=send_at if state is State.SENT else None,
        )
        adopted += 1
    runs.rebuilt(desk.ledger, name, now=desk.clock())
    return adopted
