"""/webhook_endpoints, newer than the provider's description we hold: shapes by reference §10."""

from datetime import timedelta
from typing import Any

import pytest

from newsletter.kit import Kit
from tests.server.conftest import KEY

KEYS = {
    "id",
    "name",
    "url",
    "events",
    "status",
    "source",
    "description",
    "created_by_app",
    "created_at",
    "previous_secret_expires_at",
}


def test_the_secret_is_shown_when_it_is_made_and_never_again(hooks: Any) -> None:
    api = hooks.server.api
    made = hooks.endpoint("subscriber.created", name="Mirror", description="For the shop")
    path = f"/webhook_endpoints/{made['id']}"
    read = api.get(path).json()["webhook_endpoint"]
    listed = api.get("/webhook_endpoints").json()["webhook_endpoints"]
    changed = api.patch(path, json={"name": None}).json()["webhook_endpoint"]

    assert made["secret"].startswith("whsec_")
    assert len(made["secret"]) > 40
    assert set(made) == KEYS | {"secret"}
    assert made.items() >= read.items()
    assert set(read) == KEYS
    assert listed == [read]
    assert changed == {**read, "name": None}
    assert (read["status"], read["events"]) == ("active", ["subscriber.created"])


def test_a_change_replaces_what_it_names(hooks: Any) -> None:
    made = hooks.endpoint("subscriber.created", "subscriber.bounced")
    path = f"/webhook_endpoints/{made['id']}"
    events = ["tag.created", "tag.created", "custom_field.created"]

    hooks.server.api.patch(path, json={"events": events, "status": "disabled"})
    read = hooks.server.api.get(path).json()["webhook_endpoint"]

    assert read["events"] == ["tag.created", "custom_field.created"]
    assert read["status"] == "disabled"
    statuses = {
        status: len(
            hooks.server.api.get("/webhook_endpoints", params={"status": status}).json()[
                "webhook_endpoints"
            ]
        )
        for status in ("active", "disabled")
    }
    assert statuses == {"active": 0, "disabled": 1}


def test_rotating_again_too_soon_needs_force_and_revoking_ends_the_overlap(hooks: Any) -> None:
    api = hooks.server.api
    path = f"/webhook_endpoints/{hooks.endpoint('subscriber.created')['id']}"
    first = api.post(f"{path}/rotate_secret", json={})
    soon = api.post(f"{path}/rotate_secret", json={})
    forced = api.post(f"{path}/rotate_secret", json={"force": True})
    revoked = api.post(f"{path}/revoke_previous_secret", json={}).json()["webhook_endpoint"]
    after = api.post(f"{path}/rotate_secret", json=[])
    hooks.pass_by(timedelta(days=1))
    next_day = api.post(f"{path}/rotate_secret", json={})

    assert soon.status_code == 409
    assert soon.json()["errors"] == [
        "The previous signing secret is still within its rotation window."
    ]
    assert revoked["previous_secret_expires_at"] is None
    good = [first, forced, after, next_day]
    assert [each.status_code for each in good] == [200] * 4
    assert len({each.json()["webhook_endpoint"]["secret"] for each in good}) == 4


def test_a_disabled_endpoint_is_not_told_what_was_waiting(hooks: Any) -> None:
    made = hooks.endpoint("subscriber.created")
    hooks.server.add("eve@example.org")
    path = f"/webhook_endpoints/{made['id']}"
    hooks.server.api.patch(path, json={"status": "disabled"})
    hooks.server.api.patch(path, json={"status": "active"})

    assert hooks.tell() == []
    assert [each["status"] for each in hooks.deliveries(made["id"])] == ["failed"]


def test_a_deleted_endpoint_takes_its_history_along(hooks: Any) -> None:
    made = hooks.endpoint("subscriber.created")
    hooks.server.add("eve@example.org")
    path = f"/webhook_endpoints/{made['id']}"

    assert hooks.server.api.delete(path).status_code == 204
    assert hooks.tell() == []
    gone = [
        hooks.server.api.request(method, path + rest).status_code
        for method, rest in (
            ("GET", ""),
            ("PATCH", ""),
            ("DELETE", ""),
            ("POST", "/rotate_secret"),
            ("POST", "/revoke_previous_secret"),
            ("GET", "/deliveries"),
            ("GET", "/deliveries/1"),
        )
    ]
    assert gone == [404] * 7


def test_the_history_is_filtered_and_walked(hooks: Any) -> None:
    made = hooks.endpoint("subscriber.created", "subscriber.unsubscribed")
    hooks.receiver.answers(410)
    (eve,) = hooks.server.add("eve@example.org")
    hooks.tell()
    hooks.server.add("fay@example.org")
    hooks.server.api.post(f"/subscribers/{eve}/unsubscribe")
    hooks.tell()
    path = f"/webhook_endpoints/{made['id']}/deliveries"
    page = hooks.server.api.get(path, params={"per_page": 2}).json()
    rest = hooks.server.api.get(path, params={"after": page["pagination"]["end_cursor"]}).json()

    assert [each["id"] for each in page["deliveries"] + rest["deliveries"]] == [3, 2, 1]
    assert [each["id"] for each in hooks.deliveries(made["id"], status="failed")] == [1]
    left = hooks.deliveries(made["id"], event_type="subscriber.unsubscribed")
    assert [each["event_type"] for each in left] == ["subscriber.unsubscribed"]


@pytest.mark.parametrize("query", [{"status": "lost"}, {"event_type": "subscriber.sneezed"}])
def test_an_unknown_filter_of_the_history_is_refused(hooks: Any, query: dict[str, str]) -> None:
    made = hooks.endpoint("subscriber.created")

    path = f"/webhook_endpoints/{made['id']}/deliveries"
    assert hooks.server.api.get(path, params=query).status_code == 422


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"url": "https://example.org/"},
        {"events": ["subscriber.created"]},
        {"url": "https://example.org/", "events": []},
        {"url": "https://example.org/", "events": "subscriber.created"},
        {"url": "https://example.org/", "events": ["subscriber.sneezed"]},
        {"url": "https://example.org/", "events": [["subscriber.created"]]},
        {"url": ["https://example.org/"], "events": ["subscriber.created"]},
        {"url": "gopher://example.org/", "events": ["subscriber.created"]},
        {"url": "https://example.org/", "events": ["subscriber.created"], "name": "x" * 256},
    ],
)
def test_an_endpoint_that_could_be_told_nothing_is_refused(hooks: Any, body: Any) -> None:
    assert hooks.server.api.post("/webhook_endpoints", json=body).status_code == 422
    assert hooks.server.api.get("/webhook_endpoints").json()["webhook_endpoints"] == []


def test_our_client_and_our_server_understand_each_other(hooks: Any) -> None:
    with Kit(api_key=KEY, base_url=f"{hooks.server.url}/v4", limiter=False) as kit:
        field = kit.custom_fields.create("City")
        made = kit.webhook_endpoints.create(url=hooks.receiver.url, events=["subscriber.created"])
        eve = kit.subscribers.create(email_address="eve@example.org", fields={"city": "Bonn"})
        hooks.receiver.answers(500)
        hooks.tell()
        (listed,) = kit.webhook_endpoints.deliveries(made.id)
        detailed = kit.webhook_endpoints.delivery(made.id, listed.id, include_payload=True)
        rotated = kit.webhook_endpoints.rotate_secret(made.id)
        old = kit.webhooks.create(
            target_url=hooks.receiver.url, event="subscriber.form_subscribe", form_id=1
        )
        has_city = {
            "type": "custom_field",
            "subscriber_custom_field_id": field.id,
            "comparison": "is",
            "value": "Bonn",
        }
        matches = kit.subscribers.filter([has_city], include=["tags"], per_page=1)

        assert made.secret
        assert made.secret not in repr(made)
        assert [each.id for each in kit.webhook_endpoints.list()] == [made.id]
        assert (listed.status, listed.attempt_count) == ("retrying", 1)
        assert detailed.payload["events"][0]["data"]["subscriber"]["id"] == eve.id
        assert rotated.previous_secret_expires_at is not None
        assert (old.event, old.parameters) == ("form_subscribe", {"form_id": 1})
        assert [each.id for each in kit.webhooks.list()] == [old.id]
        assert [each.id for each in matches] == [eve.id]
        assert matches.count() == 1
        assert kit.custom_fields.rename(field.id, "Town").key == "town"
        kit.custom_fields.delete(field.id)
        assert list(kit.custom_fields.list()) == []
