"""Sequences: their emails in order, and who is in them. Nothing here sends anything."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from newsletter.server import objects
from newsletter.server.store import events
from newsletter.server.store.inserting import insert_if_new
from newsletter.server.store.sequence_tables import (
    sequence_emails,
    sequence_members,
    sequences,
)
from newsletter.server.store.subscribers import Wanted, between, matching
from newsletter.server.store.tables import subscribers

MEMBER_KEYS: tuple[ColumnElement[Any], ...] = (
    sequence_members.c.added_at,
    sequence_members.c.subscriber_id,
)
EMAIL_KEYS: tuple[ColumnElement[Any], ...] = (sequence_emails.c.position, sequence_emails.c.id)


class PositionTaken(Exception):
    """Another email of the sequence stands there."""


def all_sequences() -> Select[Any]:
    """Every sequence that was not deleted."""
    return select(sequences).where(sequences.c.deleted_at.is_(None))


def by_id(db: Connection, sequence_id: int) -> Row[Any] | None:
    """The sequence with this id, unless it was deleted."""
    return db.execute(all_sequences().where(sequences.c.id == sequence_id)).one_or_none()


def unknown(db: Connection, sequence_ids: Collection[int]) -> set[int]:
    """Those of `sequence_ids` that no sequence has."""
    rows = all_sequences().with_only_columns(sequences.c.id)
    known = db.execute(rows.where(sequences.c.id.in_(sequence_ids))).scalars()
    return set(sequence_ids) - set(known)


def create(db: Connection, values: Mapping[str, Any], *, now: datetime) -> Row[Any]:
    """Add a sequence without emails."""
    row = {**values, "created_at": now, "updated_at": now}
    made = db.execute(insert(sequences).values(row).returning(sequences)).one()
    events.of_thing(db, "sequence.created", objects.sequence(made), now=now)
    if made.active:
        events.of_thing(db, "sequence.published", objects.sequence(made), now=now)
    return made


def change(db: Connection, row: Row[Any], values: Mapping[str, Any], *, now: datetime) -> Row[Any]:
    """Change what is given of a sequence; writes nothing when nothing differs."""
    if all(row._mapping[name] == value for name, value in values.items()):
        return row
    statement = update(sequences).where(sequences.c.id == row.id)
    statement = statement.values(**values, updated_at=now)
    changed = db.execute(statement.returning(sequences)).one()
    if changed.active != row.active:
        kind = "sequence.published" if changed.active else "sequence.disabled"
        events.of_thing(db, kind, objects.sequence(changed), now=now)
    return changed


def remove(db: Connection, row: Row[Any], *, now: datetime) -> None:
    """Delete a sequence softly: it is not found any more, and its rows stay."""
    statement = update(sequences).where(sequences.c.id == row.id)
    db.execute(statement.values(deleted_at=now, updated_at=now))
    events.of_thing(db, "sequence.deleted", objects.sequence(row), now=now)


def email_counts(db: Connection, sequence_ids: Collection[int]) -> Mapping[int, int]:
    """How many emails each of these sequences has."""
    rows = (
        select(sequence_emails.c.sequence_id, func.count())
        .where(sequence_emails.c.sequence_id.in_(sequence_ids))
        .group_by(sequence_emails.c.sequence_id)
    )
    return _numbers(db, rows, sequence_ids)


def member_counts(db: Connection, sequence_ids: Collection[int]) -> Mapping[int, int]:
    """How many active subscribers are in each of these sequences."""
    return _numbers(db, _active(sequence_ids), sequence_ids)


def completed_counts(db: Connection, sequence_ids: Collection[int]) -> Mapping[int, int]:
    """How many of those have gone through to the end."""
    rows = _active(sequence_ids).where(sequence_members.c.completed_at.is_not(None))
    return _numbers(db, rows, sequence_ids)


def _active(sequence_ids: Collection[int]) -> Select[Any]:
    return (
        select(sequence_members.c.sequence_id, func.count())
        .join(subscribers, subscribers.c.id == sequence_members.c.subscriber_id)
        .where(sequence_members.c.sequence_id.in_(sequence_ids), subscribers.c.state == "active")
        .group_by(sequence_members.c.sequence_id)
    )


def _numbers(db: Connection, rows: Select[Any], ids: Collection[int]) -> Mapping[int, int]:
    found = {id_: int(number) for id_, number in db.execute(rows)}
    return {id_: found.get(id_, 0) for id_ in ids}


def emails_of(sequence_id: int, *, with_content: bool = True) -> Select[Any]:
    """The emails of a sequence; ordered by EMAIL_KEYS."""
    columns = [each for each in sequence_emails.c if with_content or each.name != "content"]
    return select(*columns).where(sequence_emails.c.sequence_id == sequence_id)


def email_by_id(db: Connection, sequence_id: int, email_id: int) -> Row[Any] | None:
    """The email with this id, if it belongs to this sequence."""
    here = sequence_emails.c.id == email_id
    return db.execute(emails_of(sequence_id).where(here)).one_or_none()


def next_position(db: Connection, sequence_id: int) -> int:
    """The position behind the last email."""
    last = select(func.max(sequence_emails.c.position))
    found = db.execute(last.where(sequence_emails.c.sequence_id == sequence_id)).scalar_one()
    return 0 if found is None else found + 1


def is_first(db: Connection, sequence_id: int, position: int, *, but: int | None = None) -> bool:
    """Whether no email of the sequence, `but` aside, stands before a position."""
    before = emails_of(sequence_id).where(
        sequence_emails.c.position < position, sequence_emails.c.id != (but or 0)
    )
    return db.execute(before.limit(1)).first() is None


def add_email(
    db: Connection, sequence_id: int, values: Mapping[str, Any], *, now: datetime
) -> Row[Any]:
    """Add an email. Raises PositionTaken."""
    row = {**values, "sequence_id": sequence_id, "created_at": now, "updated_at": now}
    _keep_free(db, sequence_id, values["position"], but=0)
    statement = insert(sequence_emails).values(row).returning(sequence_emails)
    try:
        return db.execute(statement).one()
    except IntegrityError as error:  # somebody took the position a moment ago
        raise PositionTaken from error


def change_email(
    db: Connection, row: Row[Any], values: Mapping[str, Any], *, now: datetime
) -> Row[Any]:
    """Change what is given of an email. Raises PositionTaken."""
    _keep_free(db, row.sequence_id, values.get("position", row.position), but=row.id)
    statement = update(sequence_emails).where(sequence_emails.c.id == row.id)
    statement = statement.values(**values, updated_at=now)
    try:
        return db.execute(statement.returning(sequence_emails)).one()
    except IntegrityError as error:  # somebody took the position a moment ago
        raise PositionTaken from error


def remove_email(db: Connection, row: Row[Any]) -> None:
    """Delete an email; the others stay where they stand."""
    db.execute(delete(sequence_emails).where(sequence_emails.c.id == row.id))


def _keep_free(db: Connection, sequence_id: int, position: int, *, but: int) -> None:
    there = emails_of(sequence_id).where(
        sequence_emails.c.position == position, sequence_emails.c.id != but
    )
    if db.execute(there).first() is not None:
        raise PositionTaken


def add(db: Connection, *, sequence_id: int, subscriber_id: int, now: datetime) -> bool:
    """Put a subscriber into a sequence; False when she was in it already."""
    row = {"sequence_id": sequence_id, "subscriber_id": subscriber_id, "added_at": now}
    new = insert_if_new(db, sequence_members, row)
    if new:
        kind = "subscriber.added_to_sequence"
        events.of_sequence(db, kind, subscriber_id, sequence_id=sequence_id, now=now)
    return new


def complete(db: Connection, *, sequence_id: int, subscriber_id: int, now: datetime) -> bool:
    """Note that a member got the last email; False when she is none, or had got it before."""
    done = db.execute(
        update(sequence_members)
        .where(*_here(sequence_id, subscriber_id), sequence_members.c.completed_at.is_(None))
        .values(completed_at=now)
    )
    if done.rowcount != 1:
        return False
    kind = "subscriber.sequence_completed"
    events.of_sequence(db, kind, subscriber_id, sequence_id=sequence_id, now=now)
    return True


def added_at(db: Connection, *, sequence_id: int, subscriber_id: int) -> datetime:
    """When a subscriber came into a sequence that she is in."""
    rows = select(sequence_members.c.added_at).where(*_here(sequence_id, subscriber_id))
    at: datetime = db.execute(rows).scalar_one()
    return at


def _here(sequence_id: int, subscriber_id: int) -> tuple[ColumnElement[bool], ...]:
    return (
        sequence_members.c.sequence_id == sequence_id,
        sequence_members.c.subscriber_id == subscriber_id,
    )


def members(
    sequence_id: int, wanted: Wanted, *, after: datetime | None, before: datetime | None
) -> Select[Any]:
    """Subscribers in a sequence, with the time they came into it; ordered by MEMBER_KEYS."""
    rows = matching(wanted, *MEMBER_KEYS).join(
        sequence_members, sequence_members.c.subscriber_id == subscribers.c.id
    )
    rows = rows.where(sequence_members.c.sequence_id == sequence_id)
    return between(rows, sequence_members.c.added_at, after, before)
