"""What every table of the server is made with: its metadata, its numbers, its references."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, MetaData

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows only in a column whose type is called INTEGER, and its integers have
# 64 bits anyway; PostgreSQL's have to be asked.
Id = BigInteger().with_variant(Integer(), "sqlite")


def row_id() -> Column[int]:
    """The column that numbers a table's rows."""
    return Column("id", Id, primary_key=True, autoincrement=True)


def of(name: str, target: str, **key: Any) -> Column[int]:
    """A column that names a row of the table `target`, and whose row goes with that row."""
    return Column(name, Id, ForeignKey(f"{target}.id", ondelete="CASCADE"), **key)
