"""Handing an issue over, so that it is sent once whatever happens on the way.

Kit's API has no idempotency key. The order of these stages, and no other that was
tried in a model of every crash and every lost answer, sends exactly once:

    publish  pictures are put where readers load them
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
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from newsletter import kit
from newsletter.broadcast.mark import Mark
from newsletter.broadcast.model import Record, State
from newsletter.commands.answers import asking, translate
from newsletter.commands.arming import arm
from newsletter.commands.audience import insist_on_audience
from newsletter.commands.compose import Composed, digest_of
from newsletter.commands.copies import insist_on_novelty
from newsletter.commands.desk import Desk
from newsletter.commands.marks import best_first, find_marked, status_to_state
from newsletter.commands.publishing import publish
from newsletter.commands.recipients import Recipients, resolve
from newsletter.commands.target import starting_point
from newsletter.errors import NotNow, TryLater
from newsletter.issue.model import Issue
from newsletter.kit import Broadcast
from newsletter.ledger import issues, runs
from newsletter.ledger.issues import Frozen
from newsletter.render.model import Email

# Twice the five minutes that Kit names as the most its lists lag behind.
SETTLE = timedelta(minutes=10)
# Older than this, what was seen in the look may have been overtaken by another ledger.
STALE = timedelta(minutes=2)

_OPTIONAL = ("subscriber_filter", "public", "thumbnail_url", "thumbnail_alt", "email_address")


@dataclass(frozen=True, kw_only=True)
class Settling:
    """The draft is there and is armed after `until` (UTC).

    Another ledger may be handing the same issue over, and Kit's lists may not show its
    draft yet; after a while both see both, and take the one with the lowest id.
    """

    slug: str
    subject: str
    broadcast_id: int
    until: datetime
    recipients: int | None


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
    desk: Desk,
    composed: Composed,
    record: Record | None,
    *,
    send_at: datetime,
    agreed: int | None = None,
    by_a_person: bool = False,
) -> HandedOver | Settling:
    """Bring one issue to the target, or an edited version of it, through all stages.

    `by_a_person`: somebody at this machine asks for it now, and has agreed to the number
    of readers `agreed`; nobody does that on two machines at once.
    Raises Stopped when findings stand against it, Held when a person must decide,
    OutcomeUnknown after a request without an answer, TryLater when none left.
    """
    issue, email = composed.require(desk.project)
    recipients = resolve(desk.target, issue)
    insist_on_audience(desk, issue, recipients, record, agreed=agreed)
    insist_on_novelty(desk, issue, email)
    desk.stage("publish")
    desk.renew()
    publish(email.pictures, desk.project.gallery, folder=desk.project.root)
    before = issues.frozen(desk.ledger, issue.slug, desk.target.name)
    frozen = _freeze(desk, composed, issue, email, recipients, send_at)
    looked_at = desk.clock()
    is_alone = _is_alone(desk, by_a_person=by_a_person)
    broadcast, was_found = _broadcast_for(desk, issue, frozen, record, is_alone=is_alone)
    settles_at = None if is_alone else _settles_at(desk, broadcast, was_found=was_found)
    if settles_at is not None:
        return Settling(
            slug=issue.slug,
            subject=email.subject,
            broadcast_id=broadcast.id,
            until=settles_at,
            recipients=recipients.count,
        )
    status = broadcast.status if was_found else "draft"
    if status in ("sending", "completed"):
        return _outcome(desk, issue, broadcast, recipients, was_found=True)
    if desk.target.is_real and desk.clock() - looked_at > STALE:
        raise TryLater(
            "This machine stood still between looking and arming; the next run looks again."
        )
    had_filter = bool(before and before.details.get("subscriber_filter"))
    armed = arm(desk, issue, frozen, broadcast.id, send_at, had_filter=had_filter)
    return _outcome(desk, issue, armed, recipients, was_found=was_found)


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
        "thumbnail_url": email.thumbnail if issue.public else None,
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
    desk: Desk, issue: Issue, frozen: Frozen, record: Record | None, *, is_alone: bool
) -> tuple[Broadcast, bool]:
    """The one broadcast of this issue, and whether it stood there before this pass."""
    desk.stage("look")
    known = _recorded(desk, issue.slug, record.broadcast_id if record else None)
    if known is not None and (is_alone or known.status != "draft"):
        return known, True
    found = find_marked(desk, issue.slug, since=record.attempted_at if record else None)
    if known is not None and known.id not in [b.id for b in found]:
        # Our own draft may be missing from a list that lags.
        found = best_first([*found, known])
    chosen = found[0] if found else _create(desk, issue, frozen)
    desk.stage("record")
    now, name = desk.clock(), desk.target.name
    stands = issues.set_broadcast(
        desk.ledger, desk.held_lease, issue.slug, name, chosen.id, now=now
    )
    if stands == chosen.id:
        return chosen, bool(found)
    if found and known is not None:
        issues.adopt_broadcast(desk.ledger, desk.held_lease, issue.slug, name, chosen.id, now=now)
        return chosen, True
    return _read(desk, stands), True


def _create(desk: Desk, issue: Issue, frozen: Frozen) -> Broadcast:
    template = starting_point(desk.target)
    desk.renew()
    desk.stage("create")
    issues.attempted(desk.ledger, desk.held_lease, issue.slug, desk.target.name, now=desk.clock())
    details = {name: frozen.details[name] for name in _OPTIONAL if frozen.details.get(name)}
    with asking("make the draft", writes=True):
        return desk.target.kit.broadcasts.create(
            subject=frozen.subject,
            content=frozen.content,
            preview_text=frozen.preview_text,
            description=frozen.mark,
            email_template_id=template.id,
            allow_starting_point=True,
            **details,
        )


def _read(desk: Desk, broadcast_id: int) -> Broadcast:
    with asking("read the broadcast"):
        return desk.target.kit.broadcasts.get(broadcast_id)


def _recorded(desk: Desk, slug: str, broadcast_id: int | None) -> Broadcast | None:
    """The broadcast that the ledger has recorded; forgotten when somebody deleted it there."""
    if broadcast_id is None:
        return None
    try:
        return desk.target.kit.broadcasts.get(broadcast_id)
    except kit.NotFound:
        issues.forget_broadcast(
            desk.ledger, desk.held_lease, slug, desk.target.name, now=desk.clock()
        )
        return None
    except kit.KitError as error:
        raise translate(error, "read the broadcast", writes=False) from error


def _is_alone(desk: Desk, *, by_a_person: bool) -> bool:
    """Whether no other ledger can be handing the same issue over right now.

    The embedded server has one ledger beside it. An account may have several, and two
    cron jobs wake in the same minute; a person acts on one machine, but a ledger that
    has never armed anything there may be the second one without her knowing.
    """
    if desk.target.kind == "local":
        return True
    return by_a_person and runs.is_settled(desk.ledger, desk.target.name)


def _settles_at(desk: Desk, broadcast: Broadcast, *, was_found: bool) -> datetime | None:
    """When `broadcast` may be armed: once every ledger had time to see it; None: now."""
    if broadcast.status != "draft":
        return None
    now = desk.clock()
    began = broadcast.created_at if was_found and broadcast.created_at else now
    until = began + SETTLE
    return until if now < until else None


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
    runs.settled(desk.ledger, desk.target.name, now=now)
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
