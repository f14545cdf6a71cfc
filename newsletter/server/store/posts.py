"""Posts: letters on the web, each the public side of a broadcast."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, case, insert, null, select, update

from newsletter.server import objects
from newsletter.server.store import events
from newsletter.server.store.letter_tables import posts
from newsletter.server.store.snippets import numbered, slug_of
from newsletter.server.store.tables import broadcasts, email_templates

_SHOWN = ("subject", "description", "public", "published_at", "thumbnail_alt", "thumbnail_url")
_CONTENT = (broadcasts.c.content, email_templates.c.category)


def all_posts(*, with_content: bool = False) -> Select[Any]:
    """The posts of public broadcasts, with `sent_at`; `content` and `category` if wanted."""
    sent_at = case((broadcasts.c.status == "completed", broadcasts.c.send_at), else_=null())
    columns = [broadcasts.c[name] for name in _SHOWN]
    more = _CONTENT if with_content else ()
    rows = select(posts, sent_at.label("sent_at"), *columns, *more)
    rows = rows.join(broadcasts, broadcasts.c.id == posts.c.broadcast_id)
    rows = rows.join(email_templates, email_templates.c.id == broadcasts.c.email_template_id)
    return rows.where(broadcasts.c.public)


def by_id(db: Connection, post_id: int) -> Row[Any] | None:
    """The post with this id, content included."""
    rows = all_posts(with_content=True).where(posts.c.id == post_id)
    return db.execute(rows).one_or_none()


def published(db: Connection, slug: str, *, now: datetime) -> Row[Any] | None:
    """The post of this address, content included, if it is published."""
    here = and_(posts.c.slug == slug, broadcasts.c.published_at <= now)
    return db.execute(all_posts(with_content=True).where(here)).one_or_none()


def is_published(row: Row[Any], *, now: datetime) -> bool:
    """Whether a post's time has come."""
    return row.published_at is not None and row.published_at <= now


def follow(
    db: Connection, broadcast_id: int, *, title: str, public_url: str, now: datetime
) -> None:
    """Give a public broadcast a post, or one that is not published yet its new title's address."""
    row = db.execute(select(posts).where(posts.c.broadcast_id == broadcast_id)).one_or_none()
    if row is None:
        slug = _free_slug(db, title, own=None)
        values = {"broadcast_id": broadcast_id, "slug": slug, "created_at": now}
        db.execute(insert(posts).values(values))
    elif row.announced_at is None:
        slug = _free_slug(db, title, own=row.slug)
        db.execute(update(posts).where(posts.c.id == row.id).values(slug=slug))
    announce(db, public_url=public_url, now=now)


def announce(db: Connection, *, public_url: str, now: datetime) -> None:
    """Note the publication of each post whose time has come; from then on its address stays."""
    for row in db.execute(_news(now).order_by(posts.c.id)).all():
        here = (posts.c.id == row.id, posts.c.announced_at.is_(None))
        first = db.execute(update(posts).where(*here).values(announced_at=now))
        if first.rowcount == 1:
            thing = objects.post(row, public_url=public_url, is_published=True)
            events.of_thing(db, "post.published", thing, now=now)


def is_to_announce(db: Connection, *, now: datetime) -> bool:
    """Whether any post's time has come without anybody having been told."""
    return db.execute(_news(now).limit(1)).first() is not None


def _news(now: datetime) -> Select[Any]:
    return all_posts().where(posts.c.announced_at.is_(None), broadcasts.c.published_at <= now)


def _free_slug(db: Connection, title: str, *, own: str | None) -> str:
    slug = slug_of(title) or "letter"
    rows = select(posts.c.slug).where(posts.c.slug.startswith(slug))
    return numbered(slug, set(db.execute(rows).scalars()) - {own})
