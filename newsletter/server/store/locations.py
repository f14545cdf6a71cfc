"""Where subscribers live, as far as somebody pinned it, and who lives near a place."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, exists, select, update

from newsletter.server.store.inserting import insert_if_new
from newsletter.server.store.tables import locations, subscribers

_EARTH_MILES = 3958.7613  # mean radius (IUGG)


def of(db: Connection, subscriber_ids: Collection[int]) -> Mapping[int, Row[Any]]:
    """The pinned locations of these subscribers; whoever has none is missing."""
    rows = select(locations).where(locations.c.subscriber_id.in_(subscriber_ids))
    return {row.subscriber_id: row for row in db.execute(rows)}


def pin(db: Connection, subscriber_id: int, values: Mapping[str, Any]) -> None:
    """Keep where a subscriber lives, in place of what was known."""
    latitude, longitude = values["latitude"], values["longitude"]
    point = {} if None in (latitude, longitude) else _point(latitude, longitude)
    row = {"x": None, "y": None, "z": None, **values, **point}
    if not insert_if_new(db, locations, {"subscriber_id": subscriber_id, **row}):
        here = locations.c.subscriber_id == subscriber_id
        db.execute(update(locations).where(here).values(**row))


def unpin(db: Connection, subscriber_id: int) -> None:
    """Forget where a subscriber lives."""
    db.execute(delete(locations).where(locations.c.subscriber_id == subscriber_id))


def is_within(latitude: float, longitude: float, *, miles: float) -> ColumnElement[bool]:
    """Whether a row of `subscribers` has a pinned place that near, as the crow flies.

    Two points of the unit sphere are as far apart as the chord between them says.
    """
    centre = _point(latitude, longitude)
    half = min(max(miles, 0.0) / _EARTH_MILES / 2, math.pi / 2)
    squares = [
        (locations.c[axis] - middle) * (locations.c[axis] - middle)
        for axis, middle in centre.items()
    ]
    chord: ColumnElement[float] = squares[0] + squares[1] + squares[2]
    most = (2 * math.sin(half)) ** 2
    return exists().where(locations.c.subscriber_id == subscribers.c.id, chord <= most)


def _point(latitude: float, longitude: float) -> dict[str, float]:
    up, round_ = math.radians(latitude), math.radians(longitude)
    return {
        "x": math.cos(up) * math.cos(round_),
        "y": math.cos(up) * math.sin(round_),
        "z": math.sin(up),
    }
