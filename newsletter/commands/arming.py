"""Content and time are put on a broadcast, and compared with what then stands there."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from newsletter.broadcast.model import Reason
from newsletter.commands.answers import asking
from newsletter.commands.desk import Desk
from newsletter.errors import Held, NotNow
from newsletter.issue.model import Issue
from newsletter.kit import UNSET, Broadcast
from newsletter.ledger.issues import Frozen

EVERYONE = [{"all": [{"type": "all_subscribers"}]}]


def arm(
    desk: Desk,
    issue: Issue,
    frozen: Frozen,
    broadcast_id: int,
    send_at: datetime,
    *,
    had_filter: bool,
) -> Broadcast:
    """PUT content and time on exactly this broadcast, GET it back and compare.

    Gives it as it stands. Raises Held, after disarming it, when the target shows something
    else than it was given.
    """
    kit = desk.target.kit
    refusal = None
    try:
        put(desk, frozen, broadcast_id, send_at, had_filter=had_filter)
    except NotNow as error:
        refusal = error  # perhaps because an earlier request of ours is being carried out
    desk.stage("verify")
    with asking("read the broadcast back"):
        stands = kit.broadcasts.get(broadcast_id)
    if stands.status in ("sending", "completed"):
        return stands
    if refusal is not None:
        raise refusal
    differs = drift(frozen, stands, send_at)
    if differs:
        with asking("take the broadcast back", writes=True):
            kit.broadcasts.update(broadcast_id, send_at=None)
        raise Held(
            f"{issue.path}: the target shows another {differs} than it was given; it was taken back.",
            hint=f"Look at broadcast {broadcast_id} there, then: newsletter schedule {issue.slug}",
            code=Reason.DRIFT,
        )
    return stands


def put(
    desk: Desk, frozen: Frozen, broadcast_id: int, send_at: datetime, *, had_filter: bool
) -> None:
    """Give the broadcast its frozen content and its time; repeating it does no harm."""
    kit, details = desk.target.kit, frozen.details
    wanted_filter = details["subscriber_filter"]
    desk.renew()
    desk.stage("arm")
    with asking("set the time", writes=True):
        kit.broadcasts.update(
            broadcast_id,
            subject=frozen.subject,
            content=frozen.content,
            preview_text=frozen.preview_text,
            description=frozen.mark,
            public=details["public"],
            published_at=send_at if details["public"] else UNSET,
            # null takes back what an earlier version had (Kit: null is the default).
            thumbnail_url=details["thumbnail_url"],
            thumbnail_alt=details["thumbnail_alt"],
            email_address=details["email_address"],
            # Kit says nothing of how a filter is taken back; the form that it reads
            # everyone back as is sent only when there was one before.
            subscriber_filter=wanted_filter or (EVERYONE if had_filter else UNSET),
            allow_starting_point=True,
            send_at=send_at,
        )


def drift(frozen: Frozen, stands: Broadcast, send_at: datetime) -> str | None:
    """What the target holds otherwise than it was given, in a word; None when nothing."""
    if stands.subject != frozen.subject:
        return "subject"
    if (stands.preview_text or "") != frozen.preview_text:
        return "preview text"
    if stands.status == "scheduled" and stands.send_at != send_at.replace(microsecond=0):
        return "time"
    wanted = frozen.details["subscriber_filter"] or EVERYONE
    if stands.subscriber_filter is not None and _plain(stands.subscriber_filter) != _plain(wanted):
        return "audience"
    # Kit may add its badge to the content; the links a reader needs must have survived.
    if stands.content is not None and "unsubscribe" not in stands.content:
        return "content"
    return None


def _plain(filters: Any) -> list[dict[str, Any]]:
    """A filter without its empty groups, ids as numbers, for comparing."""
    return [
        {
            group: sorted(
                (c["type"], *sorted(int(i) for i in c.get("ids") or ())) for c in conditions
            )
            for group, conditions in one.items()
            if conditions
        }
        for one in filters
    ]
