"""What a bulk request's callback is told, and what webhooks are told of purchases."""

from datetime import timedelta
from typing import Any

import pytest

from newsletter.server.bulk import work_off
from newsletter.server.webhooks.deliver import RETRIES


def put_off(hooks: Any, path: str = "/done", **more: Any) -> None:
    items = [{"email_address": f"r{each}@example.org"} for each in range(100)]
    body = {
        "subscribers": [*items, {"email_address": "no"}],
        "callback_url": hooks.receiver.url + path,
        **more,
    }
    assert hooks.server.by_token("POST", "/bulk/subscribers", body).status_code == 202
    work_off(hooks.server.store, now=hooks.server.clock())


def test_a_callback_gets_what_a_small_request_would_have_been_answered(hooks: Any) -> None:
    put_off(hooks)
    told = hooks.tell()

    assert [(each.event_type, each.status) for each in told] == [
        ("POST /bulk/subscribers", "delivered")
    ]
    (post,) = hooks.receiver.posts
    assert post.path == "/done"
    assert "x-kit-signature" not in post.headers
    assert set(post.json) == {"subscribers", "failures"}
    assert len(post.json["subscribers"]) == 100
    assert set(post.json["subscribers"][0]) == {
        "id",
        "first_name",
        "email_address",
        "state",
        "created_at",
    }
    assert post.json["failures"][0]["errors"] == ["Email address is invalid"]
    assert hooks.tell() == []


def test_a_callback_that_fails_is_tried_again_and_holds_nobody_up(hooks: Any) -> None:
    endpoint = hooks.endpoint("tag.deleted")
    tag = hooks.server.api.post("/tags", json={"name": "x"}).json()["tag"]
    put_off(hooks)
    put_off(hooks, "/other")
    hooks.server.by_token("DELETE", "/bulk/tags", {"tags": [{"id": tag["id"]}]})
    hooks.receiver.answers(500)
    first = hooks.tell()
    hooks.pass_by(RETRIES[0])
    second = hooks.tell()

    assert sorted(each.status for each in first) == ["delivered", "delivered", "retrying"]
    assert [each.status for each in second] == ["delivered"]
    assert len(hooks.deliveries(endpoint["id"])) == 1


def test_a_callback_to_a_private_address_is_not_made_where_that_is_not_allowed(
    hooks: Any,
) -> None:
    put_off(hooks)
    told = hooks.tell(allow_private=False)

    assert [each.status for each in told] == ["retrying"]
    assert hooks.receiver.posts == []


def test_a_tag_that_was_deleted_is_told(hooks: Any) -> None:
    hooks.endpoint("tag.deleted")
    tag = hooks.server.api.post("/tags", json={"name": "Cooks"}).json()["tag"]
    hooks.server.by_token("DELETE", "/bulk/tags", {"tags": [{"id": tag["id"]}]})
    hooks.tell()

    (post,) = hooks.receiver.posts
    assert (post.event["type"], post.event["data"]) == ("tag.deleted", {"tag": tag})


@pytest.mark.parametrize("twice", [False, True])
def test_a_purchase_is_told_once_and_to_whom_it_concerns(hooks: Any, twice: bool) -> None:
    hooks.webhook("purchase.purchase_create")
    hooks.webhook("subscriber.product_purchase", product_id=7)
    hooks.webhook("subscriber.product_purchase", product_id=8)
    body = {
        "email_address": "eve@example.org",
        "transaction_id": "1-2-3",
        "products": [{"name": "Seeds", "pid": 7, "lid": 1}, {"name": "Soil", "pid": 7, "lid": 2}],
    }
    shown = hooks.server.by_token("POST", "/purchases", body).json()["purchase"]
    if twice:
        hooks.server.by_token("POST", "/purchases", body)
    told = hooks.tell()
    hooks.pass_by(timedelta(days=1))

    assert sorted(each.event_type for each in told) == [
        "purchase.purchase_create",
        "subscriber.product_purchase",
    ]
    bodies = sorted((post.json for post in hooks.receiver.posts), key=len)
    assert bodies[0]["subscriber"]["email_address"] == "eve@example.org"
    assert bodies[1] == shown
