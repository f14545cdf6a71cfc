"""Pages: opaque cursors that lead through a list once, forwards and backwards."""

from typing import Any

import pytest

LISTS = {
    "subscribers": "/subscribers",
    "subscribers by time": "/subscribers?sort_field=updated_at",
    "subscribers, oldest first": "/subscribers?sort_order=asc",
    "tags": "/tags",
    "members of a tag": "/tags/1/subscribers",
    "members of a form": "/forms/1/subscribers",
    "tags of one person": "/subscribers/1/tags",
    "broadcasts": "/broadcasts",
    "statistics": "/broadcasts/stats",
    "templates": "/email_templates",
}


@pytest.fixture
def filled(server: Any) -> Any:
    for name in ("a", "b", "c"):
        tag = server.api.post("/tags", json={"name": name}).json()["tag"]["id"]
        server.api.post(f"/tags/{tag}/subscribers/1")
        server.draft(subject=name)
    for each in (2, 3):
        server.api.post(f"/tags/1/subscribers/{each}")  # all within one second
    for each in (1, 2, 3):
        server.api.post(f"/forms/1/subscribers/{each}")
        server.clock.pass_by(seconds=1)
    return server


def items(body: dict[str, Any]) -> list[Any]:
    [found] = [value for key, value in body.items() if key != "pagination"]
    return [each["id"] for each in found]


@pytest.mark.parametrize("path", LISTS.values(), ids=LISTS.keys())
def test_a_list_is_walked_once_in_each_direction(filled: Any, path: str) -> None:
    def page(**query: Any) -> dict[str, Any]:
        url = filled.api.build_request("GET", path).url.copy_merge_params(query)
        body: dict[str, Any] = filled.api.get(url).json()
        return body

    whole = items(page())
    forwards: list[Any] = []
    backwards: list[Any] = []
    cursor = None
    while True:
        body = page(per_page=1, **({"after": cursor} if cursor else {}))
        assert body["pagination"]["has_previous_page"] == (cursor is not None)
        forwards += items(body)
        cursor = body["pagination"]["end_cursor"]
        if not body["pagination"]["has_next_page"]:
            break
    while True:
        body = page(per_page=1, before=cursor)
        assert body["pagination"]["has_next_page"] is True
        backwards = items(body) + backwards
        cursor = body["pagination"]["start_cursor"]
        if not body["pagination"]["has_previous_page"]:
            break

    assert len(whole) >= 2
    assert forwards == whole
    assert backwards == whole[:-1]


def test_a_page_tells_its_size_and_the_total_only_on_request(filled: Any) -> None:
    plain = filled.api.get("/tags").json()["pagination"]
    counted = filled.api.get("/tags?include_total_count=true&per_page=2").json()["pagination"]

    assert (plain["per_page"], "total_count" in plain) == (500, False)
    assert (counted["per_page"], counted["total_count"]) == (2, 3)


def test_more_than_kits_maximum_is_cut_to_it(filled: Any) -> None:
    assert filled.api.get("/tags?per_page=5000").json()["pagination"]["per_page"] == 1000


def test_an_empty_page_has_no_cursors(server: Any) -> None:
    assert server.api.get("/tags").json()["pagination"] == {
        "has_previous_page": False,
        "has_next_page": False,
        "start_cursor": None,
        "end_cursor": None,
        "per_page": 500,
    }


def test_what_is_added_meanwhile_is_not_shown_twice(filled: Any) -> None:
    first = filled.api.get("/tags?per_page=2").json()
    filled.api.post("/tags", json={"name": "new"})

    second = filled.api.get(f"/tags?per_page=2&after={first['pagination']['end_cursor']}").json()

    assert items(first) + items(second) == [3, 2, 1]
