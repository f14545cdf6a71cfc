"""The mirror of the target's subscribers, and what it told us of them.

An event is inserted once; a row is written only where something changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from newsletter import database
from newsletter.audience.listing import Listed, from_listing
from newsletter.audience.model import Kind, State, Subscriber, SubscriberEvent
from newsletter.ledger import leases
from newsletter.ledger.leases import Lease
from newsletter.ledger.opening import Ledger
from newsletter.ledger.tables import subscriber_events, subscribers, targets

_COLUMNS = (
    "id",
    "email_address",
    "first_name",
    "state",
    "created_at",
    "changed_at",
    "last_event_at",
)
_MEMORY = tuple(f.name for f in fields(Subscriber) if f.name not in _COLUMNS)
# SQLite takes 32,766 values in one statement; a page of ids stays far below.
_PAGE = 1_000


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How many subscribers are in each state."""

    active: int
    inactive: int
    bounced: int
    complained: int
    cancelled: int


def take_in(
    ledger: Ledger, lease: Lease, target: str, listed: Sequence[Listed], *, seen_at: datetime
) -> list[SubscriberEvent]:
    """Mirror one page of a listing, in one transaction; gives what it told that was new.

    Raises LeaseLost when another run took over.
    """
    news: list[SubscriberEvent] = []
    with database.writing(ledger.engine) as connection:
        leases.insist(connection, lease)
        known = _load(connection, target, [row.id for row in listed])
        changed: dict[int, Subscriber] = {}
        for row in listed:
            subscriber, events = from_listing(known.get(row.id), row, seen_at=seen_at)
            if events:
                known[row.id] = changed[row.id] = subscriber
                news += events
        _insert_events(connection, target, news, seen_at)
        _upsert(connection, target, list(changed.values()))
    return news


def synced(ledger: Ledger, lease: Lease, target: str, *, now: datetime) -> None:
    """Remember when the mirror was last whole."""
    with database.writing(ledger.engine) as connection:
        leases.insist(connection, lease)
        connection.execute(update(targets).where(targets.c.name == target).values(synced_at=now))


def synced_at(ledger: Ledger, target: str) -> datetime | None:
    """When the mirror was last whole, or None before the first time."""
    with database.reading(ledger.engine) as connection:
        return connection.execute(
            select(targets.c.synced_at).where(targets.c.name == target)
        ).scalar()


def counts(ledger: Ledger, target: str) -> Counts:
    """How many there are in each state, by the mirror."""
    query = (
        select(subscribers.c.state, func.count())
        .where(subscribers.c.target == target)
        .group_by(subscribers.c.state)
    )
    with database.reading(ledger.engine) as connection:
        found: dict[str, int] = dict(connection.execute(query).all())
    return Counts(**{state.value: found.get(state.value, 0) for state in State})


def events_since(ledger: Ledger, target: str, *, since: datetime) -> dict[str, int]:
    """How often each kind of event happened after `since` (UTC)."""
    query = (
        select(subscriber_events.c.kind, func.count())
        .where(subscriber_events.c.target == target, subscriber_events.c.at >= since)
        .group_by(subscriber_events.c.kind)
    )
    with database.reading(ledger.engine) as connection:
        return dict(connection.execute(query).all())


def page(
    ledger: Ledger,
    target: str,
    *,
    state: State | None = None,
    search: str | None = None,
    after: int = 0,
    limit: int = 50,
) -> list[Subscriber]:
    """Subscribers by rising id, those after the id `after`; `search` is a piece of name or address."""
    query = select(subscribers).where(subscribers.c.target == target, subscribers.c.id > after)
    if state is not None:
        query = query.where(subscribers.c.state == state.value)
    if search:
        matches = subscribers.c.email_address.icontains(search, autoescape=True)
        query = query.where(matches | subscribers.c.first_name.icontains(search, autoescape=True))
    with database.reading(ledger.engine) as connection:
        rows = connection.execute(query.order_by(subscribers.c.id).limit(limit)).mappings().all()
    return [_subscriber(row) for row in rows]


def by_address(ledger: Ledger, target: str, address: str) -> Subscriber | None:
    """The subscriber with an address, upper and lower case alike."""
    query = select(subscribers).where(
        subscribers.c.target == target,
        func.lower(subscribers.c.email_address) == address.strip().lower(),
    )
    with database.reading(ledger.engine) as connection:
        row = connection.execute(query.limit(1)).mappings().one_or_none()
    return _subscriber(row) if row else None


def timeline(ledger: Ledger, target: str, subscriber_id: int) -> list[SubscriberEvent]:
    """What happened to one subscriber, oldest first."""
    query = select(subscriber_events).where(
        subscriber_events.c.target == target, subscriber_events.c.subscriber_id == subscriber_id
    )
    with database.reading(ledger.engine) as connection:
        rows = connection.execute(query.order_by(subscriber_events.c.at)).mappings().all()
    return [
        SubscriberEvent(
            id=row["id"],
            subscriber_id=row["subscriber_id"],
            kind=Kind(row["kind"]),
            at=row["at"],
            raw=row["raw"],
        )
        for row in rows
    ]


def _load(connection: Connection, target: str, ids: Sequence[int]) -> dict[int, Subscriber]:
    found: dict[int, Subscriber] = {}
    for start in range(0, len(ids), _PAGE):
        query = select(subscribers).where(
            subscribers.c.target == target, subscribers.c.id.in_(ids[start : start + _PAGE])
        )
        for row in connection.execute(query).mappings():
            found[row["id"]] = _subscriber(row)
    return found


def _insert_events(
    connection: Connection, target: str, events: Sequence[SubscriberEvent], seen_at: datetime
) -> None:
    rows = [
        {
            "target": target,
            "id": event.id,
            "subscriber_id": event.subscriber_id,
            "kind": event.kind.value,
            "at": event.at,
            "seen_at": seen_at,
            "raw": dict(event.raw),
        }
        for event in events
    ]
    if rows:
        connection.execute(_insert(connection, subscriber_events).on_conflict_do_nothing(), rows)


def _upsert(connection: Connection, target: str, changed: Sequence[Subscriber]) -> None:
    if not changed:
        return
    insert = _insert(connection, subscribers)
    names = [name for name in (*_COLUMNS, "memory") if name != "id"]
    statement = insert.on_conflict_do_update(
        index_elements=["target", "id"], set_={name: insert.excluded[name] for name in names}
    )
    connection.execute(statement, [_row(target, subscriber) for subscriber in changed])


def _insert(connection: Connection, table: Table) -> Any:
    """An INSERT that knows ON CONFLICT, which both databases spell alike."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table)


def _row(target: str, subscriber: Subscriber) -> dict[str, Any]:
    row = {name: getattr(subscriber, name) for name in _COLUMNS}
    memory = {name: getattr(subscriber, name) for name in _MEMORY}
    written = {k: v.isoformat() if isinstance(v, datetime) else v for k, v in memory.items()}
    return {**row, "state": subscriber.state.value, "target": target, "memory": written}


def _subscriber(row: RowMapping) -> Subscriber:
    memory = dict(row["memory"])
    for name in memory:
        if name.endswith("_at") and memory[name] is not None:
            memory[name] = datetime.fromisoformat(memory[name])
    for name, kind in (("stopped", State), ("asked", State), ("asked_by", Kind)):
        memory[name] = kind(memory[name]) if memory[name] else None
    known = {name: row[name] for name in _COLUMNS if name != "state"}
    return Subscriber(state=State(row["state"]), **known, **memory)
