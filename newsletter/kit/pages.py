"""Kit's lists, page by page: one page is asked for when it is needed, and forgotten after.

A list of a million subscribers passes through in the memory of one page. Kit's
cursors are opaque; the walk goes on with `after=<end_cursor>` for as long as
`has_next_page` holds (Kit reference §3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from newsletter.kit.session import Session
from newsletter.kit.wire import Reader, WrongShape

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Pagination:
    """Where a page stands in its list; cursors are `None` on an empty page."""

    has_previous_page: bool
    has_next_page: bool
    start_cursor: str | None
    end_cursor: str | None
    per_page: int | None
    total_count: int | None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Page(Generic[T]):
    """One page of a list."""

    items: tuple[T, ...]
    pagination: Pagination


class Pages(Generic[T]):
    """A list at Kit, walked lazily; every `for` over it starts again at the first page.

    A page that fails raises where the walk stands. Rows that move while one
    walks may be seen twice or not at all, as with any cursor.
    """

    def __init__(self, fetch: Callable[[Mapping[str, str | int]], Page[T]]) -> None:
        self._fetch = fetch

    def __iter__(self) -> Iterator[T]:
        for page in self.pages():
            yield from page.items

    def pages(self, *, after: str | None = None) -> Iterator[Page[T]]:
        """The pages, with their cursors.

        Args:
            after: An `end_cursor` that was kept; the walk goes on behind it.
        """
        query: dict[str, str | int] = {} if after is None else {"after": after}
        while True:
            page = self._fetch(query)
            yield page
            cursor = page.pagination.end_cursor
            if not page.pagination.has_next_page or cursor is None:
                return
            query = {"after": cursor}

    def page(self, *, before: str) -> Page[T]:
        """The one page that ends before a `start_cursor`, for whoever turns pages back.

        Kit's flags are of little use there: `has_previous_page` may be true on the first page.
        An empty page has nothing before it.
        """
        return self._fetch({"before": before})

    def count(self) -> int | None:
        """How many items the whole list has, asked for with one small page.

        `None` where the service does not say. At Kit it can be minutes old.
        """
        page = self._fetch({"per_page": 1, "include_total_count": "true"})
        return page.pagination.total_count


def listing(
    session: Session,
    path: str,
    *,
    key: str,
    read: Callable[[object], T],
    query: Mapping[str, str | int | None],
    within: str | None = None,
) -> Pages[T]:
    """The list at a path.

    Args:
        session: Sends the requests.
        path: Below the base address.
        key: Where the items stand in the answer.
        read: Makes one item.
        query: The filters, sent again with every page.
        within: The object that holds `key`, if it is not the answer itself.
    """

    def fetch(place: Mapping[str, str | int]) -> Page[T]:
        def read_answer(answer: object) -> Page[T]:
            return read_page(answer, key, read, within, after=place.get("after"))

        return session.call("GET", path, read_answer, query={**query, **place})

    return Pages(fetch)


def read_page(
    answer: object,
    key: str,
    read: Callable[[object], T],
    within: str | None,
    *,
    after: str | int | None,
) -> Page[T]:
    """One page out of an answer that was asked for with the cursor `after`.

    Raises:
        WrongShape: It is no page, or one that a walk could not go on from.
    """
    outer = Reader(answer, "the list")
    items = (outer if within is None else Reader(outer.value(within), within)).items(key)
    if items is None:
        raise WrongShape(f"the list: {key} is missing")
    pagination = _pagination(outer.value("pagination"))
    # Both would end a walk early or never; a reader lost from a sync is worse than an error.
    if pagination.has_next_page and pagination.end_cursor is None:
        raise WrongShape("the list promises another page and names no cursor")
    if pagination.has_next_page and pagination.end_cursor == after:
        raise WrongShape("the list does not move on from its cursor")
    return Page(items=tuple(read(item) for item in items), pagination=pagination)


def _pagination(data: object) -> Pagination:
    reader = Reader(data, "pagination")
    return Pagination(
        has_previous_page=reader.flag("has_previous_page") or False,
        has_next_page=reader.required_flag("has_next_page"),
        start_cursor=reader.text("start_cursor"),
        end_cursor=reader.text("end_cursor"),
        per_page=reader.optional_integer("per_page"),
        total_count=reader.optional_integer("total_count"),
        extra=reader.rest(),
    )
