"""What the account is about besides its letters: palette, profile, and how its list grew."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, or_, select, update

from newsletter.server.store.subscribers import between
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
    """How many came and left in [start, end), and how many there were at its end."""
    came = between(_number(), subscribers.c.created_at, start, end)
    left = between(_number(), subscribers.c.canceled_at, start, end)
    still = or_(subscribers.c.canceled_at.is_(None), subscribers.c.canceled_at >= end)
    there = _number().where(
        subscribers.c.created_at < end, still, subscribers.c.state.in_(("active", "cancelled"))
    )
    return {
        "new_subscribers": db.execute(came).scalar_one(),
        "cancellations": db.execute(left).scalar_one(),
        "subscribers": db.execute(there).scalar_one(),
    }


def _number() -> Any:
    return select(func.count()).select_from(subscribers)


def begun_since(db: Connection, since: datetime) -> Collection[int]:
    """The broadcasts whose delivery began then or later."""
    rows = select(broadcasts.c.id).where(broadcasts.c.started_at >= since)
    return db.execute(rows).scalars().all()


def bounced_since(db: Connection, since: datetime) -> int:
    """How many subscribers' addresses were found dead since then."""
    rows = _number().where(subscribers.c.state == "bounced", subscribers.c.updated_at >= since)
    return int(db.execute(rows).scalar_one())
