"""What the account is about besides its letters: palette, profile, and how its list grew."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, func, select, update

from newsletter.server.store.tables import account, broadcasts, subscribers


def colors(db: Connection) -> list[str]:
    """The palette, which is empty until somebody fills it."""
    found: list[str] | None = db.execute(select(account.c.colors)).scalar_one()
    return found or []


def set_colors(db: Connection, values: Sequence[str]) -> None:
    """Replace the whole palette."""
    db.execute(update(account).values(colors=list(values)))


def profile(db: Connection) -> Mapping[str, Any] | None:
    """The owner's public profile; None when there is none."""
    found: Mapping[str, Any] | None = db.execute(select(account.c.profile)).scalar_one()
    return found


def set_profile(db: Connection, values: Mapping[str, Any] | None) -> None:
    """Keep the owner's public profile, or none. For whoever fills a store: no call leads here.

    `values` are Kit's: name, byline, bio, image_url, profile_url.
    """
    db.execute(update(account).values(profile=None if values is None else dict(values)))


def growth(db: Connection, *, start: datetime, end: datetime) -> dict[str, int]:
    """How many came and left in [start, end), and how many could be mailed at its end.

    These are reckoned back from now, so that no query reads the whole list.
    """
    active = subscribers.c.state == "active"
    cancelled = subscribers.c.state == "cancelled"
    came_later = subscribers.c.created_at >= end
    left_later = subscribers.c.canceled_at >= end
    came_before = subscribers.c.created_at < end
    # Asked in this way, SQLite looks only at those who came later, not at all who are active.
    later = select(func.count(case((active, 1)))).select_from(subscribers).where(came_later)
    there = _number(db, active) - int(db.execute(later).scalar_one())
    return {
        "new_subscribers": _number(db, subscribers.c.created_at >= start, came_before),
        "cancellations": _number(
            db, cancelled, subscribers.c.canceled_at >= start, subscribers.c.canceled_at < end
        ),
        "subscribers": there + _number(db, cancelled, left_later, came_before),
    }


def _number(db: Connection, *where: ColumnElement[bool]) -> int:
    return int(db.execute(select(func.count()).select_from(subscribers).where(*where)).scalar_one())


def begun_since(db: Connection, since: datetime) -> Collection[int]:
    """The broadcasts whose delivery began then or later."""
    rows = select(broadcasts.c.id).where(broadcasts.c.started_at >= since)
    return db.execute(rows).scalars().all()


def bounced_since(db: Connection, since: datetime) -> int:
    """How many subscribers' addresses were found dead since then."""
    return _number(db, subscribers.c.state == "bounced", subscribers.c.updated_at >= since)
