"""Walking a list: lazily, to its end, and never past a page that cannot be trusted."""

from __future__ import annotations

import itertools
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from newsletter.kit import Kit, ServerFault, Unreadable

if TYPE_CHECKING:
    from tests.kit.conftest import Clock, ScriptedServer


def test_a_page_is_asked_for_only_when_it_is_needed() -> None:
    with _endless(3) as (kit, asked):
        tags = kit.tags.list(per_page=3)
        assert asked == [], "making the list asks for nothing"

        walk = iter(tags)
        assert [next(walk).id for _ in range(3)] == [0, 1, 2]
        assert asked == [None], "three items are on the first page"

        assert next(walk).id == 3
        assert asked == [None, "3"]


def test_a_long_list_is_walked_in_the_memory_of_a_page() -> None:
    with _endless(100) as (kit, asked):
        walk = iter(kit.tags.list(per_page=100))
        sum(1 for _ in itertools.islice(walk, 1_000))
        tracemalloc.start()
        try:
            sum(1 for _ in itertools.islice(walk, 10_000))
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

    assert len(asked) == 110
    assert peak < 1_000_000, "10,000 tags kept at once would take over 4 MB"


def test_every_walk_starts_at_the_first_page() -> None:
    with _endless(2) as (kit, asked):
        tags = kit.tags.list(per_page=2)
        assert [tag.id for tag in itertools.islice(tags, 3)] == [0, 1, 2]
        assert [tag.id for tag in itertools.islice(tags, 3)] == [0, 1, 2]

    assert asked == [None, "2", None, "2"]


def test_a_walk_goes_on_behind_a_cursor_that_was_kept() -> None:
    """A sync that was interrupted need not begin again."""
    with _endless(2) as (kit, asked):
        first = next(kit.tags.list(per_page=2).pages())
        second = next(kit.tags.list(per_page=2).pages(after=first.pagination.end_cursor))

    assert [tag.id for tag in second.items] == [2, 3]
    assert asked == [None, "2"]


def test_a_page_is_turned_back_with_the_cursor_it_began_with() -> None:
    queries = []

    def net(request: httpx.Request) -> httpx.Response:
        queries.append(dict(request.url.params))
        return _page([{"id": 9, "name": "Knots"}], more=True, cursor="end")

    with Kit(api_key="kit_1", transport=httpx.MockTransport(net)) as kit:
        page = kit.tags.list(per_page=1).page(before="start")

    assert [tag.id for tag in page.items] == [9]
    assert queries == [{"per_page": "1", "before": "start"}]


def test_filters_go_with_every_page() -> None:
    queries = []

    def net(request: httpx.Request) -> httpx.Response:
        queries.append(dict(request.url.params))
        return _page([], more=len(queries) < 3, cursor=f"c{len(queries)}")

    with Kit(api_key="kit_1", transport=httpx.MockTransport(net)) as kit:
        assert list(kit.subscribers.list(status="all", per_page=10)) == []

    assert queries == [
        {"status": "all", "per_page": "10"},
        {"status": "all", "per_page": "10", "after": "c1"},
        {"status": "all", "per_page": "10", "after": "c2"},
    ]


@pytest.mark.parametrize(
    "pagination",
    [
        {"has_previous_page": False, "has_next_page": False},
        {
            "has_previous_page": False,
            "has_next_page": False,
            "start_cursor": None,
            "end_cursor": None,
        },
    ],
)
def test_an_empty_list_needs_no_cursors(pagination: dict[str, Any]) -> None:
    """What Kit puts there is not documented, so missing and null are both taken."""
    answer = httpx.Response(200, json={"tags": [], "pagination": pagination})
    with Kit(api_key="kit_1", transport=httpx.MockTransport(lambda _request: answer)) as kit:
        (page,) = kit.tags.list().pages()

    assert page.items == ()
    assert page.pagination.end_cursor is None


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"tags": []}, "pagination is not an object"),
        ({"pagination": {"has_next_page": False}}, "tags is missing"),
        ({"tags": {}, "pagination": {"has_next_page": False}}, "tags should be a list"),
        ({"tags": [], "pagination": {}}, "has_next_page should be true or false"),
        ({"tags": [], "pagination": {"has_next_page": True}}, "names no cursor"),
        ({"tags": ["x"], "pagination": {"has_next_page": False}}, "tag is not an object"),
        ({"tags": [{"id": 1}], "pagination": {"has_next_page": False}}, "name should be text"),
    ],
)
def test_a_page_that_cannot_be_trusted_stops_the_walk(
    clock: Clock, answer: dict[str, Any], told: str
) -> None:
    """Ending quietly instead would look like a complete list."""
    with (
        Kit(
            api_key="kit_1",
            transport=httpx.MockTransport(lambda _request: httpx.Response(200, json=answer)),
            monotonic=clock.monotonic,
            sleep=clock.sleep,
        ) as kit,
        pytest.raises(Unreadable, match=told),
    ):
        list(kit.tags.list())


def test_a_cursor_that_does_not_move_on_stops_the_walk(clock: Clock) -> None:
    with (
        Kit(
            api_key="kit_1",
            transport=httpx.MockTransport(lambda _request: _page([], more=True, cursor="c1")),
            monotonic=clock.monotonic,
            sleep=clock.sleep,
        ) as kit,
        pytest.raises(Unreadable, match="does not move on"),
    ):
        list(kit.tags.list())


def test_a_fault_in_the_middle_is_ridden_out(kit: Kit, server: ScriptedServer) -> None:
    server.answers(200, _body([{"id": 2, "name": "Tides"}], more=True, cursor="WzJd"))
    server.hangs_up()
    server.answers(429, raw=b"Retry later", content_type="text/plain")
    server.cuts()
    server.answers(200, _body([{"id": 1, "name": "Knots"}], more=False, cursor="WzFd"))

    assert [tag.name for tag in kit.tags.list()] == ["Tides", "Knots"]
    assert [seen.target for seen in server.seen][1:] == ["/v4/tags?per_page=1000&after=WzJd"] * 4


def test_a_fault_that_stays_raises_where_the_walk_stands(kit: Kit, server: ScriptedServer) -> None:
    server.answers(200, _body([{"id": 2, "name": "Tides"}], more=True, cursor="WzJd"))
    for _ in range(4):
        server.answers(500, raw=b"")

    walk = iter(kit.tags.list())
    assert next(walk).name == "Tides"
    with pytest.raises(ServerFault):
        next(walk)


def test_the_count_is_asked_for_with_the_smallest_page() -> None:
    queries = []

    def net(request: httpx.Request) -> httpx.Response:
        queries.append(dict(request.url.params))
        body = _body([], more=True, cursor="c1")
        body["pagination"]["total_count"] = 31415
        return httpx.Response(200, json=body)

    with Kit(api_key="kit_1", transport=httpx.MockTransport(net)) as kit:
        assert kit.subscribers.list().count() == 31415

    assert queries == [{"status": "active", "per_page": "1", "include_total_count": "true"}]


@contextmanager
def _endless(per_page: int) -> Iterator[tuple[Kit, list[str | None]]]:
    """A client for a service whose list of tags never ends, and the cursors asked for."""
    asked: list[str | None] = []

    def net(request: httpx.Request) -> httpx.Response:
        after = request.url.params.get("after")
        asked.append(after)
        first = int(after or 0)
        rows = [{"id": n, "name": f"Tag {n}"} for n in range(first, first + per_page)]
        return _page(rows, more=True, cursor=str(first + per_page))

    with Kit(api_key="kit_1", transport=httpx.MockTransport(net), limiter=False) as kit:
        yield kit, asked


def _page(items: list[dict[str, Any]], *, more: bool, cursor: str) -> httpx.Response:
    return httpx.Response(200, json=_body(items, more=more, cursor=cursor))


def _body(items: list[dict[str, Any]], *, more: bool, cursor: str) -> dict[str, Any]:
    return {
        "tags": items,
        "subscribers": items,
        "pagination": {
            "has_previous_page": False,
            "has_next_page": more,
            "start_cursor": "first",
            "end_cursor": cursor,
            "per_page": 1000,
        },
    }
