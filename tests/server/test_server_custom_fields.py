"""Custom fields: keys out of labels, values that follow, and nothing left behind."""

from typing import Any

import pytest

from newsletter.server.api.segments import save
from newsletter.server.store.custom_fields import key_of


def make(server: Any, label: str) -> dict[str, Any]:
    answer = server.api.post("/custom_fields", json={"label": label})
    assert answer.status_code == 201, answer.text
    field: dict[str, Any] = answer.json()["custom_field"]
    return field


def fields_of(server: Any, subscriber_id: int) -> Any:
    return server.api.get(f"/subscribers/{subscriber_id}").json()["subscriber"]["fields"]


@pytest.mark.parametrize(
    ("label", "key"),
    [
        ("Last name", "last_name"),
        ("  ZIP-Code (home)  ", "zip_code_home"),
        ("Lieblingsstraße Käse", "lieblingsstrae_kase"),
        ("Crème brûlée?", "creme_brulee"),
        ("2nd line", "2nd_line"),
        ("名前", "field"),
        ("___", "field"),
    ],
)
def test_a_key_is_the_label_in_ascii_lower_case_and_underscores(label: str, key: str) -> None:
    assert key_of(label) == key


def test_a_field_is_made_once_and_found_by_its_trimmed_label(server: Any) -> None:
    first = make(server, " Last name ")
    again = server.api.post("/custom_fields", json={"label": "Last name"})

    assert first == {
        "id": 1,
        "name": "ck_field_1_last_name",
        "key": "last_name",
        "label": "Last name",
    }
    assert (again.status_code, again.json()["custom_field"]) == (200, first)


def test_two_labels_with_one_key_get_two_keys(server: Any) -> None:
    """Two fields under one key would be one field with two labels."""
    keys = [make(server, label)["key"] for label in ("Last name", "Last Name", "last-name")]

    assert keys == ["last_name", "last_name_2", "last_name_3"]


@pytest.mark.parametrize("label", ["First name", "Email address", "ID"])
def test_no_field_hides_what_every_subscriber_has(server: Any, label: str) -> None:
    """Liquid finds fields and name side by side under `subscriber`."""
    assert make(server, label)["key"].endswith("_2")


def test_values_follow_a_renamed_field_and_the_name_stays(server: Any) -> None:
    field = make(server, "Zip Code")
    make(server, "City")
    first, second = server.add("eve@example.org", "fay@example.org")
    values = {"zip_code": "10115", "city": "Berlin"}
    server.api.put(f"/subscribers/{first}", json={"fields": values})

    answer = server.api.put(f"/custom_fields/{field['id']}", json={"label": "Post Code"})

    assert answer.json()["custom_field"] == {
        **field,
        "key": "post_code",
        "label": "Post Code",
    }
    assert fields_of(server, first) == {"post_code": "10115", "city": "Berlin"}
    assert fields_of(server, second) == {"post_code": None, "city": None}


def test_more_values_than_are_written_at_once_follow_too(server: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("newsletter.server.store.custom_fields._AT_ONCE", 2)
    field = make(server, "Zip")
    ids = server.add(*(f"r{n}@example.org" for n in range(5)), fields={"zip": "1"}, first_name="R")

    server.api.put(f"/custom_fields/{field['id']}", json={"label": "Plz"})

    assert [fields_of(server, each) for each in ids] == [{"plz": "1"}] * 5


def test_a_label_in_another_case_keeps_key_and_values(server: Any) -> None:
    field = make(server, "City")
    (eve,) = server.add("eve@example.org", fields={"city": "Bonn"})

    renamed = server.api.put(f"/custom_fields/{field['id']}", json={"label": "CITY"}).json()

    assert renamed["custom_field"]["key"] == "city"
    assert fields_of(server, eve) == {"city": "Bonn"}


def test_a_taken_label_is_refused(server: Any) -> None:
    make(server, "City")
    field = make(server, "Town")

    answer = server.api.put(f"/custom_fields/{field['id']}", json={"label": "City"})

    assert (answer.status_code, answer.json()["errors"]) == (422, ["Label has already been taken"])


def test_a_deleted_field_takes_its_values_along(server: Any) -> None:
    """Made again under the same label, it must not show what was deleted."""
    field = make(server, "City")
    (eve,) = server.add("eve@example.org", fields={"city": "Bonn"})

    assert server.api.delete(f"/custom_fields/{field['id']}").status_code == 204
    assert fields_of(server, eve) == {}
    make(server, "City")
    assert fields_of(server, eve) == {"city": None}


def test_a_field_that_a_segment_asks_for_cannot_be_deleted(server: Any) -> None:
    field = make(server, "City")
    wanted = {
        "type": "custom_field",
        "subscriber_custom_field_id": field["id"],
        "comparison": "has_value",
    }
    save(server.store, name="Known city", wanted=[wanted])

    answer = server.api.delete(f"/custom_fields/{field['id']}")

    assert answer.status_code == 422
    assert answer.json()["errors"] == ["Unable to destroy the custom field."]


@pytest.mark.parametrize("body", [{}, {"label": " "}, {"label": []}, {"label": "x" * 256}])
def test_a_label_that_is_none_is_refused(server: Any, body: dict[str, Any]) -> None:
    assert server.api.post("/custom_fields", json=body).status_code == 422
    assert server.api.get("/custom_fields").json()["custom_fields"] == []
