"""What time it is: the machine's clock, or a pretended one for trials."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from newsletter.errors import NotConfigured

Clock = Callable[[], datetime]


def wall_clock() -> datetime:
    """Now, aware, UTC."""
    return datetime.now(UTC)


def clock_from(pretended: str | None, *, name: str = "NEWSLETTER_CLOCK") -> Clock:
    """The wall clock, or one that shows `pretended` (RFC 3339) now and runs on from there.

    `name` is what an error calls it.
    """
    if pretended is None:
        return wall_clock
    try:
        start = datetime.fromisoformat(pretended)
    except ValueError:
        raise NotConfigured(
            f"{name}: {pretended!r} is no time.", hint="Write it as 2026-11-24T09:00:00Z."
        ) from None
    start = start.replace(tzinfo=UTC) if start.tzinfo is None else start.astimezone(UTC)
    began = time.monotonic()
    return lambda: start + timedelta(seconds=time.monotonic() - began)
