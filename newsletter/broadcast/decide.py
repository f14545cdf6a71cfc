"""The state table: (what the file wishes, what the ledger remembers, now) → what to do.

Nothing here acts. `--dry-run` prints what this says; a real run carries it out.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from newsletter.broadcast.model import (
    Action,
    HandOver,
    Hold,
    Nothing,
    Policy,
    Poll,
    Reason,
    Reconcile,
    Record,
    State,
    Update,
    Verify,
    Wait,
    Wish,
    Withdraw,
)

# Two passes of a five-minute cron fit in, so that one that is missed does no harm.
VERIFY_BEFORE = timedelta(minutes=10)


def decide(wish: Wish | None, record: Record | None, now: datetime, policy: Policy) -> Action:
    """What should happen to one issue now.

    `wish` is None when the file is gone or cannot be read; what the target already
    holds then stays as it is, for a missing file is no order.
    """
    if record is None:
        return _from_the_start(wish, now, policy)
    match record.state:
        case State.SENT:
            return Nothing(because="sent")
        case State.SENDING:
            return _poll(record)
        case State.HANDED_OVER:
            return _handed_over(wish, record, now)
        case State.FROZEN | State.DRAFTED:
            return _unfinished(wish, record)
        case State.HELD | State.FAILED | State.SKIPPED:
            return _stopped(wish, record, now, policy)
        case State.CANCELLED:
            return _cancelled(wish, record, now, policy)
        case State.PLANNED:
            return _from_the_start(wish, now, policy)


def _from_the_start(wish: Wish | None, now: datetime, policy: Policy) -> Action:
    if wish is None or wish.send_at is None:
        return Nothing(because="draft")
    if now > wish.send_at + policy.grace:
        return Hold(reason=Reason.LATE, words=f"was due {wish.send_at:%Y-%m-%d %H:%M} UTC")
    if now >= wish.send_at - policy.lead:
        return HandOver(send_at=wish.send_at)
    return Wait(until=wish.send_at - policy.lead)


def _unfinished(wish: Wish | None, record: Record) -> Action:
    if wish is not None and wish.send_at is None:
        return Withdraw(broadcast_id=record.broadcast_id)
    # Also when it is late or its file is gone: it may already be armed, so look first.
    return Reconcile(send_at=wish.send_at if wish and wish.send_at else record.send_at)


def _handed_over(wish: Wish | None, record: Record, now: datetime) -> Action:
    if now >= record.send_at:
        return _poll(record)
    if wish is None:
        return Wait(until=record.send_at)
    if wish.send_at is None:
        return Withdraw(broadcast_id=record.broadcast_id)
    is_new = wish.source not in (record.source_digest, record.refused_digest)
    if is_new or wish.send_at != record.send_at:
        return Update(send_at=wish.send_at)
    window = record.send_at - VERIFY_BEFORE
    is_verified = record.verified_at is not None and record.verified_at >= window
    if now >= window and not is_verified and record.broadcast_id is not None:
        return Verify(broadcast_id=record.broadcast_id)
    return Wait(until=record.send_at)


def _stopped(wish: Wish | None, record: Record, now: datetime, policy: Policy) -> Action:
    may_be_armed = record.broadcast_id is not None and record.state is not State.SKIPPED
    if wish is not None and wish.send_at is None and may_be_armed:
        return Withdraw(broadcast_id=record.broadcast_id)
    if wish is None or wish.send_at is None:
        return Nothing(because=record.state)
    was_moved = (record.reason or "").startswith(Reason.DRIFT) and wish.send_at == record.send_at
    if was_moved and may_be_armed and now >= record.send_at:
        return _poll(record)
    was_mended = wish.source not in (record.source_digest, record.refused_digest)
    has_new_time = wish.send_at != record.send_at
    # An issue that came too late needs a new time; other trouble may be mended in the file.
    is_late = record.state is State.SKIPPED or (record.reason or "").startswith(Reason.LATE)
    if has_new_time or (was_mended and not is_late):
        return _from_the_start(wish, now, policy)
    return Nothing(because=record.state)


def _cancelled(wish: Wish | None, record: Record, now: datetime, policy: Policy) -> Action:
    is_wished = wish is not None and wish.send_at is not None
    if is_wished or record.broadcast_id is None:
        return _from_the_start(wish, now, policy)
    # A request of a pass that was killed may have armed it again: look once more, in time.
    window = record.send_at - VERIFY_BEFORE
    is_verified = record.verified_at is not None and record.verified_at >= window
    if window <= now <= record.send_at + policy.grace and not is_verified:
        return Withdraw(broadcast_id=record.broadcast_id)
    return _from_the_start(wish, now, policy)


def _poll(record: Record) -> Action:
    if record.broadcast_id is None:
        return Reconcile(send_at=record.send_at)
    return Poll(broadcast_id=record.broadcast_id)
