"""Erased people: nothing is kept of them but keyed hashes, by which an import knows them again.

The hash is HMAC-SHA256 of an address, or of an id at a target, under a random key that
is made with the first erasure and kept in this ledger. Without the ledger nobody can
tell whose hash it is; with a plain hash anybody could, by trying addresses.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select

from newsletter import database
from newsletter.audience.address import key_of
from newsletter.ledger.opening import Ledger
from newsletter.ledger.tables import consents, erasures, meta, subscriber_events, subscribers
from newsletter.ledger.upserting import insert_into

_KEY = "erasure_key"
_PAGE = 1_000


@dataclass(frozen=True, kw_only=True)
class Erased:
    """What was erased here: rows of the mirror, events, and records of consent."""

    subscribers: int
    events: int
    consents: int


@dataclass(frozen=True)
class Seal:
    """Makes the keyed hashes of one ledger."""

    key: bytes

    def of_address(self, address: str) -> str:
        """The hash of an address, however it is written."""
        return self._of(f"address:{key_of(address)}")

    def of_id(self, target: str, subscriber_id: int) -> str:
        """The hash of a subscriber's id at a target: an address can change."""
        return self._of(f"id:{target}:{subscriber_id}")

    def _of(self, text: str) -> str:
        return hmac.new(self.key, text.encode(), hashlib.sha256).hexdigest()


def erase(
    ledger: Ledger, address: str, *, target: str, subscriber_id: int | None, now: datetime
) -> Erased:
    """Erase somebody from every target's mirror, with events and consents; keep the hashes.

    `subscriber_id` is hers at `target`, where it is known. All in one transaction. On
    SQLite the freed pages are overwritten too.
    """
    is_sqlite = ledger.engine.dialect.name == "sqlite"
    with ledger.engine.connect() as connection:
        if is_sqlite:
            _pragma(connection, "secure_delete=ON")
        with connection.begin():
            erased = _erase(connection, address, target, subscriber_id, now)
        if is_sqlite:  # the log beside the database still holds the old pages
            _pragma(connection, "wal_checkpoint(TRUNCATE)")
    return erased


def _pragma(connection: Connection, words: str) -> None:
    """Set something outside of any transaction, past SQLAlchemy, which would begin one."""
    driver = connection.connection.dbapi_connection
    assert driver is not None  # noqa: S101  (an open connection has one)
    driver.cursor().execute(f"PRAGMA {words}")


def erased_at(ledger: Ledger, address: str) -> datetime | None:
    """When the person with an address was erased, or None."""
    with database.reading(ledger.engine) as connection:
        seal = _seal(connection)
        if seal is None:
            return None
        query = select(erasures.c.at).where(erasures.c.key == seal.of_address(address))
        return connection.execute(query).scalar()


def erased_among(ledger: Ledger, addresses: Iterable[str]) -> set[str]:
    """Those of `addresses` whose people were erased."""
    with database.reading(ledger.engine) as connection:
        seal = _seal(connection)
        if seal is None:
            return set()
        by_hash = {seal.of_address(address): address for address in addresses}
        return {by_hash[each] for each in _kept(connection, list(by_hash))}


def erased_ids(
    connection: Connection, target: str, people: Collection[tuple[int, str | None]]
) -> set[int]:
    """Those of `people` (id and address) who were erased, by either."""
    seal = _seal(connection)
    if seal is None:
        return set()
    by_hash: dict[str, set[int]] = {seal.of_id(target, number): {number} for number, _ in people}
    for number, address in people:
        if address:
            by_hash.setdefault(seal.of_address(address), set()).add(number)
    return set().union(*(by_hash[each] for each in _kept(connection, list(by_hash))))


def _erase(
    connection: Connection, address: str, target: str, subscriber_id: int | None, now: datetime
) -> Erased:
    here = subscribers.c.email_key == key_of(address)
    query = select(subscribers.c.target, subscribers.c.id).where(here)
    people = {(row.target, row.id) for row in connection.execute(query)}
    if subscriber_id is not None:
        people.add((target, subscriber_id))
    seal = _seal(connection) or _new_seal(connection)
    addresses = {key_of(address)}
    counted = {"subscribers": 0, "events": 0, "consents": 0}
    for at, number in people:
        told = select(subscriber_events.c.raw).where(
            subscriber_events.c.target == at, subscriber_events.c.subscriber_id == number
        )
        before = (raw.get("email_address") for raw in connection.execute(told).scalars())
        addresses |= {key_of(each) for each in before if each}
        for name, table, column in (
            ("subscribers", subscribers, subscribers.c.id),
            ("events", subscriber_events, subscriber_events.c.subscriber_id),
            ("consents", consents, consents.c.subscriber_id),
        ):
            result = connection.execute(delete(table).where(table.c.target == at, column == number))
            counted[name] += result.rowcount
    keys = [seal.of_address(each) for each in addresses]
    keys += [seal.of_id(at, number) for at, number in people]
    statement = insert_into(connection, erasures).on_conflict_do_nothing()
    connection.execute(statement, [{"key": key, "at": now} for key in keys])
    return Erased(**counted)


def _kept(connection: Connection, hashes: Sequence[str]) -> Iterator[str]:
    for start in range(0, len(hashes), _PAGE):
        some = hashes[start : start + _PAGE]
        query = select(erasures.c.key).where(erasures.c.key.in_(some))
        yield from connection.execute(query).scalars()


def _seal(connection: Connection) -> Seal | None:
    found = connection.execute(select(meta.c.value).where(meta.c.key == _KEY)).scalar()
    return Seal(bytes.fromhex(found)) if found else None


def _new_seal(connection: Connection) -> Seal:
    key = secrets.token_bytes(32)
    connection.execute(meta.insert().values(key=_KEY, value=key.hex()))
    return Seal(key)
