"""A store of the embedded server with as many readers as a measurement wants, and nobody else."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy import insert

from newsletter.database import sqlite_url
from newsletter.server.store.store import Store, open_store
from newsletter.server.store.tables import subscribers


def filled_store(file: Path, readers: int, *, now: datetime) -> Store:
    """A new one in `file`, open; to be closed by who asked."""
    store = open_store(sqlite_url(file), clock=lambda: now)
    store.configure(
        name="Bench",
        sender_name="Ann",
        sender_address="ann@example.org",
        address="1 Elm Street",
        timezone="UTC",
    )
    with store.writing() as db:
        db.execute(subscribers.delete())  # the sample readers
        rows: list[dict[str, object]] = [
            {
                "email_address": f"reader{number}@post.internal",
                "email_key": f"reader{number}@post.internal",
                "first_name": "Ann",
                "state": "active",
                "fields": {},
                "created_at": now,
                "updated_at": now,
            }
            for number in range(readers)
        ]
        db.execute(insert(subscribers), rows)
    return store
