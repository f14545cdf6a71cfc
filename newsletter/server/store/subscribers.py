"""Subscribers: found, listed, created or brought up to date."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, select, update
from sqlalchemy.exc import IntegrityError

from newsletter.server.addresses import key_of
from newsletter.server.store import events
from newsletter.server.store.inserting import insert_if_new
from newsletter.server.store.tables import custom_fields, subscribers, suppressions

STATES = ("active", "inactive", "bounced", "complained", "cancelled")
# A subscriber who arrives in one of these states must not be mailed, also when the row goes.
SUPPRESSED_BY = {"cancelled": "unsubscribe", "bounced": "bounce", "complained": "complaint"}

SORT_FIELDS: dict[str, ColumnElement[Any]] = {
    "id": subscribers.c.id,
    "created_at": subscribers.c.created_at,
    "updated_at": subscribers.c.updated_at,
    "cancelled_at": subscribers.c.canceled_at,
}


class AddressTaken(Exception):
    """Another subscriber has this address."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which subscribers a list shows. Times: from `…_after` on, up to but not at `…_before`."""

    state: str | None = None
    addresses: Collection[str] = ()
    created_after: datetime | None = None
    created_before: datetime | None = None
    updated_after: datetime | None = None
    updated_before: datetime | None = None


def matching(wanted: Wanted, *more: ColumnElement[Any]) -> Select[Any]:
    """All subscribers that are `wanted`, with `more` columns beside theirs."""
    rows = select(subscribers, *more)
    if wanted.state is not None:
        rows = rows.where(subscribers.c.state == wanted.state)
    if wanted.addresses:
        rows = rows.where(subscribers.c.email_key.in_([key_of(a) for a in wanted.addresses]))
    rows = between(rows, subscribers.c.created_at, wanted.created_after, wanted.created_before)
    return between(rows, subscribers.c.updated_at, wanted.updated_after, wanted.updated_before)


def between(
    rows: Select[Any], column: ColumnElement[Any], after: datetime | None, before: datetime | None
) -> Select[Any]:
    """`rows` whose `column` lies in [after, before)."""
    if after is not None:
        rows = rows.where(column >= after)
    if before is not None:
        rows = rows.where(column < before)
    return rows


def by_id(db: Connection, subscriber_id: int) -> Row[Any] | None:
    """The subscriber with this id."""
    return db.execute(select(subscribers).where(subscribers.c.id == subscriber_id)).one_or_none()


def by_address(db: Connection, address: str) -> Row[Any] | None:
    """The subscriber with this address, however it is written."""
    same = subscribers.c.email_key == key_of(address)
    return db.execute(select(subscribers).where(same)).one_or_none()


def field_keys(db: Connection) -> Sequence[str]:
    """The keys of the account's custom fields, oldest first."""
    return db.execute(select(custom_fields.c.key).order_by(custom_fields.c.id)).scalars().all()


def create(
    db: Connection,
    *,
    address: str,
    first_name: str | None,
    state: str,
    fields: Mapping[str, str | None],
    now: datetime,
) -> bool:
    """Add a subscriber; False, and nothing changed, when the address is there already."""
    if by_address(db, address) is not None:  # asked first: a refused insert uses a number up
        return False
    row = {
        "email_address": address,
        "email_key": key_of(address),
        "first_name": first_name,
        "state": state,
        "fields": {key: value for key, value in fields.items() if value is not None},
        "created_at": now,
        "updated_at": now,
        "canceled_at": now if state == "cancelled" else None,
    }
    if not insert_if_new(db, subscribers, row):
        return False
    if state in SUPPRESSED_BY:
        suppress(db, address=address, kind=SUPPRESSED_BY[state], now=now)
    new = by_address(db, address)
    if new is not None:
        events.of_subscriber(db, "subscriber.created", new.id, now=now)
        if state == "active":
            events.of_subscriber(db, "subscriber.activated", new.id, now=now)
    return True


def change(db: Connection, row: Row[Any], changes: Mapping[str, Any], *, now: datetime) -> None:
    """Change what is given of `first_name`, `email_address` and `fields`. Raises AddressTaken.

    A field of None is emptied; fields that are not given stay. Writes nothing, `updated_at`
    included, when nothing differs. The state is never touched.
    """
    wanted = dict(changes)
    if "fields" in wanted:
        kept = {**row.fields, **wanted["fields"]}
        wanted["fields"] = {key: value for key, value in kept.items() if value is not None}
    if "email_address" in wanted:
        wanted["email_key"] = key_of(wanted["email_address"])
    if all(row._mapping[key] == value for key, value in wanted.items()):
        return
    if wanted.get("email_key", row.email_key) != row.email_key and by_address(
        db, wanted["email_address"]
    ):
        raise AddressTaken(wanted["email_address"])
    statement = update(subscribers).where(subscribers.c.id == row.id)
    try:
        db.execute(statement.values(**wanted, updated_at=now))
    except IntegrityError as error:  # somebody took the address a moment ago
        raise AddressTaken(wanted["email_address"]) from error
    if "fields" in changes:
        before, after = row.fields, wanted["fields"]
        others = {key: after.get(key) for key in changes["fields"]}
        changed = {key: value for key, value in others.items() if value != before.get(key)}
        events.of_values(db, row.id, changed, now=now)


def suppress(db: Connection, *, address: str, kind: str, now: datetime) -> None:
    """Never mail this address again. The first reason stays."""
    insert_if_new(db, suppressions, {"email_key": key_of(address), "kind": kind, "at": now})
