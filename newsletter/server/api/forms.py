"""/forms: list them, and add or list their members. Forms are read-only apart from that."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row

from newsletter.server.api import pages
from newsletter.server.api.attribution import utm_parameters
from newsletter.server.api.calls import Answer, Call, Operation, not_found
from newsletter.server.api.subscribers import by_address, wanted_members
from newsletter.server.api.values import choice, flag, since, text, until, words, written
from newsletter.server.objects import form
from newsletter.server.objects import subscriber as shown
from newsletter.server.store import forms, subscribers
from newsletter.server.store.paging import page_of
from newsletter.server.store.tables import forms as forms_table

_STATUSES = ("active", "archived", "trashed", "all")


def _shown(row: Row[Any], public_url: str) -> dict[str, Any]:
    # This server has no script to embed; the page itself is what there is to link to.
    page = f"{public_url}/forms/{row.id}"
    return {**form(row), "embed_js": page, "embed_url": page}


def listing(call: Call) -> Answer:
    """One page of the forms, newest first; archived ones only when asked for."""
    status = choice(call.query, "status", _STATUSES) or "active"
    kind = choice(call.query, "type", forms.TYPES)
    include = words(call.query, "include", ("subscriber_count",))
    keys = [forms_table.c.id]
    wish = pages.wish(call.query, keys)
    rows = forms.all_forms(kind=kind, archived={"active": False, "archived": True}.get(status))
    if status == "trashed":  # nothing is ever trashed here
        rows = rows.where(forms_table.c.id < 0)
    with call.store.reading() as db:
        page = page_of(db, rows, keys=keys, wish=wish)
        counts = forms.counts(db, [row.id for row in page.rows]) if include else {}
    body = [_shown(row, call.public_url) for row in page.rows]
    if include:
        body = [{**row, "subscriber_count": counts[row["id"]]} for row in body]
    return Answer(status=200, body={"forms": body, "pagination": pages.pagination(page, wish)})


def members(call: Call) -> Answer:
    """One page of a form's subscribers, the last added first."""
    form_id = call.id("form_id")
    wish = pages.wish(call.query, forms.MEMBER_KEYS)
    rows = forms.members(
        form_id,
        wanted_members(call.query),
        after=since(call.query, "added_after"),
        before=until(call.query, "added_before"),
    )
    with call.store.reading() as db:
        _form(db, form_id)
        page = page_of(db, rows, keys=forms.MEMBER_KEYS, wish=wish)
        field_keys = None if flag(call.query, "slim") else subscribers.field_keys(db)
    body = [{**shown(row, field_keys), **origin(row.added_at, row.referrer)} for row in page.rows]
    return Answer(
        status=200, body={"subscribers": body, "pagination": pages.pagination(page, wish)}
    )


def origin(added_at: Any, referrer: str | None) -> dict[str, Any]:
    """When and whence somebody came through a form, as a member is shown."""
    return {
        "added_at": written(added_at),
        "referrer": referrer,
        "referrer_utm_parameters": utm_parameters(referrer),
    }


def add_by_id(call: Call) -> Answer:
    """Put the subscriber with this id on a form."""
    with call.store.writing() as db:
        form_id = _form(db, call.id("form_id"))
        row = subscribers.by_id(db, call.id())
        if row is None:
            raise not_found()
        return _add(db, call, form_id, row)


def add_by_address(call: Call) -> Answer:
    """Put the subscriber with this address, who must exist, on a form."""
    with call.store.writing() as db:
        form_id = _form(db, call.id("form_id"))
        row = by_address(db, call.body, purpose="add subscriber to form")
        return _add(db, call, form_id, row)


def _add(db: Connection, call: Call, form_id: int, row: Row[Any]) -> Answer:
    new = forms.add(
        db,
        form_id=form_id,
        subscriber_id=row.id,
        referrer=text(call.body, "referrer"),
        now=call.now,
    )
    membership = forms.membership(db, form_id=form_id, subscriber_id=row.id)
    subscriber = {
        **shown(row, subscribers.field_keys(db)),
        **origin(membership.added_at, membership.referrer),
    }
    return Answer(status=201 if new else 200, body={"subscriber": subscriber})


def _form(db: Connection, form_id: int) -> int:
    if forms.by_id(db, form_id) is None:
        raise not_found()
    return form_id


_MEMBERS = "/forms/{form_id}/subscribers"

OPERATIONS = (
    Operation(method="GET", path="/forms", answer=listing),
    Operation(method="GET", path=_MEMBERS, answer=members),
    Operation(method="POST", path=_MEMBERS, answer=add_by_address),
    Operation(method="POST", path=f"{_MEMBERS}/{{id}}", answer=add_by_id),
    # What clients call that know landing pages and forms apart: a landing page is a form here.
    Operation(method="POST", path="/landing_pages/{form_id}/subscribers/{id}", answer=add_by_id),
)
