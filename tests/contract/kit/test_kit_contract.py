"""The examples beside this file: what each call puts on the wire, and what it makes of the answer.

An example is a call (`args`, `kwargs`), the exchanges it leads to, and a
`result` or what it `raises`. Times are written `{"$time": …}`, days `{"$day": …}`.
The shapes are those of the Kit reference; the words in them are made up.
"""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from newsletter import kit as kit_room
from newsletter.kit import Kit, Pages, Refused

HERE = Path(__file__).parent
EXAMPLES = {
    f"{path.stem}: {example['name']}": example
    for path in sorted(HERE.glob("*.json"))
    for example in json.loads(path.read_text(encoding="utf-8"))
}
RESOURCES = (
    "account",
    "subscribers",
    "tags",
    "forms",
    "segments",
    "email_templates",
    "broadcasts",
    "custom_fields",
    "webhooks",
    "webhook_endpoints",
)


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
def test_a_call_is_put_on_the_wire_and_its_answer_read(example: dict[str, Any]) -> None:
    exchanges = list(example["exchanges"])

    def service(request: httpx.Request) -> httpx.Response:
        exchange = exchanges.pop(0)
        assert _seen(request) == exchange["request"]
        answer = exchange["answer"]
        if "json" in answer:
            return httpx.Response(answer["status"], json=answer["json"])
        return httpx.Response(answer["status"])

    with Kit(api_key="kit_example", transport=httpx.MockTransport(service)) as kit:
        resource, _, method = example["call"].partition(".")
        call = getattr(getattr(kit, resource), method)
        args = [_value(arg) for arg in example["args"]]
        kwargs = {key: _value(value) for key, value in example["kwargs"].items()}
        if "raises" in example:
            expected = example["raises"]
            with pytest.raises(Refused) as caught:
                _shown(call(*args, **kwargs))
            assert type(caught.value) is getattr(kit_room, expected["error"])
            assert caught.value.status == expected["status"]
            assert list(caught.value.errors) == expected["errors"]
        else:
            assert _shown(call(*args, **kwargs)) == example["result"]

    assert exchanges == [], "every exchange took place"


def test_every_call_of_the_client_has_an_example() -> None:
    with Kit(api_key="kit_example") as kit:
        calls = {
            f"{resource}.{name}"
            for resource in RESOURCES
            for name in dir(getattr(kit, resource))
            if not name.startswith("_")
        }

    assert {example["call"] for example in EXAMPLES.values()} == calls


def _seen(request: httpx.Request) -> dict[str, Any]:
    """A request as the examples write it; the headers every call must have are held here."""
    assert request.headers["X-Kit-Api-Key"] == "kit_example"
    assert request.headers["Accept"] == "application/json"
    assert (request.url.scheme, request.url.host) == ("https", "api.kit.com")
    seen: dict[str, Any] = {
        "method": request.method,
        "path": request.url.path,
        "query": dict(request.url.params),
    }
    content = request.read()
    if content:
        assert request.headers["Content-Type"] == "application/json"
        seen["body"] = json.loads(content)
    else:
        assert "Content-Type" not in request.headers
    return seen


def _value(written: Any) -> Any:
    if isinstance(written, dict) and "$time" in written:
        return datetime.fromisoformat(written["$time"])
    if isinstance(written, dict) and "$day" in written:
        return date.fromisoformat(written["$day"])
    return written


def _shown(result: Any) -> Any:
    """A result as the examples write it."""
    if isinstance(result, Pages):
        return [_shown(item) for item in result]
    if dataclasses.is_dataclass(result) and not isinstance(result, type):
        return {
            field.name: _shown(getattr(result, field.name)) for field in dataclasses.fields(result)
        }
    if isinstance(result, datetime):
        assert result.tzinfo is UTC
        return result.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(result, tuple):
        return [_shown(item) for item in result]
    return result
