"""What the target tells of its subscribers, taken into the mirror; and how whole the mirror is.

An event is inserted once; a row is written only where something changed. Who was erased
is never taken in again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select, update

from newsletter import database
from newsletter.audience.listing import Listed, from_listing, lags, vanish
from newsletter.audience.model import State, Subscriber, SubscriberEvent
from newsletter.audience.states import apply
from newsletter.ledger import leases, mirror
from newsletter.ledger.erasures import erased_ids
from newsletter.ledger.leases import Lease
from newsletter.ledger.opening import Ledger
from newsletter.ledger.tables import consents, subscriber_events, subscribers, targets
from newsletter.ledger.upserting import insert_into, insert_page

_NO_LAG = timedelta(0)


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How many subscribers are in each state."""

    active: int
    inactive: int
    bounced: int
    complained: int
    cancelled: int


@dataclass(frozen=True, kw_only=True)
class Freshness:
    """How whole the mirror is. Times are UTC.

    `synced_at`: it holds all that was true then. `walked_at`: when the last whole listing
    began. `unlisted`: how many more the target counted than the mirror held after it.
    """

    synced_at: datetime | None = None
    walked_at: datetime | None = None
    unlisted: int | None = None


def take_in(
    ledger: Ledger,
    lease: Lease | None,
    target: str,
    listed: Sequence[Listed],
    *,
    seen_at: datetime,
    lag: timedelta = _NO_LAG,
    reasons: Mapping[int, str] | None = None,
    how: str = "",
) -> list[SubscriberEvent]:
    """Mirror one page of a listing, in one transaction; gives what it told that was new.

    `seen_at` is when the page was asked for, `lag` how old the target's lists can be then.
    Answers to single writes are taken in without a `lease`: each is the newest word on one
    person, and `seen_at` keeps an old one from undoing a newer stop. `reasons` are records
    of consent, by subscriber id. Raises LeaseLost when another run took over.
    """
    news: list[SubscriberEvent] = []
    with database.writing(ledger.engine) as connection:
        if lease is not None:
            leases.insist(connection, lease)
        erased = erased_ids(connection, target, [(row.id, row.email_address) for row in listed])
        known = mirror.load(connection, target, [row.id for row in listed])
        changed: dict[int, Subscriber] = {}
        for row in listed:
            previous = known.get(row.id)
            if row.id in erased or lags(previous, row, seen_at=seen_at, lag=lag):
                continue
            subscriber, events = from_listing(previous, row, seen_at=seen_at)
            if events:
                known[row.id] = changed[row.id] = subscriber
                news += events
        write(connection, target, list(changed.values()), news, seen_at=seen_at)
        consented = {n: why for n, why in (reasons or {}).items() if n not in erased}
        _consent(connection, target, consented, at=seen_at, how=how)
    return news


def record(
    ledger: Ledger, target: str, events: Sequence[SubscriberEvent], *, seen_at: datetime
) -> list[SubscriberEvent]:
    """Take in events that were told one by one, in any order and any number of times.

    In one transaction; gives those that were new. Only they change a state.
    """
    with database.writing(ledger.engine) as connection:
        people = [(event.subscriber_id, event.raw.get("email_address")) for event in events]
        erased = erased_ids(connection, target, people)
        once = {event.id: event for event in reversed(events) if event.subscriber_id not in erased}
        new = _insert_new_events(connection, target, [*once.values()], seen_at)
        news = [event for event in once.values() if event.id in new]
        known = mirror.load(connection, target, [*{event.subscriber_id for event in news}])
        changed: dict[int, Subscriber] = {}
        for event in news:
            before = known.get(event.subscriber_id)
            after = apply(before, event)
            if after != before:
                known[after.id] = changed[after.id] = after
        _upsert(connection, target, list(changed.values()))
    return news


def vanished(
    ledger: Ledger, lease: Lease, target: str, ids: Sequence[int], *, seen_at: datetime
) -> int:
    """Mark those whom a whole listing, begun at `seen_at`, was without; gives how many.

    A thousand a transaction. Raises LeaseLost when another run took over.
    """
    number = 0
    for start in range(0, len(ids), mirror.PAGE):
        with database.writing(ledger.engine) as connection:
            leases.insist(connection, lease)
            known = mirror.load(connection, target, ids[start : start + mirror.PAGE])
            gone = [
                vanish(subscriber, seen_at=seen_at)
                for subscriber in known.values()
                if subscriber.vanished_at is None
            ]
            people, events = [person for person, _ in gone], [event for _, event in gone]
            write(connection, target, people, events, seen_at=seen_at)
            number += len(gone)
    return number


def synced(
    ledger: Ledger,
    lease: Lease,
    target: str,
    *,
    now: datetime,
    is_whole: bool = False,
    unlisted: int | None = None,
) -> None:
    """Remember that the mirror holds all that was true at `now`, when the sync began.

    `is_whole` after a listing of everybody; `unlisted` is then how many more the target
    counts than the mirror holds.
    """
    values: dict[str, object] = {"synced_at": now}
    if is_whole:
        values |= {"walked_at": now, "unlisted": unlisted}
    with database.writing(ledger.engine) as connection:
        leases.insist(connection, lease)
        connection.execute(update(targets).where(targets.c.name == target).values(**values))


def freshness(ledger: Ledger, target: str) -> Freshness:
    """How whole the mirror is."""
    columns = (targets.c.synced_at, targets.c.walked_at, targets.c.unlisted)
    with database.reading(ledger.engine) as connection:
        row = connection.execute(select(*columns).where(targets.c.name == target)).one_or_none()
    return Freshness(**row._mapping) if row else Freshness()


def synced_at(ledger: Ledger, target: str) -> datetime | None:
    """The mirror holds all that was true then; None before the first time."""
    return freshness(ledger, target).synced_at


def counts(ledger: Ledger, target: str) -> Counts:
    """How many there are in each state at the target, by the mirror."""
    query = (
        select(subscribers.c.state, func.count())
        .where(subscribers.c.target == target, subscribers.c.vanished_at.is_(None))
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


def _consent(
    connection: Connection, target: str, reasons: Mapping[int, str], *, at: datetime, how: str
) -> None:
    rows = [
        {"target": target, "subscriber_id": number, "at": at, "how": how, "reason": reason}
        for number, reason in reasons.items()
    ]
    if rows:
        connection.execute(consents.insert(), rows)


def write(
    connection: Connection,
    target: str,
    people: Sequence[Subscriber],
    events: Sequence[SubscriberEvent],
    *,
    seen_at: datetime,
) -> None:
    """Keep what was decided: events that are new, and people as they are now."""
    insert = insert_into(connection, subscriber_events).on_conflict_do_nothing()
    insert_page(connection, subscriber_events, insert, _event_rows(target, events, seen_at))
    _upsert(connection, target, people)


def _insert_new_events(
    connection: Connection, target: str, events: Sequence[SubscriberEvent], seen_at: datetime
) -> set[str]:
    """Insert those that are new; gives their ids, which takes a slower statement."""
    if not events:
        return set()
    statement = insert_into(connection, subscriber_events).on_conflict_do_nothing()
    returning = statement.returning(subscriber_events.c.id)
    rows = connection.execute(returning, _event_rows(target, events, seen_at))
    return set(rows.scalars())


def _event_rows(
    target: str, events: Sequence[SubscriberEvent], seen_at: datetime
) -> list[dict[str, object]]:
    return [
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


def _upsert(connection: Connection, target: str, changed: Sequence[Subscriber]) -> None:
    if not changed:
        return
    insert = insert_into(connection, subscribers)
    names = [name for name in (*mirror.COLUMNS, "email_key", "memory") if name != "id"]
    statement = insert.on_conflict_do_update(
        index_elements=["target", "id"], set_={name: insert.excluded[name] for name in names}
    )
    rows = [mirror.row_of(target, subscriber) for subscriber in changed]
    insert_page(connection, subscribers, statement, rows)
