"""Every answer of our server has the shape that Kit's own description gives it."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from newsletter.database import sqlite_url
from newsletter.server.api import segments
from newsletter.server.api.door import OPERATIONS
from newsletter.server.app import create_app
from newsletter.server.delivery import deliver_due
from newsletter.server.embedded import serving
from newsletter.server.store import accounts, oauth
from newsletter.server.store.store import open_store

SCHEMAS: dict[str, Any] = json.loads(
    Path(__file__).parents[1].joinpath("openapi-schemas.json").read_text(encoding="utf-8")
)
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
PUBLIC_URL = "https://letters.example.org"
REFERRER = "https://example.org/?" + "&".join(
    f"utm_{name}=x" for name in ("source", "medium", "campaign", "term", "content")
)
EVE = {"email_address": "eve@example.org"}
BEN = {"email_address": "ben@example.org"}
HOOK = {
    "target_url": "https://example.org/",
    "event": {"name": "subscriber.subscriber_activate", "form_id": None},
}
SEQUENCE = {
    "name": "Welcome",
    "email_address": "ann@example.org",
    "email_template_id": "1",
    "send_days": ["monday", "friday"],
    "send_hour": "9",
    "time_zone": "Europe/Berlin",
    "repeat": 1,
    "hold": 0,
    "exclude_subscriber_sources": [{"type": "tag", "ids": [1]}],
}
STEP = {
    "subject": "Hello",
    "delay_value": 1,
    "delay_unit": "hours",
    "send_days": ["monday"],
    "content": "<p>Hello</p>",
}
SNIPPET = {
    "name": "Greeting",
    "snippet_type": "inline",
    "content": "Hello {{ subscriber.first_name }}",
}
LETTER = {
    "subject": "A letter",
    "content": '<p>Words <a href="https://example.org/x">x</a></p>',
    "send_at": "2026-12-01 09:00:00",
    "subscriber_filter": [{"all": [{"type": "tag", "ids": ["1"]}]}],
}

PROFILE = {
    "name": "Garden Notes",
    "byline": "Ann Lee",
    "bio": "Letters from a garden",
    "image_url": "https://example.org/ann.jpg",
    "profile_url": "https://example.org/ann",
}
PURCHASE = {
    "email_address": "ben@example.org",
    "transaction_id": "796-92-4892",
    "currency": "usd",
    "tax": "7.87",
    "products": [{"name": "Seeds", "pid": 804, "quantity": "2", "unit_price": 23.22, "sku": "S"}],
}
EMPTY_BULK: list[tuple[str, str, Any, int]] = [
    (f"{method} /bulk/{path}", "", body, 422)
    for method, path, body in (
        ("POST", "custom_fields", {}),
        ("POST", "custom_fields/subscribers", {"custom_field_values": "x"}),
        ("POST", "forms/subscribers", {"additions": []}),
        ("POST", "subscribers", {"subscribers": [[]]}),
        ("POST", "tags", {"tags": {}}),
        ("POST", "tags/subscribers", {"taggings": None}),
        ("DELETE", "tags/subscribers", {}),
    )
]
MANY = range(101)
MANY_BULK: list[tuple[str, str, Any, int]] = [
    (f"{method} /bulk/{path}", "", {name: [item for _ in MANY]}, 202)
    for method, path, name, item in (
        ("POST", "custom_fields", "custom_fields", {"label": "x"}),
        ("POST", "custom_fields/subscribers", "custom_field_values", {"subscriber_id": 1}),
        ("POST", "forms/subscribers", "additions", {"form_id": 1}),
        ("POST", "subscribers", "subscribers", {"email_address": "x"}),
        ("POST", "tags", "tags", {"name": "x"}),
        ("POST", "tags/subscribers", "taggings", {"tag_id": 1}),
        ("DELETE", "tags/subscribers", "taggings", {"tag_id": 1}),
    )
]

# (operation, path, query or body, status): walked in order, on one server.
CALLS: list[tuple[str, str, Any, int]] = [
    ("GET /account", "", None, 200),
    ("GET /segments", "", None, 200),
    ("GET /email_templates", "", {"include_total_count": "1"}, 200),
    ("POST /subscribers", "", {**EVE, "first_name": "Eve"}, 201),
    ("POST /subscribers", "", EVE, 200),
    ("POST /subscribers", "", {"email_address": "no"}, 422),
    ("GET /subscribers", "", {"include": "tags,attribution,location"}, 200),
    ("GET /subscribers", "", {"sort_field": "cancelled_at"}, 422),
    ("GET /subscribers/{id}", "/subscribers/4", None, 200),
    ("GET /subscribers/{id}", "/subscribers/12345", None, 404),
    ("PUT /subscribers/{id}", "/subscribers/4", {"fields": {"unknown": "x"}}, 200),
    ("PUT /subscribers/{id}", "/subscribers/4", BEN, 422),
    ("PUT /subscribers/{id}", "/subscribers/12345", {}, 404),
    ("POST /tags", "", {"name": "Gardeners"}, 201),
    ("POST /tags", "", {"name": "gardeners"}, 200),
    ("POST /tags", "", {"name": ""}, 422),
    ("PUT /tags/{id}", "/tags/1", {"name": "Cooks"}, 200),
    ("PUT /tags/{id}", "/tags/1", {"name": ""}, 422),
    ("PUT /tags/{id}", "/tags/12345", {"name": "x"}, 404),
    ("POST /tags/{tag_id}/subscribers/{id}", "/tags/1/subscribers/1", None, 201),
    ("POST /tags/{tag_id}/subscribers/{id}", "/tags/1/subscribers/1", None, 200),
    ("POST /tags/{tag_id}/subscribers/{id}", "/tags/9/subscribers/1", None, 404),
    ("POST /tags/{tag_id}/subscribers", "/tags/1/subscribers", BEN, 201),
    ("POST /tags/{tag_id}/subscribers", "/tags/1/subscribers", BEN, 200),
    ("POST /tags/{tag_id}/subscribers", "/tags/1/subscribers", {}, 422),
    ("POST /tags/{tag_id}/subscribers", "/tags/9/subscribers", BEN, 404),
    ("GET /tags", "", {"include": "subscriber_count"}, 200),
    ("GET /tags/{tag_id}/subscribers", "/tags/1/subscribers", None, 200),
    ("GET /tags/{tag_id}/subscribers", "/tags/9/subscribers", None, 404),
    ("GET /subscribers/{subscriber_id}/tags", "/subscribers/1/tags", None, 200),
    ("GET /subscribers/{subscriber_id}/tags", "/subscribers/9/tags", None, 404),
    ("DELETE /tags/{tag_id}/subscribers", "/tags/1/subscribers", BEN, 204),
    ("DELETE /tags/{tag_id}/subscribers", "/tags/1/subscribers", {}, 422),
    ("DELETE /tags/{tag_id}/subscribers", "/tags/9/subscribers", BEN, 404),
    ("POST /tags/{tag_id}/subscribers/{id}", "/tags/1/subscribers/2", None, 201),
    ("DELETE /tags/{tag_id}/subscribers/{id}", "/tags/1/subscribers/2", None, 204),
    ("DELETE /tags/{tag_id}/subscribers/{id}", "/tags/9/subscribers/2", None, 404),
    ("GET /forms", "", {"include": "subscriber_count"}, 200),
    (
        "POST /forms/{form_id}/subscribers/{id}",
        "/forms/1/subscribers/1",
        {"referrer": REFERRER},
        201,
    ),
    ("POST /forms/{form_id}/subscribers/{id}", "/forms/1/subscribers/1", {}, 200),
    ("POST /forms/{form_id}/subscribers/{id}", "/forms/9/subscribers/1", {}, 404),
    (
        "POST /forms/{form_id}/subscribers",
        "/forms/1/subscribers",
        {**BEN, "referrer": REFERRER},
        201,
    ),
    ("POST /forms/{form_id}/subscribers", "/forms/1/subscribers", BEN, 200),
    ("POST /forms/{form_id}/subscribers", "/forms/1/subscribers", {}, 422),
    ("POST /forms/{form_id}/subscribers", "/forms/9/subscribers", BEN, 404),
    ("GET /forms/{form_id}/subscribers", "/forms/1/subscribers", None, 200),
    ("GET /forms/{form_id}/subscribers", "/forms/9/subscribers", None, 404),
    ("POST /custom_fields", "", {"label": "Last name"}, 201),
    ("POST /custom_fields", "", {"label": "Last name"}, 200),
    ("POST /custom_fields", "", {"label": " "}, 422),
    ("PUT /custom_fields/{id}", "/custom_fields/1", {"label": "Family name"}, 200),
    ("PUT /custom_fields/{id}", "/custom_fields/1", {"label": ""}, 422),
    ("PUT /custom_fields/{id}", "/custom_fields/9", {"label": "x"}, 404),
    ("GET /custom_fields", "", {"include_total_count": "true"}, 200),
    ("DELETE /custom_fields/{id}", "/custom_fields/1", None, 204),
    ("DELETE /custom_fields/{id}", "/custom_fields/1", None, 404),
    (
        "POST /subscribers/filter",
        "",
        {
            "all": [{"type": "subscriber_state", "states": ["active"]}],
            "include": [{"type": "tags"}],
            "include_total_count": True,
        },
        200,
    ),
    ("POST /sequences", "", SEQUENCE, 201),
    ("POST /sequences", "", {"name": "Later", "send_hour": 24}, 422),
    ("GET /sequences", "", {"include": "stats", "include_total_count": "1"}, 200),
    ("GET /sequences/{id}", "/sequences/1", {"include": "stats"}, 200),
    ("GET /sequences/{id}", "/sequences/9", None, 404),
    ("PUT /sequences/{id}", "/sequences/1", {"name": "Welcome, all"}, 200),
    ("PUT /sequences/{id}", "/sequences/1", {"name": ""}, 422),
    ("PUT /sequences/{id}", "/sequences/9", {}, 404),
    ("POST /sequences/{sequence_id}/emails", "/sequences/1/emails", STEP, 201),
    ("POST /sequences/{sequence_id}/emails", "/sequences/1/emails", {**STEP, "subject": ""}, 422),
    ("POST /sequences/{sequence_id}/emails", "/sequences/9/emails", STEP, 404),
    ("GET /sequences/{sequence_id}/emails", "/sequences/1/emails", {"include_content": "1"}, 200),
    ("GET /sequences/{sequence_id}/emails", "/sequences/9/emails", None, 404),
    ("GET /sequences/{sequence_id}/emails/{id}", "/sequences/1/emails/1", None, 200),
    ("GET /sequences/{sequence_id}/emails/{id}", "/sequences/1/emails/9", None, 404),
    (
        "PUT /sequences/{sequence_id}/emails/{id}",
        "/sequences/1/emails/1",
        {"published": True, "send_days": None, "position": None},
        200,
    ),
    (
        "PUT /sequences/{sequence_id}/emails/{id}",
        "/sequences/1/emails/1",
        {"delay_unit": "weeks"},
        422,
    ),
    ("PUT /sequences/{sequence_id}/emails/{id}", "/sequences/1/emails/9", {}, 404),
    ("POST /sequences/{sequence_id}/subscribers/{id}", "/sequences/1/subscribers/1", [], 201),
    ("POST /sequences/{sequence_id}/subscribers/{id}", "/sequences/1/subscribers/1", [], 200),
    ("POST /sequences/{sequence_id}/subscribers/{id}", "/sequences/9/subscribers/1", [], 404),
    ("POST /sequences/{sequence_id}/subscribers", "/sequences/1/subscribers", BEN, 201),
    ("POST /sequences/{sequence_id}/subscribers", "/sequences/1/subscribers", BEN, 200),
    ("POST /sequences/{sequence_id}/subscribers", "/sequences/1/subscribers", {}, 422),
    ("POST /sequences/{sequence_id}/subscribers", "/sequences/9/subscribers", BEN, 404),
    ("GET /sequences/{sequence_id}/subscribers", "/sequences/1/subscribers", None, 200),
    ("GET /sequences/{sequence_id}/subscribers", "/sequences/9/subscribers", None, 404),
    ("DELETE /sequences/{sequence_id}/emails/{id}", "/sequences/1/emails/1", [], 204),
    ("DELETE /sequences/{sequence_id}/emails/{id}", "/sequences/1/emails/1", [], 404),
    ("DELETE /sequences/{id}", "/sequences/1", [], 204),
    ("DELETE /sequences/{id}", "/sequences/1", [], 404),
    ("POST /snippets", "", SNIPPET, 201),
    (
        "POST /snippets",
        "",
        {
            "name": "Foot",
            "snippet_type": "block",
            "document_attributes": {"value_html": "<p>Bye</p>"},
        },
        201,
    ),
    ("POST /snippets", "", {**SNIPPET, "name": " "}, 422),
    ("PUT /snippets/{id}", "/snippets/1", {"name": "Hello", "archived": 0}, 200),
    ("PUT /snippets/{id}", "/snippets/1", {"snippet_type": "block"}, 422),
    ("PUT /snippets/{id}", "/snippets/9", {}, 404),
    ("GET /snippets/{id}", "/snippets/2", None, 200),
    ("GET /snippets/{id}", "/snippets/9", None, 404),
    ("GET /snippets", "", {"include_content": "true", "archived": "0"}, 200),
    ("POST /webhooks", "", HOOK, 201),
    ("POST /webhooks", "", {"target_url": "https://example.org/"}, 422),
    ("GET /webhooks", "", None, 200),
    ("DELETE /webhooks/{id}", "/webhooks/1", None, 204),
    ("DELETE /webhooks/{id}", "/webhooks/1", None, 404),
    ("POST /broadcasts", "", LETTER, 201),
    (
        "POST /broadcasts",
        "",
        {"subject": "A draft", "subscriber_filter": LETTER["subscriber_filter"]},
        201,
    ),
    ("POST /broadcasts", "", {"subject": "x", "email_template_id": 9}, 422),
    ("PUT /broadcasts/{id}", "/broadcasts/1", {"preview_text": "Peek"}, 200),
    ("PUT /broadcasts/{id}", "/broadcasts/1", {"send_at": "never"}, 422),
    ("PUT /broadcasts/{id}", "/broadcasts/9", {}, 404),
    ("PUT /broadcasts/{id}", "/broadcasts/1", {"send_at": "2026-11-24T09:00:00Z"}, 200),
    ("POST /broadcasts", "", {**LETTER, "public": 1, "published_at": "2026-11-01"}, 201),
    ("deliver", "", None, 0),
    ("GET /posts", "", {"include_content": "1"}, 200),
    ("GET /posts/{id}", "/posts/1", None, 200),
    ("GET /posts/{id}", "/posts/9", None, 404),
    ("GET /subscribers/{subscriber_id}/stats", "/subscribers/1/stats", None, 200),
    ("GET /broadcasts", "", None, 200),
    ("GET /broadcasts/{id}", "/broadcasts/1", None, 200),
    ("GET /broadcasts/{id}", "/broadcasts/9", None, 404),
    ("GET /broadcasts/stats", "", None, 200),
    ("GET /broadcasts/{broadcast_id}/stats", "/broadcasts/1/stats", None, 200),
    ("GET /broadcasts/{broadcast_id}/stats", "/broadcasts/9/stats", None, 404),
    ("GET /broadcasts/{broadcast_id}/clicks", "/broadcasts/1/clicks", None, 200),
    ("GET /broadcasts/{broadcast_id}/clicks", "/broadcasts/9/clicks", None, 404),
    ("DELETE /broadcasts/{id}", "/broadcasts/1", None, 422),
    ("DELETE /broadcasts/{id}", "/broadcasts/2", None, 204),
    ("DELETE /broadcasts/{id}", "/broadcasts/9", None, 404),
    ("POST /subscribers/{id}/unsubscribe", "/subscribers/4/unsubscribe", None, 204),
    ("POST /subscribers/{id}/unsubscribe", "/subscribers/9/unsubscribe", None, 404),
    ("GET /account/colors", "", None, 200),
    ("PUT /account/colors", "", {"colors": ["#008000", "#F00"]}, 200),
    ("PUT /account/colors", "", {"colors": ["#123_not_a_code"]}, 422),
    ("GET /account/creator_profile", "", None, 200),
    ("GET /account/email_stats", "", None, 200),
    ("GET /account/growth_stats", "", {"starting": "", "ending": "2026-11-24"}, 200),
    ("GET /account/growth_stats", "", {"starting": "24.11.2026", "ending": "x"}, 422),
    ("POST /purchases", "", {"purchase": PURCHASE}, 201),
    ("POST /purchases", "", {**PURCHASE, "transaction_id": ""}, 422),
    ("GET /purchases", "", None, 200),
    ("GET /purchases/{id}", "/purchases/1", None, 200),
    ("GET /purchases/{id}", "/purchases/9", None, 404),
    ("POST /bulk/custom_fields", "", {"custom_fields": [{"label": "Last name"}]}, 200),
    (
        "POST /bulk/custom_fields/subscribers",
        "",
        {
            "custom_field_values": [
                {"subscriber_id": 1, "subscriber_custom_field_id": 2, "value": "Lee"},
                {"subscriber_id": 12345, "subscriber_custom_field_id": 2, "value": "Lee"},
                {"subscriber_id": 1, "subscriber_custom_field_id": 12345, "value": "Lee"},
            ]
        },
        200,
    ),
    (
        "POST /bulk/forms/subscribers",
        "",
        {
            "additions": [
                {"form_id": form, "subscriber_id": reader, "referrer": REFERRER}
                for form, reader in ((1, 3), (12345, 3), (1, 12345))
            ]
        },
        200,
    ),
    (
        "POST /bulk/subscribers",
        "",
        {"subscribers": [{"email_address": "fay@example.org"}, {"first_name": "Benito"}]},
        200,
    ),
    ("POST /bulk/tags", "", {"tags": [{"name": "Cooks"}, {"name": ""}]}, 200),
    (
        "POST /bulk/tags/subscribers",
        "",
        {
            "taggings": [
                {"tag_id": tag, "subscriber_id": reader}
                for tag, reader in ((1, 3), (12345, 3), (1, 12345))
            ]
        },
        200,
    ),
    (
        "DELETE /bulk/tags/subscribers",
        "",
        {"taggings": [{"tag_id": 1, "subscriber_id": 3}, {"tag_id": 1, "subscriber_id": 12345}]},
        200,
    ),
    *EMPTY_BULK,
    *MANY_BULK,
]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, Any]]:
    """The answers to CALLS, in their order."""
    path = tmp_path_factory.mktemp("contract") / "server.db"
    store = open_store(sqlite_url(path), clock=lambda: NOW)
    store.configure(
        name="Garden Notes",
        sender_name="Ann Lee",
        sender_address="ann@example.org",
        address="1 Elm Street",
        timezone="America/New_York",
    )
    store.add_key("kit_contract", "tests")
    with store.writing() as db:
        token = oauth.issue(db, label="tests", scope="public", expires_at=None, now=NOW)
        accounts.set_profile(db, PROFILE)
    segments.save(store, name="Active", wanted=[{"type": "subscriber_state", "states": ["active"]}])
    app = create_app(store, clock=lambda: NOW, public_url=PUBLIC_URL)
    found: list[tuple[str, Any]] = []
    with (
        serving(app) as url,
        httpx.Client(base_url=f"{url}/v4", headers={"X-Kit-Api-Key": "kit_contract"}) as client,
    ):
        for operation, path_, values, _ in CALLS:
            if operation == "deliver":
                deliver_due(store, now=NOW, public_url=PUBLIC_URL, owner="contract")
                found.append((operation, None))
                continue
            method, described = operation.split()
            sent = {"params": values} if method == "GET" else {"json": values}
            if operation in OAUTH_ONLY:
                sent["headers"] = {
                    "X-Kit-Api-Key": "",
                    "Authorization": f"Bearer {token.access_token}",
                }
            found.append((operation, client.request(method, path_ or described, **sent)))
    store.close()
    return found


OAUTH_ONLY = {f"{each.method} {each.path}" for each in OPERATIONS if each.oauth_only}
NUMBERS = [number for number, call in enumerate(CALLS) if call[0] != "deliver"]


@pytest.mark.parametrize("number", NUMBERS, ids=[f"{each}: {CALLS[each][0]}" for each in NUMBERS])
def test_an_answer_has_the_described_status_and_shape(
    answers: list[tuple[str, Any]], number: int
) -> None:
    operation, answer = answers[number]
    status = CALLS[number][3]

    assert answer.status_code == status, answer.text
    schema = SCHEMAS[operation]["answers"][str(status)]
    if schema is None:
        assert answer.content == b""
        return
    problems = [
        f"{error.json_path}: {error.message}"
        for error in Draft202012Validator(schema).iter_errors(answer.json())
    ]
    assert problems == []


# Newer than the provider's description that the schemas were made of.
NEWER = re.compile(
    r".* /webhook_endpoints.*|DELETE /bulk/tags|.* /subscribers/.*/location|POST /landing_pages/.*"
)


def test_every_operation_that_is_described_is_there_and_called() -> None:
    """And no other is there, but for newer ones: tests/webhooks and tests/server have those."""
    operations = {f"{each.method} {each.path}" for each in OPERATIONS}

    assert {each for each in operations if not NEWER.fullmatch(each)} == set(SCHEMAS)
    called = {operation for operation, _, _, status in CALLS if 200 <= status < 300}
    assert called == set(SCHEMAS)


def test_the_schemas_can_fail() -> None:
    """A shape that lost its required keys and types would let everything through."""
    schema = SCHEMAS["GET /broadcasts/{id}"]["answers"]["200"]

    assert Draft202012Validator(schema).is_valid({"broadcast": {}}) is False
    assert Draft202012Validator(schema).is_valid({}) is False
