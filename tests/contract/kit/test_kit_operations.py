"""Every operation of Kit has its call, and every example of one is Kit's in path, names and shape."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.contract.kit.examples import EXAMPLES

SCHEMAS: dict[str, Any] = json.loads(
    Path(__file__).parents[1].joinpath("openapi-schemas.json").read_text(encoding="utf-8")
)

CALLS = {
    "GET /account": "account.get",
    "GET /account/colors": "account.colors",
    "PUT /account/colors": "account.set_colors",
    "GET /account/creator_profile": "account.creator_profile",
    "GET /account/email_stats": "account.email_stats",
    "GET /account/growth_stats": "account.growth_stats",
    "GET /broadcasts": "broadcasts.list",
    "POST /broadcasts": "broadcasts.create",
    "GET /broadcasts/stats": "broadcasts.list_stats",
    "GET /broadcasts/{broadcast_id}/clicks": "broadcasts.clicks",
    "GET /broadcasts/{broadcast_id}/stats": "broadcasts.stats",
    "DELETE /broadcasts/{id}": "broadcasts.delete",
    "GET /broadcasts/{id}": "broadcasts.get",
    "PUT /broadcasts/{id}": "broadcasts.update",
    "POST /bulk/custom_fields": "bulk.create_custom_fields",
    "POST /bulk/custom_fields/subscribers": "bulk.set_custom_fields",
    "POST /bulk/forms/subscribers": "bulk.add_to_forms",
    "POST /bulk/subscribers": "bulk.create_subscribers",
    "POST /bulk/tags": "bulk.create_tags",
    "DELETE /bulk/tags/subscribers": "bulk.untag_subscribers",
    "POST /bulk/tags/subscribers": "bulk.tag_subscribers",
    "GET /custom_fields": "custom_fields.list",
    "POST /custom_fields": "custom_fields.create",
    "DELETE /custom_fields/{id}": "custom_fields.delete",
    "PUT /custom_fields/{id}": "custom_fields.rename",
    "GET /email_templates": "email_templates.list",
    "GET /forms": "forms.list",
    "GET /forms/{form_id}/subscribers": "forms.subscribers",
    "POST /forms/{form_id}/subscribers": "forms.add",
    "POST /forms/{form_id}/subscribers/{id}": "forms.add",
    "GET /posts": "posts.list",
    "GET /posts/{id}": "posts.get",
    "GET /purchases": "purchases.list",
    "POST /purchases": "purchases.create",
    "GET /purchases/{id}": "purchases.get",
    "GET /segments": "segments.list",
    "GET /sequences": "sequences.list",
    "POST /sequences": "sequences.create",
    "DELETE /sequences/{id}": "sequences.delete",
    "GET /sequences/{id}": "sequences.get",
    "PUT /sequences/{id}": "sequences.update",
    "GET /sequences/{sequence_id}/emails": "sequence_emails.list",
    "POST /sequences/{sequence_id}/emails": "sequence_emails.create",
    "DELETE /sequences/{sequence_id}/emails/{id}": "sequence_emails.delete",
    "GET /sequences/{sequence_id}/emails/{id}": "sequence_emails.get",
    "PUT /sequences/{sequence_id}/emails/{id}": "sequence_emails.update",
    "GET /sequences/{sequence_id}/subscribers": "sequences.subscribers",
    "POST /sequences/{sequence_id}/subscribers": "sequences.add",
    "POST /sequences/{sequence_id}/subscribers/{id}": "sequences.add",
    "GET /snippets": "snippets.list",
    "POST /snippets": "snippets.create",
    "GET /snippets/{id}": "snippets.get",
    "PUT /snippets/{id}": "snippets.update",
    "GET /subscribers": "subscribers.list",
    "POST /subscribers": "subscribers.create",
    "POST /subscribers/filter": "subscribers.filter",
    "GET /subscribers/{id}": "subscribers.get",
    "PUT /subscribers/{id}": "subscribers.update",
    "POST /subscribers/{id}/unsubscribe": "subscribers.unsubscribe",
    "GET /subscribers/{subscriber_id}/stats": "subscribers.stats",
    "GET /subscribers/{subscriber_id}/tags": "subscribers.tags",
    "GET /tags": "tags.list",
    "POST /tags": "tags.create",
    "PUT /tags/{id}": "tags.rename",
    "DELETE /tags/{tag_id}/subscribers": "tags.untag",
    "GET /tags/{tag_id}/subscribers": "tags.subscribers",
    "POST /tags/{tag_id}/subscribers": "tags.tag",
    "DELETE /tags/{tag_id}/subscribers/{id}": "tags.untag",
    "POST /tags/{tag_id}/subscribers/{id}": "tags.tag",
    "GET /webhooks": "webhooks.list",
    "POST /webhooks": "webhooks.create",
    "DELETE /webhooks/{id}": "webhooks.delete",
}
# Newer than the description, with the statuses of success (Kit reference §1 and §14).
NEWER = {
    "DELETE /bulk/tags": ("bulk.delete_tags", {"200", "202"}),
    "GET /webhook_endpoints": ("webhook_endpoints.list", {"200"}),
    "POST /webhook_endpoints": ("webhook_endpoints.create", {"201"}),
    "GET /webhook_endpoints/{id}": ("webhook_endpoints.get", {"200"}),
    "PATCH /webhook_endpoints/{id}": ("webhook_endpoints.update", {"200"}),
    "DELETE /webhook_endpoints/{id}": ("webhook_endpoints.delete", {"204"}),
    "POST /webhook_endpoints/{id}/rotate_secret": ("webhook_endpoints.rotate_secret", {"200"}),
    "POST /webhook_endpoints/{id}/revoke_previous_secret": (
        "webhook_endpoints.revoke_previous_secret",
        {"200"},
    ),
    "GET /webhook_endpoints/{id}/deliveries": ("webhook_endpoints.deliveries", {"200"}),
    "GET /webhook_endpoints/{id}/deliveries/{delivery_id}": (
        "webhook_endpoints.delivery",
        {"200"},
    ),
    "POST /subscribers/{subscriber_id}/location": ("subscribers.create_location", {"200"}),
    "PATCH /subscribers/{subscriber_id}/location": ("subscribers.update_location", {"200"}),
    "DELETE /subscribers/{subscriber_id}/location": ("subscribers.delete_location", {"204"}),
    "POST /oauth/token": ("oauth.exchange", {"200"}),
    "POST /oauth/revoke": ("oauth.revoke", {"200"}),
}
# Parameters that are newer than the description, or that its newer texts name (§§5–14).
NEWER_NAMES = {
    "GET /broadcasts": {"status"},
    "GET /broadcasts/stats": {"status"},
    "GET /broadcasts/{broadcast_id}/clicks": {"after", "before", "per_page"},
    "POST /broadcasts": {"allow_starting_point"},
    "PUT /broadcasts/{id}": {"allow_starting_point"},
    "DELETE /bulk/tags/subscribers": {"taggings", "callback_url"},
    "DELETE /tags/{tag_id}/subscribers": {"email_address"},
    "GET /forms": {"include"},
    "GET /sequences": {"include"},
    "GET /sequences/{id}": {"include"},
    "GET /sequences/{sequence_id}/emails": {"include"},
    "GET /sequences/{sequence_id}/emails/{id}": {"include"},
    "GET /tags": {"include"},
    "POST /subscribers/filter": {"include", "per_page", "after", "include_total_count"},
}
REFUSAL = {
    "type": "object",
    "properties": {"errors": {"type": "array", "items": {"type": "string"}}},
    "required": ["errors"],
}
# What `slim` leaves out of an answer, though the description wants it there.
SLIM = {"content", "public_url", "email_address", "email_template", "subscriber_filter", "fields"}
EXCHANGES = [
    pytest.param(exchange, "undescribed" in example, id=f"{name} {number}")
    for name, example in EXAMPLES.items()
    for number, exchange in enumerate(example["exchanges"])
]


def operation_of(request: dict[str, Any]) -> str:
    """The operation that a request means; a literal path wins over one with an id."""
    found = [
        name
        for name in sorted({*SCHEMAS, *NEWER}, key=lambda name: name.count("{"))
        if re.fullmatch(
            re.sub(r"\{\w+\}", "[0-9]+", name.replace(" ", " /v4")),
            f"{request['method']} {request['path']}",
        )
    ]
    assert found, f"{request['method']} {request['path']} is no operation of Kit's"
    return found[0]


def test_every_operation_has_a_call() -> None:
    assert set(CALLS) == set(SCHEMAS), "an operation of the description has no call"
    assert len(CALLS) == 72


@pytest.mark.parametrize("operation", [*CALLS, *NEWER])
def test_every_operation_has_an_example_of_each_success(operation: str) -> None:
    """That of a 202 too: a created thing may be 200, 201 or 202 (Kit reference §14)."""
    if operation in NEWER:
        call, wanted = NEWER[operation]
    else:
        call = CALLS[operation]
        wanted = {status for status in SCHEMAS[operation]["answers"] if status[0] == "2"}
    shown = {
        str(exchange["answer"]["status"])
        for example in EXAMPLES.values()
        if example["call"] == call and "raises" not in example
        for exchange in example["exchanges"]
        if operation_of(exchange["request"]) == operation
    }

    assert wanted <= shown


@pytest.mark.parametrize(("exchange", "_undescribed"), EXCHANGES)
def test_a_request_names_nothing_that_kit_does_not_know(
    exchange: dict[str, Any], _undescribed: bool
) -> None:
    request = exchange["request"]
    operation = operation_of(request)
    if operation not in SCHEMAS:
        return
    newer = NEWER_NAMES.get(operation, set())

    assert set(request["query"]) <= set(SCHEMAS[operation]["query"]) | newer
    assert set(request.get("body", {})) <= set(SCHEMAS[operation]["body"]) | newer


@pytest.mark.parametrize(("exchange", "undescribed"), EXCHANGES)
def test_an_answer_has_the_shape_that_kit_describes(
    exchange: dict[str, Any], undescribed: bool
) -> None:
    """But for the audience of a broadcast, of which the description knows one kind of group."""
    answer = exchange["answer"]
    operation = operation_of(exchange["request"])
    if operation not in SCHEMAS:
        return
    schema = SCHEMAS[operation]["answers"].get(str(answer["status"]), REFUSAL)
    if schema is None:
        assert "json" not in answer
        return
    if answer["status"] < 300:
        # Refusals may come with words that are not described; another success may not.
        assert undescribed or str(answer["status"]) in SCHEMAS[operation]["answers"]
    missing = SLIM if exchange["request"]["query"].get("slim") == "true" else set()
    problems = [
        f"{error.json_path}: {error.message}"
        for error in Draft202012Validator(schema).iter_errors(answer.get("json"))
        if not (error.validator == "required" and error.message.split("'")[1] in missing)
        and ".subscriber_filter" not in error.json_path
    ]

    assert (problems != []) == undescribed, problems
