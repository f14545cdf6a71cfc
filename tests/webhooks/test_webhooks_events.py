"""What is told: each change once, with the change and not without it, to those who asked."""

import re
from typing import Any

import pytest

from newsletter.server.events import LEGACY, TYPES
from newsletter.server.store import leaving, sequences
from tests.server.conftest import ACCOUNT


def test_every_change_of_a_subscriber_is_one_event_with_the_api_object(hooks: Any) -> None:
    api = hooks.server.api
    api.post("/custom_fields", json={"label": "City"})
    api.post("/tags", json={"name": "Tea"})
    hooks.endpoint(*TYPES)

    (eve,) = hooks.server.add("eve@example.org", fields={"city": "Bonn"})
    api.put(f"/subscribers/{eve}", json={"fields": {"city": "Kiel"}, "first_name": "Eve"})
    api.post(f"/tags/1/subscribers/{eve}")
    api.post(f"/forms/1/subscribers/{eve}", json={})
    api.delete(f"/tags/1/subscribers/{eve}")
    api.post(f"/subscribers/{eve}/unsubscribe")
    hooks.tell()

    assert hooks.receiver.events() == [
        "subscriber.created",
        "subscriber.activated",
        "subscriber.custom_field_value_updated",
        "subscriber.tag_added",
        "subscriber.subscribed_to_form",
        "subscriber.tag_removed",
        "subscriber.unsubscribed",
    ]
    data = [post.event["data"] for post in hooks.receiver.posts]
    assert data[0]["subscriber"] == {
        "id": eve,
        "first_name": None,
        "email_address": "eve@example.org",
        "state": "active",
        "created_at": "2026-11-24T09:00:00Z",
        "fields": {"city": "Bonn"},
    }
    assert data[2]["custom_field"] == {
        "id": 1,
        "name": "ck_field_1_city",
        "key": "city",
        "label": "City",
        "value": "Kiel",
    }
    assert (data[3]["tag"]["name"], data[5]["tag"]["name"]) == ("Tea", "Tea")
    assert data[4]["form"]["id"] == 1
    assert "embed_js" not in data[4]["form"]
    assert data[6]["subscriber"]["state"] == "cancelled"


def test_what_was_so_already_is_no_event(hooks: Any) -> None:
    api = hooks.server.api
    api.post("/custom_fields", json={"label": "City"})
    api.post("/tags", json={"name": "Tea"})
    (eve,) = hooks.server.add("eve@example.org", fields={"city": "Bonn"})
    api.post(f"/tags/1/subscribers/{eve}")
    api.post(f"/forms/1/subscribers/{eve}", json={})
    api.post("/subscribers/3/unsubscribe")
    hooks.endpoint(*TYPES)

    hooks.server.add("eve@example.org", fields={"city": "Bonn"})
    api.put(f"/subscribers/{eve}", json={"first_name": "Eve"})
    api.post("/custom_fields", json={"label": "City"})
    api.post(f"/tags/1/subscribers/{eve}")
    api.post(f"/forms/1/subscribers/{eve}", json={})
    api.delete("/tags/1/subscribers/2")
    api.post("/subscribers/3/unsubscribe")

    assert hooks.tell() == []


def test_leaving_and_coming_back_by_link_are_told_too(hooks: Any) -> None:
    """Both happen on readers' pages, past the API."""
    hooks.endpoint("subscriber.unsubscribed", "subscriber.activated")
    hooks.server.send()
    left = hooks.server.web.post(hooks.server.way_out("ben@example.org"))
    way_back = left.text.split('action="')[1].split('"')[0]
    hooks.server.web.post(way_back)
    hooks.tell()

    assert hooks.receiver.events() == ["subscriber.unsubscribed", "subscriber.activated"]


def test_a_sign_up_is_told_as_an_inactive_reader(hooks: Any) -> None:
    hooks.endpoint(*TYPES)
    hooks.server.web.post("/forms/1", data={"email_address": "gil@example.org"})
    hooks.tell()

    assert hooks.receiver.events() == ["subscriber.created", "subscriber.subscribed_to_form"]
    assert hooks.receiver.posts[0].event["data"]["subscriber"]["state"] == "inactive"


@pytest.mark.parametrize("state", ["bounced", "complained"])
def test_a_dead_address_and_a_complaint_stop_mail_and_are_told(hooks: Any, state: Any) -> None:
    hooks.endpoint(f"subscriber.{state}")
    server = hooks.server

    def stop(reader: int) -> bool:
        with server.store.writing() as db:
            return leaving.stop(db, reader, state=state, now=server.clock())

    server.api.post("/subscribers/3/unsubscribe")
    stopped = [stop(2), stop(2), stop(3)]
    hooks.tell()
    server.send()

    assert stopped == [True, False, False]
    assert hooks.receiver.events() == [f"subscriber.{state}"]
    assert hooks.receiver.posts[0].event["data"]["subscriber"]["state"] == state
    assert [each["recipient"] for each in server.outbox()] == ["ann@example.org"]


def test_custom_fields_come_and_go_with_an_event(hooks: Any) -> None:
    hooks.endpoint("custom_field.created", "custom_field.deleted")
    hooks.server.api.post("/custom_fields", json={"label": "City"})
    hooks.server.api.delete("/custom_fields/1")
    hooks.tell()

    field = {"id": 1, "name": "ck_field_1_city", "key": "city", "label": "City"}
    assert [(p.event["type"], p.event["data"]) for p in hooks.receiver.posts] == [
        ("custom_field.created", {"custom_field": field}),
        ("custom_field.deleted", {"custom_field": field}),
    ]


def test_a_change_that_is_taken_back_is_told_to_nobody(hooks: Any) -> None:
    hooks.endpoint(*TYPES)
    server = hooks.server

    def killed_half_way() -> None:
        with server.store.writing() as db:
            leaving.leave(db, 1, how="api", now=server.clock())
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        killed_half_way()

    assert hooks.tell() == []


def test_an_event_has_one_id_wherever_it_goes(hooks: Any) -> None:
    """Whoever listens at two endpoints sees that it is one event; a delivery is another thing."""
    hooks.endpoint("subscriber.created", path="/a")
    hooks.endpoint("subscriber.created", path="/b")
    hooks.server.add("eve@example.org", "fay@example.org")
    hooks.tell()

    posts = hooks.receiver.posts
    assert sorted(post.path for post in posts) == ["/a", "/b"]
    assert len({post.json["delivery_id"] for post in posts}) == 2
    assert len({event["id"] for post in posts for event in post.json["events"]}) == 2


def test_only_what_was_asked_for_is_told_and_nothing_to_a_disabled_endpoint(hooks: Any) -> None:
    hooks.endpoint("subscriber.unsubscribed", path="/other")
    off = hooks.endpoint("subscriber.created", path="/off")
    hooks.server.api.patch(f"/webhook_endpoints/{off['id']}", json={"status": "disabled"})

    hooks.server.add("eve@example.org")

    assert hooks.tell() == []


def test_webhooks_of_the_first_kind_get_the_bare_object_unsigned(hooks: Any) -> None:
    api = hooks.server.api
    api.post("/tags", json={"name": "Tea"})
    api.post("/tags", json={"name": "Bread"})
    hooks.webhook("subscriber.tag_add", tag_id=1)
    hooks.webhook("subscriber.subscriber_activate")
    hooks.webhook("custom_field.field_created")
    for tag in (2, 1):
        api.post(f"/tags/{tag}/subscribers/1")
    hooks.server.add("eve@example.org")
    api.post("/custom_fields", json={"label": "City"})
    hooks.tell()

    posts = hooks.receiver.posts
    assert [list(post.json) for post in posts] == [["subscriber"], ["subscriber"], ["custom_field"]]
    assert [p.json["subscriber"]["id"] for p in posts[:2]] == [1, 4]
    assert not any(name.startswith("x-kit-") for post in posts for name in post.headers)


def test_webhooks_of_the_first_kind_are_made_listed_and_deleted_as_kit_does(hooks: Any) -> None:
    """The name comes back without its prefix, the parameter as it was (Kit reference §10)."""
    api = hooks.server.api
    made = []
    for name, parameter in LEGACY.items():
        value: Any = {"initiator_value": "https://example.org/x"}.get(parameter or "", "7")
        made.append(hooks.webhook(name, **({parameter: value} if parameter else {})))
    first = api.get("/webhooks", params={"per_page": 2}).json()

    assert [each["event"]["name"] for each in made] == [name.split(".")[1] for name in LEGACY]
    assert made[4]["event"] == {"name": "form_subscribe", "form_id": 7}
    assert made[7]["event"] == {"name": "link_click", "initiator_value": "https://example.org/x"}
    assert first["webhooks"] == [made[-1], made[-2]]
    assert first["pagination"]["has_next_page"] is True
    assert {api.delete(f"/webhooks/{each['id']}").status_code for each in made} == {204}
    assert api.get("/webhooks").json()["webhooks"] == []


def test_a_sequence_may_be_called_a_course(hooks: Any) -> None:
    """The official SDK does."""
    made = hooks.webhook("subscriber.course_complete", course_id="12")

    assert made["event"] == {"name": "course_complete", "sequence_id": 12}


@pytest.mark.parametrize(
    "event",
    [
        None,
        "subscriber.tag_add",
        {},
        {"name": "tag_add", "tag_id": 1},
        {"name": "subscriber.tag_add"},
        {"name": "subscriber.tag_add", "tag_id": "x"},
        {"name": "subscriber.tag_add", "form_id": 1},
        {"name": ["subscriber.tag_add"]},
    ],
)
def test_a_webhook_for_no_event_is_refused(hooks: Any, event: Any) -> None:
    body = {"target_url": "https://example.org/", "event": event}

    assert hooks.server.api.post("/webhooks", json=body).status_code == 422


def test_sequences_tell_who_came_in_and_who_got_to_the_end(hooks: Any) -> None:
    server = hooks.server
    hooks.endpoint(*TYPES)
    hooks.webhook("subscriber.course_subscribe", course_id=1)
    hooks.webhook("subscriber.course_complete", sequence_id="1")
    hooks.webhook("subscriber.course_complete", sequence_id="2")
    server.api.post("/sequences", json={"name": "Welcome"})
    for _ in range(2):
        server.api.post("/sequences/1/subscribers/1")
    for reader in (1, 1, 2):
        with server.store.writing() as db:
            sequences.complete(db, sequence_id=1, subscriber_id=reader, now=server.clock())
    server.api.put("/sequences/1", json={"active": False})
    server.api.put("/sequences/1", json={"active": True})
    server.api.delete("/sequences/1")
    hooks.tell()

    assert hooks.counts() == {
        "sequence.created": 1,
        "sequence.published": 2,
        "subscriber.added_to_sequence": 1,
        "subscriber.sequence_completed": 1,
        "sequence.disabled": 1,
        "sequence.deleted": 1,
    }
    told = [post.json for post in hooks.receiver.posts]
    (added,) = [
        event["data"]
        for each in told
        for event in each.get("events", ())
        if event["type"] == "subscriber.added_to_sequence"
    ]
    assert (added["subscriber"]["id"], added["sequence"]["name"]) == (1, "Welcome")
    bare = [each for each in told if "events" not in each]
    assert [each["subscriber"]["id"] for each in bare] == [1, 1]


def test_tags_broadcasts_and_posts_tell_what_becomes_of_them(hooks: Any) -> None:
    server = hooks.server
    hooks.endpoint(*TYPES)
    for _ in range(2):
        server.api.post("/tags", json={"name": "Tea"})
    server.api.delete(f"/broadcasts/{server.draft()['id']}")
    server.draft(subject="Later", public=True, published_at="2026-11-24T10:00:00Z")
    server.send(subject="Now")
    before = hooks.tell() and hooks.counts()
    server.clock.pass_by(hours=1)
    server.deliver()
    server.deliver()
    hooks.tell()

    assert before == {
        "tag.created": 1,
        "broadcast.created": 3,
        "broadcast.deleted": 1,
        "broadcast.sent": 1,
    }
    assert hooks.counts() == {**before, "post.published": 1}
    post = hooks.receiver.posts[-1].event["data"]["post"]
    assert (post["title"], post["status"]) == ("Later", "published")
    assert post["public_url"] == "https://letters.example.org/posts/later"


def test_a_followed_link_is_told_to_those_who_asked_for_that_link(hooks: Any) -> None:
    server = hooks.server
    server.store.configure(**ACCOUNT, track_clicks=True)
    hooks.webhook("subscriber.link_click", initiator_value="https://example.org/a")
    server.send(
        content='<a href="https://example.org/a">a</a><a href="https://example.org/b">b</a>'
    )
    html = server.web.get("/outbox/1/html").text
    for path in re.findall(r'letters.example.org(/c/[^"]+)"', html):
        server.web.get(path)
    hooks.tell()

    assert [list(post.json) for post in hooks.receiver.posts] == [["subscriber"]]
    assert hooks.receiver.posts[0].json["subscriber"]["email_address"] == "ann@example.org"
