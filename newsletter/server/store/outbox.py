"""The outbox: messages that were delivered here instead of leaving the computer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select

from newsletter.server.store.tables import outbox

_LISTED = [column for column in outbox.c if column.name != "raw"]


def put(db: Connection, messages: Sequence[Mapping[str, Any]]) -> None:
    """Keep messages, in order."""
    if messages:
        db.execute(insert(outbox), list(messages))


def all_messages(*, broadcast_id: int | None = None) -> Select[Any]:
    """Every message, or those of one broadcast, without their bytes."""
    rows = select(*_LISTED)
    return rows if broadcast_id is None else rows.where(outbox.c.broadcast_id == broadcast_id)


def by_id(db: Connection, message_id: int) -> Row[Any] | None:
    """The message with this id, bytes included."""
    return db.execute(select(outbox).where(outbox.c.id == message_id)).one_or_none()
