"""Purchases: what a shop told, one row a transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, select, update

from newsletter.server.store.inserting import insert_if_new
from newsletter.server.store.purchase_tables import purchases


def all_purchases() -> Select[Any]:
    """Every purchase."""
    return select(purchases)


def by_id(db: Connection, purchase_id: int) -> Row[Any] | None:
    """The purchase with this id."""
    return db.execute(select(purchases).where(purchases.c.id == purchase_id)).one_or_none()


def record(db: Connection, values: Mapping[str, Any], *, now: datetime) -> tuple[Row[Any], bool]:
    """Keep a purchase, or what a shop says anew about one; its row, and whether it is new."""
    same = purchases.c.transaction_id == values["transaction_id"]
    is_new = False
    if db.execute(select(purchases.c.id).where(same)).first() is None:
        is_new = insert_if_new(db, purchases, {**values, "created_at": now})
    if not is_new:
        db.execute(update(purchases).where(same).values(**values))
    return db.execute(select(purchases).where(same)).one(), is_new
