"""Makes `openapi-extract.json`: the answers of the operations our server has, as schemas only.

    python tests/contract/server/extract_openapi.py path/to/openapi.json

The provider's description is 593 kB and full of prose; what stays is, for each operation and
status, the JSON schema of the answer in JSON Schema's own words. Its `required` lists and types
were made by a machine from samples, so they are corrected by rule: its own examples fit it (what
one lacks is not required, what is null in one may be null, everywhere where it has that name);
cursors may be null, as on an empty page, and so may the times of what never happened; `fields` of a subscriber are free-form.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

from newsletter.server.api.door import OPERATIONS, PREFIX

EXTRACT = Path(__file__).with_name("openapi-extract.json")
# Newer than the description that this was made of.
NEWER = re.compile(
    r".* /webhook_endpoints.*|DELETE /bulk/tags|.* /subscribers/.*/location|.* /landing_pages/.*"
)
# What prose or another sample says may be null: cursors of an empty page, times of what never
# happened, the HTML of a snippet that is words, days where hours count.
NULLABLE = (
    *("start_cursor", "end_cursor"),
    *("last_sent", "last_opened", "last_clicked"),
    *("value_html", "send_days"),
)
_KEPT = ("type", "properties", "required", "items", "enum")


def main(source: str) -> None:
    paths = json.loads(Path(source).read_text(encoding="utf-8"))["paths"]
    extract: dict[str, Any] = {}
    for each in OPERATIONS:
        name = f"{each.method} {each.path}"
        if NEWER.fullmatch(name):
            continue
        described = paths[f"{PREFIX}{each.path}"][each.method.lower()]
        extract[name] = {
            status: _answer(answer) for status, answer in described["responses"].items()
        }
    nullable = set(NULLABLE)
    _gather_nullable(extract, nullable)
    _make_nullable(extract, nullable)
    # In one line each: the file is read by the test and by nobody else.
    lines = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in extract.items()]
    EXTRACT.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


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


def _gather_nullable(schema: Any, found: set[str]) -> None:
    for name, value in schema.items() if isinstance(schema, dict) else ():
        if isinstance(value, dict):
            if isinstance(value.get("type"), list):
                found.add(name)
            _gather_nullable(value, found)


def _make_nullable(schema: Any, names: set[str]) -> None:
    for name, value in schema.items() if isinstance(schema, dict) else ():
        if isinstance(value, dict):
            if name in names and isinstance(value.get("type"), str):
                value["type"] = [value["type"], "null"]
            _make_nullable(value, names)


if __name__ == "__main__":
    main(sys.argv[1])
