"""Bulk calls: item by item, a hundred at once, more of them later, and nothing lost or done twice."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text

from newsletter.server.api import bulk as bulk_api
from newsletter.server.bulk import kinds, work_off
from newsletter.server.delivery import deliver_due
from newsletter.server.store import bulk
from newsletter.server.store.bulk_tables import bulk_requests, bulk_slices
from newsletter.server.store.store import open_store
from newsletter.server.store.tables import subscribers
from newsletter.server.store.webhook_tables import webhook_deliveries
from tests.server.conftest import Server

MISSING = 12345


def many(number: int, prefix: str = "r") -> dict[str, Any]:
    return {
        "subscribers": [{"email_address": f"{prefix}{each}@example.org"} for each in range(number)]
    }


def count(server: Server) -> int:
    with server.store.reading() as db:
        return db.execute(select(func.count()).select_from(subscribers)).scalar_one()


def test_subscribers_are_made_or_brought_up_to_date_and_failures_named(server: Any) -> None:
    body = {
        "subscribers": [
            {"email_address": "eve@example.org", "first_name": "Eve", "state": "inactive"},
            {"email_address": "ANN@example.org", "first_name": "Anna", "state": "cancelled"},
            {"email_address": "no", "first_name": "Benito"},
            {"email_address": "fay@example.org", "state": "asleep"},
        ]
    }
    answer = server.by_token("POST", "/bulk/subscribers", body)

    assert answer.status_code == 200
    made = {each["email_address"]: each for each in answer.json()["subscribers"]}
    assert made["eve@example.org"]["state"] == "inactive"
    ann = made["ann@example.org"]
    assert (ann["id"], ann["first_name"], ann["state"]) == (1, "Anna", "active")
    failed = {each["subscriber"]["email_address"]: each for each in answer.json()["failures"]}
    assert failed["no"] == {
        "subscriber": {
            "first_name": "Benito",
            "email_address": "no",
            "state": "active",
            "created_at": None,
        },
        "errors": ["Email address is invalid"],
    }
    assert failed["fay@example.org"]["errors"][0].startswith("State must be one of")


@pytest.mark.parametrize(
    ("method", "path", "key", "text_"),
    [
        ("POST", "custom_fields", "custom_fields", "No custom fields included for processing"),
        (
            "POST",
            "custom_fields/subscribers",
            "custom_field_values",
            "No custom field values included for processing",
        ),
        ("POST", "forms/subscribers", "additions", "No additions included for processing"),
        ("POST", "subscribers", "subscribers", "No subscribers included for processing"),
        ("POST", "tags", "tags", "No tags included for processing"),
        ("DELETE", "tags", "tags", "No tags included for processing"),
        ("POST", "tags/subscribers", "taggings", "No taggings included for processing"),
        ("DELETE", "tags/subscribers", "taggings", "No taggings included for processing"),
    ],
)
@pytest.mark.parametrize("value", [None, [], {}, "x", [[]], [{}], [None], [{"name": "x"}, []]])
def test_a_list_of_nothing_is_refused_in_kits_words(
    server: Any, method: str, path: str, key: str, text_: str, value: Any
) -> None:
    answer = server.by_token(method, f"/bulk/{path}", {key: value})

    assert (answer.status_code, answer.json()) == (422, {"errors": [text_]})


@pytest.mark.parametrize("body", [{"subscribers": [{"email_address": each} for each in ("", "x")]}])
def test_two_invalid_addresses_are_two_failures(server: Any, body: Any) -> None:
    answer = server.by_token("POST", "/bulk/subscribers", body)

    assert (answer.status_code, len(answer.json()["failures"])) == (200, 2)


def test_two_blank_tags_are_two_failures(server: Any) -> None:
    body = {"tags": [{"name": ""}, {"name": " "}]}
    answer = server.by_token("POST", "/bulk/tags", body)

    assert answer.json() == {
        "tags": [],
        "failures": [
            {"tag": {"name": each}, "errors": ["Name can't be blank"]} for each in ("", " ")
        ],
    }


@pytest.mark.parametrize("kind", ["tags", "forms"])
def test_unknown_ids_are_shown_as_null(server: Any, kind: str) -> None:
    server.by_token("POST", "/bulk/tags", {"tags": [{"name": "Cooks"}]})
    one, named, list_, shown, what = {
        "tags": ("tag_id", "tags", "taggings", "tagging", "Tag"),
        "forms": ("form_id", "forms", "additions", "subscription", "Form"),
    }[kind]
    items = [
        {one: "1", "subscriber_id": "1"},
        {one: 1, "subscriber_id": MISSING},
        {one: MISSING, "subscriber_id": 1},
        {one: None, "subscriber_id": "x"},
    ]
    answer = server.by_token("POST", f"/bulk/{named}/subscribers", {list_: items}).json()

    failures = {
        (each[shown][one], each[shown]["subscriber_id"]): each["errors"]
        for each in answer["failures"]
    }
    assert failures == {
        (1, None): ["Subscriber does not exist"],
        (None, 1): [f"{what} does not exist"],
        (None, None): ["Subscriber does not exist", f"{what} does not exist"],
    }
    assert [each["id"] for each in answer["subscribers"]] == [1]


def test_taggings_and_memberships_are_real(server: Any) -> None:
    tag = server.by_token("POST", "/bulk/tags", {"tags": [{"name": "Cooks"}]}).json()["tags"][0]
    taggings = [{"tag_id": tag["id"], "subscriber_id": each} for each in (1, 2)]
    put = server.by_token("POST", "/bulk/tags/subscribers", {"taggings": taggings}).json()
    addition = {"form_id": 1, "subscriber_id": 2, "referrer": "https://example.org/?utm_source=x"}
    added = server.by_token("POST", "/bulk/forms/subscribers", {"additions": [addition]}).json()
    bearers = server.api.get(f"/tags/{tag['id']}/subscribers").json()["subscribers"]
    off = server.by_token("DELETE", "/bulk/tags/subscribers", {"taggings": taggings[:1]})
    left = server.api.get(f"/tags/{tag['id']}/subscribers").json()["subscribers"]

    assert [each["tagged_at"] for each in put["subscribers"]] == ["2026-11-24T09:00:00Z"] * 2
    assert added["subscribers"][0]["referrer_utm_parameters"]["source"] == "x"
    assert {each["id"] for each in bearers} == {1, 2}
    assert (off.status_code, off.json()) == (200, {"failures": []})
    assert [each["id"] for each in left] == [2]


def test_fields_and_their_values(server: Any) -> None:
    labels = {"custom_fields": [{"label": "Last name"}, {"label": "last name "}, {"label": ""}]}
    made = server.by_token("POST", "/bulk/custom_fields", labels).json()
    field_id = next(each["id"] for each in made["custom_fields"] if each["key"] == "last_name")
    values: list[dict[str, Any]] = [
        {"subscriber_id": "1", "subscriber_custom_field_id": str(field_id), "value": "Lee"},
        {"subscriber_id": 1, "subscriber_custom_field_id": MISSING, "value": "x"},
        {"subscriber_id": MISSING, "subscriber_custom_field_id": field_id, "value": "Jones"},
    ]
    answer = server.by_token(
        "POST", "/bulk/custom_fields/subscribers", {"custom_field_values": values}
    ).json()

    assert made["custom_fields"][0]["created_at"] == "2026-11-24T09:00:00Z"
    assert made["failures"] == [{"custom_field": {"label": ""}, "errors": ["Label can't be blank"]}]
    assert answer["custom_field_values"] == [
        {"subscriber_id": 1, "subscriber_custom_field_id": field_id, "value": "Lee"}
    ]
    assert [(each["custom_field_value"], each["errors"]) for each in answer["failures"]] == [
        (values[1], ["Custom field does not exist"]),
        ({**values[2], "subscriber_id": None}, ["Subscriber does not exist"]),
    ]
    assert server.api.get("/subscribers/1").json()["subscriber"]["fields"]["last_name"] == "Lee"


def test_tags_can_be_deleted_unless_a_letter_asks_for_them(server: Any) -> None:
    """A draft to everybody without a tag would go to everybody when the tag was gone."""
    names = [{"name": each} for each in ("a", "b")]
    tags = server.by_token("POST", "/bulk/tags", {"tags": names}).json()["tags"]
    first, second = (each["id"] for each in tags)
    server.api.post(f"/tags/{second}/subscribers/1")
    server.draft(subscriber_filter=[{"none": [{"type": "tag", "ids": [first]}]}])
    items = [{"id": each} for each in (first, str(second), MISSING)]
    answer = server.by_token("DELETE", "/bulk/tags", {"tags": items})

    failures = {each["tag"]["id"]: each["errors"] for each in answer.json()["failures"]}
    assert failures == {first: ["Unable to destroy the tag."], None: ["Tag does not exist"]}
    assert [each["id"] for each in server.api.get("/tags").json()["tags"]] == [first]
    assert server.api.get("/subscribers/1/tags").json()["tags"] == []


@pytest.mark.parametrize("value", ["\x00", "\ud800", ["x"], {"a": 1}, True, 1.5, "x" * 300])
def test_items_of_any_sort_are_failures_and_no_fault(server: Any, value: Any) -> None:
    for operation, kind in kinds.KINDS.items():
        method, path = operation.split()
        names = {"id", "name", "label", "email_address", "value", "referrer", *kind.order}
        body = json.dumps({kind.items: [dict.fromkeys(names, value)]})
        headers = {"X-Kit-Api-Key": "", "Authorization": f"Bearer {server.token()}"}
        answer = server.api.request(method, path, content=body, headers=headers)

        assert answer.status_code == 200, answer.text
        answer.json()


def test_a_hundred_are_done_at_once_and_one_more_later(server: Any) -> None:
    at_once = server.by_token("POST", "/bulk/subscribers", many(100))
    later = server.by_token("POST", "/bulk/subscribers", many(101, "s"))
    before = count(server)
    worked = work_off(server.store, now=server.clock())

    assert (at_once.status_code, later.status_code, later.json()) == (200, 202, {})
    assert before == 103
    assert [(each.kind, each.items, each.failed) for each in worked] == [
        ("POST /bulk/subscribers", 101, 0)
    ]
    assert count(server) == 204
    assert work_off(server.store, now=server.clock()) == ()


def test_what_was_put_off_survives_the_process(server: Any, store_url: str) -> None:
    server.by_token("POST", "/bulk/subscribers", many(120))
    server.store.close()

    other = open_store(store_url, clock=server.clock)
    worked = work_off(other, now=server.clock())
    other.close()

    assert [each.items for each in worked] == [120]
    assert count(server) == 123


def test_a_slice_that_breaks_is_undone_whole_and_keeps_nobody_waiting(
    server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.by_token("POST", "/bulk/tags", {"tags": [{"name": str(each)} for each in range(101)]})
    server.by_token("POST", "/bulk/subscribers", many(101))
    kind = kinds.KINDS["POST /bulk/tags"]
    made = 0

    def breaks(db: Any, item: Any, now: Any) -> dict[str, Any]:
        nonlocal made
        made += 1
        if made == 60:
            raise ZeroDivisionError
        return kind.act(db, item, now)

    with monkeypatch.context() as patch:
        broken = kinds.Kind(**{**vars(kind), "act": breaks})
        patch.setitem(kinds.KINDS, "POST /bulk/tags", broken)
        with pytest.raises(ZeroDivisionError):
            work_off(server.store, now=server.clock())
    half = len(server.api.get("/tags").json()["tags"])
    others = count(server)
    worked = work_off(server.store, now=server.clock())

    assert (half, others) == (50, 104), "one slice of fifty, and the other request whole"
    assert [(each.items, each.failed) for each in worked] == [(101, 0)]
    assert len(server.api.get("/tags").json()["tags"]) == 101


def test_two_workers_share_the_work_and_do_nothing_twice(server: Any, store_url: str) -> None:
    for prefix in "abcd":
        server.by_token("POST", "/bulk/subscribers", many(110, prefix))
    stores = [open_store(store_url, clock=server.clock) for _ in range(2)]

    def work(store: Any) -> list[int]:
        return [each.request_id for each in work_off(store, now=server.clock())]

    with ThreadPoolExecutor(2) as pool:
        done = [each for some in pool.map(work, stores) for each in some]
    done += work(server.store)
    for store in stores:
        store.close()

    assert sorted(done) == [1, 2, 3, 4]
    assert count(server) == 443


def test_bulk_calls_that_want_the_same_rows_at_once_all_succeed(server: Any) -> None:
    forwards = many(60)
    backwards = {"subscribers": forwards["subscribers"][::-1]}
    server.bearer = server.token()

    def post(number: int) -> int:
        body = backwards if number % 2 else forwards
        status: int = server.by_token("POST", "/bulk/subscribers", body).status_code
        return status

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(post, range(16)))

    assert statuses == [200] * 16
    assert count(server) == 63


def test_more_than_300_mb_in_the_queue_are_refused(server: Any) -> None:
    """Counted for each app; what is done counts no more."""
    with server.store.writing() as db:
        row = {
            "kind": "POST /bulk/tags",
            "size": bulk_api.MOST_QUEUED - 1000,
            "created_at": server.clock(),
        }
        db.execute(insert(bulk_requests).values(row))
    refused = server.by_token("POST", "/bulk/subscribers", many(101))
    at_once = server.by_token("POST", "/bulk/subscribers", many(100))
    with server.store.writing() as db:
        db.execute(text("UPDATE bulk_requests SET completed_at = created_at"))
    taken = server.by_token("POST", "/bulk/subscribers", many(101))

    words = (
        "This request exceeds your queued bulk requests limit. "
        "Please wait while we process your existing requests and try again later."
    )
    assert (refused.status_code, refused.json()) == (413, {"errors": [words]})
    assert (at_once.status_code, taken.status_code) == (200, 202)
    with server.store.reading() as db:
        assert bulk.queued(db, None) > 101 * 20


def test_nothing_of_a_request_is_kept_when_it_is_done(server: Any) -> None:
    server.by_token("POST", "/bulk/subscribers", many(101))
    work_off(server.store, now=server.clock())

    with server.store.reading() as db:
        assert db.execute(select(bulk_slices)).all() == []
        assert db.execute(select(webhook_deliveries)).all() == [], "nobody asked to be told"


@pytest.mark.parametrize("callback", ["http://127.0.0.1/x", "ftp://example.org/", "nonsense"])
def test_a_callback_must_be_a_public_address(server: Any, callback: str) -> None:
    answer = server.by_token("POST", "/bulk/subscribers", {**many(101), "callback_url": callback})

    assert (answer.status_code, list(answer.json())) == (422, ["errors"])
    assert work_off(server.store, now=server.clock()) == ()


@pytest.mark.parametrize("callback", [None, "", "https://example.org/done"])
def test_a_callback_may_be_left_out(server: Any, callback: str | None) -> None:
    answer = server.by_token("POST", "/bulk/subscribers", {**many(101), "callback_url": callback})

    assert answer.status_code == 202


def test_who_is_suppressed_gets_nothing_however_she_is_added(server: Any) -> None:
    server.api.post("/subscribers/1/unsubscribe")
    body = {"subscribers": [{"email_address": "ann@example.org", "state": "active"}]}
    shown = server.by_token("POST", "/bulk/subscribers", body).json()["subscribers"][0]
    server.send()

    assert shown["state"] == "cancelled"
    assert {each["recipient"] for each in server.outbox()} == {
        "ben@example.org",
        "dana@example.org",
    }
    assert deliver_due(server.store, now=server.clock(), public_url="x", owner="t") == ()
