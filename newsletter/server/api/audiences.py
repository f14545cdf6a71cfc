"""`subscriber_filter`: whom a broadcast goes to, checked and brought into one form.

Kit takes a list with one object, whose one group is `all`, `any` or `none`.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from newsletter.server.api.calls import invalid
from newsletter.server.api.values import number
from newsletter.server.store import segments, tags

EVERYBODY: list[dict[str, Any]] = [{"all": [{"type": "all_subscribers"}]}]
_GROUPS = ("all", "any", "none")


def read(db: Connection, value: object) -> list[dict[str, Any]]:
    """The filter as it is kept and shown. Refuses what would reach other people than it says.

    Unknown tags and segments are refused.
    """
    if value in (None, "", []):
        return EVERYBODY
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise invalid("Subscriber filter must be a list with one object")
    used = [
        (group, each[group]) for each in value for group in each if each[group] not in (None, [])
    ]
    if any(group not in _GROUPS for group, _ in used) or len(used) > 1 or len(value) > 1:
        raise invalid(
            "Only a single filter group is supported. Use one of `all`, `any`, or `none`."
        )
    if not used:
        raise invalid("Subscriber filter names nobody. Leave it out to reach everybody.")
    group, conditions = used[0]
    if not isinstance(conditions, list) or not all(isinstance(each, dict) for each in conditions):
        raise invalid("Subscriber filter groups must be lists of objects")
    if {"type": "all_subscribers"} in conditions:
        if group == "none" or len(conditions) > 1:
            raise invalid("`all_subscribers` cannot be combined with other conditions")
        return EVERYBODY
    return [{group: [_condition(db, each) for each in conditions]}]


def _condition(db: Connection, condition: dict[str, Any]) -> dict[str, Any]:
    kind = condition.get("type")
    if kind not in ("tag", "segment"):
        raise invalid("Subscriber filter types must be one of: segment, tag")
    ids = condition.get("ids")
    if not isinstance(ids, list) or not ids:
        raise invalid("Subscriber filter ids can't be blank")
    found = [number(each, "ids") for each in ids]
    unknown = (segments if kind == "segment" else tags).unknown(db, found)
    if unknown:
        named = ", ".join(str(each) for each in sorted(unknown))
        raise invalid(f"{kind.capitalize()} not found: {named}")
    return {"type": kind, "ids": found}
