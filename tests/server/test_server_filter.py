"""POST /subscribers/filter: each condition against readers who meet it and who do not."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from newsletter.server.api.segments import save
from newsletter.server.store import engagement
from newsletter.server.store.tables import forms


@pytest.fixture
def house_of_readers(server: Any) -> Any:
    """Ann, Ben and Dana from the beginning; Eve with tag, form and fields; Fay, who left."""
    server.clock.pass_by(days=2)
    server.api.post("/custom_fields", json={"label": "City"})
    server.api.post("/custom_fields", json={"label": "Orders"})
    eve, fay = server.add("eve@example.org", "fay@example.org")
    fields = {"city": "Bad Homburg 100%", "orders": " 12.5"}
    server.api.put(f"/subscribers/{eve}", json={"fields": fields})
    server.api.put("/subscribers/1", json={"fields": {"city": "Bonn", "orders": "many"}})
    server.api.put("/subscribers/2", json={"fields": {"orders": "-3"}})
    server.api.post("/tags", json={"name": "Tea"})
    server.api.post(f"/tags/1/subscribers/{eve}")
    server.api.post(f"/forms/1/subscribers/{eve}", json={})
    server.api.post(f"/subscribers/{fay}/unsubscribe")
    return server


def names(server: Any, *conditions: dict[str, Any], **more: Any) -> list[str]:
    answer = server.api.post("/subscribers/filter", json={"all": list(conditions), **more})
    assert answer.status_code == 200, answer.text
    found = [each["email_address"].partition("@")[0] for each in answer.json()["subscribers"]]
    return sorted(found)


def value(comparison: str, of: str = "", *, field: int = 1) -> dict[str, Any]:
    return {
        "type": "custom_field",
        "subscriber_custom_field_id": field,
        "comparison": comparison,
        "value": of,
    }


EVERYBODY = ["ann", "ben", "dana", "eve", "fay"]
CASES: list[tuple[dict[str, Any], list[str]]] = [
    ({"type": "subscriber_state", "states": ["cancelled"]}, ["fay"]),
    ({"type": "subscriber_state", "states": ["active", "cancelled"]}, EVERYBODY),
    ({"type": "subscriber_state", "states": ["bounced"]}, []),
    ({"type": "subscribed", "after": "2026-11-26"}, ["eve", "fay"]),
    ({"type": "subscribed", "before": "2026-11-24"}, ["ann", "ben", "dana"]),
    ({"type": "subscribed", "after": "2026-11-24", "before": "2026-11-26"}, EVERYBODY),
    ({"type": "subscribed"}, EVERYBODY),
    ({"type": "tags", "any": [{"type": "ids", "matching": [1, 99]}]}, ["eve"]),
    ({"type": "tags", "any": [{"type": "ids", "matching": ["1"]}]}, ["eve"]),
    ({"type": "tags", "any": [{"type": "ids", "matching": [99]}]}, []),
    ({"type": "attribution", "any": [{"type": "forms", "ids": [1]}]}, ["eve"]),
    ({"type": "attribution", "any": [{"type": "forms", "ids": [2]}]}, []),
    ({"type": "opens"}, []),
    ({"type": "clicks", "count_less_than": 1}, EVERYBODY),
    (
        {"type": "clicks", "any": [{"type": "urls", "urls": ["x.org"], "matching": "contains"}]},
        [],
    ),
    (value("has_value"), ["ann", "eve"]),
    (value("is", "Bonn"), ["ann"]),
    (value("is", "bonn"), []),
    (value("contains", "HOM"), ["eve"]),
    (value("contains", "0%"), ["eve"]),
    (value("contains", "%b"), []),
    (value("greater_than", "12", field=2), ["eve"]),
    (value("less_than_or_equal", "12.5", field=2), ["ben", "eve"]),
    (value("less_than", "0", field=2), ["ben"]),
    (value("is", "x", field=99), []),
    ({"type": "location", "latitude": 52.5, "longitude": 13.4, "radius": 20}, []),
]


def test_each_condition_lets_through_those_who_meet_it(house_of_readers: Any) -> None:
    """One test for the whole table: the readers are made once."""
    found = [(condition, names(house_of_readers, condition)) for condition, _ in CASES]

    assert found == CASES


def test_no_condition_lets_everybody_through_and_several_must_all_hold(
    house_of_readers: Any,
) -> None:
    active = {"type": "subscriber_state", "states": ["active"]}

    assert names(house_of_readers) == EVERYBODY
    assert house_of_readers.api.post("/subscribers/filter", json=[]).status_code == 200
    assert names(house_of_readers, active, value("has_value")) == ["ann", "eve"]
    assert names(house_of_readers, active, {"type": "opens"}) == []


def test_the_form_she_came_through_first_is_where_she_came_from(house_of_readers: Any) -> None:
    server = house_of_readers
    row = {
        "name": "Fair",
        "uid": "fair",
        "type": "embed",
        "archived": False,
        "created_at": server.clock(),
    }
    with server.store.writing() as db:
        db.execute(insert(forms), [row])
    server.api.post("/forms/2/subscribers/1", json={})
    for form in (1, 2):  # written later, and earlier by the clock
        server.clock.pass_by(minutes=-1)
        server.api.post(f"/forms/{form}/subscribers/2", json={})
    server.clock.pass_by(days=1)
    server.api.post("/forms/2/subscribers/4", json={})

    def through(form: int) -> dict[str, Any]:
        return {"type": "attribution", "any": [{"type": "forms", "ids": [form]}]}

    assert (names(server, through(1)), names(server, through(2))) == (["eve"], ["ann", "ben"])


SENT: list[tuple[dict[str, Any], list[str]]] = [
    ({"type": "sent"}, ["ann", "ben", "dana", "eve"]),
    ({"type": "delivered", "count_greater_than": 1}, ["eve"]),
    ({"type": "delivered", "count_less_than_or_equal": 1}, ["ann", "ben", "dana", "fay"]),
    ({"type": "delivered", "count_greater_than_or_equal": 1, "count_less_than": 2}, ["ann", "ben", "dana"]),
    ({"type": "sent", "any": [{"type": "broadcasts", "ids": [2]}]}, ["eve"]),
    ({"type": "sent", "before": "2026-11-25"}, []),
    ({"type": "sent", "after": "2026-11-26", "before": "2026-11-26"}, ["ann", "ben", "dana", "eve"]),
]  # fmt: skip


@pytest.mark.parametrize("counting_mode", ["raw", "unique_email"])
def test_letters_are_counted_as_they_were_delivered(
    house_of_readers: Any, counting_mode: str
) -> None:
    server = house_of_readers
    server.send()
    server.send(subscriber_filter=[{"all": [{"type": "tag", "ids": [1]}]}])

    found = [(each, names(server, each, counting_mode=counting_mode)) for each, _ in SENT]

    assert found == SENT


def test_a_match_has_text_ids_and_its_tags_and_what_is_included(house_of_readers: Any) -> None:
    tagged = {"type": "tags", "any": [{"type": "ids", "matching": [1]}]}
    include = ["tags", "attribution", "location", "canceled_at", "custom_fields"]
    body = {"all": [tagged], "include": [{"type": each} for each in include]}

    plain = house_of_readers.api.post("/subscribers/filter", json={"all": [tagged]}).json()
    full = house_of_readers.api.post("/subscribers/filter", json=body).json()

    eve = {
        "id": "4",
        "first_name": None,
        "email_address": "eve@example.org",
        "created_at": "2026-11-26T09:00:00Z",
        "tag_names": ["Tea"],
        "tag_ids": ["1"],
    }
    assert plain["subscribers"] == [eve]
    found = full["subscribers"][0]
    assert (
        found.items()
        >= {
            **eve,
            "tags": [{"id": 1, "name": "Tea"}],
            "canceled_at": None,
            "fields": {"city": "Bad Homburg 100%", "orders": " 12.5"},
        }.items()
    )
    assert {"attribution", "location"} <= set(found)


def test_pages_are_asked_for_in_the_body_and_going_back_is_told_oddly(
    house_of_readers: Any,
) -> None:
    """Kit's live answers say previous=true, next=false after `before`, on this list alone."""

    def page(**place: Any) -> Any:
        body = {"all": [], "per_page": 2, "include_total_count": True, **place}
        return house_of_readers.api.post("/subscribers/filter", json=body).json()

    first = page()
    second = page(after=first["pagination"]["end_cursor"])
    back = page(before=second["pagination"]["start_cursor"])

    assert [each["id"] for each in first["subscribers"]] == ["5", "4"]
    assert [each["id"] for each in second["subscribers"]] == ["3", "2"]
    assert first["pagination"]["total_count"] == 5
    assert back["subscribers"] == first["subscribers"]
    flags = [
        (each["pagination"]["has_previous_page"], each["pagination"]["has_next_page"])
        for each in (first, second, back)
    ]
    assert flags == [(False, True), (True, True), (True, False)]


@pytest.fixture
def history(server: Any) -> Any:
    """Letters 1 and 2, two days apart. Ann opened 1 twice and 2 once and clicked in both; Ben once."""
    server.send(subject="One")
    server.clock.pass_by(days=2)
    server.send(subject="Two")
    first, second = server.clock() - timedelta(days=2), server.clock()
    opened = [(1, 1, first), (1, 1, first + timedelta(hours=1)), (2, 1, second), (1, 2, second)]
    a, b = "https://example.org/Offer?x=1", "https://example.com/100%_sure"
    clicked = [(1, a, 1, first), (1, a, 1, second), (2, b, 1, second), (2, b, 2, second)]
    with server.store.writing() as db:
        engagement.load_opens(
            db, [{"broadcast_id": n, "subscriber_id": who, "at": at} for n, who, at in opened]
        )
        engagement.load_clicks(
            db,
            [
                {"broadcast_id": n, "url": url, "subscriber_id": who, "at": at}
                for n, url, who, at in clicked
            ],
        )
    return server


def urls(matching: str, *parts: str) -> dict[str, Any]:
    return {"type": "clicks", "any": [{"type": "urls", "urls": parts, "matching": matching}]}


def letters(kind: str, *ids: int) -> dict[str, Any]:
    return {"type": kind, "any": [{"type": "broadcasts", "ids": ids}]}


ALL = ["ann", "ben", "dana"]
ENGAGED: list[tuple[dict[str, Any], list[str]]] = [
    ({"type": "opens"}, ["ann", "ben"]),
    ({"type": "opens", "count_greater_than": 1}, ["ann"]),
    ({"type": "opens", "count_greater_than_or_equal": 1, "count_less_than": 3}, ["ben"]),
    ({"type": "opens", "count_less_than_or_equal": 0}, ["dana"]),
    ({"type": "opens", "count_less_than": "2"}, ["ben", "dana"]),
    ({"type": "opens", "after": "2026-11-26"}, ["ann", "ben"]),
    ({"type": "opens", "before": "2026-11-25"}, ["ann"]),
    ({"type": "opens", "before": "2026-11-25", "count_greater_than": 2}, []),
    (letters("opens", 2), ["ann"]),
    (letters("opens", 1, 2), ["ann", "ben"]),
    (letters("clicks", 1), ["ann"]),
    (letters("clicks", 2), ["ann", "ben"]),
    (urls("exact", "https://example.org/Offer?x=1"), ["ann"]),
    (urls("exact", "https://example.org/"), []),
    (urls("starts_with", "https://example.org/"), ["ann"]),
    (urls("ends_with", "%_sure"), ["ann", "ben"]),
    (urls("ends_with", "%ure_"), []),
    (urls("contains", "OFFER"), ["ann"]),
    (urls("contains", "nothing", "example.com"), ["ann", "ben"]),
    ({"type": "clicks", "any": [{"type": "urls", "ids": [1]}]}, ["ann"]),
    (
        {"type": "clicks", "any": [urls("exact", "x")["any"][0], letters("clicks", 2)["any"][0]]},
        ["ann", "ben"],
    ),
    ({**urls("contains", "example"), "count_greater_than": 2}, ["ann"]),
    ({"type": "sent", "count_greater_than": 1}, ALL),
    ({"type": "delivered", "after": "2026-11-26", "count_less_than": 1}, []),
    (letters("sent", 1), ALL),
    (letters("delivered", 99), []),
]


def test_what_readers_did_with_letters_is_asked_in_every_way(history: Any) -> None:
    found = [(condition, names(history, condition)) for condition, _ in ENGAGED]

    assert found == ENGAGED


def test_letters_are_counted_where_events_are_not_wanted(history: Any) -> None:
    often = {"type": "opens", "count_greater_than": 2}
    raw = names(history, often, counting_mode="raw")
    letters_ = names(history, often, counting_mode="unique_email")
    two = {"type": "clicks", "count_greater_than_or_equal": 2}

    assert (raw, letters_) == (["ann"], [])
    assert names(history, two, counting_mode="unique_email") == ["ann"]


def test_a_segment_of_those_who_opened_is_an_audience(history: Any) -> None:
    save(history.store, name="Openers", wanted=[{"type": "opens", "count_greater_than": 1}])
    history.send(subject="Three", subscriber_filter=[{"all": [{"type": "segment", "ids": [1]}]}])

    got = [each["recipient"] for each in history.outbox() if each["subject"] == "Three"]
    assert got == ["ann@example.org"]


def test_where_somebody_came_from_is_shown_when_it_is_asked_for(server: Any) -> None:
    referrer = "https://example.org/?utm_source=fair&utm_campaign=spring"
    server.api.post("/forms/1/subscribers/2", json={"referrer": referrer})
    body = {"include": [{"type": "attribution"}]}
    filtered = server.api.post("/subscribers/filter", json=body).json()["subscribers"]
    listed = server.api.get("/subscribers", params={"include": "attribution"}).json()

    assert [each["attribution"] for each in filtered] == [
        each["attribution"] for each in listed["subscribers"]
    ]
    assert set(filtered[0]["attribution"].values()) == {None}
    assert filtered[1]["attribution"] == {
        "referrer": referrer,
        "utm_source": "fair",
        "utm_medium": None,
        "utm_campaign": "spring",
        "utm_term": None,
        "utm_content": None,
        "source_type": "form_subscription",
        "source_name": "Garden Notes",
        "source_mechanism": "landing_page",
        "source_mechanism_id": None,
    }
