"""The names of tags that a target was last known to have: for completion and for the checks."""

from __future__ import annotations

import json
from collections.abc import Iterable

from sqlalchemy import select

from newsletter import database
from newsletter.ledger.opening import Ledger
from newsletter.ledger.tables import meta
from newsletter.ledger.upserting import insert_into


def remember(ledger: Ledger, target: str, names: Iterable[str]) -> None:
    """Keep the names of all tags that a target has; those known before are forgotten."""
    value = json.dumps(sorted(set(names)), ensure_ascii=False)
    if value == _kept(ledger, target):
        return
    with database.writing(ledger.engine) as connection:
        insert = insert_into(connection, meta).values(key=_key(target), value=value)
        connection.execute(
            insert.on_conflict_do_update(index_elements=["key"], set_={"value": value})
        )


def known(ledger: Ledger, target: str) -> tuple[str, ...]:
    """The names as they were last told, in order; empty where nobody asked yet."""
    kept = _kept(ledger, target)
    return tuple(json.loads(kept)) if kept else ()


def _kept(ledger: Ledger, target: str) -> str | None:
    with database.reading(ledger.engine) as connection:
        query = select(meta.c.value).where(meta.c.key == _key(target))
        return connection.execute(query).scalar()


def _key(target: str) -> str:
    return f"tags:{target}"
