"""Filter conditions out of a JSON body, checked and brought into the form they are kept in.

Kit answers what it cannot read with a fault (5xx) and ignores some of what it does not
know. Here everything of that sort is refused (422): a condition that is ignored lets more
people through than the filter says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from newsletter.server.api.calls import invalid
from newsletter.server.api.values import choice, given, number, real, since, text, until
from newsletter.server.store.filters import COMPARISONS, COUNTS, KINDS
from newsletter.server.store.subscribers import STATES

_MOST = 50  # conditions
_MOST_IDS = 1000
_MOST_IDS_IN_ALL = 10_000  # each is a value that the database is asked with
_LONGEST = 2000  # characters; a longer pattern is refused by SQLite
_MATCHINGS = ("exact", "contains", "starts_with", "ends_with")
_WORDS = ("has_value", "is", "contains")
_PERIOD = ("after", "before")


COUNTING = ("raw", "unique_email")


def read(value: object, *, counting: str | None = None) -> list[dict[str, Any]]:
    """The conditions of `all`, which may be empty or missing. Raises Refusal.

    `counting` says what is counted of opens and the like: each of them (`raw`), or letters
    (`unique_email`).
    """
    conditions = _objects(value or [], "all")
    if len(conditions) > _MOST:
        raise invalid(f"all can hold {_MOST} conditions at most")
    found = [_condition(each) for each in conditions]
    parts = [part for each in found for part in each.get("any", ())]
    if sum(len(each.get("ids", each.get("matching", ()))) for each in parts) > _MOST_IDS_IN_ALL:
        raise invalid(f"The conditions can hold {_MOST_IDS_IN_ALL} ids at most")
    if counting == "unique_email":
        found = [{**each, "counting": counting} for each in found]
    return found


def _condition(condition: Mapping[str, Any]) -> dict[str, Any]:
    kind = condition.get("type")
    if not isinstance(kind, str) or kind not in KINDS:
        raise invalid(f"Filter type must be one of: {', '.join(KINDS)}")
    allowed, reader = _READERS[kind]
    for name in condition:
        if name != "type" and name not in allowed and condition[name] is not None:
            raise invalid(f"`{name}` does not go with the filter type {kind}")
    return {"type": kind, **reader(condition)}


def _engaged(condition: Mapping[str, Any]) -> dict[str, Any]:
    counts = {name: number(condition[name], name) for name in COUNTS if given(condition, name)}
    found = {**counts, **_period(condition)}
    if given(condition, "any"):
        kinds = ("broadcasts", "urls") if condition["type"] == "clicks" else ("broadcasts",)
        found["any"] = [_part(each, kinds) for each in _some(condition)]
    return found


def _part(part: Mapping[str, Any], kinds: tuple[str, ...]) -> dict[str, Any]:
    kind = _kind_of(part, kinds)
    if kind == "urls":
        matching = choice(part, "matching", _MATCHINGS) or "exact"
        urls = part.get("urls") or []
        if not isinstance(urls, list) or not (urls or given(part, "ids")):
            raise invalid("urls must be a list of addresses")
        if len(urls) > _MOST or not all(isinstance(each, str) for each in urls):
            raise invalid(f"urls must be a list of {_MOST} addresses at most")
        shown = [text({"urls": each}, "urls", limit=_LONGEST) for each in urls]
        ids = _ids(part, "ids") if given(part, "ids") else []
        return {"type": kind, "matching": matching, "urls": shown, "ids": ids}
    return {"type": kind, "ids": _ids(part, "ids")}


def _in_state(condition: Mapping[str, Any]) -> dict[str, Any]:
    states = condition.get("states")
    if not isinstance(states, list) or not states:
        raise invalid("states must be a list of subscriber states")
    if any(not isinstance(each, str) or each not in STATES for each in states):
        raise invalid(f"states must be any of: {', '.join(STATES)}")
    return {"states": states}


def _tagged(condition: Mapping[str, Any]) -> dict[str, Any]:
    parts = _some(condition)
    return {
        "any": [
            {"type": _kind_of(each, ("ids",)), "matching": _ids(each, "matching")} for each in parts
        ]
    }


def _came_through(condition: Mapping[str, Any]) -> dict[str, Any]:
    parts = _some(condition)
    return {
        "any": [{"type": _kind_of(each, ("forms",)), "ids": _ids(each, "ids")} for each in parts]
    }


def _valued(condition: Mapping[str, Any]) -> dict[str, Any]:
    comparison = choice(condition, "comparison", (*_WORDS, *COMPARISONS))
    if comparison is None:
        raise invalid("Comparison can't be blank")
    name = "subscriber_custom_field_id"
    found: dict[str, Any] = {name: number(condition.get(name), name), "comparison": comparison}
    if comparison == "has_value":
        return found
    value = text(condition, "value", limit=_LONGEST)
    if value is None:
        raise invalid("Value can't be blank")
    if comparison in COMPARISONS:
        return {**found, "number": real(value, "value")}
    return {**found, "value": value}


def _located(condition: Mapping[str, Any]) -> dict[str, Any]:
    names = ("latitude", "longitude", "radius")
    return {name: real(text(condition, name) or "", name) for name in names}


def _period(condition: Mapping[str, Any]) -> dict[str, Any]:
    """A day counts whole, at both ends."""
    first, end = since(condition, "after"), until(condition, "before")
    found = {"since": first, "until": end}
    return {name: at.isoformat() for name, at in found.items() if at is not None}


def _some(condition: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    parts = _objects(condition.get("any"), "any")
    if not parts or len(parts) > _MOST:
        raise invalid(f"any must hold 1 to {_MOST} objects")
    return parts


def _objects(value: object, name: str) -> list[Mapping[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise invalid(f"{name} must be a list of objects")
    return value


def _kind_of(part: Mapping[str, Any], kinds: tuple[str, ...]) -> str:
    kind = part.get("type")
    if not isinstance(kind, str) or kind not in kinds:
        raise invalid(f"The types in any must be any of: {', '.join(kinds)}")
    return kind


def _ids(part: Mapping[str, Any], name: str) -> list[int]:
    ids = part.get(name)
    if not isinstance(ids, list) or not 0 < len(ids) <= _MOST_IDS:
        raise invalid(f"{name} must be a list of 1 to {_MOST_IDS} ids")
    return [number(each, name) for each in ids]


_ENGAGED = ((*COUNTS, *_PERIOD, "any"), _engaged)

# What may stand in a condition of each type, and what reads it.
_READERS: dict[str, tuple[tuple[str, ...], Callable[[Mapping[str, Any]], dict[str, Any]]]] = {
    "opens": _ENGAGED,
    "clicks": _ENGAGED,
    "sent": _ENGAGED,
    "delivered": _ENGAGED,
    "subscribed": (_PERIOD, _period),
    "subscriber_state": (("states",), _in_state),
    "tags": (("any",), _tagged),
    "attribution": (("any",), _came_through),
    "custom_field": (("subscriber_custom_field_id", "comparison", "value"), _valued),
    "location": (("latitude", "longitude", "radius"), _located),
}
