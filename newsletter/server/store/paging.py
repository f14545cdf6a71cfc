"""One page of a list, found by the sort values of its neighbour (keyset), never by counting rows.

A deep page costs what the first costs, and rows that come or go between two requests
are neither skipped nor shown twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, select

Position = tuple[datetime | int, ...]


@dataclass(frozen=True, kw_only=True)
class PageWish:
    """Which page: at most `per_page` rows after or before a position, or the first ones."""

    per_page: int = 500
    after: Position | None = None
    before: Position | None = None
    with_total: bool = False


@dataclass(frozen=True, kw_only=True)
class Page:
    """The rows, whether there are more on either side, and the positions of first and last row."""

    rows: Sequence[Row[Any]]
    has_previous: bool
    has_next: bool
    start: Position | None
    end: Position | None
    total: int | None = None


def page_of(
    db: Connection,
    rows: Select[Any],
    *,
    keys: Sequence[ColumnElement[Any]],
    wish: PageWish,
    descending: bool = True,
) -> Page:
    """The wished page of `rows`, ordered by `keys`, which must be selected and unique together."""
    backwards = wish.after is None and wish.before is not None
    falling = descending != backwards
    position = wish.before if backwards else wish.after
    ordered = rows.order_by(*(key.desc() if falling else key.asc() for key in keys))
    limit = wish.per_page + 1  # one more tells whether there is a further page
    found: list[Row[Any]] = []
    for beyond in _beyond(keys, position, falling=falling):
        found += db.execute(ordered.where(*beyond).limit(limit - len(found))).all()
        if len(found) == limit:
            break
    more = len(found) > wish.per_page
    page = found[: wish.per_page]
    if backwards:
        page = page[::-1]
    return Page(
        rows=page,
        has_previous=more if backwards else wish.after is not None,
        has_next=backwards or more,
        start=_position(page[0], keys) if page else None,
        end=_position(page[-1], keys) if page else None,
        total=_count(db, rows) if wish.with_total else None,
    )


def _beyond(
    keys: Sequence[ColumnElement[Any]], position: Position | None, *, falling: bool
) -> Iterator[list[ColumnElement[bool]]]:
    """What lies beyond a position: first its equals in all keys but the last, and so on.

    Asked one after the other, because SQLite walks no index for `(a, id) < (x, y)` past `a`
    where `id` is the row's number: among many equal times each page would cost all of them.
    """
    if position is None:
        yield []
        return
    for depth in reversed(range(len(keys))):
        equal = [key == value for key, value in zip(keys[:depth], position[:depth], strict=True)]
        key, value = keys[depth], position[depth]
        yield [*equal, key < value if falling else key > value]


def _position(row: Row[Any], keys: Sequence[ColumnElement[Any]]) -> Position:
    return tuple(row._mapping[key] for key in keys)


def _count(db: Connection, rows: Select[Any]) -> int:
    return db.execute(select(func.count()).select_from(rows.subquery())).scalar_one()
