"""/sequences: kept and shown as Kit has them, with their emails in order and their members."""

from typing import Any

import pytest

from newsletter.server.objects import WEEK
from newsletter.server.store import sequences


@pytest.fixture
def welcome(server: Any) -> Any:
    """Sequence 1, with a tag, a form and a segmentless account around it."""
    server.api.post("/tags", json={"name": "Tea"})
    made = server.api.post("/sequences", json={"name": "Welcome"})
    assert made.status_code == 201, made.text
    return server


def email(server: Any, **values: Any) -> Any:
    body = {"subject": "Hello", "delay_value": 1, "delay_unit": "days", **values}
    return server.api.post("/sequences/1/emails", json=body)


def positions(server: Any) -> list[tuple[int, int]]:
    found = server.api.get("/sequences/1/emails").json()["emails"]
    return [(each["id"], each["position"]) for each in found]


def test_a_name_is_enough_and_the_rest_has_defaults(welcome: Any) -> None:
    assert welcome.api.get("/sequences/1").json()["sequence"] == {
        "id": 1,
        "name": "Welcome",
        "hold": False,
        "repeat": False,
        "created_at": "2026-11-24T09:00:00Z",
        "updated_at": "2026-11-24T09:00:00Z",
        "email_address": None,
        "email_template_id": None,
        "send_days": list(WEEK),
        "send_hour": 11,
        "time_zone": "America/New_York",
        "active": True,
        "exclude_subscriber_sources": [],
        "email_count": 0,
        "subscriber_count": 0,
    }


def test_every_field_comes_back_as_it_was_written(welcome: Any) -> None:
    values = {
        "name": "Later",
        "email_address": "ann@example.org",
        "email_template_id": 1,
        "send_days": ["monday", "friday"],
        "send_hour": 9,
        "time_zone": "Europe/Berlin",
        "active": False,
        "repeat": True,
        "hold": True,
        "exclude_subscriber_sources": [
            {"type": "form", "ids": [1]},
            {"type": "sequence", "ids": [1]},
            {"type": "tag", "ids": [1]},
        ],
    }
    made = welcome.api.post("/sequences", json=values).json()["sequence"]
    welcome.clock.pass_by(hours=1)
    changed = welcome.api.put("/sequences/2", json={"send_hour": "14"}).json()["sequence"]

    assert {name: made[name] for name in values} == values
    assert changed == {**made, "send_hour": 14, "updated_at": "2026-11-24T10:00:00Z"}
    assert welcome.api.put("/sequences/2", json=[]).json()["sequence"] == changed


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"name": " "}, "name can't be blank"),
        ({"send_hour": 24}, "send_hour must be an integer between 0 and 23"),
        ({"send_hour": "noon"}, "send_hour must be an integer between 0 and 23"),
        ({"send_days": ["someday"]}, "send_days must be any of"),
        ({"send_days": [["monday"]]}, "send_days must be any of"),
        ({"send_days": {"monday": 1}}, "send_days must be any of"),
        ({"time_zone": "Mars/Crater"}, "time_zone must be"),
        ({"email_template_id": 99}, "Email template not found"),
        ({"email_address": "ben@example.org"}, "Email address is not one"),
        ({"exclude_subscriber_sources": "tags"}, "must be a list of objects"),
        ({"exclude_subscriber_sources": [{"type": "moon", "ids": [1]}]}, "types must be one of"),
        ({"exclude_subscriber_sources": [{"type": "tag", "ids": 1}]}, "ids must be a list"),
        ({"exclude_subscriber_sources": [{"type": "tag", "ids": [1, 9]}]}, "Tag not found: 9"),
        ({"exclude_subscriber_sources": [{"type": "segment", "ids": [7]}]}, "Segment not found"),
        ({"exclude_subscriber_sources": [{"type": "form", "ids": [7]}]}, "Form not found: 7"),
        ({"exclude_subscriber_sources": [{"type": "sequence", "ids": [7]}]}, "Sequence not found"),
        ({"exclude_subscriber_sources": [{"type": "tag", "ids": [1] * 1001}]}, "1000 at most"),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    welcome: Any, values: Any, error: str
) -> None:
    before = welcome.api.get("/sequences/1").json()
    made = welcome.api.post("/sequences", json={"name": "Other", **values})
    changed = welcome.api.put("/sequences/1", json=values)

    assert (made.status_code, changed.status_code) == (422, 422)
    assert error in made.json()["errors"][0]
    assert error in changed.json()["errors"][0]
    assert welcome.api.get("/sequences/1").json() == before


def test_a_deleted_sequence_is_found_nowhere_and_its_rows_stay(welcome: Any) -> None:
    email(welcome)
    welcome.api.post("/sequences/1/subscribers/1", json=[])
    assert welcome.api.delete("/sequences/1").status_code == 204

    gone = [
        welcome.api.request(method, f"/sequences/1{path}", json={}).status_code
        for method, path in (
            ("GET", ""),
            ("PUT", ""),
            ("DELETE", ""),
            ("GET", "/emails"),
            ("POST", "/subscribers/1"),
            ("GET", "/subscribers"),
        )
    ]
    assert gone == [404] * 6
    assert welcome.api.get("/sequences").json()["sequences"] == []
    with welcome.store.reading() as db:
        assert sequences.email_counts(db, [1]) == {1: 1}
        assert sequences.member_counts(db, [1]) == {1: 1}


def test_members_are_added_once_listed_newest_first_and_filtered(welcome: Any) -> None:
    add = welcome.api.post
    first = add("/sequences/1/subscribers", json={"email_address": "BEN@example.org"})
    welcome.clock.pass_by(days=2)
    again = add("/sequences/1/subscribers", json={"email_address": "ben@example.org"})
    add("/sequences/1/subscribers/1")
    add("/sequences/1/subscribers/3")
    welcome.api.post("/subscribers/3/unsubscribe")

    def listed(**query: Any) -> list[int]:
        found = welcome.api.get("/sequences/1/subscribers", params=query).json()
        return [each["id"] for each in found["subscribers"]]

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["subscriber"]["added_at"] == "2026-11-24T09:00:00Z"
    assert listed() == [1, 2]
    assert listed(status="all") == [3, 1, 2]
    assert listed(status="cancelled") == [3]
    assert listed(added_after="2026-11-25") == [1]
    assert listed(added_before="2026-11-24") == [2]
    assert listed(created_after="2026-11-25") == []
    assert listed(created_before="2026-11-24", per_page=1) == [1]
    shown = welcome.api.get("/sequences/1", params={"include": "stats"}).json()["sequence"]
    assert (shown["subscriber_count"], shown["stats"]["sent"]) == (2, 0)
    assert welcome.api.get("/sequences/1/subscribers?after=x").status_code == 422


def test_nobody_is_added_to_an_inactive_sequence_nor_anybody_who_is_not_there(
    welcome: Any,
) -> None:
    unknown = welcome.api.post("/sequences/1/subscribers", json={"email_address": "x@example.org"})
    welcome.api.put("/sequences/1", json={"active": 0})
    by_id = welcome.api.post("/sequences/1/subscribers/1")
    by_address = welcome.api.post(
        "/sequences/1/subscribers", json={"email_address": "ann@example.org"}
    )

    assert unknown.status_code == 404
    for refused in (by_id, by_address):
        assert (refused.status_code, refused.json()["errors"]) == (422, ["Sequence is inactive"])


def test_emails_are_drafts_at_the_end_until_they_are_told_otherwise(welcome: Any) -> None:
    first = email(welcome, delay_value=0).json()["email"]
    second = email(welcome, position="", send_days=None).json()["email"]

    assert first == {
        "id": 1,
        "sequence_id": 1,
        "subject": "Hello",
        "preview_text": None,
        "email_address": "ann@example.org",
        "email_template_id": None,
        "published": False,
        "position": 0,
        "delay_value": 0,
        "delay_unit": "days",
        "send_days": list(WEEK),
        "content": None,
    }
    assert (second["position"], second["send_days"]) == (1, list(WEEK))
    assert email(welcome, position=5).json()["email"]["position"] == 5
    assert email(welcome).json()["email"]["position"] == 6
    assert positions(welcome) == [(1, 0), (2, 1), (3, 5), (4, 6)]
    assert welcome.api.get("/sequences/1").json()["sequence"]["email_count"] == 4


def test_days_go_with_hours_as_they_do_at_the_service(welcome: Any) -> None:
    """Kit's description refuses them, and its live answers give them back (Kit reference §11)."""
    hours = email(welcome, delay_unit="hours").json()["email"]
    both = email(welcome, delay_unit="hours", send_days=["monday"]).json()["email"]
    back = welcome.api.put("/sequences/1/emails/2", json={"send_days": None}).json()["email"]

    assert (hours["send_days"], both["send_days"], back["send_days"]) == (None, ["monday"], None)


def test_an_email_is_moved_changed_and_deleted(welcome: Any) -> None:
    for _ in range(3):
        email(welcome, content="<p>One</p>")
    path = "/sequences/1/emails/3"
    values = {"subject": "Bye", "preview_text": "x", "published": 1, "send_days": ["sunday"]}
    changed = welcome.api.put(path, json={**values, "content": None, "email_template_id": "1"})
    moved = welcome.api.put(path, json={"position": 9})
    gone = welcome.api.delete("/sequences/1/emails/2")

    assert changed.json()["email"]["content"] is None
    assert changed.json()["email"]["published"] is True
    assert moved.json()["email"]["position"] == 9
    assert gone.status_code == 204
    assert positions(welcome) == [(1, 0), (3, 9)]
    listed = welcome.api.get("/sequences/1/emails", params={"include_content": 1}).json()
    assert [each["content"] for each in listed["emails"]] == ["<p>One</p>", None]
    assert "content" not in welcome.api.get("/sequences/1/emails").json()["emails"][0]


def test_emails_are_walked_by_position(welcome: Any) -> None:
    for position in (4, 2, 7):
        email(welcome, position=position)
    first = welcome.api.get("/sequences/1/emails", params={"per_page": 2}).json()
    after = {"after": first["pagination"]["end_cursor"], "include": "stats"}
    rest = welcome.api.get("/sequences/1/emails", params=after).json()

    assert [each["position"] for each in first["emails"] + rest["emails"]] == [2, 4, 7]
    assert first["pagination"]["start_cursor"] == "WzIsMl0="
    assert rest["emails"][0]["stats"]["sent"] == 0


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"subject": " "}, "subject can't be blank"),
        ({"delay_unit": "weeks"}, "delay_unit must be one of: days, hours"),
        ({"delay_unit": ["days"]}, "delay_unit must be one of: days, hours"),
        ({"delay_value": -1}, "delay_value must be an integer"),
        ({"delay_value": 0}, "delay_value must be greater than 0"),
        ({"position": 0}, "position is already taken"),
        ({"position": "first"}, "position must be an integer"),
        ({"send_days": ["someday"]}, "send_days must be any of"),
        ({"email_template_id": 9}, "Email template not found"),
        ({"published": "perhaps"}, "Published must be true or false"),
    ],
)
def test_an_email_that_makes_no_sense_is_refused(welcome: Any, values: Any, error: str) -> None:
    email(welcome, delay_value=0)
    email(welcome)
    made = email(welcome, **values)
    changed = welcome.api.put("/sequences/1/emails/2", json=values)

    assert (made.status_code, changed.status_code) == (422, 422)
    assert error in made.json()["errors"][0]
    assert error in changed.json()["errors"][0]
    assert positions(welcome) == [(1, 0), (2, 1)]


def test_an_email_belongs_to_its_sequence_alone(welcome: Any) -> None:
    welcome.api.post("/sequences", json={"name": "Other"})
    email(welcome)

    statuses = [
        welcome.api.request(method, "/sequences/2/emails/1", json={}).status_code
        for method in ("GET", "PUT", "DELETE")
    ]
    assert statuses == [404, 404, 404]
    assert welcome.api.post("/sequences/1/emails", json={"subject": "x"}).status_code == 422
