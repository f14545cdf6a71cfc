"""POST /subscribers/filter: subscribers by what they were sent, have and are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from newsletter.server.api import attribution, conditions, pages
from newsletter.server.api.calls import Answer, Call, Operation, invalid
from newsletter.server.api.subscribers import located
from newsletter.server.api.values import choice, written
from newsletter.server.store import locations, subscribers, tags
from newsletter.server.store.filters import holds
from newsletter.server.store.paging import page_of
from newsletter.server.store.tables import subscribers as subscribers_table

_INCLUDABLE = ("attribution", "tags", "location", "canceled_at", "custom_fields")


def listing(call: Call) -> Answer:
    """One page of those for whom every condition holds, newest first, whatever their state."""
    body = call.body
    counting = choice(body, "counting_mode", conditions.COUNTING)
    wanted = conditions.read(body.get("all"), counting=counting)
    include = _included(body)
    keys = [subscribers_table.c.id]
    wish = pages.wish(body, keys)
    with call.store.reading() as db:
        rows = select(subscribers_table).where(holds(db, wanted))
        page = page_of(db, rows, keys=keys, wish=wish)
        shown = _shown(db, page.rows, include)
    pagination = pages.pagination(page, wish)
    if wish.before is not None and wish.after is None:
        # Not what is there: what Kit's live answers say, here and on no other list.
        pagination |= {"has_previous_page": True, "has_next_page": False}
    return Answer(status=200, body={"subscribers": shown, "pagination": pagination})


def _included(body: Mapping[str, Any]) -> set[str]:
    wanted = body.get("include") or []
    if not isinstance(wanted, list) or not all(isinstance(each, dict) for each in wanted):
        raise invalid("include must be a list of objects")
    found = [each.get("type") for each in wanted]
    if any(not isinstance(each, str) or each not in _INCLUDABLE for each in found):
        raise invalid(f"Include types must be any of: {', '.join(_INCLUDABLE)}")
    return {str(each) for each in found}


def _shown(db: Connection, rows: Sequence[Row[Any]], include: set[str]) -> list[dict[str, Any]]:
    """Here alone ids are text, and there is neither state nor fields unless they are asked for."""
    ids = [row.id for row in rows]
    borne = tags.borne_by_each(db, ids)
    came = attribution.of_each(db, ids) if "attribution" in include else {}
    keys = subscribers.field_keys(db) if "custom_fields" in include else ()
    places = locations.of(db, ids) if "location" in include else {}
    found = []
    for row in rows:
        body: dict[str, Any] = {
            "id": str(row.id),
            "first_name": row.first_name,
            "email_address": row.email_address,
            "created_at": written(row.created_at),
            "tag_names": [each["name"] for each in borne[row.id]],
            "tag_ids": [str(each["id"]) for each in borne[row.id]],
        }
        if "tags" in include:
            body["tags"] = borne[row.id]
        if "attribution" in include:
            body["attribution"] = came[row.id]
        if "location" in include:
            body["location"] = located(places.get(row.id))
        if "canceled_at" in include:
            body["canceled_at"] = written(row.canceled_at)
        if "custom_fields" in include:
            body["fields"] = {key: row.fields.get(key) for key in keys}
        found.append(body)
    return found


OPERATIONS = (Operation(method="POST", path="/subscribers/filter", answer=listing, reads=True),)
