"""Pages on the web that came from broadcasts: `/posts`. They are made and changed as broadcasts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from newsletter.kit.pages import Pages, listing
from newsletter.kit.session import Session
from newsletter.kit.wire import Reader, wire_flag


@dataclass(frozen=True, kw_only=True)
class Post:
    """A post; `publication_id` is its broadcast's, times are UTC.

    `status` is `draft` or `published`. `content` comes with a read by id, and with a list that
    was asked for it.
    """

    id: int
    publication_id: int | None
    created_at: datetime | None
    title: str | None
    slug: str | None
    description: str | None
    meta_description: str | None
    status: str | None
    published_at: datetime | None
    sent_at: datetime | None
    thumbnail_alt: str | None
    thumbnail_url: str | None
    is_paid: bool | None
    public_url: str | None
    content: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


class PostCalls:
    """The calls on posts.

    Example:
        >>> [post.title for post in kit.posts.list()]
        ['High tide', 'Low tide']
        >>> kit.posts.get(7).content
        '<p>High at nine</p>'
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def list(self, *, include_content: bool = False, per_page: int | None = None) -> Pages[Post]:
        """All posts, newest first.

        Args:
            include_content: With the text of each, which makes long answers.
            per_page: 1 to 1000; 1000 if not given, or 50 where contents come along.
        """
        return listing(
            self._session,
            "/posts",
            key="posts",
            read=_post,
            query={
                "include_content": wire_flag(include_content or None),
                "per_page": per_page or (50 if include_content else 1000),
            },
        )

    def get(self, post_id: int, /) -> Post:
        """One post, with content.

        Raises:
            NotFound: Unknown id.
        """
        return self._session.call(
            "GET",
            f"/posts/{post_id:d}",
            lambda answer: _post(Reader(answer, "the answer").value("post")),
        )


def _post(data: object) -> Post:
    reader = Reader(data, "post")
    return Post(
        id=reader.integer("id"),
        publication_id=reader.optional_integer("publication_id"),
        created_at=reader.time("created_at"),
        title=reader.text("title"),
        slug=reader.text("slug"),
        description=reader.text("description"),
        meta_description=reader.text("meta_description"),
        status=reader.text("status"),
        published_at=reader.time("published_at"),
        sent_at=reader.time("sent_at"),
        thumbnail_alt=reader.text("thumbnail_alt"),
        thumbnail_url=reader.text("thumbnail_url"),
        is_paid=reader.flag("is_paid"),
        public_url=reader.text("public_url"),
        content=reader.text("content"),
        extra=reader.rest(),
    )
