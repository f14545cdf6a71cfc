"""Segments: saved filters, by name."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, insert, select, update

from newsletter.server.store.tables import segments


def all_segments() -> Select[Any]:
    """Every segment."""
    return select(segments)


def save(db: Connection, *, name: str, conditions: Sequence[Any], now: datetime) -> int:
    """Keep checked conditions under a name, in place of those that stood there; gives the id."""
    here = segments.c.name == name
    changed = update(segments).where(here).values(conditions=list(conditions))
    found = db.execute(changed.returning(segments.c.id)).scalar_one_or_none()
    if found is not None:
        return int(found)
    row = {"name": name, "conditions": list(conditions), "created_at": now}
    return int(db.execute(insert(segments).values(row).returning(segments.c.id)).scalar_one())


def unknown(db: Connection, segment_ids: Collection[int]) -> set[int]:
    """Those of `segment_ids` that no segment has."""
    known = db.execute(select(segments.c.id).where(segments.c.id.in_(segment_ids))).scalars()
    return set(segment_ids) - set(known)


def conditions_of(db: Connection, segment_id: int) -> list[dict[str, Any]]:
    """What a segment wants of a subscriber."""
    rows = select(segments.c.conditions).where(segments.c.id == segment_id)
    found: list[dict[str, Any]] = db.execute(rows).scalar_one()
    return found


def using_field(db: Connection, field_id: int) -> bool:
    """Whether any segment asks for a value in this custom field."""
    saved = db.execute(select(segments.c.conditions)).scalars()
    return any(
        condition.get("subscriber_custom_field_id") == field_id
        for conditions in saved
        for condition in conditions
    )
