"""Kit's filter conditions as SQL. They must have been checked: see `newsletter.server.api.filter`.

Where opens and clicks are not tracked, everybody has none of them. Nobody gets a letter
twice, so that for `sent` and `delivered` counting letters and counting events come to the same.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Float,
    Table,
    and_,
    case,
    cast,
    distinct,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    true,
)

from newsletter.server.store import locations
from newsletter.server.store.engagement import HANDED_OUT
from newsletter.server.store.engagement_tables import clicks, links, opens
from newsletter.server.store.tables import (
    custom_fields,
    deliveries,
    form_members,
    subscribers,
    taggings,
)

COUNTS: dict[str, Callable[[Any, Any], Any]] = {
    "count_greater_than": operator.gt,
    "count_greater_than_or_equal": operator.ge,
    "count_less_than": operator.lt,
    "count_less_than_or_equal": operator.le,
}
COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "greater_than": operator.gt,
    "greater_than_or_equal": operator.ge,
    "less_than": operator.lt,
    "less_than_or_equal": operator.le,
}
"""Of custom fields, as numbers."""

# What was handed out, taken or not, and what was taken.
_STATES = {"sent": HANDED_OUT, "delivered": ("accepted",)}
_EVENTS = {"opens": opens, "clicks": clicks, "sent": deliveries, "delivered": deliveries}
_MATCHES: dict[str, Callable[[ColumnElement[str], str], ColumnElement[bool]]] = {
    "exact": lambda url, part: url == part,
    "contains": lambda url, part: url.icontains(part, autoescape=True),
    "starts_with": lambda url, part: url.istartswith(part, autoescape=True),
    "ends_with": lambda url, part: url.iendswith(part, autoescape=True),
}
# As many digits as both databases compare without losing any.
_NUMBER = r"^ *[+-]?[0-9]{1,15}([.][0-9]{1,9})? *$"


def holds(db: Connection, conditions: Sequence[Mapping[str, Any]]) -> ColumnElement[bool]:
    """Whether all the conditions hold for a row of `subscribers`; true without any."""
    return and_(true(), *(_KINDS[each["type"]](db, each) for each in conditions))


def _engaged(_db: Connection, condition: Mapping[str, Any]) -> ColumnElement[bool]:
    wanted = {name: condition[name] for name in COUNTS if name in condition}
    wanted = wanted or {"count_greater_than_or_equal": 1}
    table = _EVENTS[condition["type"]]
    mine = [table.c.subscriber_id == subscribers.c.id, *_within(table.c.at, condition)]
    if condition["type"] in _STATES:
        mine.append(table.c.state.in_(_STATES[condition["type"]]))
    if "any" in condition:
        mine.append(or_(*(_concerns(table, each) for each in condition["any"])))
    number = func.count()
    if condition.get("counting") == "unique_email":
        number = func.count(distinct(table.c.broadcast_id))
    rows = select(number).select_from(table).where(*mine).correlate(subscribers)
    count = rows.scalar_subquery()
    return and_(*(COUNTS[name](count, least) for name, least in wanted.items()))


def _concerns(table: Table, part: Mapping[str, Any]) -> ColumnElement[bool]:
    """Whether an event is about one of these letters or links."""
    if part["type"] == "broadcasts":
        return table.c.broadcast_id.in_(part["ids"])
    matches = _MATCHES[part["matching"]]
    meant = or_(links.c.id.in_(part["ids"]), *(matches(links.c.url, each) for each in part["urls"]))
    return table.c.link_id.in_(select(links.c.id).where(meant))


def _subscribed(_db: Connection, condition: Mapping[str, Any]) -> ColumnElement[bool]:
    return and_(true(), *_within(subscribers.c.created_at, condition))


def _in_state(_db: Connection, condition: Mapping[str, Any]) -> ColumnElement[bool]:
    return subscribers.c.state.in_(condition["states"])


def _tagged(_db: Connection, condition: Mapping[str, Any]) -> ColumnElement[bool]:
    ids = [each for one in condition["any"] for each in one["matching"]]
    return exists().where(taggings.c.subscriber_id == subscribers.c.id, taggings.c.tag_id.in_(ids))


def _came_through(_db: Connection, condition: Mapping[str, Any]) -> ColumnElement[bool]:
    """The first form a subscriber came through counts, not those she filled in later."""
    ids = [each for one in condition["any"] for each in one["ids"]]
    first = (
        select(form_members.c.form_id)
        .where(form_members.c.subscriber_id == subscribers.c.id)
        .order_by(form_members.c.added_at, form_members.c.form_id)
        .limit(1)
        .correlate(subscribers)
        .scalar_subquery()
    )
    return func.coalesce(first, literal(0)).in_(ids)


def _valued(db: Connection, condition: Mapping[str, Any]) -> ColumnElement[bool]:
    named = custom_fields.c.id == condition["subscriber_custom_field_id"]
    key = db.execute(select(custom_fields.c.key).where(named)).scalar_one_or_none()
    if key is None:
        return false()
    value: ColumnElement[str] = func.coalesce(subscribers.c.fields[key].as_string(), "")
    comparison = condition["comparison"]
    if comparison == "has_value":
        return value != ""
    if comparison == "is":
        same: ColumnElement[bool] = value == condition["value"]
        return same
    if comparison == "contains":
        return value.icontains(condition["value"], autoescape=True)
    number = case((value.regexp_match(_NUMBER), cast(func.trim(value), Float)))
    met: ColumnElement[bool] = COMPARISONS[comparison](number, condition["number"])
    return func.coalesce(met, false())


def _located(_db: Connection, condition: Mapping[str, Any]) -> ColumnElement[bool]:
    miles = condition["radius"]
    return locations.is_within(condition["latitude"], condition["longitude"], miles=miles)


def _within(column: ColumnElement[Any], condition: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    """`since` lets its moment through, `until` keeps its moment out; both as ISO 8601."""
    found: list[ColumnElement[bool]] = []
    if "since" in condition:
        found.append(column >= datetime.fromisoformat(condition["since"]))
    if "until" in condition:
        found.append(column < datetime.fromisoformat(condition["until"]))
    return found


_KINDS: dict[str, Callable[[Connection, Mapping[str, Any]], ColumnElement[bool]]] = {
    "opens": _engaged,
    "clicks": _engaged,
    "sent": _engaged,
    "delivered": _engaged,
    "subscribed": _subscribed,
    "subscriber_state": _in_state,
    "tags": _tagged,
    "attribution": _came_through,
    "custom_field": _valued,
    "location": _located,
}
KINDS = tuple(_KINDS)
