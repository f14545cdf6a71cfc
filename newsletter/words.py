"""Times, counts and states as people read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo


def full_time(instant: datetime, zone: ZoneInfo) -> str:
    """`Tuesday 24 November 2026, 09:00 EST (14:00 UTC)`."""
    local = instant.astimezone(zone)
    utc = instant.astimezone(UTC)
    clock = f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"
    head = f"{local:%A} {local.day} {local:%B %Y}, {clock} {local:%Z}"
    return head if local.tzname() == "UTC" else f"{head} ({utc:%H:%M} UTC)"


def short_time(instant: datetime, zone: ZoneInfo) -> str:
    """`Tue 24 Nov 09:00 EST`."""
    local = instant.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %H:%M %Z}"


def day(instant: datetime, zone: ZoneInfo) -> str:
    """`24 Nov 2026`."""
    local = instant.astimezone(zone)
    return f"{local.day} {local:%b %Y}"


def date_and_time(instant: datetime, zone: ZoneInfo) -> str:
    """`24 Nov 2026 09:00`."""
    local = instant.astimezone(zone)
    return f"{local.day} {local:%b %Y %H:%M}"


def distance(now: datetime, instant: datetime) -> str:
    """`in 1 day 22 h`, `in 2 minutes`, `now`, `3 h ago`."""
    gap = instant - now
    if abs(gap) < timedelta(seconds=1):
        return "now"
    words = duration(abs(gap))
    return f"in {words}" if gap > timedelta(0) else f"{words} ago"


def duration(span: timedelta) -> str:
    """`1 day 22 h`, `2 h 5 min`, `4 minutes`, `20 seconds`."""
    seconds = int(span.total_seconds() + 0.5)
    if seconds < 90:
        return plural(seconds, "second")
    minutes = (seconds + 30) // 60
    if minutes < 120:
        return plural(minutes, "minute")
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{plural(days, 'day')} {hours} h" if hours else plural(days, "day")


def plural(number: int, noun: str) -> str:
    """`1 reader`, `2 readers`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def state_word(state: str) -> str:
    """A subscriber's state towards people: our word for `cancelled` is "unsubscribed"."""
    return "unsubscribed" if state == "cancelled" else state


def rfc3339(instant: datetime | None) -> str | None:
    """The instant as JSON has it: UTC, seconds, `Z`."""
    return None if instant is None else f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
