"""Who may write now: one lease a target, with a fencing number that only grows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, or_, select, update

from newsletter import database
from newsletter.errors import TryLater
from newsletter.ledger.opening import Ledger
from newsletter.ledger.tables import leases
from newsletter.ledger.upserting import insert_into

TTL = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True)
class Lease:
    """The right to write for one target, until it runs out or is taken over."""

    name: str
    owner: str
    fence: int


class LeaseLost(TryLater):
    """Somebody else took over; nothing more was written."""

    code = "lease-lost"


def take(
    ledger: Ledger, name: str, *, owner: str, now: datetime, is_alive: Callable[[str], bool]
) -> Lease:
    """Take the lease called `name` for `owner`, or raise TryLater while another has it.

    A lease that ran out, or whose owner `is_alive` says is gone, is taken over with
    the next fencing number; what the old owner still tries to write is refused.
    """
    with database.writing(ledger.engine) as connection:
        row = connection.execute(_locked(leases.c.name == name)).mappings().one_or_none()
        if row is None:
            fence = 1
            first = {
                "name": name,
                "owner": owner,
                "fence": fence,
                "taken_at": now,
                "until": now + TTL,
            }
            insert = insert_into(connection, leases).values(first).on_conflict_do_nothing()
            # On PostgreSQL an INSERT tells no number of rows; what it returns is counted.
            if connection.execute(insert.returning(leases.c.fence)).first() is None:
                raise TryLater("Another run was quicker.", code="locked")
            return Lease(name=name, owner=owner, fence=fence)
        free = row["owner"] is None or row["until"] <= now or not is_alive(row["owner"])
        if not free:
            raise TryLater(
                f"Another run is at it since {row['taken_at']:%H:%M} UTC ({row['owner']}).",
                code="locked",
            )
        fence = row["fence"] + 1
        changed = connection.execute(
            update(leases)
            .where(
                leases.c.name == name,
                leases.c.fence == row["fence"],
                or_(leases.c.owner.is_(None), leases.c.owner == row["owner"]),
            )
            .values(owner=owner, fence=fence, taken_at=now, until=now + TTL)
        )
        if changed.rowcount != 1:
            raise TryLater("Another run was quicker.", code="locked")
        return Lease(name=name, owner=owner, fence=fence)


def renew(ledger: Ledger, lease: Lease, *, now: datetime) -> None:
    """Keep the lease for another while; raises LeaseLost when it is no longer ours."""
    with database.writing(ledger.engine) as connection:
        changed = connection.execute(update(leases).where(_is_ours(lease)).values(until=now + TTL))
        if changed.rowcount != 1:
            raise LeaseLost("Another run took over while this one slept.")


def give_back(ledger: Ledger, lease: Lease) -> None:
    """Let the next one in at once. Does nothing when the lease is no longer ours."""
    with database.writing(ledger.engine) as connection:
        connection.execute(update(leases).where(_is_ours(lease)).values(owner=None, until=None))


def insist(connection: Connection, lease: Lease) -> None:
    """Raise LeaseLost unless `lease` still holds; called inside every writing transaction."""
    if connection.execute(_locked(_is_ours(lease))).one_or_none() is None:
        raise LeaseLost("Another run took over while this one slept.")


def _locked(here: ColumnElement[bool]) -> Select[Any]:
    """A lease's row, which nobody else changes before this transaction ends.

    SQLite has one writer at a time and knows no FOR UPDATE; PostgreSQL needs it.
    """
    return select(leases).where(here).with_for_update()


def _is_ours(lease: Lease) -> ColumnElement[bool]:
    return and_(
        leases.c.name == lease.name, leases.c.owner == lease.owner, leases.c.fence == lease.fence
    )
