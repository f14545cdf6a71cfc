"""The examples beside this file: what each call puts on the wire, and what it makes of the answer.

An example is a call (`args`, `kwargs`), the exchanges it leads to, and a `result` or what it
`raises`. `undescribed` says why an answer is not as Kit's description has it. `auth` is `token`
where Kit wants OAuth, `none` for the calls that get a token. Times are written `{"$time": …}`, days
`{"$day": …}`, products of a purchase `{"$product": …}`, and the same item many times in a list
`{"$repeat": 101, "item": …}`. The shapes are those of the Kit reference; the words are made up.
"""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

from newsletter.kit import Kit, OAuth, Pages, Product


def repeated(written: Any) -> Any:
    """What was written, with every `$repeat` written out."""
    if isinstance(written, dict):
        return {key: repeated(each) for key, each in written.items()}
    if isinstance(written, list):
        found = []
        for each in written:
            if isinstance(each, dict) and "$repeat" in each:
                found += [each["item"]] * each["$repeat"]
            else:
                found.append(repeated(each))
        return found
    return written


EXAMPLES: dict[str, dict[str, Any]] = {
    f"{path.stem}: {example['name']}": repeated(example)
    for path in sorted(Path(__file__).parent.glob("*.json"))
    for example in json.loads(path.read_text(encoding="utf-8"))
}
EXCHANGES: list[dict[str, Any]] = [
    exchange for example in EXAMPLES.values() for exchange in example["exchanges"]
]
OAUTH: dict[str, Any] = {
    "client_id": "tides",
    "client_secret": "s3cret",
    "redirect_uri": "https://example.org/back",
}


def perform(example: dict[str, Any], transport: httpx.BaseTransport) -> Any:
    """Make an example's call over `transport`; gives the result as the examples write it."""
    resource, _, method = example["call"].partition(".")
    args = [value(arg) for arg in example["args"]]
    kwargs = {key: value(each) for key, each in example["kwargs"].items()}
    if resource == "oauth":
        with OAuth(**OAUTH, transport=transport) as app:
            return shown(getattr(app, method)(*args, **kwargs))
    credential: dict[str, Any] = {
        "access_token" if example.get("auth") == "token" else "api_key": "kit_example"
    }
    with Kit(**credential, transport=transport) as kit:
        return shown(getattr(getattr(kit, resource), method)(*args, **kwargs))


def answered(exchange: dict[str, Any]) -> httpx.Response:
    """The answer of an exchange."""
    answer = exchange["answer"]
    if "json" in answer:
        return httpx.Response(answer["status"], json=answer["json"])
    return httpx.Response(answer["status"])


def seen(request: httpx.Request) -> dict[str, Any]:
    """A request as the examples write it."""
    told: dict[str, Any] = {
        "method": request.method,
        "path": request.url.path,
        "query": dict(request.url.params),
    }
    content = request.read()
    if content:
        told["body"] = json.loads(content)
    return told


def example_service(request: httpx.Request) -> httpx.Response:
    """A service that knows nothing but the examples: the first whose request is this one answers."""
    told = seen(request)
    if "code_verifier" in told.get("body", {}):  # another one each time
        told["body"]["code_verifier"] = "v3rifier"
    for exchange in EXCHANGES:
        if exchange["request"] == told and exchange["answer"]["status"] < 300:
            return answered(exchange)
    return httpx.Response(404, json={"errors": [f"No example asks for {told}"]})


def value(written: Any) -> Any:
    """An argument, out of how the examples write it."""
    if isinstance(written, list):
        return [value(each) for each in written]
    if isinstance(written, dict) and "$time" in written:
        return datetime.fromisoformat(written["$time"])
    if isinstance(written, dict) and "$day" in written:
        return date.fromisoformat(written["$day"])
    if isinstance(written, dict) and "$product" in written:
        return Product(**written["$product"])
    return written


def shown(result: Any) -> Any:
    """A result as the examples write it."""
    if isinstance(result, Pages):
        return [shown(item) for item in result]
    if dataclasses.is_dataclass(result) and not isinstance(result, type):
        return {
            field.name: shown(getattr(result, field.name)) for field in dataclasses.fields(result)
        }
    if isinstance(result, datetime):
        return result.isoformat() if result.tzinfo is not UTC else f"{result:%Y-%m-%dT%H:%M:%SZ}"
    if isinstance(result, Decimal):
        return str(result)
    if isinstance(result, tuple):
        return [shown(item) for item in result]
    return result
