"""Deleting what letters and segments may ask for: only where none would reach other people."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select

from newsletter.server import objects
from newsletter.server.store import events
from newsletter.server.store.tables import broadcasts, segments, tags


class InUse(Exception):
    """A segment, or a broadcast that was not sent yet, asks for it."""


def tag(db: Connection, row: Row[Any], *, now: datetime) -> None:
    """Delete a tag, and take it off everybody who bears it. Raises InUse.

    Without it, a letter to those who do not bear it would go to everybody.
    """
    saved = db.execute(select(segments.c.conditions)).scalars()
    waiting = db.execute(
        select(broadcasts.c.subscriber_filter).where(
            broadcasts.c.status.in_(("draft", "scheduled", "sending"))
        )
    ).scalars()
    if any(_wants(each, row.id) for each in saved) or any(_names(each, row.id) for each in waiting):
        raise InUse
    db.execute(delete(tags).where(tags.c.id == row.id))
    events.of_thing(db, "tag.deleted", objects.tag(row), now=now)


def _wants(conditions: list[dict[str, Any]], tag_id: int) -> bool:
    tagged = (each for each in conditions if each["type"] == "tags")
    return any(tag_id in one["matching"] for each in tagged for one in each["any"])


def _names(subscriber_filter: list[dict[str, Any]], tag_id: int) -> bool:
    parts = (each for group in subscriber_filter for some in group.values() for each in some)
    return any(each["type"] == "tag" and tag_id in each["ids"] for each in parts)
