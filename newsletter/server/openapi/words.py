"""The few words in which schemas are written here (JSON Schema 2020-12)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer"}
ID: Schema = {"type": "integer", "minimum": 1}
NUMBER: Schema = {"type": "number"}
YES: Schema = {"type": "boolean"}
TIME: Schema = {"type": "string", "format": "date-time"}
DAY: Schema = {"type": "string", "format": "date"}
DAY_OR_TIME: Schema = {"type": "string", "examples": ["2026-11-24"]}
URL: Schema = {"type": "string", "format": "uri"}
ADDRESS: Schema = {"type": "string", "format": "email"}
FREE: Schema = {"type": "object", "additionalProperties": True}
VALUES: Schema = {"type": "object", "additionalProperties": {"type": ["string", "null"]}}
EMPTY: Schema = {"type": "object", "maxProperties": 0}


def ref(name: str) -> Schema:
    """A schema that stands under `components`."""
    return {"$ref": f"#/components/schemas/{name}"}


def null(schema: Schema) -> Schema:
    """The same, or null."""
    if "type" in schema and isinstance(schema["type"], str) and "enum" not in schema:
        return {**schema, "type": [schema["type"], "null"]}
    return {"anyOf": [schema, {"type": "null"}]}


def one_of(*words: str) -> Schema:
    """One of a closed set of words."""
    return {"type": "string", "enum": list(words)}


def many(schema: Schema, *, least: int = 0) -> Schema:
    """A list."""
    return {"type": "array", "items": schema, **({"minItems": least} if least else {})}


def obj(required: Mapping[str, Schema], **optional: Schema) -> Schema:
    """An object with keys that are always there, and others that may be."""
    return {
        "type": "object",
        "properties": {**required, **optional},
        "required": list(required),
    }


def also(name: str, required: Mapping[str, Schema], **optional: Schema) -> Schema:
    """The object of that name, with further keys."""
    return {"allOf": [ref(name), obj(required, **optional)]}


def listed(name: str, schema: Schema) -> Schema:
    """One page of a list."""
    return obj({name: many(schema), "pagination": ref("Pagination")})


def comma(*words: str) -> Schema:
    """A comma-separated list out of a closed set of words."""
    either = "|".join(words)
    return {"type": "string", "pattern": f"^({either})(,({either}))*$"}


@dataclass(frozen=True, kw_only=True)
class Described:
    """What one operation takes and gives.

    `query` names its parameters; `body` is the schema of a JSON body, in which no more is
    required than the server insists on; `answers` has a schema, or None for an empty body, for
    each status that is no refusal.
    """

    summary: str
    answers: Mapping[int, Schema | None]
    query: Mapping[str, Schema] = field(default_factory=dict)
    body: Schema | None = None


PAGE: Mapping[str, Schema] = {
    "after": TEXT,
    "before": TEXT,
    "per_page": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 500},
    "include_total_count": YES,
}
"""The parameters of every list."""
