"""What a pass would do, in the future tense."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from newsletter.broadcast.model import (
    HandOver,
    Hold,
    Poll,
    Reconcile,
    Update,
    Verify,
    Wait,
    Withdraw,
)
from newsletter.commands.rehearse import Rehearsed
from newsletter.words import full_time, rfc3339, short_time


def rehearsal_lines(rehearsed: Sequence[Rehearsed], now: datetime, zone: ZoneInfo) -> Iterator[str]:
    """A line an issue; nothing is done."""
    yield f"At {full_time(now, zone)} a run would:"
    for one in rehearsed:
        yield f"  {_words(one, zone)}"
    if not rehearsed:
        yield "  find nothing to do"
    yield "Nothing was changed."


def rehearsal_data(rehearsed: Sequence[Rehearsed], now: datetime) -> dict[str, object]:
    """The same as JSON."""
    return {
        "now": rfc3339(now),
        "would": [
            {
                "issue": one.slug,
                "subject": one.subject,
                "action": _name(one),
                "send_at": rfc3339(getattr(one.action, "send_at", None)),
                "until": rfc3339(getattr(one.action, "until", None)),
            }
            for one in rehearsed
        ],
    }


def _name(one: Rehearsed) -> str:
    if one.would_be_held:
        return "hold"
    names = {
        HandOver: "hand_over",
        Update: "update",
        Reconcile: "reconcile",
        Verify: "verify",
        Wait: "wait",
        Withdraw: "withdraw",
        Poll: "poll",
        Hold: "hold",
    }
    return names.get(type(one.action), "nothing")


def _words(one: Rehearsed, zone: ZoneInfo) -> str:
    if one.would_be_held:
        return f"hold {one.slug}: its checks fail (newsletter check {one.slug})"
    match one.action:
        case HandOver(send_at=send_at):
            return f"hand over {one.subject!r}, to go out {short_time(send_at, zone)}"
        case Update(send_at=send_at):
            return f"update {one.subject!r}, to go out {short_time(send_at, zone)}"
        case Reconcile():
            return f"find out how far {one.subject!r} came, and go on from there"
        case Verify():
            return f"look whether the target still holds {one.subject!r} as it was given"
        case Wait(until=until):
            return f"wait with {one.subject!r} until {short_time(until, zone)}"
        case Withdraw():
            return f"take back {one.subject!r}"
        case Poll():
            return f"ask how far {one.subject!r} is"
        case Hold(words=words):
            return f"hold {one.slug}: {words}"
        case _:
            return f"do nothing with {one.slug}"
