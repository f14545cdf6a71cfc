"""Snippets: pieces that letters share, named in them by a key that never changes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select, update

from newsletter.server.snippets import INLINE, Stored
from newsletter.server.store.letter_tables import snippets

TYPES = ("inline", "block")


def all_snippets(*, archived: bool, snippet_type: str | None = None) -> Select[Any]:
    """The snippets that are archived, or those that are not; of one type."""
    rows = select(snippets).where(snippets.c.archived == archived)
    return rows if snippet_type is None else rows.where(snippets.c.snippet_type == snippet_type)


def by_id(db: Connection, snippet_id: int) -> Row[Any] | None:
    """The snippet with this id, archived or not."""
    return db.execute(select(snippets).where(snippets.c.id == snippet_id)).one_or_none()


def stored(db: Connection) -> dict[str, Stored]:
    """What is in every snippet, by key; archived ones too, as letters may still name them."""
    return {row.key: stored_as(row._asdict()) for row in db.execute(select(snippets))}


def stored_as(values: Mapping[str, Any]) -> Stored:
    """What is in a snippet with these columns."""
    kind = values["snippet_type"]
    body = values["content"] if kind == INLINE else values["value_html"]
    return Stored(snippet_type=kind, body=body or "")


def create(db: Connection, values: Mapping[str, Any], *, now: datetime) -> Row[Any]:
    """Add a snippet."""
    row = {**values, "version": 1, "created_at": now, "updated_at": now}
    return db.execute(insert(snippets).values(row).returning(snippets)).one()


def change(db: Connection, row: Row[Any], values: Mapping[str, Any], *, now: datetime) -> Row[Any]:
    """Change what is given of a snippet; writes nothing when nothing differs."""
    if all(row._mapping[name] == value for name, value in values.items()):
        return row
    rewritten = any(values.get(name, row._mapping[name]) != row._mapping[name] for name in _BODIES)
    statement = update(snippets).where(snippets.c.id == row.id)
    version = row.version + 1 if rewritten else row.version
    changed = statement.values(**values, version=version, updated_at=now)
    return db.execute(changed.returning(snippets)).one()


_BODIES = ("content", "value_html")


def free_key(db: Connection, name: str) -> str:
    """The key that a name makes, numbered when another snippet has it."""
    key = slug_of(name) or "snippet"
    taken = set(db.execute(select(snippets.c.key).where(snippets.c.key.startswith(key))).scalars())
    return numbered(key, taken)


def slug_of(name: str) -> str:
    """Words as a part of an address: ASCII, lower case, dashes.

    Example:
        >>> slug_of(" Cat Fact of the Day! "), slug_of("Käse & Brot"), slug_of("名前")
        ('cat-fact-of-the-day', 'kase-brot', '')
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower())[:80].strip("-")


def numbered(word: str, taken: set[str]) -> str:
    """`word`, with the first number behind it that makes it none of the `taken`."""
    number = 2
    free = word
    while free in taken:
        free = f"{word}-{number}"
        number += 1
    return free
