"""Where subscribers live: pinned, replaced, dropped, shown, and asked for by a filter."""

from typing import Any

import pytest

BOISE = {
    "city": "Boise",
    "state_province": "Idaho",
    "country_code": "US",
    "latitude": 43.62,
    "longitude": -116.2,
    "timezone": "America/Denver",
}


def near(server: Any, latitude: float, longitude: float, radius: float) -> list[str]:
    condition = {
        "type": "location",
        "latitude": latitude,
        "longitude": longitude,
        "radius": radius,
    }
    found = server.api.post("/subscribers/filter", json={"all": [condition]})
    assert found.status_code == 200, found.text
    return [each["email_address"] for each in found.json()["subscribers"]]


@pytest.mark.parametrize("is_nested", [True, False])
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_location_is_pinned_and_shown(server: Any, method: str, is_nested: bool) -> None:
    body = {"location": BOISE} if is_nested else BOISE
    answer = server.api.request(method, "/subscribers/1/location", json=body)
    read = server.api.get("/subscribers/1").json()["subscriber"]
    listed = server.api.get("/subscribers", params={"include": "location"}).json()["subscribers"]

    assert (answer.status_code, answer.json()) == (
        200,
        {"subscriber": {"id": 1, "location": BOISE}},
    )
    assert read["location"] == BOISE
    assert listed[-1]["location"] == {
        "city": "Boise",
        "state": "Idaho",
        "country": "US",
        "latitude": 43.62,
        "longitude": -116.2,
        "timezone": "America/Denver",
    }
    assert set(listed[0]["location"].values()) == {None}


def test_a_location_may_be_a_country_alone_but_is_replaced_whole(server: Any) -> None:
    first = server.api.post("/subscribers/1/location", json={"location": BOISE})
    pinned = server.api.post("/subscribers/1/location", json={"location": {"country_code": "de"}})
    partial = server.api.patch("/subscribers/1/location", json={"location": {"city": "Bonn"}})

    assert first.status_code == 200
    assert pinned.json()["subscriber"]["location"] == {
        **dict.fromkeys(BOISE),
        "country_code": "DE",
    }
    assert partial.status_code == 422
    assert "Country code can't be blank" in partial.json()["errors"]
    assert len(partial.json()["errors"]) == 5


def test_what_is_not_known_of_a_new_location_is_null(server: Any) -> None:
    """All six names must be there, but a country may have no provinces."""
    body = {"location": {**BOISE, "state_province": None}}
    replaced = server.api.patch("/subscribers/1/location", json=body)

    assert replaced.json() == {"subscriber": {"id": 1, **body}}


def test_a_location_is_dropped_also_where_there_is_none(server: Any) -> None:
    server.api.post("/subscribers/1/location", json={"location": BOISE})
    answers = [server.api.delete("/subscribers/1/location") for _ in range(2)]

    assert [(each.status_code, each.content) for each in answers] == [(204, b"")] * 2
    assert "location" not in server.api.get("/subscribers/1").json()["subscriber"]


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_nobody_unknown_lives_anywhere(server: Any, method: str) -> None:
    answer = server.api.request(method, "/subscribers/12345/location", json={"location": BOISE})

    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"country_code": ""}, "Country code can't be blank"),
        ({"country_code": "USA"}, "Country code must be a code of two letters (ISO 3166-1)"),
        ({"timezone": "Idaho"}, "Timezone must be the name of a zone, like America/Denver"),
        ({"latitude": 91}, "Latitude must lie between -90 and 90"),
        ({"longitude": "-180.5"}, "Longitude must lie between -180 and 180"),
        ({"latitude": "north"}, "Latitude must be a number"),
        ({"city": ["x"]}, "City must be text"),
    ],
)
def test_what_is_no_place_is_refused(server: Any, changed: dict[str, Any], text: str) -> None:
    answer = server.api.post("/subscribers/1/location", json={"location": {**BOISE, **changed}})

    assert (answer.status_code, answer.json()) == (422, {"errors": [text]})


@pytest.mark.parametrize(
    ("place", "radius", "expected"),
    [
        ((43.62, -116.2), 0, ["ann"]),
        ((43.62, -116.2), 100, ["ann"]),
        # Boise to Salt Lake City: 292 miles; to Suva over the date line: 5,990.
        ((40.76, -111.89), 280, []),
        ((40.76, -111.89), 300, ["ann"]),
        ((-18.14, 178.44), 5900, ["ben"]),
        ((-18.14, 178.44), 6050, ["ann", "ben"]),
        ((0, 0), 20000, ["ann", "ben"]),
    ],
)
def test_a_filter_finds_who_lives_within_so_many_miles(
    server: Any, place: tuple[float, float], radius: float, expected: list[str]
) -> None:
    server.api.post("/subscribers/1/location", json={"location": BOISE})
    auckland = {"country_code": "NZ", "latitude": -36.85, "longitude": 174.76}
    server.api.post("/subscribers/2/location", json={"location": auckland})
    server.api.post("/subscribers/3/location", json={"location": {"country_code": "US"}})

    found = near(server, *place, radius)
    assert sorted(each.partition("@")[0] for each in found) == expected
