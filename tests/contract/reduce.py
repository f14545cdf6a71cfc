"""Makes `openapi-schemas.json`: every operation that Kit describes, as schemas only.

    python tests/contract/reduce.py path/to/openapi.json

The provider's description is 593 kB and full of prose. What stays of each of its operations:

    "POST /tags": {"query": [names], "body": [names], "answers": {status: schema or null}}

`answers` is the JSON Schema of each status's body; null means that there is none. Its
`required` lists and types were made by a machine from samples, so they are corrected by rule:
its own examples fit it (what one lacks is not required, what is null in one may be null, also
where the same object stands elsewhere); what an account without any history cannot know may be
null (`_UNKNOWN`); `fields` of a subscriber are free-form.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SCHEMAS = Path(__file__).with_name("openapi-schemas.json")
PREFIX = "/v4"
_KEPT = ("type", "properties", "required", "items", "enum")
_METHODS = ("get", "post", "put", "patch", "delete")

Place = tuple[str, str]
"""A property by the name of the object it stands in, in the singular, and its own."""

# The cursors of an empty page, whence somebody came who came from nowhere, the last time of
# what never happened, words that nobody wrote, and the weekdays of a delay in hours.
_UNKNOWN: dict[str, tuple[str, ...]] = {
    "pagination": ("start_cursor", "end_cursor"),
    "subscriber": ("referrer",),
    "referrer_utm_parameter": ("source", "medium", "campaign", "term", "content"),
    "email": ("preview_text", "send_days"),
    "snippet": ("content",),
    "stat": ("last_sent", "last_opened", "last_clicked"),
}


def main(source: str) -> None:
    """Write the reduced description of the one in the file `source`."""
    described = json.loads(Path(source).read_text(encoding="utf-8"))
    found: dict[str, Any] = {}
    for path, methods in described["paths"].items():
        for method in _METHODS:
            if method in methods:
                name = f"{method.upper()} {path.removeprefix(PREFIX)}"
                found[name] = _operation(methods[method], described)
    nullable: set[Place] = {(inside, name) for inside, names in _UNKNOWN.items() for name in names}
    answers = [each for operation in found.values() for each in operation["answers"].values()]
    for each in answers:
        # A property without a type stands for one that was null in the sample.
        nullable |= {
            place for place, value in properties(each) if not isinstance(value.get("type"), str)
        }
    for each in answers:
        for place, value in properties(each):
            if place in nullable and isinstance(value.get("type"), str):
                value["type"] = [value["type"], "null"]
    # In one line each: the file is read by tests and by nobody else.
    lines = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in found.items()]
    SCHEMAS.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def _operation(operation: dict[str, Any], described: dict[str, Any]) -> dict[str, Any]:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    parameters = operation.get("parameters", [])
    return {
        "query": sorted(each["name"] for each in parameters if each["in"] == "query"),
        "body": sorted(set(_names(content.get("schema", {}), described))),
        "answers": {
            status: _answer(answer) for status, answer in sorted(operation["responses"].items())
        },
    }


def _names(schema: dict[str, Any], described: dict[str, Any]) -> Iterator[str]:
    """The names at the top of a request's body."""
    if "$ref" in schema:
        schema = described["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    for one in schema.get("oneOf", ()):
        yield from _names(one, described)
    yield from schema.get("properties", ())


def _answer(answer: dict[str, Any]) -> Any:
    content = answer.get("content", {}).get("application/json")
    if content is None:
        return None
    schema = _schema(content["schema"])
    if content.get("example") is not None:
        _fit(schema, content["example"])
    return schema


def _schema(value: Any) -> Any:
    """The schema's own words, without prose."""
    if not isinstance(value, dict):
        return value
    kept: dict[str, Any] = {name: value[name] for name in _KEPT if name in value}
    if "properties" in kept:
        kept["properties"] = {
            name: {"type": "object"} if name == "fields" else _schema(each)
            for name, each in kept["properties"].items()
        }
    if "items" in kept:
        kept["items"] = _schema(kept["items"])
    if value.get("nullable") and "type" in kept:
        kept["type"] = [kept["type"], "null"]
    return kept


def _fit(schema: Any, example: Any) -> None:
    """Loosen `schema` until `example` fits it."""
    if example is None and isinstance(schema.get("type"), str):
        schema["type"] = [schema["type"], "null"]
    if "enum" in schema and example not in schema["enum"]:
        schema["enum"] = [*schema["enum"], example]
    if isinstance(example, dict):
        if "required" in schema:
            schema["required"] = [name for name in schema["required"] if name in example]
        for name, value in example.items():
            if name in schema.get("properties", {}):
                _fit(schema["properties"][name], value)
    if isinstance(example, list) and "items" in schema:
        for value in example:
            _fit(schema["items"], value)


def properties(schema: Any, inside: str = "") -> Iterator[tuple[Place, dict[str, Any]]]:
    """Every property, at whatever depth."""
    if not isinstance(schema, dict):
        return
    yield from properties(schema.get("items"), inside)
    for name, value in schema.get("properties", {}).items():
        yield (inside.removesuffix("s"), name), value
        yield from properties(value, name)


if __name__ == "__main__":
    main(sys.argv[1])
