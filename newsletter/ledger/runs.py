"""Runs and targets: when the pipeline last worked, and on whose account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from newsletter import database
from newsletter.errors import NotConfigured
from newsletter.ledger.opening import Ledger
from newsletter.ledger.tables import runs, targets


@dataclass(frozen=True, kw_only=True)
class Run:
    """One pass: `ended_at` and `exit_code` are None while it runs, or when it was killed."""

    target: str
    started_at: datetime
    ended_at: datetime | None
    exit_code: int | None
    lines: tuple[str, ...]


def begun(ledger: Ledger, target: str, *, now: datetime) -> int:
    """Record that a pass began; gives its number."""
    with database.writing(ledger.engine) as connection:
        result = connection.execute(runs.insert().values(target=target, started_at=now))
        key = result.inserted_primary_key
        assert key is not None  # noqa: S101  (an insert of one row always has one)
        return int(key[0])


def ended(
    ledger: Ledger, number: int, *, now: datetime, exit_code: int, lines: Sequence[str]
) -> None:
    """Record how a pass ended and what it said."""
    with database.writing(ledger.engine) as connection:
        connection.execute(
            update(runs)
            .where(runs.c.id == number)
            .values(ended_at=now, exit_code=exit_code, lines=list(lines))
        )


def last(ledger: Ledger, target: str) -> Run | None:
    """The newest pass for a target."""
    query = select(runs).where(runs.c.target == target).order_by(runs.c.id.desc()).limit(1)
    with database.reading(ledger.engine) as connection:
        row = connection.execute(query).mappings().one_or_none()
    if row is None:
        return None
    return Run(
        target=row["target"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        exit_code=row["exit_code"],
        lines=tuple(row["lines"] or ()),
    )


def recognise(ledger: Ledger, target: str, *, account: str, title: str, now: datetime) -> datetime:
    """Remember whose account a target is; gives since when this ledger knows it.

    Raises NotConfigured when the target is another account than before: the broadcast
    ids that the ledger holds would point to somebody else's.
    """
    with database.writing(ledger.engine) as connection:
        row = (
            connection.execute(select(targets).where(targets.c.name == target))
            .mappings()
            .one_or_none()
        )
        if row is None:
            connection.execute(
                targets.insert().values(
                    name=target, account=account, title=title, first_seen_at=now
                )
            )
            return now
        if row["account"] != account:
            raise NotConfigured(
                f"The key belongs to another account ({title}) than the one this ledger knows ({row['title']}).",
                hint="Use that account's key, or a project folder of its own for this account.",
                code="other-account",
            )
        since: datetime = row["first_seen_at"]
        return since


def is_settled(ledger: Ledger, target: str) -> bool:
    """Whether this ledger has armed something at the target before."""
    query = select(targets.c.settled_at).where(targets.c.name == target)
    with database.reading(ledger.engine) as connection:
        return connection.execute(query).scalar() is not None


def settled(ledger: Ledger, target: str, *, now: datetime) -> None:
    """Remember that this ledger has armed something at the target."""
    with database.writing(ledger.engine) as connection:
        connection.execute(
            update(targets)
            .where(targets.c.name == target, targets.c.settled_at.is_(None))
            .values(settled_at=now)
        )


def is_rebuilt(ledger: Ledger, target: str) -> bool:
    """Whether this ledger has read the marks at the target once."""
    query = select(targets.c.rebuilt_at).where(targets.c.name == target)
    with database.reading(ledger.engine) as connection:
        return connection.execute(query).scalar() is not None


def rebuilt(ledger: Ledger, target: str, *, now: datetime) -> None:
    """Remember that the marks at the target were read."""
    with database.writing(ledger.engine) as connection:
        connection.execute(update(targets).where(targets.c.name == target).values(rebuilt_at=now))


def swept_at(ledger: Ledger, target: str) -> datetime | None:
    """When orphan drafts were last looked for at the target."""
    query = select(targets.c.swept_at).where(targets.c.name == target)
    with database.reading(ledger.engine) as connection:
        return connection.execute(query).scalar()


def swept(ledger: Ledger, target: str, *, now: datetime) -> None:
    """Remember that orphan drafts were looked for."""
    with database.writing(ledger.engine) as connection:
        connection.execute(update(targets).where(targets.c.name == target).values(swept_at=now))


def known_title(ledger: Ledger, target: str) -> str | None:
    """What the target's account was called when it was last asked."""
    with database.reading(ledger.engine) as connection:
        return connection.execute(select(targets.c.title).where(targets.c.name == target)).scalar()
