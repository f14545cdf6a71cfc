"""Every call of the client, by the examples beside this file; see `examples.py`."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from newsletter import kit as kit_room
from newsletter.kit import Kit, OAuth, Refused
from tests.contract.kit.examples import EXAMPLES, OAUTH, answered, perform, seen

HEADERS = {
    "key": {"x-kit-api-key": "kit_example"},
    "token": {"authorization": "Bearer kit_example"},
    "none": {},
}


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
def test_a_call_is_put_on_the_wire_and_its_answer_read(example: dict[str, Any]) -> None:
    exchanges = list(example["exchanges"])

    def service(request: httpx.Request) -> httpx.Response:
        exchange = exchanges.pop(0)
        assert seen(request) == exchange["request"]
        _assert_headers(request, example.get("auth", "key"))
        return answered(exchange)

    transport = httpx.MockTransport(service)
    if "raises" in example:
        expected = example["raises"]
        with pytest.raises(Refused) as caught:
            perform(example, transport)
        assert type(caught.value) is getattr(kit_room, expected["error"])
        assert caught.value.status == expected["status"]
        assert list(caught.value.errors) == expected["errors"]
    else:
        assert perform(example, transport) == example["result"]

    assert exchanges == [], "every exchange took place"


def test_every_call_of_the_client_has_an_example() -> None:
    with Kit(api_key="kit_example") as kit, OAuth(**OAUTH) as app:
        resources = {
            name: each for name, each in vars(kit).items() if type(each).__name__.endswith("Calls")
        }
        calls = {
            f"{resource}.{name}"
            for resource, each in resources.items()
            for name in dir(each)
            if not name.startswith("_")
        }
        assert {"exchange", "refresh", "revoke"} <= set(dir(app))

    calls |= {"oauth.exchange", "oauth.refresh", "oauth.revoke"}
    assert {example["call"] for example in EXAMPLES.values()} == calls


def _assert_headers(request: httpx.Request, auth: str) -> None:
    """What every request must have beside its credential."""
    found = {
        name: each
        for name, each in request.headers.items()
        if name in ("x-kit-api-key", "authorization")
    }
    assert found == HEADERS[auth]
    assert request.headers["Accept"] == "application/json"
    assert (request.url.scheme, request.url.host) == ("https", "api.kit.com")
    json_type = "application/json" if request.content else None
    assert request.headers.get("Content-Type") == json_type
