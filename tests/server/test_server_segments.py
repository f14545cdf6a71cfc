"""Segments: saved filters that a broadcast's audience may name beside tags."""

from typing import Any

import pytest

from newsletter.server.api.calls import Refusal
from newsletter.server.api.segments import save


@pytest.fixture
def garden(server: Any) -> Any:
    """Ann has a city and the tag Tea, Ben has a city, Dana has the tag; segment 1: has a city."""
    server.api.post("/custom_fields", json={"label": "City"})
    for reader in (1, 2):
        server.api.put(f"/subscribers/{reader}", json={"fields": {"city": "Bonn"}})
    server.api.post("/tags", json={"name": "Tea"})
    for reader in (1, 3):
        server.api.post(f"/tags/1/subscribers/{reader}")
    wanted = {
        "type": "custom_field",
        "subscriber_custom_field_id": 1,
        "comparison": "has_value",
    }
    save(server.store, name="Known city", wanted=[wanted])
    return server


def test_a_new_store_has_none_and_a_saved_one_is_listed_by_name_alone(server: Any) -> None:
    before = server.api.get("/segments").json()
    save(server.store, name=" New ", wanted=[{"type": "subscribed", "after": "2026-01-01"}])

    after = server.api.get("/segments", params={"include_total_count": "1"}).json()

    assert before["segments"] == []
    assert after["segments"] == [{"id": 1, "name": "New", "created_at": "2026-11-24T09:00:00Z"}]
    assert after["pagination"]["total_count"] == 1


def test_saving_a_name_again_gives_it_other_conditions_and_the_same_number(server: Any) -> None:
    """Broadcasts that are scheduled name a segment by its number."""
    first = save(server.store, name="Gone", wanted=[{"type": "opens"}])
    again = save(
        server.store, name="Gone", wanted=[{"type": "subscriber_state", "states": ["active"]}]
    )

    assert (first, again) == (1, 1)
    server.send(subscriber_filter=[{"any": [{"type": "segment", "ids": [1]}]}])
    assert len(server.outbox()) == 3


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("", [{"type": "opens"}]), ("All", []), ("Odd", [{"type": "horoscope"}]), ("No", ["x"])],
)
def test_a_segment_of_nobody_knows_whom_is_refused(server: Any, name: str, wanted: Any) -> None:
    with pytest.raises(Refusal):
        save(server.store, name=name, wanted=wanted)

    assert server.api.get("/segments").json()["segments"] == []


@pytest.mark.parametrize(
    ("filter_", "readers"),
    [
        ({"any": [{"type": "segment", "ids": [1]}]}, "ann ben"),
        ({"none": [{"type": "segment", "ids": [1]}]}, "dana"),
        ({"all": [{"type": "segment", "ids": [1]}, {"type": "tag", "ids": [1]}]}, "ann"),
        ({"any": [{"type": "segment", "ids": [1]}, {"type": "tag", "ids": [1]}]}, "ann ben dana"),
        ({"none": [{"type": "segment", "ids": [1]}, {"type": "tag", "ids": [1]}]}, ""),
    ],
)
def test_an_audience_of_segments_and_tags_is_frozen_as_it_says(
    garden: Any, filter_: dict[str, Any], readers: str
) -> None:
    garden.send(subscriber_filter=[filter_])

    got = sorted(each["recipient"].partition("@")[0] for each in garden.outbox())
    assert got == readers.split()


def test_whoever_left_gets_nothing_although_her_segment_is_meant(garden: Any) -> None:
    garden.api.post("/subscribers/1/unsubscribe")

    garden.send(subscriber_filter=[{"any": [{"type": "segment", "ids": ["1"]}]}])

    assert [each["recipient"] for each in garden.outbox()] == ["ben@example.org"]


def test_a_segment_that_is_not_there_is_refused(garden: Any) -> None:
    body = {"subject": "x", "subscriber_filter": [{"any": [{"type": "segment", "ids": [1, 7]}]}]}

    answer = garden.api.post("/broadcasts", json=body)

    assert (answer.status_code, answer.json()["errors"]) == (422, ["Segment not found: 7"])
