"""/sequences/{id}/emails: list in order, append or insert, read, change, delete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row

from newsletter.server.api import pages
from newsletter.server.api.calls import Answer, Call, Operation, Refusal, invalid, not_found
from newsletter.server.api.sequences import NOTHING_SENT, days_in, sequence_of, template_in
from newsletter.server.api.values import flag, given, number, text, words
from newsletter.server.objects import WEEK
from newsletter.server.store import sequences
from newsletter.server.store.paging import page_of
from newsletter.server.store.store import account_of

_UNITS = ("days", "hours")
_LONGEST_DELAY = 10_000
_TAKEN = "position is already taken"


def listing(call: Call) -> Answer:
    """One page of a sequence's emails by position, without content unless it is asked for."""
    sequence_id = call.id("sequence_id")
    with_content = flag(call.query, "include_content") or False
    with_stats = _wants_stats(call)
    wish = pages.wish(call.query, sequences.EMAIL_KEYS)
    rows = sequences.emails_of(sequence_id, with_content=with_content)
    with call.store.reading() as db:
        sender = _sender(db, sequence_of(db, sequence_id))
        page = page_of(db, rows, keys=sequences.EMAIL_KEYS, wish=wish, descending=False)
    body = [_shown(row, sender, with_stats=with_stats) for row in page.rows]
    return Answer(status=200, body={"emails": body, "pagination": pages.pagination(page, wish)})


def create(call: Call) -> Answer:
    """Add an email, as a draft and at the end unless the body says otherwise."""
    body = call.body
    if not given(body, "subject"):
        raise invalid("subject can't be blank")
    if not given(body, "delay_value"):
        raise invalid("delay_value can't be blank")
    if not given(body, "delay_unit"):
        raise invalid(f"delay_unit must be one of: {', '.join(_UNITS)}")
    with call.store.writing() as db:
        of = sequence_of(db, call.id("sequence_id"))
        values = {
            "preview_text": None,
            "content": None,
            "email_template_id": None,
            "published": False,
            "send_days": None,
            "position": sequences.next_position(db, of.id),
            **_values(db, body),
        }
        _refuse_no_delay(db, of.id, values)
        try:
            row = sequences.add_email(db, of.id, values, now=call.now)
        except sequences.PositionTaken:
            raise invalid(_TAKEN) from None
        return Answer(status=201, body={"email": _shown(row, _sender(db, of))})


def read(call: Call) -> Answer:
    """One email, content included."""
    with_stats = _wants_stats(call)
    with call.store.reading() as db:
        of, row = _email(db, call)
        shown = _shown(row, _sender(db, of), with_stats=with_stats)
    return Answer(status=200, body={"email": shown})


def change(call: Call) -> Answer:
    """Change what the body names."""
    with call.store.writing() as db:
        of, row = _email(db, call)
        values = _values(db, call.body)
        _refuse_no_delay(db, of.id, {**row._mapping, **values}, but=row.id)
        try:
            row = sequences.change_email(db, row, values, now=call.now)
        except sequences.PositionTaken:
            raise invalid(_TAKEN) from None
        return Answer(status=200, body={"email": _shown(row, _sender(db, of))})


def remove(call: Call) -> Answer:
    """Delete an email."""
    with call.store.writing() as db:
        _, row = _email(db, call)
        sequences.remove_email(db, row)
    return Answer(status=204)


def _email(db: Connection, call: Call) -> tuple[Row[Any], Row[Any]]:
    of = sequence_of(db, call.id("sequence_id"))
    row = sequences.email_by_id(db, of.id, call.id())
    if row is None:
        raise not_found()
    return of, row


def _sender(db: Connection, of: Row[Any]) -> str:
    return str(of.email_address or account_of(db).sender_address)


def _wants_stats(call: Call) -> bool:
    return bool(words(call.query, "include", ("stats",)))


def _shown(row: Row[Any], sender: str, *, with_stats: bool = False) -> dict[str, Any]:
    every_day = None if row.delay_unit == "hours" else list(WEEK)
    body = {
        "id": row.id,
        "sequence_id": row.sequence_id,
        "subject": row.subject,
        "preview_text": row.preview_text,
        "email_address": sender,
        "email_template_id": row.email_template_id,
        "published": row.published,
        "position": row.position,
        "delay_value": row.delay_value,
        "delay_unit": row.delay_unit,
        "send_days": row.send_days or every_day,
    }
    if "content" in row._mapping:
        body["content"] = row.content
    return {**body, "stats": NOTHING_SENT} if with_stats else body


def _values(db: Connection, body: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that a body names."""
    values: dict[str, Any] = {}
    if "subject" in body:
        if not given(body, "subject"):
            raise invalid("subject can't be blank")
        values["subject"] = text(body, "subject")
    for name in ("preview_text", "content"):
        if name in body:
            values[name] = text(body, name)
    if given(body, "delay_value"):
        values["delay_value"] = _whole(body["delay_value"], "delay_value")
    if given(body, "delay_unit"):
        unit = body["delay_unit"]
        if unit not in _UNITS:
            raise invalid(f"delay_unit must be one of: {', '.join(_UNITS)}")
        values["delay_unit"] = unit
    if given(body, "position"):
        values["position"] = _whole(body["position"], "position")
    if given(body, "published"):
        values["published"] = flag(body, "published")
    if "send_days" in body:
        # The description refuses days with hours; the service takes them and gives them back.
        values["send_days"] = days_in(body) if given(body, "send_days") else None
    if "email_template_id" in body:
        values["email_template_id"] = template_in(db, body)
    return values


def _whole(value: object, name: str) -> int:
    try:
        found = number(value, name)
    except Refusal:
        found = _LONGEST_DELAY + 1
    if found > _LONGEST_DELAY:
        raise invalid(f"{name} must be an integer between 0 and {_LONGEST_DELAY}")
    return found


def _refuse_no_delay(
    db: Connection, sequence_id: int, values: Mapping[str, Any], *, but: int | None = None
) -> None:
    if values["delay_value"] == 0 and not sequences.is_first(
        db, sequence_id, values["position"], but=but
    ):
        raise invalid("delay_value must be greater than 0 after the first email")


_EMAILS = "/sequences/{sequence_id}/emails"

OPERATIONS = (
    Operation(method="GET", path=_EMAILS, answer=listing),
    Operation(method="POST", path=_EMAILS, answer=create),
    Operation(method="GET", path=f"{_EMAILS}/{{id}}", answer=read),
    Operation(method="PUT", path=f"{_EMAILS}/{{id}}", answer=change),
    Operation(method="DELETE", path=f"{_EMAILS}/{{id}}", answer=remove),
)
