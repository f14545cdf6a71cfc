"""/custom_fields: list, create, rename, delete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row

from newsletter.server.api import pages
from newsletter.server.api.calls import Answer, Call, Operation, invalid, not_found
from newsletter.server.api.values import given, text
from newsletter.server.objects import custom_field as shown
from newsletter.server.store import custom_fields, segments
from newsletter.server.store.paging import page_of
from newsletter.server.store.tables import custom_fields as custom_fields_table

LONGEST_LABEL = 255


def listing(call: Call) -> Answer:
    """One page of the custom fields, newest first."""
    keys = [custom_fields_table.c.id]
    wish = pages.wish(call.query, keys)
    with call.store.reading() as db:
        page = page_of(db, custom_fields.all_fields(), keys=keys, wish=wish)
    body = [shown(row) for row in page.rows]
    return Answer(
        status=200, body={"custom_fields": body, "pagination": pages.pagination(page, wish)}
    )


def create(call: Call) -> Answer:
    """The field of this label: made (201), or the one that is there already (200)."""
    label = label_in(call.body)
    with call.store.writing() as db:
        row, created = custom_fields.find_or_create(db, label, now=call.now)
    return Answer(status=201 if created else 200, body={"custom_field": shown(row)})


def rename(call: Call) -> Answer:
    """Give a field another label, and with it another key; values follow, Liquid does not."""
    label = label_in(call.body)
    with call.store.writing() as db:
        row = _field(db, call)
        try:
            row = custom_fields.rename(db, row, label)
        except custom_fields.LabelTaken:
            raise invalid("Label has already been taken") from None
    return Answer(status=200, body={"custom_field": shown(row)})


def remove(call: Call) -> Answer:
    """Delete a field and its values, unless a segment asks for them.

    Such a segment would be empty from then on, and who is left out by it be mailed.
    """
    with call.store.writing() as db:
        row = _field(db, call)
        if segments.using_field(db, row.id):
            raise invalid("Unable to destroy the custom field.")
        custom_fields.remove(db, row, now=call.now)
    return Answer(status=204)


def _field(db: Connection, call: Call) -> Row[Any]:
    row = custom_fields.by_id(db, call.id())
    if row is None:
        raise not_found()
    return row


def label_in(body: Mapping[str, Any]) -> str:
    """The label that a custom field is to have."""
    if not given(body, "label"):
        raise invalid("Label can't be blank")
    return (text(body, "label", limit=LONGEST_LABEL) or "").strip()


OPERATIONS = (
    Operation(method="GET", path="/custom_fields", answer=listing),
    Operation(method="POST", path="/custom_fields", answer=create),
    Operation(method="PUT", path="/custom_fields/{id}", answer=rename),
    Operation(method="DELETE", path="/custom_fields/{id}", answer=remove),
)
