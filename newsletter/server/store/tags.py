"""Tags, and who bears them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, delete, func, select, update
from sqlalchemy.exc import IntegrityError

from newsletter.server import objects
from newsletter.server.store import events
from newsletter.server.store.inserting import insert_if_new
from newsletter.server.store.subscribers import Wanted, between, matching
from newsletter.server.store.tables import subscribers, taggings, tags

MEMBER_KEYS: tuple[ColumnElement[Any], ...] = (taggings.c.tagged_at, taggings.c.subscriber_id)


class NameTaken(Exception):
    """Another tag has this name."""


def all_tags() -> Select[Any]:
    """Every tag."""
    return select(tags)


def by_id(db: Connection, tag_id: int) -> Row[Any] | None:
    """The tag with this id."""
    return db.execute(select(tags).where(tags.c.id == tag_id)).one_or_none()


def unknown(db: Connection, tag_ids: Collection[int]) -> set[int]:
    """Those of `tag_ids` that no tag has."""
    known = db.execute(select(tags.c.id).where(tags.c.id.in_(tag_ids))).scalars()
    return set(tag_ids) - set(known)


def find_or_create(db: Connection, name: str, *, now: datetime) -> tuple[Row[Any], bool]:
    """The tag of this name, letter case aside, and whether it is new."""
    key = name.casefold()
    same = select(tags).where(tags.c.name_key == key)
    found = db.execute(same).one_or_none()  # asked first: a refused insert uses a number up
    if found is not None:
        return found, False
    created = insert_if_new(db, tags, {"name": name, "name_key": key, "created_at": now})
    row = db.execute(same).one()
    if created:
        events.of_thing(db, "tag.created", objects.tag(row), now=now)
    return row, created


def rename(db: Connection, tag_id: int, name: str) -> Row[Any] | None:
    """Give a tag another name; None when there is no such tag. Raises NameTaken."""
    key = name.casefold()
    same = select(tags.c.id).where(tags.c.name_key == key, tags.c.id != tag_id)
    if db.execute(same).first() is not None:
        raise NameTaken(name)
    statement = update(tags).where(tags.c.id == tag_id).values(name=name, name_key=key)
    try:
        return db.execute(statement.returning(tags)).one_or_none()
    except IntegrityError as error:  # somebody took the name a moment ago
        raise NameTaken(name) from error


def put_on(db: Connection, *, tag_id: int, subscriber_id: int, now: datetime) -> bool:
    """Tag a subscriber; False when she bore the tag already."""
    row = {"tag_id": tag_id, "subscriber_id": subscriber_id, "tagged_at": now}
    new = insert_if_new(db, taggings, row)
    if new:
        events.of_tag(db, "subscriber.tag_added", subscriber_id, tag_id=tag_id, now=now)
    return new


def take_off(db: Connection, *, tag_id: int, subscriber_id: int, now: datetime) -> None:
    """Untag a subscriber."""
    here = (taggings.c.tag_id == tag_id, taggings.c.subscriber_id == subscriber_id)
    if db.execute(delete(taggings).where(*here)).rowcount == 1:
        events.of_tag(db, "subscriber.tag_removed", subscriber_id, tag_id=tag_id, now=now)


def tagged_at(db: Connection, *, tag_id: int, subscriber_id: int) -> datetime:
    """When a subscriber got a tag that she bears."""
    here = (taggings.c.tag_id == tag_id, taggings.c.subscriber_id == subscriber_id)
    at: datetime = db.execute(select(taggings.c.tagged_at).where(*here)).scalar_one()
    return at


def members(
    tag_id: int, wanted: Wanted, *, after: datetime | None, before: datetime | None
) -> Select[Any]:
    """Subscribers who bear a tag, with the time they got it; ordered by MEMBER_KEYS."""
    rows = matching(wanted, *MEMBER_KEYS).join(
        taggings, taggings.c.subscriber_id == subscribers.c.id
    )
    return between(rows.where(taggings.c.tag_id == tag_id), taggings.c.tagged_at, after, before)


def borne_by(subscriber_id: int) -> Select[Any]:
    """The tags of one subscriber, with the time she got each."""
    rows = select(tags, taggings.c.tagged_at).join(taggings, taggings.c.tag_id == tags.c.id)
    return rows.where(taggings.c.subscriber_id == subscriber_id)


def borne_by_each(
    db: Connection, subscriber_ids: Collection[int]
) -> Mapping[int, list[dict[str, Any]]]:
    """The tags of several subscribers at once, as id and name."""
    rows = select(taggings.c.subscriber_id, tags.c.id, tags.c.name).join(
        tags, taggings.c.tag_id == tags.c.id
    )
    found: dict[int, list[dict[str, Any]]] = {each: [] for each in subscriber_ids}
    here = taggings.c.subscriber_id.in_(subscriber_ids)
    for row in db.execute(rows.where(here).order_by(tags.c.id)):
        found[row.subscriber_id].append({"id": row.id, "name": row.name})
    return found


def counts(db: Connection, tag_ids: Collection[int]) -> Mapping[int, int]:
    """How many active subscribers bear each of these tags."""
    rows = (
        select(taggings.c.tag_id, func.count())
        .join(subscribers, subscribers.c.id == taggings.c.subscriber_id)
        .where(taggings.c.tag_id.in_(tag_ids), subscribers.c.state == "active")
        .group_by(taggings.c.tag_id)
    )
    found = {tag_id: int(number) for tag_id, number in db.execute(rows)}
    return {tag_id: found.get(tag_id, 0) for tag_id in tag_ids}
