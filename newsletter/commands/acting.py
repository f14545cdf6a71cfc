"""What the state table says of one issue is done: handed over, updated, verified, polled or held."""

from __future__ import annotations

from datetime import datetime

from newsletter.broadcast.model import (
    HandOver,
    Hold,
    Nothing,
    Poll,
    Reason,
    Reconcile,
    State,
    Update,
    Verify,
    Wait,
    Withdraw,
)
from newsletter.commands.compose import Composed, Stopped, compose, issue_before
from newsletter.commands.desk import Desk
from newsletter.commands.handover import HandedOver, Settling, hand_over
from newsletter.commands.holding import hold, late_hint
from newsletter.commands.marks import find_marked, status_to_state
from newsletter.commands.outcome import Kind, News
from newsletter.commands.plan import Planned
from newsletter.commands.poll import poll
from newsletter.commands.verify import verify
from newsletter.commands.withdraw import withdraw
from newsletter.errors import Held, InFile, NotNow
from newsletter.ledger import issues, tags


def carry_out(desk: Desk, planned: Planned) -> News | None:
    """Do what is planned for one issue; when a person must decide, it is held, and that is news.

    Raises LeaseLost when another run took over, NotConfigured, TryLater or OutcomeUnknown.
    """
    try:
        return _act(desk, planned)
    except (Held, NotNow, Stopped, InFile) as error:
        return hold(desk, planned, error)


def _act(desk: Desk, planned: Planned) -> News | None:
    record = planned.record
    match planned.action:
        case Nothing() | Wait():
            return None
        case HandOver(send_at=send_at):
            done = hand_over(desk, _composed(desk, planned), record, send_at=send_at)
            return _handed_over_news(desk, done, Kind.HANDED_OVER)
        case Verify():
            assert record is not None  # noqa: S101  (the table verifies what it has handed over)
            return verify(desk, record)
        case Reconcile(send_at=send_at):
            return _reconcile(desk, planned, send_at)
        case Update(send_at=send_at):
            done = hand_over(desk, _composed(desk, planned), record, send_at=send_at)
            return _handed_over_news(desk, done, Kind.UPDATED)
        case Withdraw():
            assert record is not None  # noqa: S101  (the table withdraws only what it knows)
            was_armed = withdraw(desk, record)
            if record.state is State.CANCELLED and not was_armed:
                return None
            return News(
                kind=Kind.WITHDRAWN,
                slug=planned.slug,
                subject=record.subject or planned.slug,
                at=desk.clock(),
                send_at=record.send_at,
            )
        case Poll():
            assert record is not None  # noqa: S101
            return poll(desk, record)
        case Hold(reason=reason, words=words):
            raise Held(f"{planned.slug} {words}", hint=late_hint(planned.slug), code=reason)


def _composed(desk: Desk, planned: Planned) -> Composed:
    if planned.read is None:
        raise Held(
            f"The file of {planned.slug} is gone before it could be handed over.",
            hint="Put it back, or leave it: nothing is sent.",
            code=Reason.CHECKS,
        )
    return compose(
        desk.project,
        planned.read,
        now=desk.clock(),
        target=desk.target.kind,
        record=planned.record,
        previous=issue_before(
            issues.all_for(desk.ledger, desk.target.name),
            planned.slug,
            planned.read.issue.send_at if planned.read.issue else None,
        ),
        tags=tags.known(desk.ledger, desk.target.name),
    )


def _reconcile(desk: Desk, planned: Planned, send_at: datetime) -> News | None:
    """An earlier pass ended half way: go on from what the target really holds."""
    record = planned.record
    assert record is not None  # noqa: S101  (only what was begun is reconciled)
    is_late = desk.clock() > send_at + desk.project.policy.grace
    if is_late or planned.read is None:
        found = find_marked(desk, planned.slug, since=record.attempted_at)
        if not found or found[0].status == "draft":
            if not is_late:
                _composed(desk, planned)  # says that its file is gone
            raise Held(
                f"{planned.slug} was due {send_at:%Y-%m-%d %H:%M} UTC and was not handed over in time.",
                hint=late_hint(planned.slug),
                code=Reason.LATE,
            )
        state = status_to_state(found[0].status)
        issues.became(
            desk.ledger,
            desk.held_lease,
            planned.slug,
            desk.target.name,
            state,
            now=desk.clock(),
            words=f"found at the target as broadcast {found[0].id}",
            broadcast_id=found[0].id,
            send_at=found[0].send_at or send_at,
        )
        return None
    done = hand_over(desk, _composed(desk, planned), record, send_at=send_at)
    return _handed_over_news(desk, done, Kind.HANDED_OVER)


def _handed_over_news(desk: Desk, done: HandedOver | Settling, kind: Kind) -> News | None:
    if isinstance(done, Settling):
        return None
    if done.state is State.SENT:
        kind = Kind.SENT
    return News(
        kind=kind,
        slug=done.slug,
        subject=done.subject,
        at=desk.clock(),
        send_at=done.send_at,
        recipients=done.recipients,
        broadcast_id=done.broadcast_id,
        words="found again at the target" if done.was_found and kind is Kind.HANDED_OVER else "",
    )
