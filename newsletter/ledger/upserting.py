"""INSERT … ON CONFLICT, which both databases spell alike and SQLAlchemy keeps in two places; by the page, too."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Table

from newsletter.database import UtcDateTime


def insert_into(connection: Connection, table: Table) -> Any:
    """An INSERT into `table` with `on_conflict_do_nothing` and `on_conflict_do_update`."""
    # Only the dialect in use is loaded.
    dialect = importlib.import_module(f"sqlalchemy.dialects.{connection.dialect.name}")
    return dialect.insert(table)


def insert_page(
    connection: Connection, table: Table, insert: Any, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Run `insert`, which is one into `table`, for many rows with the same columns at once.

    On SQLite with the driver's own `executemany`: SQLAlchemy prepares each value of each
    row by itself, which takes longer than the database does. Here it is done by column.
    """
    if not rows:
        return
    dialect = connection.dialect
    if dialect.name != "sqlite":
        connection.execute(insert, rows)
        return
    compiled = insert.compile(dialect=dialect, column_keys=list(rows[0]))
    columns: list[list[Any]] = []
    for name in compiled.positiontup:
        values = [row[name] for row in rows]
        process = table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
        if process and isinstance(table.c[name].type, UtcDateTime):
            # One person's times are mostly one and the same.
            process = lru_cache(maxsize=None)(process)
        columns.append(list(map(process, values)) if process else values)
    connection.exec_driver_sql(compiled.string, list(zip(*columns, strict=True)))
