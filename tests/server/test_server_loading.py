"""A store filled from a document: ids as given, all of it or nothing, and errors with their place."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from docs.reading import page
from newsletter.server.loading import KINDS, BadDocument, load
from newsletter.server.loading.sample import document as sample
from newsletter.server.store.store import Store
from newsletter.server.store.tables import subscribers, tags
from tests.server.conftest import Server

ACCOUNT = Path(__file__).parents[1] / "contract" / "account.json"
READER = {"id": 77, "email_address": "Kim@example.org", "first_name": "Kim"}
LETTER = {
    "id": 9,
    "subject": "An old letter",
    "content": '<p><a href="https://example.org/a">a</a></p>',
    "status": "completed",
    "send_at": "-30d",
    "recipients": ["kim@example.org"],
}


def number_of(store: Store, table: Any) -> int:
    with store.reading() as db:
        return int(db.execute(select(func.count()).select_from(table)).scalar_one())


def test_objects_bear_the_ids_and_times_they_were_given(server: Server) -> None:
    load(
        server.store,
        {
            "tags": [{"id": 500, "name": "Cooks", "created_at": "2022-03-01 09:00:00"}],
            "subscribers": [{**READER, "created_at": "-2d", "tags": [{"id": 500}]}],
        },
    )

    subscriber = server.api.get("/subscribers/77").json()["subscriber"]
    at = f"{server.clock() - timedelta(days=2):%Y-%m-%dT%H:%M:%SZ}"
    assert (subscriber["email_address"], subscriber["created_at"]) == ("Kim@example.org", at)
    (tag,) = server.api.get("/subscribers/77/tags").json()["tags"]
    assert (tag["id"], tag["tagged_at"]) == (500, at)
    assert server.api.get("/tags").json()["tags"][0]["created_at"] == "2022-03-01T09:00:00Z"


def test_what_is_made_afterwards_is_numbered_after_them(server: Server) -> None:
    """Also on PostgreSQL, which does not notice ids that were given."""
    load(server.store, {"tags": [{"id": 500, "name": "Cooks"}], "subscribers": [READER]})

    assert server.add("new@example.org") == [78]
    assert server.api.post("/tags", json={"name": "Bakers"}).json()["tag"]["id"] == 501


def test_the_samples_of_a_new_store_make_room(server: Server) -> None:
    load(server.store, {"subscribers": [READER]})

    found = server.api.get("/subscribers").json()["subscribers"]
    assert [each["id"] for each in found] == [77]
    assert len(server.api.get("/forms").json()["forms"]) == 1, "the file brings none"


def test_a_store_in_use_keeps_what_it_has(server: Server) -> None:
    server.add("someone@example.org")

    load(server.store, {"subscribers": [READER]})

    assert len(server.api.get("/subscribers").json()["subscribers"]) == 5


def test_samples_that_somebody_tagged_are_in_use(server: Server) -> None:
    tag = server.api.post("/tags", json={"name": "Mine"}).json()["tag"]["id"]
    server.api.post(f"/tags/{tag}/subscribers/1")

    load(server.store, {"subscribers": [READER]})

    assert len(server.api.get(f"/tags/{tag}/subscribers").json()["subscribers"]) == 1


def test_a_sent_letter_has_recipients_links_opens_and_clicks(server: Server) -> None:
    did = {
        "opens": [{"subscriber": 77, "at": "-29d"}, {"subscriber": 77, "at": "-28d"}],
        "clicks": [{"subscriber": "KIM@example.org", "url": "https://example.org/a"}],
    }
    load(server.store, {"subscribers": [READER], "broadcasts": [{**LETTER, **did}]})

    stats = server.api.get("/broadcasts/9/stats").json()["broadcast"]["stats"]
    assert (stats["recipients"], stats["status"], stats["progress"]) == (1, "completed", 100.0)
    (link,) = server.api.get("/broadcasts/9/clicks").json()["broadcast"]["clicks"]
    assert (link["url"], link["unique_clicks"]) == ("https://example.org/a", 1)
    assert stats["emails_opened"] == 1
    assert server.deliver() == (), "what was sent is not sent again"


@pytest.mark.parametrize("state", ["cancelled", "bounced", "complained"])
def test_who_had_left_is_suppressed(server: Server, state: str) -> None:
    load(server.store, {"subscribers": [{**READER, "state": state, "updated_at": "-1d"}]})

    server.send()

    assert server.outbox() == []
    assert server.api.get("/subscribers/77").json()["subscriber"]["state"] == state


WRONG = {
    "not an object": ([], "$", "must be an object"),
    "an unknown kind": ({"readers": []}, "$.readers", "not known here"),
    "not a list": ({"tags": {}}, "$.tags", "must be a list"),
    "an unknown key": ({"tags": [{"name": "a", "color": "x"}]}, "$.tags[0].color", "not known"),
    "no name": ({"tags": [{"name": "a"}, {"id": 1}]}, "$.tags[1].name", "must be there"),
    "a bad address": (
        {"subscribers": [{"email_address": "no"}]},
        "$.subscribers[0].email_address",
        "Email address is invalid",
    ),
    "a bad state": (
        {"subscribers": [{**READER, "state": "gone"}]},
        "$.subscribers[0].state",
        "must be one of",
    ),
    "a bad time": (
        {"tags": [{"name": "a", "created_at": "yesterday"}]},
        "$.tags[0].created_at",
        "not a valid ISO 8601 time",
    ),
    "a bad id": ({"tags": [{"id": "x", "name": "a"}]}, "$.tags[0].id", "whole number"),
    "id 0": ({"tags": [{"id": 0, "name": "a"}]}, "$.tags[0].id", "begin with 1"),
    "an id twice": (
        {"tags": [{"id": 5, "name": "a"}, {"id": 5, "name": "b"}]},
        "$.tags[1].id",
        "stands at $.tags[0] already",
    ),
    "a name twice": (
        {"tags": [{"name": "a"}, {"name": "A"}]},
        "$.tags[1].name",
        "stands at $.tags[0] already",
    ),
    "an address twice": (
        {"subscribers": [READER, {"email_address": "kim@EXAMPLE.org"}]},
        "$.subscribers[1].email_address",
        "already",
    ),
    "an unknown tag": (
        {"subscribers": [{**READER, "tags": [{"id": 5}]}]},
        "$.subscribers[0].tags[0].id",
        "there is no row 5 in tags",
    ),
    "a tag twice": (
        {"tags": [{"id": 5, "name": "a"}], "subscribers": [{**READER, "tags": [{"id": 5}] * 2}]},
        "$.subscribers[0].tags[1].id",
        "twice",
    ),
    "an unknown field": (
        {"subscribers": [{**READER, "fields": {"town": "x"}}]},
        "$.subscribers[0].fields.town",
        "no custom field",
    ),
    "an empty segment": ({"segments": [{"name": "x"}]}, "$.segments[0].all", "one condition"),
    "a nonsense segment": (
        {"segments": [{"name": "x", "all": [{"type": "odd"}]}]},
        "$.segments[0].all",
        "Filter type must be one of",
    ),
    "an unknown recipient": (
        {"broadcasts": [{**LETTER, "recipients": ["nobody@example.org"]}]},
        "$.broadcasts[0].recipients[0]",
        "no subscriber",
    ),
    "recipients of a draft": (
        {"broadcasts": [{"subject": "x", "recipients": "all"}]},
        "$.broadcasts[0].recipients",
        "what is draft has none yet",
    ),
    "sent without a time": (
        {"broadcasts": [{"subject": "x", "status": "completed"}]},
        "$.broadcasts[0].send_at",
        "has a time to send",
    ),
    "an open by another": (
        {
            "subscribers": [READER, {"id": 78, "email_address": "lou@example.org"}],
            "broadcasts": [{**LETTER, "opens": [{"subscriber": 78}]}],
        },
        "$.broadcasts[0].opens[0].subscriber",
        "not among the recipients",
    ),
    "an unknown buyer": (
        {"purchases": [{"transaction_id": "1", "email_address": "nobody@example.org"}]},
        "$.purchases[0].email_address",
        "no subscriber",
    ),
    "a position twice": (
        {
            "sequences": [
                {"name": "s", "emails": [{"subject": "a"}, {"subject": "b", "position": 0}]}
            ]
        },
        "$.sequences[0].emails[1].position",
        "taken already",
    ),
    "both bodies": (
        {"snippets": [{"name": "x", "content": "a", "value_html": "b"}]},
        "$.snippets[0].value_html",
        "what is inline has content",
    ),
    "no colour": ({"account": {"colors": ["red"]}}, "$.account.colors[0]", "#1a2b3c"),
    "two defaults": (
        {"email_templates": [{"name": n, "is_default": True} for n in "ab"]},
        "$.email_templates[1].is_default",
        "is the default already",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told_with_its_place_and_nothing_is_loaded(
    store: Store, name: str
) -> None:
    document, place, words = WRONG[name]
    more: dict[str, Any] = {"custom_fields": [{"id": 1, "label": "Shoe size"}]}
    whole = {**more, **document} if isinstance(document, dict) else document

    with pytest.raises(BadDocument) as caught:
        load(store, whole)

    assert caught.value.place == place
    assert words in caught.value.message
    assert number_of(store, subscribers) == 3
    assert number_of(store, tags) == 0


def test_what_is_in_the_store_already_is_an_error(server: Server) -> None:
    load(server.store, {"tags": [{"id": 5, "name": "a"}]})

    for again, place in (({"id": 5, "name": "b"}, "id"), ({"name": "A"}, "name")):
        with pytest.raises(BadDocument, match="in the store already") as caught:
            load(server.store, {"tags": [again]})
        assert caught.value.place == f"$.tags[0].{place}"


def test_the_sample_is_the_same_each_time_and_has_a_past(server: Server) -> None:
    assert sample(40) == sample(40)

    loaded = load(server.store, sample(40))

    assert loaded["subscribers"] == 40
    assert all(loaded[kind] for kind in KINDS if kind != "email_templates")
    letters = server.api.get("/broadcasts", params={"status": "completed"}).json()["broadcasts"]
    assert len(letters) == 6
    states = {
        each["state"]
        for each in server.api.get("/subscribers", params={"status": "all"}).json()["subscribers"]
    }
    assert {"active", "cancelled"} <= states
    stats = [
        server.api.get(f"/broadcasts/{each['id']}/stats").json()["broadcast"]["stats"]
        for each in letters
    ]
    assert all(each["recipients"] > each["emails_opened"] > 0 for each in stats)


def test_the_contracts_account_can_be_loaded_on_both_databases(store: Store) -> None:
    loaded = load(store, json.loads(ACCOUNT.read_text(encoding="utf-8")))

    assert (loaded["subscribers"], loaded["broadcasts"], loaded["posts"]) == (8, 12, 3)


def test_the_manuals_example_can_be_loaded(server: Server) -> None:
    """And it holds something of every kind."""
    (block,) = page("docs/trials.md").blocks("json")
    document = json.loads(block.text)

    assert set(document) == {"account", *KINDS}
    load(server.store, document)

    subscriber = server.api.get("/subscribers/71").json()["subscriber"]
    assert subscriber["fields"] == {"last_name": "Lake"}
