"""Custom fields: made, renamed with their values, deleted with their values.

Values stand with their subscriber under the field's key, as Liquid reads them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from newsletter.server.store import events
from newsletter.server.store.tables import custom_fields, subscribers

_AT_ONCE = 1000
# What stands beside the fields in `subscriber.…`, where a field would hide it or be hidden.
_RESERVED = frozenset({"id", "first_name", "email_address", "state", "created_at", "fields"})


class LabelTaken(Exception):
    """Another custom field has this label."""


def all_fields() -> Select[Any]:
    """Every custom field."""
    return select(custom_fields)


def by_id(db: Connection, field_id: int) -> Row[Any] | None:
    """The custom field with this id."""
    return db.execute(select(custom_fields).where(custom_fields.c.id == field_id)).one_or_none()


def find_or_create(db: Connection, label: str, *, now: datetime) -> tuple[Row[Any], bool]:
    """The field of this label, and whether it is new."""
    found = _by_label(db, label)
    if found is not None:
        return found, False
    row = {"label": label, "key": _free_key(db, label), "name": "", "created_at": now}
    try:
        with db.begin_nested():
            made = db.execute(insert(custom_fields).values(row).returning(custom_fields)).one()
    except IntegrityError:  # somebody made it a moment ago
        found = _by_label(db, label)
        if found is None:
            raise
        return found, False
    name = f"ck_field_{made.id}_{made.key}"
    statement = update(custom_fields).where(custom_fields.c.id == made.id).values(name=name)
    made = db.execute(statement.returning(custom_fields)).one()
    events.of_field(db, "custom_field.created", made, now=now)
    return made, True


def rename(db: Connection, row: Row[Any], label: str) -> Row[Any]:
    """Give a field another label and key; its name stays, its values follow. Raises LabelTaken."""
    if label == row.label:
        return row
    if _by_label(db, label) is not None:
        raise LabelTaken(label)
    key = _free_key(db, label, own=row.key)
    statement = update(custom_fields).where(custom_fields.c.id == row.id)
    try:
        renamed = db.execute(statement.values(label=label, key=key).returning(custom_fields)).one()
    except IntegrityError as error:  # somebody took the label a moment ago
        raise LabelTaken(label) from error
    if key != row.key:
        for rows in _bearers(db, row.key):
            _write(db, {each.id: _moved(each.fields, row.key, key) for each in rows})
    return renamed


def remove(db: Connection, row: Row[Any], *, now: datetime) -> None:
    """Delete a field and every value in it."""
    db.execute(delete(custom_fields).where(custom_fields.c.id == row.id))
    for rows in _bearers(db, row.key):
        _write(db, {each.id: _moved(each.fields, row.key, None) for each in rows})
    events.of_field(db, "custom_field.deleted", row, now=now)


def key_of(label: str) -> str:
    """The key a label makes: ASCII, lower case, underscores.

    Example:
        >>> key_of(" Zip Code "), key_of("Lieblings-Käse"), key_of("名前")
        ('zip_code', 'lieblings_kase', 'field')
    """
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_") or "field"


def _by_label(db: Connection, label: str) -> Row[Any] | None:
    return db.execute(select(custom_fields).where(custom_fields.c.label == label)).one_or_none()


def _free_key(db: Connection, label: str, *, own: str | None = None) -> str:
    """The label's key, numbered when another field has it."""
    key = key_of(label)
    taken = set(db.execute(select(custom_fields.c.key)).scalars()) | _RESERVED
    taken.discard(own or "")
    number = 2
    free = key
    while free in taken:
        free = f"{key}_{number}"
        number += 1
    return free


def _bearers(db: Connection, key: str) -> Iterator[Sequence[Row[int, Any]]]:
    """The subscribers who have a value under this key, a thousand at a time."""
    has_value = subscribers.c.fields[key].as_string().is_not(None)
    rows = select(subscribers.c.id, subscribers.c.fields).where(has_value)
    last = 0
    while found := db.execute(
        rows.where(subscribers.c.id > last).order_by(subscribers.c.id).limit(_AT_ONCE)
    ).all():
        yield found
        last = found[-1].id


def _moved(fields: Mapping[str, str], old: str, new: str | None) -> dict[str, str]:
    """The values with one under another key, or without it."""
    kept = {key: value for key, value in fields.items() if key != old}
    return kept if new is None else {**kept, new: fields[old]}


def _write(db: Connection, fields_of: Mapping[int, Mapping[str, str]]) -> None:
    statement = (
        update(subscribers)
        .where(subscribers.c.id == bindparam("of_id"))
        .values(fields=bindparam("changed", type_=subscribers.c.fields.type))
    )
    db.execute(statement, [{"of_id": key, "changed": each} for key, each in fields_of.items()])
