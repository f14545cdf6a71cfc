"""What real clients put on the wire (Kit reference §16), at every operation there is."""

import json
import re
from typing import Any

import pytest

from newsletter.server.api.door import OPERATIONS
from newsletter.server.api.pages import cursor

NAMES = [f"{each.method} {each.path}" for each in OPERATIONS]
WRITING = [each for each in NAMES if not each.startswith("GET ")]
ONE = re.compile(r"GET /(account.*|.*\{(id|delivery_id)\}|.*\}/stats)")
LISTS = [each for each in NAMES if each.startswith("GET ") and not ONE.fullmatch(each)]


def call(server: Any, name: str, **sent: Any) -> Any:
    """The operation, about whatever has the id 1."""
    method, path = name.split()
    if not server.bearer:
        server.bearer = server.token()
    headers = {"X-Kit-Api-Key": "", "Authorization": f"Bearer {server.bearer}"}
    path = re.sub(r"\{\w+\}", "1", path)
    return server.api.request(method, path, headers={**headers, **sent.pop("headers", {})}, **sent)


def prepare(server: Any) -> None:
    """Something with the id 1 of most sorts."""
    server.api.post("/tags", json={"name": "Cooks"})
    server.api.post("/custom_fields", json={"label": "Last name"})
    server.draft()
    server.api.post(
        "/webhooks",
        json={
            "target_url": "https://example.org/",
            "event": {"name": "subscriber.subscriber_bounce"},
        },
    )


@pytest.mark.parametrize("name", WRITING)
def test_an_empty_list_as_a_body_says_what_an_empty_object_says(server: Any, name: str) -> None:
    """PHP writes an empty array as a list; also on DELETE. Twice: what is done is not the same."""
    prepare(server)
    spelled = {"Content-Type": "application/json; charset=utf-8"}
    answers = [
        call(server, name, content=body, headers=spelled) for body in (b"[]", b"{}", b"", b"[]")
    ]

    assert {each.status_code for each in answers} <= {200, 201, 204, 404, 422}
    refused = [each for each in answers if each.status_code == 422]
    assert len({each.text for each in refused}) <= 1
    assert answers[0].status_code != 400


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "body", [b'{"a": NaN}', b'{"a": 1e999}', b"\xff", b'{"a": ' + b"9" * 5000 + b"}"]
)
def test_what_is_not_json_is_refused_wherever_it_comes(server: Any, name: str, body: bytes) -> None:
    answer = call(server, name, content=body)

    assert (answer.status_code, answer.json()) == (
        400,
        {"errors": ["The request's body is not JSON"]},
    )


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_part_of_a_path_is_not_found(server: Any, name: str) -> None:
    method, path = name.split()
    if "{" not in path:
        path = f"/{path}"
    answer = server.api.request(method, f"{server.url}/v4{re.sub(r'{[^}]+}', '', path)}", json={})

    assert (answer.status_code, answer.json()) == (404, {"errors": ["Not Found"]})


@pytest.mark.parametrize("name", LISTS)
def test_every_list_is_walked_in_the_same_way(server: Any, name: str) -> None:
    prepare(server)
    blank = dict.fromkeys(("after", "before", "per_page", "status", "include_total_count"), "")
    answer = call(server, name, params={**blank, "created_after": "", "slim": ""})
    if answer.status_code == 404:
        assert "{" in name, "something of this sort is not there to be listed"
        return
    counted = call(server, name, params={"include_total_count": "1", "per_page": "1"}).json()

    assert answer.status_code == 200, answer.text
    assert set(answer.json()["pagination"]) == {
        "has_previous_page",
        "has_next_page",
        "start_cursor",
        "end_cursor",
        "per_page",
    }
    assert counted["pagination"]["total_count"] >= 0
    assert counted["pagination"]["per_page"] == 1
    for way in ("after", "before"):
        for bad in ("nonsense", "bm9uc2Vuc2U=", "W10=", "WzEsMiwzLDRd", cursor((-1,))):
            assert call(server, name, params={way: bad}).status_code == 422, (way, bad)


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("GET /subscribers", {"status": "asleep"}),
        ("GET /subscribers", {"sort_field": "shoe_size"}),
        ("GET /subscribers", {"sort_order": "sideways"}),
        ("GET /subscribers", {"email_address": "no"}),
        ("GET /subscribers", {"created_after": "yesterday"}),
        ("GET /subscribers", {"per_page": "-1"}),
        ("GET /subscribers", {"slim": "perhaps"}),
        ("GET /broadcasts", {"status": "asleep"}),
        ("GET /forms", {"status": "asleep"}),
        ("GET /tags/{tag_id}/subscribers", {"status": "asleep"}),
    ],
)
def test_a_bad_word_in_a_query_is_a_clients_fault(
    server: Any, name: str, query: dict[str, str]
) -> None:
    answer = call(server, name, params=query)

    assert (answer.status_code, list(answer.json())) == (422, ["errors"])


@pytest.mark.parametrize(
    ("said", "is_slim"),
    [("1", True), ("0", False), ("true", True), ("false", False), ("", False), ("True", True)],
)
def test_booleans_are_words_or_digits(server: Any, said: str, is_slim: bool) -> None:
    listed = server.api.get("/subscribers", params={"slim": said}).json()["subscribers"]

    assert ("fields" not in listed[0]) is is_slim


def test_ids_may_be_text_and_times_may_have_a_blank(server: Any) -> None:
    server.api.post("/tags", json={"name": "Cooks"})
    letter = server.draft(
        email_template_id="1",
        public="1",
        send_at="2026-12-01 09:00:00",
        published_at="2026-12-01 10:00:00",
        subscriber_filter=[{"all": [{"type": "tag", "ids": ["1"]}], "any": None, "none": None}],
    )

    assert letter["email_template"]["id"] == 1
    assert letter["send_at"] == "2026-12-01T09:00:00Z"
    assert letter["published_at"] == "2026-12-01T10:00:00Z"
    assert letter["subscriber_filter"] == [{"all": [{"type": "tag", "ids": [1]}]}]
    assert letter["public"] is True


def test_a_body_on_delete_counts(server: Any) -> None:
    server.api.post("/tags", json={"name": "Cooks"})
    server.api.post("/tags/1/subscribers/1")
    body = json.dumps({"email_address": "ann@example.org"})
    answer = server.api.request("DELETE", "/tags/1/subscribers", content=body)

    assert answer.status_code == 204
    assert server.api.get("/subscribers/1/tags").json()["tags"] == []


def test_a_cursor_survives_what_comes_meanwhile(server: Any) -> None:
    """Newest first: who arrives between two pages is neither shown twice nor pushes anybody out."""
    server.add(*(f"r{each}@example.org" for each in range(5)))
    seen: list[str] = []
    pagination: dict[str, Any] = {"end_cursor": ""}
    for number in range(8):
        query = {"per_page": 1, "after": pagination["end_cursor"]}
        page = server.api.get("/subscribers", params=query).json()
        seen += [each["email_address"] for each in page["subscribers"]]
        pagination = page["pagination"]
        server.add(f"late{number}@example.org")

    expected = [f"r{each}@example.org" for each in reversed(range(5))]
    assert seen == [*expected, "dana@example.org", "ben@example.org", "ann@example.org"]
    assert pagination["has_next_page"] is False
