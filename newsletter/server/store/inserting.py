"""INSERT … ON CONFLICT DO NOTHING, which SQLite and PostgreSQL both know and standard SQL does not."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table, literal


def insert_if_new(db: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert `row`, or leave the row alone that bears one of its unique keys; True if it is new."""
    # Only the dialect in use is loaded.
    dialect = importlib.import_module(f"sqlalchemy.dialects.{db.dialect.name}")
    statement = dialect.insert(table).values(row).on_conflict_do_nothing()
    # On PostgreSQL an INSERT tells no number of rows; what it returns is counted.
    return db.execute(statement.returning(literal(1))).first() is not None
