"""Issues on their way: intents before acts, outcomes after them.

Every write happens under a lease: a writer that lost it changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, select, update

from newsletter import database
from newsletter.broadcast.model import Record, State
from newsletter.ledger import leases
from newsletter.ledger.leases import Lease
from newsletter.ledger.opening import Ledger
from newsletter.ledger.tables import history, issues


@dataclass(frozen=True, kw_only=True)
class Frozen:
    """The very bytes that are handed over, as they were stored before the first request."""

    subject: str
    preview_text: str
    content: str
    digest: str
    source: str
    mark: str
    details: Mapping[str, Any]
    recipients: int | None


@dataclass(frozen=True, kw_only=True)
class Event:
    """One line of an issue's history."""

    slug: str
    at: datetime
    state: State
    words: str


_SMALL = [c for c in issues.c if c.name not in ("content", "preview_text", "details", "mark")]


def get(ledger: Ledger, slug: str, target: str) -> Record | None:
    """What is remembered of one issue at one target."""
    with database.reading(ledger.engine) as connection:
        row = connection.execute(select(*_SMALL).where(_key(slug, target))).mappings().one_or_none()
    return _record(row) if row else None


def all_for(ledger: Ledger, target: str) -> dict[str, Record]:
    """Every issue remembered for a target, by slug."""
    with database.reading(ledger.engine) as connection:
        rows = connection.execute(select(*_SMALL).where(issues.c.target == target)).mappings().all()
    return {row["slug"]: _record(row) for row in rows}


def frozen(ledger: Ledger, slug: str, target: str) -> Frozen | None:
    """The bytes stored for an issue, or None when it was never frozen."""
    with database.reading(ledger.engine) as connection:
        row = connection.execute(select(issues).where(_key(slug, target))).mappings().one_or_none()
    if row is None or row["content"] is None:
        return None
    return Frozen(
        subject=row["subject"],
        preview_text=row["preview_text"],
        content=row["content"],
        digest=row["digest"],
        source=row["source_digest"],
        mark=row["mark"],
        details=row["details"],
        recipients=row["recipients"],
    )


def events(ledger: Ledger, slug: str, target: str) -> tuple[Event, ...]:
    """An issue's history, oldest first."""
    query = select(history).where(history.c.slug == slug, history.c.target == target)
    with database.reading(ledger.engine) as connection:
        rows = connection.execute(query.order_by(history.c.id)).mappings().all()
    return tuple(
        Event(slug=r["slug"], at=r["at"], state=State(r["state"]), words=r["words"]) for r in rows
    )


def freeze(
    ledger: Ledger,
    lease: Lease,
    slug: str,
    target: str,
    *,
    path: str,
    send_at: datetime,
    what: Frozen,
    now: datetime,
) -> None:
    """Store the bytes and the intent. A broadcast id that is already known stays."""
    values = {
        "path": path,
        "send_at": send_at,
        "source_digest": what.source,
        "refused_digest": None,
        "digest": what.digest,
        "subject": what.subject,
        "preview_text": what.preview_text,
        "content": what.content,
        "details": dict(what.details),
        "mark": what.mark,
        "recipients": what.recipients,
        "reason": None,
        "told_at": None,
    }
    with _writing(ledger, lease) as connection:
        known = connection.execute(
            select(issues.c.broadcast_id).where(_key(slug, target))
        ).one_or_none()
        state = State.DRAFTED if known and known[0] is not None else State.FROZEN
        _put(connection, slug, target, now, known=known is not None, state=state, **values)
        _tell(connection, slug, target, now, state, f"frozen as {what.digest[:12]}")


def attempted(ledger: Ledger, lease: Lease, slug: str, target: str, *, now: datetime) -> None:
    """Remember, before it leaves, that a request follows which may create a draft."""
    with _writing(ledger, lease) as connection:
        connection.execute(
            update(issues)
            .where(_key(slug, target), issues.c.attempted_at.is_(None))
            .values(attempted_at=now, updated_at=now)
        )


def set_broadcast(
    ledger: Ledger, lease: Lease, slug: str, target: str, broadcast_id: int, *, now: datetime
) -> int:
    """Compare and set: record `broadcast_id` unless one is there; give what stands there now."""
    with _writing(ledger, lease) as connection:
        changed = connection.execute(
            update(issues)
            .where(_key(slug, target), issues.c.broadcast_id.is_(None))
            .values(broadcast_id=broadcast_id, state=State.DRAFTED, updated_at=now)
        )
        if changed.rowcount:
            _tell(connection, slug, target, now, State.DRAFTED, f"broadcast {broadcast_id}")
        stands = connection.execute(
            select(issues.c.broadcast_id).where(_key(slug, target))
        ).scalar_one()
    return int(stands)


def adopt_broadcast(
    ledger: Ledger, lease: Lease, slug: str, target: str, broadcast_id: int, *, now: datetime
) -> None:
    """Another ledger's draft of this issue counts, not ours: go on with that one."""
    with _writing(ledger, lease) as connection:
        _put(
            connection,
            slug,
            target,
            now,
            known=True,
            broadcast_id=broadcast_id,
            state=State.DRAFTED,
        )
        _tell(
            connection,
            slug,
            target,
            now,
            State.DRAFTED,
            f"broadcast {broadcast_id} was there first",
        )


def forget_broadcast(
    ledger: Ledger, lease: Lease, slug: str, target: str, *, now: datetime
) -> None:
    """The recorded broadcast was deleted at the target: nothing is there any more."""
    with _writing(ledger, lease) as connection:
        _put(connection, slug, target, now, known=True, broadcast_id=None)


def became(
    ledger: Ledger,
    lease: Lease,
    slug: str,
    target: str,
    state: State,
    *,
    now: datetime,
    words: str,
    path: str = "",
    **values: Any,
) -> None:
    """Write an outcome: the issue is now in `state`; `values` are further columns."""
    with _writing(ledger, lease) as connection:
        known = connection.execute(select(issues.c.slug).where(_key(slug, target))).one_or_none()
        if known is None:
            values |= {"path": path}
        _put(connection, slug, target, now, known=known is not None, state=state, **values)
        _tell(connection, slug, target, now, state, words)


def verified(ledger: Ledger, lease: Lease, slug: str, target: str, *, now: datetime) -> None:
    """The target was seen to hold what it was given."""
    with _writing(ledger, lease) as connection:
        _put(connection, slug, target, now, known=True, verified_at=now)


def refuse_version(
    ledger: Ledger, lease: Lease, slug: str, target: str, *, source: str, words: str, now: datetime
) -> None:
    """A later version failed its checks: what was handed over before stays."""
    with _writing(ledger, lease) as connection:
        _put(connection, slug, target, now, known=True, refused_digest=source)
        state = connection.execute(select(issues.c.state).where(_key(slug, target))).scalar_one()
        _tell(connection, slug, target, now, State(state), words)


@contextmanager
def _writing(ledger: Ledger, lease: Lease) -> Iterator[Connection]:
    with database.writing(ledger.engine) as connection:
        leases.insist(connection, lease)
        yield connection


def _put(
    connection: Connection, slug: str, target: str, now: datetime, *, known: bool, **values: Any
) -> None:
    if known:
        connection.execute(
            update(issues).where(_key(slug, target)).values(updated_at=now, **values)
        )
    else:
        connection.execute(
            issues.insert().values(
                slug=slug, target=target, created_at=now, updated_at=now, **values
            )
        )


def _tell(
    connection: Connection, slug: str, target: str, now: datetime, state: State, words: str
) -> None:
    connection.execute(
        history.insert().values(slug=slug, target=target, at=now, state=state, words=words)
    )


def _key(slug: str, target: str) -> ColumnElement[bool]:
    return and_(issues.c.slug == slug, issues.c.target == target)


def _record(row: RowMapping) -> Record:
    known = {field.name: row[field.name] for field in fields(Record) if field.name != "state"}
    return Record(state=State(row["state"]), **known)
