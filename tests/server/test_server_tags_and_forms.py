"""Tags, forms, templates and segments through the API."""

from typing import Any

import pytest


@pytest.fixture
def tag(server: Any) -> int:
    return int(server.api.post("/tags", json={"name": "Gardeners"}).json()["tag"]["id"])


def test_a_tag_of_a_known_name_is_given_back_whatever_its_letters(server: Any, tag: int) -> None:
    again = server.api.post("/tags", json={"name": " gardeners "})
    new = server.api.post("/tags", json={"name": "Cooks"})

    assert (again.status_code, again.json()["tag"]["name"]) == (200, "Gardeners")
    assert (new.status_code, new.json()["tag"]["id"]) == (201, tag + 1)


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": "  "}, {"name": None}])
def test_a_tag_needs_a_name(server: Any, tag: int, body: dict[str, Any]) -> None:
    for answer in (server.api.post("/tags", json=body), server.api.put(f"/tags/{tag}", json=body)):
        assert (answer.status_code, answer.json()) == (422, {"errors": ["Name can't be blank"]})


def test_a_tag_is_renamed_unless_the_name_is_taken(server: Any, tag: int) -> None:
    server.api.post("/tags", json={"name": "Cooks"})

    taken = server.api.put(f"/tags/{tag}", json={"name": "COOKS"})
    own = server.api.put(f"/tags/{tag}", json={"name": "gardeners"})

    assert taken.status_code == 422
    assert (own.status_code, own.json()["tag"]["name"]) == (200, "gardeners")


@pytest.mark.parametrize("by", ["id", "address"])
def test_tagging_is_new_once_and_then_known(server: Any, tag: int, by: str) -> None:
    path, body = (
        (f"/tags/{tag}/subscribers/2", None)
        if by == "id"
        else (f"/tags/{tag}/subscribers", {"email_address": "BEN@example.org"})
    )

    first = server.api.post(path, json=body)
    server.clock.pass_by(hours=1)
    again = server.api.post(path, json=body)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["subscriber"]["tagged_at"] == "2026-11-24T09:00:00Z"


def untag_by_id(server: Any, tag: int) -> Any:
    return server.api.delete(f"/tags/{tag}/subscribers/2")


def untag_by_body(server: Any, tag: int) -> Any:
    body = {"email_address": "ben@example.org"}
    return server.api.request("DELETE", f"/tags/{tag}/subscribers", json=body)


def untag_by_query(server: Any, tag: int) -> Any:
    query = {"email_address": "ben@example.org"}
    return server.api.delete(f"/tags/{tag}/subscribers", params=query)


@pytest.mark.parametrize("untag", [untag_by_id, untag_by_body, untag_by_query])
def test_untagging_works_in_every_way_clients_know(server: Any, tag: int, untag: Any) -> None:
    server.api.post(f"/tags/{tag}/subscribers/2")
    server.api.post(f"/tags/{tag}/subscribers/3")

    answer = untag(server, tag)

    assert (answer.status_code, answer.content) == (204, b"")
    left = server.api.get(f"/tags/{tag}/subscribers").json()["subscribers"]
    assert [each["id"] for each in left] == [3]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "text"),
    [
        ("POST", "/tags/1/subscribers", {}, 422, "required to tag subscriber"),
        ("DELETE", "/tags/1/subscribers", {}, 422, "required to remove tag from subscriber"),
        ("POST", "/forms/1/subscribers", {}, 422, "required to add subscriber to form"),
        ("POST", "/tags/1/subscribers", {"email_address": "no"}, 422, "Email address is invalid"),
        ("POST", "/tags/1/subscribers", {"email_address": "x@example.org"}, 404, "Not Found"),
        ("DELETE", "/tags/1/subscribers", {"email_address": "x@example.org"}, 404, "Not Found"),
        ("POST", "/forms/1/subscribers", {"email_address": "x@example.org"}, 404, "Not Found"),
        ("POST", "/tags/1/subscribers/12345", None, 404, "Not Found"),
        ("DELETE", "/tags/1/subscribers/12345", None, 404, "Not Found"),
    ],
)
def test_only_somebody_who_exists_can_be_attached_or_detached(
    server: Any, tag: int, method: str, path: str, body: Any, status: int, text: str
) -> None:
    answer = server.api.request(method, path, json=body)

    assert answer.status_code == status
    assert text in answer.json()["errors"][0]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({}, [3, 2]),
        ({"status": "cancelled"}, [1]),
        ({"status": "all"}, [3, 2, 1]),
        ({"tagged_after": "2026-11-25"}, [3]),
        ({"tagged_before": "2026-11-24"}, [2]),
        ({"created_after": "2026-11-25"}, []),
        ({"created_before": "2026-11-24"}, [3, 2]),
    ],
)
def test_members_of_a_tag_are_filtered(
    server: Any, tag: int, query: dict[str, str], ids: list[int]
) -> None:
    server.api.post(f"/tags/{tag}/subscribers/1")
    server.api.post(f"/tags/{tag}/subscribers/2")
    server.api.post("/subscribers/1/unsubscribe")
    server.clock.pass_by(days=1)
    server.api.post(f"/tags/{tag}/subscribers/3")

    found = server.api.get(f"/tags/{tag}/subscribers", params=query).json()["subscribers"]

    assert [each["id"] for each in found] == ids


def test_the_tags_of_one_person_are_listed(server: Any, tag: int) -> None:
    server.api.post(f"/tags/{tag}/subscribers/2")

    body = server.api.get("/subscribers/2/tags").json()

    assert body["tags"] == [{"id": tag, "name": "Gardeners", "tagged_at": "2026-11-24T09:00:00Z"}]


def test_counts_are_shown_only_when_asked_for_and_count_active_people(
    server: Any, tag: int
) -> None:
    for each in (1, 2):
        server.api.post(f"/tags/{tag}/subscribers/{each}")
        server.api.post(f"/forms/1/subscribers/{each}")
    server.api.post("/subscribers/1/unsubscribe")

    for name in ("tags", "forms"):
        plain = server.api.get(f"/{name}").json()[name][0]
        counted = server.api.get(f"/{name}?include=subscriber_count").json()[name][0]
        assert "subscriber_count" not in plain
        assert counted["subscriber_count"] == 1


def test_a_forms_referrer_is_echoed_and_taken_apart(server: Any) -> None:
    referrer = "https://example.org/?utm_source=mastodon&utm_campaign=autumn"

    first = server.api.post("/forms/1/subscribers/2", json={"referrer": referrer})
    again = server.api.post("/forms/1/subscribers", json={"email_address": "ben@example.org"})

    assert (first.status_code, again.status_code) == (201, 200)
    subscriber = again.json()["subscriber"]
    assert subscriber["referrer"] == referrer
    assert subscriber["referrer_utm_parameters"] == {
        "source": "mastodon",
        "medium": None,
        "campaign": "autumn",
        "term": None,
        "content": None,
    }
    member = server.api.get("/forms/1/subscribers").json()["subscribers"][0]
    assert member["referrer"] == referrer


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ({}, 1),
        ({"status": "all"}, 1),
        ({"status": "archived"}, 0),
        ({"status": "trashed"}, 0),
        ({"type": "hosted"}, 1),
        ({"type": "embed"}, 0),
    ],
)
def test_forms_are_listed_by_type_and_status(
    server: Any, query: dict[str, str], number: int
) -> None:
    forms = server.api.get("/forms", params=query).json()["forms"]

    assert len(forms) == number
    assert all(each["embed_url"] == "https://letters.example.org/forms/1" for each in forms)


def test_being_added_to_a_form_does_not_confirm_anybody(server: Any) -> None:
    """Forms here are double opt-in: only the person herself confirms."""
    [eve] = server.add("eve@example.org", state="inactive")

    server.api.post(f"/forms/1/subscribers/{eve}")

    assert server.api.get(f"/subscribers/{eve}").json()["subscriber"]["state"] == "inactive"


def test_there_are_two_templates_and_no_segments(server: Any) -> None:
    templates = server.api.get("/email_templates").json()["email_templates"]
    segments = server.api.get("/segments?include_total_count=1").json()

    assert templates == [
        {"id": 2, "name": "Starting point", "is_default": False, "category": "Starting point"},
        {"id": 1, "name": "Text only", "is_default": True, "category": "HTML"},
    ]
    assert segments["segments"] == []
    assert segments["pagination"]["total_count"] == 0


def test_old_clients_add_to_a_form_by_its_other_name(server: Any) -> None:
    body = {"referrer": "https://example.org/?utm_source=fair"}
    first = server.api.post("/landing_pages/1/subscribers/2", json=body)
    again = server.api.post("/landing_pages/1/subscribers/2", json=[])

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["subscriber"]["referrer_utm_parameters"]["source"] == "fair"
    listed = server.api.get("/forms/1/subscribers").json()["subscribers"]
    assert [each["id"] for each in listed] == [2]
    assert server.api.post("/landing_pages/12345/subscribers/2").status_code == 404
