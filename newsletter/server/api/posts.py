"""/posts: letters on the web, which are the public side of broadcasts. Read only."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from newsletter.server import objects
from newsletter.server.api import pages
from newsletter.server.api.calls import Answer, Call, Operation, not_found
from newsletter.server.api.values import flag
from newsletter.server.store import posts
from newsletter.server.store.letter_tables import posts as posts_table
from newsletter.server.store.paging import page_of


def listing(call: Call) -> Answer:
    """One page of the posts, newest first, without content unless it is asked for."""
    with_content = flag(call.query, "include_content") or False
    keys = [posts_table.c.id]
    wish = pages.wish(call.query, keys)
    with call.store.reading() as db:
        page = page_of(db, posts.all_posts(with_content=with_content), keys=keys, wish=wish)
    body = [_shown(row, call) for row in page.rows]
    return Answer(status=200, body={"posts": body, "pagination": pages.pagination(page, wish)})


def read(call: Call) -> Answer:
    """One post, content included."""
    with call.store.reading() as db:
        row = posts.by_id(db, call.id())
    if row is None:
        raise not_found()
    return Answer(status=200, body={"post": _shown(row, call)})


def _shown(row: Row[Any], call: Call) -> dict[str, Any]:
    is_published = posts.is_published(row, now=call.now)
    body = objects.post(row, public_url=call.public_url, is_published=is_published)
    return {**body, "content": row.content} if "content" in row._mapping else body


OPERATIONS = (
    Operation(method="GET", path="/posts", answer=listing),
    Operation(method="GET", path="/posts/{id}", answer=read),
)
