"""Questions to the mirror of the target's subscribers, and how its rows become subscribers."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, func, select

from newsletter import database
from newsletter.audience.address import key_of
from newsletter.audience.model import Kind, State, Subscriber, SubscriberEvent
from newsletter.ledger.opening import Ledger
from newsletter.ledger.tables import consents, subscriber_events, subscribers

COLUMNS = (
    "id",
    "email_address",
    "first_name",
    "state",
    "created_at",
    "changed_at",
    "last_event_at",
    "vanished_at",
)
_MEMORY = tuple(f.name for f in fields(Subscriber) if f.name not in COLUMNS)
# SQLite takes 32,766 values in one statement; a page of ids stays far below.
PAGE = 1_000


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How an address stands at the target; `is_gone` when she is no longer listed there."""

    state: State
    is_gone: bool


@dataclass(frozen=True, kw_only=True)
class Consent:
    """Why somebody was confirmed by us; `how` is `add` or `import`."""

    at: datetime
    how: str
    reason: str


def page(
    ledger: Ledger,
    target: str,
    *,
    state: State | None = None,
    search: str | None = None,
    after: int = 0,
    limit: int = 50,
) -> list[Subscriber]:
    """Subscribers by rising id, those after the id `after`; `search` is a piece of name or address.

    Who vanished from the target is in no state there: she comes with `state` None only.
    """
    query = _after(target, after, state)
    if search:
        matches = subscribers.c.email_address.icontains(search, autoescape=True)
        query = query.where(matches | subscribers.c.first_name.icontains(search, autoescape=True))
    with database.reading(ledger.engine) as connection:
        rows = connection.execute(query.order_by(subscribers.c.id).limit(limit)).mappings().all()
    return [subscriber_of(row) for row in rows]


def walk(ledger: Ledger, target: str, *, state: State | None = None) -> Iterator[Subscriber]:
    """All subscribers whom the target lists, or those in one state, in the memory of a page."""
    after = 0
    while True:
        query = _after(target, after, state).where(subscribers.c.vanished_at.is_(None))
        with database.reading(ledger.engine) as connection:
            query = query.order_by(subscribers.c.id).limit(PAGE)
            rows = connection.execute(query).mappings().all()
        for row in rows:
            yield subscriber_of(row)
        if len(rows) < PAGE:
            return
        after = rows[-1]["id"]


def count(ledger: Ledger, target: str) -> int:
    """How many the mirror holds of those whom the target lists."""
    query = select(func.count()).select_from(subscribers)
    here = (subscribers.c.target == target, subscribers.c.vanished_at.is_(None))
    with database.reading(ledger.engine) as connection:
        return int(connection.execute(query.where(*here)).scalar_one())


def by_address(ledger: Ledger, target: str, address: str) -> Subscriber | None:
    """The subscriber with an address, however it is written; one who vanished only if no other."""
    query = select(subscribers).where(
        subscribers.c.target == target, subscribers.c.email_key == key_of(address)
    )
    newest = query.order_by(subscribers.c.vanished_at.is_not(None), subscribers.c.id.desc())
    with database.reading(ledger.engine) as connection:
        row = connection.execute(newest.limit(1)).mappings().one_or_none()
    return subscriber_of(row) if row else None


def standings(ledger: Ledger, target: str, keys: Collection[str]) -> dict[str, list[Standing]]:
    """How addresses (as keys) stand; several rows where somebody vanished and joined again."""
    found: dict[str, list[Standing]] = {}
    wanted = list(keys)
    columns = (subscribers.c.email_key, subscribers.c.state, subscribers.c.vanished_at)
    with database.reading(ledger.engine) as connection:
        for start in range(0, len(wanted), PAGE):
            query = select(*columns).where(
                subscribers.c.target == target,
                subscribers.c.email_key.in_(wanted[start : start + PAGE]),
            )
            for key, state, vanished_at in connection.execute(query):
                standing = Standing(state=State(state), is_gone=vanished_at is not None)
                found.setdefault(key, []).append(standing)
    return found


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


def consents_of(ledger: Ledger, target: str, subscriber_id: int) -> list[Consent]:
    """Why one subscriber was confirmed by us, oldest first."""
    query = select(consents.c.at, consents.c.how, consents.c.reason).where(
        consents.c.target == target, consents.c.subscriber_id == subscriber_id
    )
    with database.reading(ledger.engine) as connection:
        rows = connection.execute(query.order_by(consents.c.id)).all()
    return [Consent(at=at, how=how, reason=reason) for at, how, reason in rows]


def unlisted_between(
    ledger: Ledger,
    target: str,
    *,
    low: int,
    high: int | None,
    listed: Collection[int],
    before: datetime,
) -> list[int]:
    """Ids from `low` up to, not at, `high` that the mirror has and `listed` has not.

    Only of those created before `before`: newer ones may be too new for a list.
    """
    query = select(subscribers.c.id).where(
        subscribers.c.target == target,
        subscribers.c.id >= low,
        subscribers.c.vanished_at.is_(None),
        subscribers.c.created_at < before,
    )
    if high is not None:
        query = query.where(subscribers.c.id < high)
    with database.reading(ledger.engine) as connection:
        known = connection.execute(query.order_by(subscribers.c.id)).scalars()
        return [number for number in known if number not in listed]


def load(connection: Connection, target: str, ids: Sequence[int]) -> dict[int, Subscriber]:
    """Subscribers by id; on PostgreSQL their rows are locked until the transaction ends."""
    found: dict[int, Subscriber] = {}
    for start in range(0, len(ids), PAGE):
        query = select(subscribers).where(
            subscribers.c.target == target, subscribers.c.id.in_(ids[start : start + PAGE])
        )
        for row in connection.execute(query.with_for_update()).mappings():
            found[row["id"]] = subscriber_of(row)
    return found


def row_of(target: str, subscriber: Subscriber) -> dict[str, Any]:
    """A subscriber as the table has her."""
    known = vars(subscriber)
    row = {name: known[name] for name in COLUMNS}
    row["state"] = subscriber.state.value
    row["target"] = target
    row["email_key"] = key_of(subscriber.email_address)
    row["memory"] = {
        name: _text(known[name]) if name.endswith("_at") else known[name] for name in _MEMORY
    }
    return row


@lru_cache(maxsize=1024)
def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def subscriber_of(row: RowMapping) -> Subscriber:
    """A row of the table as a subscriber."""
    memory = dict(row["memory"])
    for name in memory:
        if name.endswith("_at") and memory[name] is not None:
            memory[name] = datetime.fromisoformat(memory[name])
    for name, kind in (("stopped", State), ("asked", State), ("asked_by", Kind)):
        memory[name] = kind(memory[name]) if memory[name] else None
    known = {name: row[name] for name in COLUMNS if name != "state"}
    return Subscriber(state=State(row["state"]), **known, **memory)


def _after(target: str, after: int, state: State | None) -> Select[Any]:
    query = select(subscribers).where(subscribers.c.target == target, subscribers.c.id > after)
    if state is None:
        return query
    return query.where(subscribers.c.state == state.value, subscribers.c.vanished_at.is_(None))
