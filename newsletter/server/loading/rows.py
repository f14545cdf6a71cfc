"""Rows on their way into the store: none takes an id, a name or an address that another has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select, text

from newsletter.server.loading.items import BadDocument, Item

_AT_ONCE = 5_000


@dataclass(kw_only=True)
class Loading:
    """One loading: its transaction, its moment, and how many of each kind were put in."""

    db: Connection
    now: datetime
    loaded: dict[str, int] = field(default_factory=dict)

    def put(
        self,
        table: Table,
        rows: Iterable[tuple[Item, Mapping[str, Any]]],
        *,
        unique: Mapping[str, str] = {},
    ) -> None:
        """Insert rows, each beside the item that says so.

        `unique` names columns whose value no other row may have, and what the item calls each.
        """
        kept = list(rows)
        for column, name in {"id": "id", **unique}.items():
            self._insist(table, column, name, kept)
        for with_id in (True, False):
            some = [dict(row) for _, row in kept if (row.get("id") is not None) is with_id]
            some = (
                some if with_id else [{n: v for n, v in row.items() if n != "id"} for row in some]
            )
            for start in range(0, len(some), _AT_ONCE):
                self.db.execute(insert(table), some[start : start + _AT_ONCE])
        if any(row.get("id") is not None for _, row in kept):
            self._count_on(table)
        self.loaded[table.name] = self.loaded.get(table.name, 0) + len(kept)

    def put_and_name(
        self, table: Table, rows: Sequence[tuple[Item, Mapping[str, Any]]]
    ) -> list[int]:
        """Insert rows as `put` does, and give the ids they have, in their order."""
        last = self.db.execute(select(func.max(table.c.id))).scalar_one() or 0
        last = max([last, *(row["id"] for _, row in rows if row.get("id") is not None)])
        named = []
        for item, row in rows:
            last += row.get("id") is None
            named.append((item, {**row, "id": row.get("id") or last}))
        self.put(table, named)
        return [row["id"] for _, row in named]

    def put_plain(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows that nobody gave ids, some thousand at a time."""
        for start in range(0, len(rows), _AT_ONCE):
            self.db.execute(insert(table), [dict(row) for row in rows[start : start + _AT_ONCE]])

    def ids(self, table: Table) -> set[int]:
        """The ids of a table's rows."""
        return set(self.db.execute(select(table.c.id)).scalars())

    def known(self, item: Item, name: str, table: Table, among: set[int]) -> int:
        """The id of a row of `table` that an item names; refuses one that no row has."""
        found = item.number(name)
        if found not in among:
            raise item.wrong(name, f"there is no row {found} in {table.name}")
        return found

    def _insist(
        self, table: Table, column: str, name: str, rows: list[tuple[Item, Mapping[str, Any]]]
    ) -> None:
        seen: dict[Any, Item] = {}
        for item, row in rows:
            value = row.get(column)
            if value is None:
                continue
            if value in seen:
                message = f"{value} stands at {seen[value].place} already"
                raise BadDocument(item.at(name), message)
            seen[value] = item
        values = list(seen)
        for start in range(0, len(values), _AT_ONCE):
            some = values[start : start + _AT_ONCE]
            taken = self.db.execute(select(table.c[column]).where(table.c[column].in_(some)))
            for value in taken.scalars():
                raise BadDocument(seen[value].at(name), f"{value} is in the store already")

    def _count_on(self, table: Table) -> None:
        """PostgreSQL does not notice ids that were given; the next one must come after them."""
        if self.db.dialect.name != "postgresql":
            return
        last = self.db.execute(select(func.max(table.c.id))).scalar_one()
        numbering = text("SELECT setval(pg_get_serial_sequence(:table, 'id'), :last)")
        self.db.execute(numbering, {"table": table.name, "last": last})
