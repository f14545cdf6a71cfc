"""Bulk requests that are worked off later: put off, taken slice by slice, completed.

Whoever takes a slice holds its request's row until the transaction ends, so that two
workers never apply two slices of one request at once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from newsletter.server.store.bulk_tables import bulk_requests, bulk_slices
from newsletter.server.store.tables import account
from newsletter.server.store.webhook_tables import webhook_deliveries

SLICE = 50  # items: about the time that a reader's click may have to wait on SQLite


@dataclass(frozen=True, kw_only=True)
class Slice:
    """Some items of a request, held until the transaction ends."""

    id: int
    request_id: int
    kind: str
    callback_url: str | None
    items: list[dict[str, Any]]


def queued(db: Connection, app_id: int | None) -> int:
    """The octets of an app's requests that are not done yet; of tokens made by hand for None."""
    # Two requests at once must not both find room.
    db.execute(select(account.c.id).with_for_update())
    mine = bulk_requests.c.app_id.is_not_distinct_from(app_id)
    total = select(func.coalesce(func.sum(bulk_requests.c.size), 0))
    left = total.where(bulk_requests.c.completed_at.is_(None), mine)
    return int(db.execute(left).scalar() or 0)


def put_off(
    db: Connection,
    *,
    kind: str,
    items: Sequence[Mapping[str, Any]],
    app_id: int | None,
    size: int,
    callback_url: str | None,
    now: datetime,
) -> int:
    """Keep a request for later; gives its id."""
    row = {
        "app_id": app_id,
        "kind": kind,
        "size": size,
        "callback_url": callback_url,
        "created_at": now,
    }
    made = db.execute(insert(bulk_requests).values(row).returning(bulk_requests.c.id))
    request_id = int(made.scalar_one())
    slices = [
        {"request_id": request_id, "is_done": 0, "content": list(items[first : first + SLICE])}
        for first in range(0, len(items), SLICE)
    ]
    db.execute(insert(bulk_slices), slices)
    return request_id


def is_any_left(db: Connection) -> bool:
    """Whether anything is to be worked off."""
    rows = select(bulk_requests.c.id).where(bulk_requests.c.completed_at.is_(None))
    return db.execute(rows.limit(1)).first() is not None


def take(db: Connection, *, without: Collection[int]) -> Slice | None:
    """The first slice of the oldest request that nobody works at and that is none of these."""
    request = db.execute(
        select(bulk_requests)
        .where(bulk_requests.c.completed_at.is_(None), bulk_requests.c.id.not_in(without))
        .order_by(bulk_requests.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if request is None:
        return None
    row = db.execute(
        select(bulk_slices.c.id, bulk_slices.c.content)
        .where(bulk_slices.c.request_id == request.id, bulk_slices.c.is_done == 0)
        .order_by(bulk_slices.c.id)
        .limit(1)
    ).one()
    return Slice(
        id=row.id,
        request_id=request.id,
        kind=request.kind,
        callback_url=request.callback_url,
        items=row.content,
    )


def finish(db: Connection, held: Slice, *, results: list[Any], failures: list[Any]) -> None:
    """Mark a slice as done, with what came of it."""
    kept = {"results": results, "failures": failures}
    statement = update(bulk_slices).where(bulk_slices.c.id == held.id)
    db.execute(statement.values(is_done=1, content=None, results=kept))


def is_left(db: Connection, request_id: int) -> bool:
    """Whether any slice of a request is not done."""
    here = (bulk_slices.c.request_id == request_id, bulk_slices.c.is_done == 0)
    return db.execute(select(bulk_slices.c.id).where(*here).limit(1)).first() is not None


def outcomes(db: Connection, request_id: int) -> list[dict[str, Any]]:
    """What came of the slices of a request that is done, in their order."""
    here = bulk_slices.c.request_id == request_id
    rows = select(bulk_slices.c.results).where(here).order_by(bulk_slices.c.id)
    return list(db.execute(rows).scalars())


def complete(db: Connection, held: Slice, shown: Mapping[str, Any], *, now: datetime) -> None:
    """End a request whose slices are done: its outcome goes to its callback, if it has one."""
    here = bulk_requests.c.id == held.request_id
    db.execute(update(bulk_requests).where(here).values(completed_at=now))
    db.execute(delete(bulk_slices).where(bulk_slices.c.request_id == held.request_id))
    if held.callback_url is not None:
        row = {
            "callback_url": held.callback_url,
            "event_type": held.kind,
            "payload": dict(shown),
            "status": "pending",
            "attempts": 0,
            "next_at": now,
            "created_at": now,
        }
        db.execute(insert(webhook_deliveries).values(row))
