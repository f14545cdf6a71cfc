"""Handing an issue over, so that it is sent once whatever happens on the way.

Kit's API has no idempotency key. The order of these stages, and no other that was
tried in a model of every crash and every lost answer, sends exactly once:

    freeze   the bytes and the intent are stored
    look     for our mark among the target's broadcasts
    create   a draft when there is none; a draft never mails anybody
    record   its id by compare-and-set; whoever was first, that id counts
    arm      PUT content and time on exactly that id; repeating it does no harm
    verify   GET and compare
    outcome  is written

After "no answer" the issue stays where it is, and the next pass begins with `look`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from newsletter.broadcast.mark import Mark, read_mark
from newsletter.broadcast.model import Reason, Record, State
from newsletter.commands.answers import asking
from newsletter.commands.compose import Composed, digest_of
from newsletter.commands.desk import Desk
from newsletter.commands.recipients import Recipients, resolve
from newsletter.commands.target import starting_point
from newsletter.errors import Held, NotNow
from newsletter.issue.model import Issue
from newsletter.kit import UNSET, Broadcast
from newsletter.ledger import issues
from newsletter.ledger.issues import Frozen
from newsletter.render.model import Email

EVERYONE = [{"all": [{"type": "all_subscribers"}]}]
# Kit's lists may lag behind its writes by minutes; a day also covers wrong clocks.
LOOK_BACK = timedelta(days=1)

_STATE_OF_STATUS = {
    "scheduled": State.HANDED_OVER,
    "sending": State.SENDING,
    "completed": State.SENT,
}


@dataclass(frozen=True, kw_only=True)
class HandedOver:
    """What became of an issue: the target has it and sends at `send_at` (UTC)."""

    slug: str
    subject: str
    state: State
    send_at: datetime
    broadcast_id: int
    recipients: int | None
    was_found: bool


def hand_over(
    desk: Desk, composed: Composed, record: Record | None, *, send_at: datetime
) -> HandedOver:
    """Bring one issue to the target, or an edited version of it, through all stages.

    Raises Stopped when findings stand against it, Held when a person must decide,
    OutcomeUnknown after a request without an answer, TryLater when none left.
    """
    issue, email = composed.require(desk.project)
    recipients = resolve(desk.target, issue)
    if recipients.count == 0:
        raise Held(
            f"{issue.path} would go to nobody: {recipients.words} is empty.",
            hint="Add readers, or choose another audience.",
            code=Reason.AUDIENCE,
        )
    before = issues.frozen(desk.ledger, issue.slug, desk.target.name)
    frozen = _freeze(desk, composed, issue, email, recipients, send_at)
    broadcast, was_found = _broadcast_for(desk, issue, frozen, record)
    status = broadcast.status if was_found else "draft"
    if status in ("sending", "completed"):
        return _outcome(desk, issue, broadcast, recipients, was_found=True)
    had_filter = bool(before and before.details.get("subscriber_filter"))
    armed = _arm(desk, issue, frozen, broadcast.id, send_at, had_filter=had_filter)
    return _outcome(desk, issue, armed, recipients, was_found=was_found)


def find_marked(desk: Desk, slug: str, *, since: datetime | None) -> list[Broadcast]:
    """The target's broadcasts that bear this issue's mark, in any version, best one first.

    Walks the list from the newest back to `since` (UTC; None: all of it).
    """
    wanted = Mark(project=desk.project.id, slug=slug, digest="")
    found = []
    with asking("look for what was handed over before"):
        for broadcast in desk.target.kit.broadcasts.list(slim=True):
            if since and broadcast.created_at and broadcast.created_at < since - LOOK_BACK:
                break
            if wanted.is_same_issue(read_mark(broadcast.description)):
                found.append(broadcast)
    rank = {"completed": 0, "sending": 1, "scheduled": 2, "draft": 3}
    return sorted(found, key=lambda b: (rank.get(b.status or "", 4), b.id))


def status_to_state(status: str | None) -> State:
    """What a broadcast's status at the target means for its issue."""
    return _STATE_OF_STATUS.get(status or "", State.DRAFTED)


def _freeze(
    desk: Desk,
    composed: Composed,
    issue: Issue,
    email: Email,
    recipients: Recipients,
    send_at: datetime,
) -> Frozen:
    desk.stage("freeze")
    details = {
        "subscriber_filter": recipients.filter,
        "public": issue.public,
        "thumbnail_url": issue.thumbnail if issue.public else None,
        "thumbnail_alt": issue.thumbnail_alt if issue.public else None,
        "email_address": issue.sender,
    }
    digest = digest_of(email, json.dumps(details, sort_keys=True))
    frozen = Frozen(
        subject=email.subject,
        preview_text=email.preview_text,
        content=email.html,
        digest=digest,
        source=composed.read.source.digest(desk.project),
        mark=str(Mark(project=desk.project.id, slug=issue.slug, digest=digest)),
        details=details,
        recipients=recipients.count,
    )
    issues.freeze(
        desk.ledger,
        desk.held_lease,
        issue.slug,
        desk.target.name,
        path=issue.path,
        send_at=send_at,
        what=frozen,
        now=desk.clock(),
    )
    return frozen


def _broadcast_for(
    desk: Desk, issue: Issue, frozen: Frozen, record: Record | None
) -> tuple[Broadcast, bool]:
    """The one broadcast of this issue, and whether it stood there before this pass."""
    kit, lease, name = desk.target.kit, desk.held_lease, desk.target.name
    if record is not None and record.broadcast_id is not None:
        desk.stage("look")
        with asking("read the broadcast"):
            return kit.broadcasts.get(record.broadcast_id), True
    desk.stage("look")
    found = find_marked(desk, issue.slug, since=record.attempted_at if record else None)
    was_found = bool(found)
    if found:
        chosen = found[0]
    else:
        template = starting_point(desk.target)
        desk.renew()
        desk.stage("create")
        issues.attempted(desk.ledger, lease, issue.slug, name, now=desk.clock())
        with asking("make the draft", writes=True):
            chosen = kit.broadcasts.create(
                subject=frozen.subject,
                content=frozen.content,
                preview_text=frozen.preview_text,
                description=frozen.mark,
                email_template_id=template.id,
                allow_starting_point=True,
                **_optional(frozen.details),
            )
    desk.stage("record")
    stands = issues.set_broadcast(desk.ledger, lease, issue.slug, name, chosen.id, now=desk.clock())
    if stands != chosen.id:
        with asking("read the broadcast"):
            return kit.broadcasts.get(stands), True
    return chosen, was_found


def _arm(
    desk: Desk,
    issue: Issue,
    frozen: Frozen,
    broadcast_id: int,
    send_at: datetime,
    *,
    had_filter: bool,
) -> Broadcast:
    kit = desk.target.kit
    details = frozen.details
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
            thumbnail_url=details["thumbnail_url"] or UNSET,
            thumbnail_alt=details["thumbnail_alt"] or UNSET,
            email_address=details["email_address"] or UNSET,
            # Kit says nothing of how a filter is taken back; the form that it reads
            # everyone back as is sent only when there was one before.
            subscriber_filter=wanted_filter or (EVERYONE if had_filter else UNSET),
            allow_starting_point=True,
            send_at=send_at,
        )
    desk.stage("verify")
    with asking("read the broadcast back"):
        stands = kit.broadcasts.get(broadcast_id)
    drift = _drift(frozen, stands, send_at)
    if drift:
        with asking("take the broadcast back", writes=True):
            kit.broadcasts.update(broadcast_id, send_at=None)
        raise Held(
            f"{issue.path}: the target shows another {drift} than it was given; it was taken back.",
            hint=f"Look at broadcast {broadcast_id} there, then: newsletter schedule {issue.slug}",
            code=Reason.DRIFT,
        )
    return stands


def _drift(frozen: Frozen, stands: Broadcast, send_at: datetime) -> str | None:
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


def _optional(details: Mapping[str, Any]) -> dict[str, Any]:
    names = ("subscriber_filter", "public", "thumbnail_url", "thumbnail_alt", "email_address")
    return {name: details[name] for name in names if details.get(name)}


def _outcome(
    desk: Desk, issue: Issue, broadcast: Broadcast, recipients: Recipients, *, was_found: bool
) -> HandedOver:
    desk.stage("outcome")
    now = desk.clock()
    state = status_to_state(broadcast.status)
    if state is State.DRAFTED:
        raise NotNow(
            f"{issue.path}: the target did not take the time; the broadcast is still a {broadcast.status}.",
            hint=f"Look at broadcast {broadcast.id} there.",
        )
    send_at = broadcast.send_at or now
    values: dict[str, Any] = {"send_at": send_at, "handed_over_at": now}
    if state is State.SENT:
        values["sent_at"] = send_at
    issues.became(
        desk.ledger,
        desk.held_lease,
        issue.slug,
        desk.target.name,
        state,
        now=now,
        words=f"broadcast {broadcast.id}, {send_at:%Y-%m-%d %H:%M} UTC",
        **values,
    )
    return HandedOver(
        slug=issue.slug,
        subject=broadcast.subject or issue.subject,
        state=state,
        send_at=send_at,
        broadcast_id=broadcast.id,
        recipients=recipients.count,
        was_found=was_found,
    )
