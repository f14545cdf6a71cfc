"""Sign-up forms, and who came through them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, select

from newsletter.server.store import events
from newsletter.server.store.inserting import insert_if_new
from newsletter.server.store.subscribers import Wanted, between, matching
from newsletter.server.store.tables import form_members, forms, subscribers

TYPES = ("embed", "hosted")
MEMBER_KEYS: tuple[ColumnElement[Any], ...] = (
    form_members.c.added_at,
    form_members.c.subscriber_id,
)


def all_forms(*, kind: str | None, archived: bool | None) -> Select[Any]:
    """Every form, or those of one type, archived or not."""
    rows = select(forms)
    if kind is not None:
        rows = rows.where(forms.c.type == kind)
    if archived is not None:
        rows = rows.where(forms.c.archived == archived)
    return rows


def by_id(db: Connection, form_id: int) -> Row[Any] | None:
    """The form with this id."""
    return db.execute(select(forms).where(forms.c.id == form_id)).one_or_none()


def unknown(db: Connection, form_ids: Collection[int]) -> set[int]:
    """Those of `form_ids` that no form has."""
    known = db.execute(select(forms.c.id).where(forms.c.id.in_(form_ids))).scalars()
    return set(form_ids) - set(known)


def add(
    db: Connection, *, form_id: int, subscriber_id: int, referrer: str | None, now: datetime
) -> bool:
    """Put a subscriber on a form; False when she was on it already."""
    row = {
        "form_id": form_id,
        "subscriber_id": subscriber_id,
        "added_at": now,
        "referrer": referrer,
    }
    new = insert_if_new(db, form_members, row)
    if new:
        events.of_form(db, subscriber_id, form_id=form_id, now=now)
    return new


def membership(db: Connection, *, form_id: int, subscriber_id: int) -> Row[Any]:
    """When and whence a subscriber came through a form that she is on."""
    here = (form_members.c.form_id == form_id, form_members.c.subscriber_id == subscriber_id)
    return db.execute(select(form_members).where(*here)).one()


def members(
    form_id: int, wanted: Wanted, *, after: datetime | None, before: datetime | None
) -> Select[Any]:
    """Subscribers of a form, with time and referrer; ordered by MEMBER_KEYS."""
    rows = matching(wanted, *MEMBER_KEYS, form_members.c.referrer).join(
        form_members, form_members.c.subscriber_id == subscribers.c.id
    )
    rows = rows.where(form_members.c.form_id == form_id)
    return between(rows, form_members.c.added_at, after, before)


def came_through(db: Connection, subscriber_ids: Collection[int]) -> dict[int, Row[Any]]:
    """The first form that each of these subscribers came through, with her referrer there."""
    rows: Select[Any] = (
        select(form_members.c.subscriber_id, form_members.c.referrer, forms.c.name, forms.c.type)
        .join(forms, forms.c.id == form_members.c.form_id)
        .where(form_members.c.subscriber_id.in_(subscriber_ids))
        .order_by(form_members.c.added_at.desc(), form_members.c.form_id.desc())
    )
    return {row.subscriber_id: row for row in db.execute(rows)}  # the last one written is the first


def counts(db: Connection, form_ids: Collection[int]) -> Mapping[int, int]:
    """How many active subscribers each of these forms has."""
    rows = (
        select(form_members.c.form_id, func.count())
        .join(subscribers, subscribers.c.id == form_members.c.subscriber_id)
        .where(form_members.c.form_id.in_(form_ids), subscribers.c.state == "active")
        .group_by(form_members.c.form_id)
    )
    found = {form_id: int(number) for form_id, number in db.execute(rows)}
    return {form_id: found.get(form_id, 0) for form_id in form_ids}
