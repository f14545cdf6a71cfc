"""/segments: list them. As at Kit, the API makes none and does not tell what is in one."""

from __future__ import annotations

from typing import Any

from newsletter.server.api import conditions, pages
from newsletter.server.api.calls import Answer, Call, Operation, invalid
from newsletter.server.api.values import written
from newsletter.server.store import segments
from newsletter.server.store.paging import page_of
from newsletter.server.store.store import Store
from newsletter.server.store.tables import segments as segments_table


def listing(call: Call) -> Answer:
    """One page of the segments, newest first."""
    keys = [segments_table.c.id]
    wish = pages.wish(call.query, keys)
    with call.store.reading() as db:
        page = page_of(db, segments.all_segments(), keys=keys, wish=wish)
    body = [
        {"id": row.id, "name": row.name, "created_at": written(row.created_at)} for row in page.rows
    ]
    return Answer(status=200, body={"segments": body, "pagination": pages.pagination(page, wish)})


def save(store: Store, *, name: str, wanted: list[dict[str, Any]]) -> int:
    """Make a segment of filter conditions, or give one of this name others; its id.

    For whoever fills a store; no call of the API leads here. `wanted` is written as for
    `POST /subscribers/filter`. Raises Refusal for what that call would refuse, and for a
    segment of everybody, which is more likely a mistake than an audience.
    """
    read = conditions.read(wanted)
    if not name.strip() or not read:
        raise invalid("A segment needs a name and at least one condition")
    with store.writing() as db:
        return segments.save(db, name=name.strip(), conditions=read, now=store.clock())


OPERATIONS = (Operation(method="GET", path="/segments", answer=listing),)
