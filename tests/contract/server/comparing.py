"""How an answer of our server differs from that of an example: names and JSON types, not values."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.contract.kit.examples import EXCHANGES
from tests.contract.reduce import Place, properties

_SCHEMAS: dict[str, Any] = json.loads(
    Path(__file__).parents[1].joinpath("openapi-schemas.json").read_text(encoding="utf-8")
)
_FREE = {"fields"}  # whose keys are those of the account


def differences(
    ours: Any, example: Any, *, optional: set[Place], place: str = "$"
) -> Iterator[str]:
    """Each place where `ours` has another key, another type or other `errors` than the example.

    Of a list the first item stands for all. Null may stand for a value where Kit has null. The
    example may lack what is `optional`.
    """
    name = _name(place)
    if name == "errors":
        if ours != example:
            yield f"{place}: {ours}, not {example}"
    elif isinstance(ours, dict) and isinstance(example, dict):
        yield from _of_objects(ours, example, optional, place)
    elif isinstance(ours, list) and isinstance(example, list):
        if example and not ours:
            yield f"{place}: empty"
        if example and ours:
            yield from differences(ours[0], example[0], optional=optional, place=f"{place}[0]")
    elif _type(ours) != _type(example):
        inside = _name(place.rpartition(".")[0])
        if None not in (ours, example) or (inside.removesuffix("s"), name) not in _NULLABLE:
            yield f"{place}: {_type(ours)}, not {_type(example)}"


def _of_objects(
    ours: dict[str, Any], example: dict[str, Any], optional: set[Place], place: str
) -> Iterator[str]:
    name = _name(place)
    if name in _FREE:
        return
    for key in sorted(ours.keys() - example.keys()):
        if (name.removesuffix("s"), key) not in optional:
            yield f"{place}.{key}: not in the example"
    for key in sorted(example.keys() - ours.keys()):
        yield f"{place}.{key}: missing"
    for key in sorted(ours.keys() & example.keys()):
        yield from differences(ours[key], example[key], optional=optional, place=f"{place}.{key}")


def _name(place: str) -> str:
    return place.rpartition(".")[2].partition("[")[0]


def _type(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return "null" if value is None else "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "object" if isinstance(value, dict) else "array"


def keys_of(answer: Any) -> set[Place]:
    """Every key in an answer, at whatever depth."""
    return {place for place, _ in _values_of(answer)}


def described(operation: str, status: int) -> set[Place]:
    """Every key that Kit's description has in this answer of an operation."""
    answers = _SCHEMAS.get(operation, {"answers": {}})["answers"]
    return {place for place, _ in properties(answers.get(str(status)), "$")}


def _values_of(answer: Any, inside: str = "$") -> Iterator[tuple[Place, Any]]:
    if isinstance(answer, list):
        for each in answer:
            yield from _values_of(each, inside)
    if isinstance(answer, dict):
        for name, each in answer.items():
            yield (inside.removesuffix("s"), name), each
            yield from _values_of(each, name)


_NULLABLE: set[Place] = {
    *(
        place
        for operation in _SCHEMAS.values()
        for schema in operation["answers"].values()
        for place, value in properties(schema, "$")
        if not isinstance(value.get("type"), str)
    ),
    *(
        place
        for exchange in EXCHANGES
        for place, value in _values_of(exchange["answer"].get("json"))
        if value is None
    ),
}
