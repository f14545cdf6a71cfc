"""Subscribers through the API: Kit's states, its upsert, its filters."""

import threading
from typing import Any

import httpx
import pytest
from sqlalchemy import insert

from newsletter.server.store.tables import custom_fields


def add_fields(server: Any, *keys: str) -> None:
    rows = [
        {"label": key, "key": key, "name": f"ck_field_{key}", "created_at": server.clock()}
        for key in keys
    ]
    with server.store.writing() as db:
        db.execute(insert(custom_fields), rows)


def test_a_new_subscriber_is_created_and_a_known_one_updated(server: Any) -> None:
    first = server.api.post("/subscribers", json={"email_address": " Eve@Example.org "})
    again = server.api.post(
        "/subscribers",
        json={"email_address": "eve@example.ORG", "first_name": "Eve", "state": "cancelled"},
    )

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["subscriber"] == {
        "id": 4,
        "first_name": None,
        "email_address": "Eve@Example.org",
        "state": "active",
        "created_at": "2026-11-24T09:00:00Z",
        "fields": {},
    }
    assert again.json()["subscriber"] == {
        **first.json()["subscriber"],
        "first_name": "Eve",
    }, "an existing subscriber keeps her state"


@pytest.mark.parametrize("state", ["active", "inactive", "bounced", "complained", "cancelled"])
def test_a_new_subscriber_gets_the_state_that_is_asked_for(server: Any, state: str) -> None:
    server.add("eve@example.org", state=state)

    subscriber = server.api.get("/subscribers/4").json()["subscriber"]
    assert subscriber["state"] == state
    assert (subscriber["canceled_at"] is not None) == (state == "cancelled")


def test_nobody_who_left_is_revived_by_being_created_again(server: Any) -> None:
    server.api.post("/subscribers/1/unsubscribe")

    server.add("ann@example.org", state="active")

    assert server.api.get("/subscribers/1").json()["subscriber"]["state"] == "cancelled"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({}, "Email address is invalid"),
        ({"email_address": None}, "Email address is invalid"),
        ({"email_address": "not an address"}, "Email address is invalid"),
        ({"email_address": "a@b"}, "Email address is invalid"),
        ({"email_address": "a@example.org\r\nBcc: x@example.org"}, "Email address is invalid"),
        ({"email_address": "a@example.org", "state": "asleep"}, "State must be one of"),
        ({"email_address": "a@example.org", "state": ["active"]}, "State must be one of"),
        ({"email_address": "a@example.org", "fields": [1]}, "Fields must be an object"),
    ],
)
def test_what_cannot_be_a_subscriber_is_refused(
    server: Any, body: dict[str, Any], text: str
) -> None:
    answer = server.api.post("/subscribers", json=body)

    assert answer.status_code == 422
    assert text in answer.json()["errors"][0]


def test_every_field_of_the_account_is_shown_and_unknown_ones_are_warned_about(
    server: Any,
) -> None:
    add_fields(server, "city", "pet")

    answer = server.api.post(
        "/subscribers",
        json={"email_address": "eve@example.org", "fields": {"city": "Bonn", "car": "red"}},
    )

    assert answer.status_code == 201
    assert answer.json()["subscriber"]["fields"] == {"city": "Bonn", "pet": None}
    assert len(answer.json()["warnings"]) == 1
    assert "`car`" in answer.json()["warnings"][0]


def test_fields_that_are_not_named_stay_and_null_empties_one(server: Any) -> None:
    add_fields(server, "city", "pet")
    server.api.put("/subscribers/1", json={"fields": {"city": "Bonn", "pet": "cat"}})

    answer = server.api.put("/subscribers/1", json={"fields": {"pet": None}})

    assert answer.json()["subscriber"]["fields"] == {"city": "Bonn", "pet": None}


def test_many_fields_at_once_are_accepted_and_read_null(server: Any) -> None:
    """Kit writes more than ten fields later; a client must not take that answer for the state."""
    keys = [f"field_{number}" for number in range(11)]
    add_fields(server, *keys)

    answer = server.api.put("/subscribers/1", json={"fields": dict.fromkeys(keys, "x")})

    assert answer.status_code == 202
    assert answer.json()["subscriber"]["fields"] == dict.fromkeys(keys)
    later = server.api.get("/subscribers/1").json()["subscriber"]["fields"]
    assert later == dict.fromkeys(keys, "x")


def test_changing_touches_what_is_named_and_never_the_state(server: Any) -> None:
    answer = server.api.put(
        "/subscribers/1",
        json={"email_address": "anne@example.org", "first_name": "Anne", "state": "cancelled"},
    )

    subscriber = answer.json()["subscriber"]
    assert (subscriber["email_address"], subscriber["first_name"]) == ("anne@example.org", "Anne")
    assert subscriber["state"] == "active"


def test_a_taken_address_is_refused_and_changes_nothing(server: Any) -> None:
    answer = server.api.put(
        "/subscribers/1", json={"email_address": "BEN@example.org", "first_name": "X"}
    )

    assert answer.status_code == 422
    assert answer.json() == {"errors": ["Email address has already been taken"]}
    assert server.api.get("/subscribers/1").json()["subscriber"]["first_name"] == "Ann"


def test_unsubscribing_answers_nothing_and_may_be_repeated(server: Any) -> None:
    first = server.api.post("/subscribers/1/unsubscribe", json=[])
    server.clock.pass_by(days=1)
    again = server.api.post("/subscribers/1/unsubscribe", json=[])

    assert (first.status_code, first.content) == (204, b"")
    assert (again.status_code, again.content) == (204, b"")
    subscriber = server.api.get("/subscribers/1").json()["subscriber"]
    assert subscriber["canceled_at"] == "2026-11-24T09:00:00Z", "the first time counts"


@pytest.mark.parametrize(
    ("query", "addresses"),
    [
        ({}, ["eve", "dana", "ben"]),
        ({"status": ""}, ["eve", "dana", "ben"]),
        ({"status": "all"}, ["eve", "dana", "ben", "ann"]),
        ({"status": "cancelled"}, ["ann"]),
        ({"status": "bounced"}, []),
        ({"email_address": "BEN@example.org"}, ["ben"]),
        ({"email_address": "ben@example.org, eve@example.org"}, ["eve", "ben"]),
        ({"email_address": "ann@example.org"}, []),
        ({"email_address": "ann@example.org", "status": "all"}, ["ann"]),
        ({"created_after": "2026-11-25"}, ["eve"]),
        ({"created_before": "2026-11-24"}, ["dana", "ben"]),
        ({"created_before": "2026-11-25"}, ["eve", "dana", "ben"]),
        ({"created_after": "2026-11-24T09:00:01Z"}, ["eve"]),
        ({"created_before": "2026-11-24 09:00:00"}, ["dana", "ben"]),
        ({"updated_after": "2026-11-25", "status": "all"}, ["eve", "ann"]),
        ({"updated_before": "2026-11-24", "status": "all"}, ["dana", "ben"]),
        ({"sort_order": "asc"}, ["ben", "dana", "eve"]),
        ({"sort_field": "updated_at", "sort_order": "asc"}, ["ben", "dana", "eve"]),
        ({"sort_field": "cancelled_at", "status": "cancelled"}, ["ann"]),
    ],
)
def test_the_list_shows_whom_the_query_names(
    server: Any, query: dict[str, str], addresses: list[str]
) -> None:
    server.clock.pass_by(days=1)
    server.add("eve@example.org")
    server.api.post("/subscribers/1/unsubscribe")

    found = server.api.get("/subscribers", params=query).json()["subscribers"]

    assert [each["email_address"].split("@")[0] for each in found] == addresses


@pytest.mark.parametrize(
    "query",
    [
        {"status": "asleep"},
        {"sort_field": "email_address"},
        {"sort_field": "cancelled_at"},
        {"sort_order": "sideways"},
        {"email_address": "not an address"},
        {"email_address": "ben@example.org,"},
        {"created_after": "yesterday"},
        {"created_before": "9999-12-31"},
        {"include": "secrets"},
        {"include": "canceled_at"},
        {"slim": "maybe"},
        {"per_page": "0"},
        {"per_page": "many"},
        {"per_page": "-1"},
        {"after": "nonsense"},
        {"after": "bm9uc2Vuc2U="},
        {"after": "WyJhIl0="},
        {"after": "WzEsMl0="},
        {"before": "e30="},
        {"after": "W3RydWVd"},
    ],
)
def test_a_query_outside_the_closed_sets_is_refused(server: Any, query: dict[str, str]) -> None:
    answer = server.api.get("/subscribers", params=query)

    assert answer.status_code == 422, answer.text
    assert len(answer.json()["errors"]) == 1


def test_slim_leaves_the_fields_out(server: Any) -> None:
    found = server.api.get("/subscribers", params={"slim": 1}).json()["subscribers"]

    assert "fields" not in found[0]


def test_more_is_told_on_request(server: Any) -> None:
    tag = server.api.post("/tags", json={"name": "VIP"}).json()["tag"]
    server.api.post(f"/tags/{tag['id']}/subscribers/2")

    include = {"include": "tags,attribution,location"}
    found = server.api.get("/subscribers", params=include).json()["subscribers"]

    assert [each["tags"] for each in found] == [[], [{"id": 1, "name": "VIP"}], []]
    assert set(found[0]["location"].values()) == set(found[0]["attribution"].values()) == {None}


def test_twenty_addresses_upserted_by_eight_threads_are_twenty_subscribers(server: Any) -> None:
    statuses: list[int] = []

    def upsert() -> None:
        with httpx.Client(base_url=server.api.base_url, headers=server.api.headers) as client:
            for number in range(20):
                body = {"email_address": f"reader{number}@example.org"}
                statuses.append(client.post("/subscribers", json=body, timeout=30).status_code)

    threads = [threading.Thread(target=upsert) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert sorted(statuses) == [200] * 140 + [201] * 20
    listing = server.api.get("/subscribers", params={"include_total_count": True}).json()
    assert listing["pagination"]["total_count"] == 23
