"""What a bulk call's callback brings, and that an accepted one promises nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from newsletter.kit import (
    BulkMember,
    CustomField,
    StoredValue,
    Subscriber,
    Tag,
    Unreadable,
    read_callback,
)
from tests.contract.kit.examples import EXAMPLES, shown

PEOPLE = {"id": 31, "email_address": "ada@example.org", "first_name": None, "created_at": None}
ANSWERED = {
    name: example
    for name, example in EXAMPLES.items()
    if name.startswith("bulk: ") and example.get("result", {}).get("accepted") is False
}


@pytest.mark.parametrize("example", ANSWERED.values(), ids=ANSWERED)
def test_a_callback_is_read_as_the_answer_of_the_call_would_be(example: dict[str, Any]) -> None:
    body = json.dumps(example["exchanges"][0]["answer"]["json"]).encode()

    assert shown(read_callback(body)) == example["result"]


@pytest.mark.parametrize(
    ("key", "item", "kind"),
    [
        ("subscribers", PEOPLE | {"state": "active"}, Subscriber),
        ("subscribers", PEOPLE, BulkMember),
        ("tags", {"id": 4, "name": "Tides"}, Tag),
        ("custom_fields", {"id": 1, "name": "n", "key": "k", "label": "l"}, CustomField),
        (
            "custom_field_values",
            {"subscriber_id": "31", "subscriber_custom_field_id": "1", "value": None},
            StoredValue,
        ),
    ],
)
def test_each_kind_of_result_is_known(key: str, item: dict[str, Any], kind: type) -> None:
    done = read_callback(json.dumps({key: [item], "warnings": ["Slow today"]}).encode())

    assert [type(each) for each in done.items] == [kind]
    assert done.failures == ()
    assert done.warnings == ("Slow today",)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no JSON",
        b"\xff",
        b"[" * 100_000,
        b"[]",
        b"null",
        b'{"subscribers": {}}',
        b'{"subscribers": ["x"]}',
        b'{"subscribers": [null]}',
        b'{"tags": [{"id": 4}]}',
        b'{"failures": ["x"]}',
    ],
)
def test_a_callback_that_is_none_is_refused_with_one_error(body: bytes) -> None:
    """Anybody can post there."""
    with pytest.raises(Unreadable, match="callback cannot be read"):
        read_callback(body[:100_000])
