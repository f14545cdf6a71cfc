"""/subscribers: list, create or update, read, change, unsubscribe, and one person's tags."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from newsletter.server import objects
from newsletter.server.addresses import usable
from newsletter.server.api import attribution, pages
from newsletter.server.api.calls import Answer, Call, Operation, invalid, not_found
from newsletter.server.api.values import address, choice, flag, given, since, text, until, words
from newsletter.server.api.values import written as time_text
from newsletter.server.objects import subscriber as shown
from newsletter.server.store import leaving, locations, subscribers, tags
from newsletter.server.store.paging import page_of
from newsletter.server.store.subscribers import STATES, Wanted
from newsletter.server.store.tables import tags as tags_table

MANY_FIELDS = 10  # more in one request and Kit writes them later: 202, values read null
MOST_FIELDS = 140
LONGEST_NAME = 255

_INCLUDABLE = ("attribution", "tags", "location", "canceled_at")


def wanted_state(query: Mapping[str, str]) -> str | None:
    """The `status` filter: active unless another state or `all` is named."""
    state = choice(query, "status", (*STATES, "all")) or "active"
    return None if state == "all" else state


def wanted_members(query: Mapping[str, str]) -> Wanted:
    """The filters that lists of a tag's or a form's members share."""
    return Wanted(
        state=wanted_state(query),
        created_after=since(query, "created_after"),
        created_before=until(query, "created_before"),
    )


def by_address(db: Connection, values: Mapping[str, Any], *, purpose: str) -> Row[Any]:
    """The subscriber whose address a by-email call names; refuses when there is none."""
    if not given(values, "email_address"):
        raise invalid(f"Either subscriber id or email address is required to {purpose}")
    row = subscribers.by_address(db, address(values))
    if row is None:
        raise not_found()
    return row


def listing(call: Call) -> Answer:
    """One page of the subscribers that the query asks for."""
    query = call.query
    state = wanted_state(query)
    sort = choice(query, "sort_field", tuple(subscribers.SORT_FIELDS)) or "id"
    order = choice(query, "sort_order", ("asc", "desc")) or "desc"
    include = words(query, "include", _INCLUDABLE)
    if sort == "cancelled_at" and state != "cancelled":
        raise invalid("The status param must be `cancelled` if sort_field is `cancelled_at`")
    if "canceled_at" in include and state != "cancelled":
        raise invalid("The status param must be `cancelled` if include is `canceled_at`")
    wanted = Wanted(
        state=state,
        addresses=_addresses(query),
        created_after=since(query, "created_after"),
        created_before=until(query, "created_before"),
        updated_after=since(query, "updated_after"),
        updated_before=until(query, "updated_before"),
    )
    by_id = subscribers.SORT_FIELDS["id"]
    keys = [by_id] if sort == "id" else [subscribers.SORT_FIELDS[sort], by_id]
    wish = pages.wish(query, keys)
    with call.store.reading() as db:
        page = page_of(
            db, subscribers.matching(wanted), keys=keys, wish=wish, descending=order == "desc"
        )
        field_keys = None if flag(query, "slim") else subscribers.field_keys(db)
        rows = [shown(row, field_keys) for row in page.rows]
        _add(db, rows, page.rows, include)
    return Answer(
        status=200, body={"subscribers": rows, "pagination": pages.pagination(page, wish)}
    )


def _addresses(query: Mapping[str, str]) -> list[str]:
    if not given(query, "email_address"):
        return []
    found = [usable(each) for each in query["email_address"].split(",")]
    if None in found:
        raise invalid("Email address is invalid")
    return [each for each in found if each is not None]


def _add(
    db: Connection, bodies: list[dict[str, Any]], rows: Sequence[Row[Any]], include: set[str]
) -> None:
    ids = [row.id for row in rows]
    borne = tags.borne_by_each(db, ids) if "tags" in include else {}
    came = attribution.of_each(db, ids) if "attribution" in include else {}
    places = locations.of(db, ids) if "location" in include else {}
    for body, row in zip(bodies, rows, strict=True):
        if "attribution" in include:
            body["attribution"] = came[row.id]
        if "tags" in include:
            body["tags"] = borne[row.id]
        if "location" in include:
            body["location"] = located(places.get(row.id))
        if "canceled_at" in include:
            body["canceled_at"] = time_text(row.canceled_at)


def located(row: Row[Any] | None) -> dict[str, Any]:
    """Where somebody lives, as lists show it: in other words than where it was pinned."""
    return {
        "city": row and row.city,
        "state": row and row.state_province,
        "country": row and row.country_code,
        "latitude": row and row.latitude,
        "longitude": row and row.longitude,
        "timezone": row and row.timezone,
    }


def upsert(call: Call) -> Answer:
    """Create a subscriber, or update name and fields of the one with this address.

    The state of somebody who is there already is never changed.
    """
    email_address = address(call.body)
    state = choice(call.body, "state", STATES) or "active"
    first_name = text(call.body, "first_name", limit=LONGEST_NAME)
    with call.store.writing() as db:
        field_keys = subscribers.field_keys(db)
        fields, warnings = _fields(call.body, field_keys)
        row, created = written_down(
            db,
            email_address,
            first_name=first_name,
            state=state,
            fields=fields,
            now=call.now,
        )
    return _written(row, field_keys, fields, warnings, status=201 if created else 200)


def written_down(
    db: Connection,
    email_address: str,
    *,
    first_name: str | None,
    state: str,
    fields: Mapping[str, str | None],
    now: datetime,
) -> tuple[Row[Any], bool]:
    """The subscriber of an address, made or brought up to date, and whether she is new.

    A first name of None leaves the one that is there.
    """
    created = subscribers.create(
        db, address=email_address, first_name=first_name, state=state, fields=fields, now=now
    )
    row = subscribers.by_address(db, email_address)
    if row is None:
        raise not_found()
    if not created:
        changes: dict[str, Any] = {"fields": fields}
        if first_name is not None:
            changes["first_name"] = first_name
        subscribers.change(db, row, changes, now=now)
        row = subscribers.by_id(db, row.id) or row
    return row, created


def _fields(
    body: Mapping[str, Any], known: Collection[str]
) -> tuple[dict[str, str | None], list[str]]:
    fields = body.get("fields") or {}
    if not isinstance(fields, dict):
        raise invalid("Fields must be an object")
    if len(fields) > MOST_FIELDS:
        raise invalid(f"Fields can hold {MOST_FIELDS} values at most")
    kept = {key: text(fields, key) for key in fields if key in known}
    warnings = [
        f"The custom field `{key}` does not exist and was ignored."
        for key in fields
        if key not in known
    ]
    return kept, warnings


def _written(
    row: Row[Any],
    field_keys: Collection[str],
    fields: Mapping[str, str | None],
    warnings: list[str],
    *,
    status: int,
) -> Answer:
    subscriber = shown(row, field_keys)
    if len(fields) > MANY_FIELDS:
        status = 202
        subscriber["fields"] |= dict.fromkeys(fields)
    body: dict[str, Any] = {"subscriber": subscriber}
    if warnings:
        body["warnings"] = warnings
    return Answer(status=status, body=body)


def read(call: Call) -> Answer:
    """One subscriber in whatever state, with the time of leaving."""
    with call.store.reading() as db:
        row = subscribers.by_id(db, call.id())
        if row is None:
            raise not_found()
        subscriber = shown(row, subscribers.field_keys(db))
        place = locations.of(db, [row.id]).get(row.id)
    subscriber["canceled_at"] = time_text(row.canceled_at)
    if place is not None:
        subscriber["location"] = objects.location(place)
    return Answer(status=200, body={"subscriber": subscriber})


def change(call: Call) -> Answer:
    """Change first name, address and fields of one subscriber; an empty body changes nothing."""
    changes: dict[str, Any] = {}
    if "first_name" in call.body:
        changes["first_name"] = text(call.body, "first_name", limit=LONGEST_NAME)
    if given(call.body, "email_address"):
        changes["email_address"] = address(call.body)
    with call.store.writing() as db:
        row = subscribers.by_id(db, call.id())
        if row is None:
            raise not_found()
        field_keys = subscribers.field_keys(db)
        fields, warnings = _fields(call.body, field_keys)
        try:
            subscribers.change(db, row, {**changes, "fields": fields}, now=call.now)
        except subscribers.AddressTaken:
            raise invalid("Email address has already been taken") from None
        row = subscribers.by_id(db, row.id) or row
    return _written(row, field_keys, fields, warnings, status=200)


def unsubscribe(call: Call) -> Answer:
    """Cancel one subscriber; again does no harm."""
    with call.store.writing() as db:
        row = subscribers.by_id(db, call.id())
        if row is None:
            raise not_found()
        left = leaving.leave(db, row.id, how="api", now=call.now)
    return Answer(status=204, note=f"{row.email_address} left" if left else "")


def tags_of(call: Call) -> Answer:
    """The tags of one subscriber, newest tag first."""
    keys = [tags_table.c.id]
    wish = pages.wish(call.query, keys)
    with call.store.reading() as db:
        if subscribers.by_id(db, call.id("subscriber_id")) is None:
            raise not_found()
        page = page_of(db, tags.borne_by(call.id("subscriber_id")), keys=keys, wish=wish)
    rows = [
        {"id": row.id, "name": row.name, "tagged_at": time_text(row.tagged_at)} for row in page.rows
    ]
    return Answer(status=200, body={"tags": rows, "pagination": pages.pagination(page, wish)})


OPERATIONS = (
    Operation(method="GET", path="/subscribers", answer=listing),
    Operation(method="POST", path="/subscribers", answer=upsert),
    Operation(method="GET", path="/subscribers/{id}", answer=read),
    Operation(method="PUT", path="/subscribers/{id}", answer=change),
    Operation(method="POST", path="/subscribers/{id}/unsubscribe", answer=unsubscribe),
    Operation(method="GET", path="/subscribers/{subscriber_id}/tags", answer=tags_of),
)
