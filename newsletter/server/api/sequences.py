"""/sequences: list, create, read, change, delete, and their members by id or by address.

They are kept and shown; their emails are not sent yet.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from sqlalchemy import Connection, Row

from newsletter.server.api import pages
from newsletter.server.api.broadcasts import sender_in, template_id_in
from newsletter.server.api.calls import Answer, Call, Operation, Refusal, invalid, not_found
from newsletter.server.api.subscribers import by_address, wanted_members
from newsletter.server.api.values import flag, given, number, since, text, until, words, written
from newsletter.server.objects import WEEK, sequence
from newsletter.server.objects import subscriber as shown
from newsletter.server.store import forms, segments, sequences, subscribers, tags, templates
from newsletter.server.store.paging import page_of
from newsletter.server.store.sequence_tables import sequences as sequences_table
from newsletter.server.store.store import account_of

LONGEST_NAME = 255
HOUR = 11  # at which emails are sent where a sequence does not say
_SOURCES = {
    "form": forms.unknown,
    "segment": segments.unknown,
    "sequence": sequences.unknown,
    "tag": tags.unknown,
}
_MOST_SOURCES = 50
_MOST_IDS = 1000
_INACTIVE = "Sequence is inactive"


def listing(call: Call) -> Answer:
    """One page of the sequences, newest first."""
    keys = [sequences_table.c.id]
    wish = pages.wish(call.query, keys)
    with_stats = _wants_stats(call)
    with call.store.reading() as db:
        page = page_of(db, sequences.all_sequences(), keys=keys, wish=wish)
        body = _with_numbers(db, page.rows, with_stats=with_stats)
    return Answer(status=200, body={"sequences": body, "pagination": pages.pagination(page, wish)})


def create(call: Call) -> Answer:
    """Make an empty sequence. Everything but its name has a default."""
    if not given(call.body, "name"):
        raise invalid("name can't be blank")
    with call.store.writing() as db:
        before = {
            "hold": False,
            "repeat": False,
            "active": True,
            "email_address": None,
            "email_template_id": None,
            "send_days": list(WEEK),
            "send_hour": HOUR,
            "time_zone": account_of(db).timezone,
            "exclude_subscriber_sources": [],
        }
        row = sequences.create(db, {**before, **_values(db, call.body)}, now=call.now)
        return _answer(db, row, status=201)


def read(call: Call) -> Answer:
    """One sequence."""
    with_stats = _wants_stats(call)
    with call.store.reading() as db:
        return _answer(db, sequence_of(db, call.id()), with_stats=with_stats)


def change(call: Call) -> Answer:
    """Change what the body names."""
    with call.store.writing() as db:
        row = sequence_of(db, call.id())
        return _answer(db, sequences.change(db, row, _values(db, call.body), now=call.now))


def remove(call: Call) -> Answer:
    """Delete a sequence; its rows stay, and nothing finds them."""
    with call.store.writing() as db:
        sequences.remove(db, sequence_of(db, call.id()), now=call.now)
    return Answer(status=204)


def members(call: Call) -> Answer:
    """One page of a sequence's subscribers, the last added first."""
    sequence_id = call.id("sequence_id")
    wish = pages.wish(call.query, sequences.MEMBER_KEYS)
    rows = sequences.members(
        sequence_id,
        wanted_members(call.query),
        after=since(call.query, "added_after"),
        before=until(call.query, "added_before"),
    )
    with call.store.reading() as db:
        sequence_of(db, sequence_id)
        page = page_of(db, rows, keys=sequences.MEMBER_KEYS, wish=wish)
        field_keys = None if flag(call.query, "slim") else subscribers.field_keys(db)
    body = [{**shown(row, field_keys), "added_at": written(row.added_at)} for row in page.rows]
    return Answer(
        status=200, body={"subscribers": body, "pagination": pages.pagination(page, wish)}
    )


def add_by_id(call: Call) -> Answer:
    """Put the subscriber with this id into a sequence."""
    with call.store.writing() as db:
        row = subscribers.by_id(db, call.id())
        if row is None:
            raise not_found()
        return _add(db, call, row)


def add_by_address(call: Call) -> Answer:
    """Put the subscriber with this address, who must exist, into a sequence."""
    with call.store.writing() as db:
        sequence_of(db, call.id("sequence_id"))
        return _add(db, call, by_address(db, call.body, purpose="add subscriber to sequence"))


def _add(db: Connection, call: Call, row: Row[Any]) -> Answer:
    sequence_id = call.id("sequence_id")
    if not sequence_of(db, sequence_id).active:
        raise invalid(_INACTIVE)
    new = sequences.add(db, sequence_id=sequence_id, subscriber_id=row.id, now=call.now)
    at = sequences.added_at(db, sequence_id=sequence_id, subscriber_id=row.id)
    subscriber = {**shown(row, subscribers.field_keys(db)), "added_at": written(at)}
    return Answer(status=201 if new else 200, body={"subscriber": subscriber})


def sequence_of(db: Connection, sequence_id: int) -> Row[Any]:
    """The sequence with this id; refuses when there is none."""
    row = sequences.by_id(db, sequence_id)
    if row is None:
        raise not_found()
    return row


def _wants_stats(call: Call) -> bool:
    return bool(words(call.query, "include", ("stats",)))


def _answer(
    db: Connection, row: Row[Any], *, status: int = 200, with_stats: bool = False
) -> Answer:
    (body,) = _with_numbers(db, [row], with_stats=with_stats)
    return Answer(status=status, body={"sequence": body})


def _with_numbers(
    db: Connection, rows: Collection[Row[Any]], *, with_stats: bool
) -> list[dict[str, Any]]:
    ids = [row.id for row in rows]
    emails = sequences.email_counts(db, ids)
    there = sequences.member_counts(db, ids)
    done = sequences.completed_counts(db, ids) if with_stats else {}
    found = []
    for row in rows:
        body = {
            **sequence(row),
            "email_count": emails[row.id],
            "subscriber_count": there[row.id],
        }
        if with_stats:
            body["stats"] = {"completed": done[row.id], **NOTHING_SENT}
        found.append(body)
    return found


# Of sequences nothing is sent yet. How Kit names these numbers is not known.
NOTHING_SENT = {
    "sent": 0,
    "open_rate": 0.0,
    "click_rate": 0.0,
    "unsubscribe_rate": 0.0,
    "unsubscribes": 0,
}


def _values(db: Connection, body: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that a body names."""
    values: dict[str, Any] = {}
    if "name" in body:
        values["name"] = (text(body, "name", limit=LONGEST_NAME) or "").strip()
        if not values["name"]:
            raise invalid("name can't be blank")
    for name in ("hold", "repeat", "active"):
        if given(body, name):
            values[name] = flag(body, name)
    if "email_address" in body:
        values["email_address"] = sender_in(db, body)
    if "email_template_id" in body:
        values["email_template_id"] = template_in(db, body)
    if given(body, "send_days"):
        values["send_days"] = days_in(body)
    if given(body, "send_hour"):
        values["send_hour"] = _hour(body["send_hour"])
    if given(body, "time_zone"):
        values["time_zone"] = _zone(body)
    if body.get("exclude_subscriber_sources") is not None:
        values["exclude_subscriber_sources"] = _sources(db, body["exclude_subscriber_sources"])
    return values


def template_in(db: Connection, body: Mapping[str, Any]) -> int | None:
    """The `email_template_id` a body names, which must exist; None for none."""
    if not given(body, "email_template_id"):
        return None
    found = template_id_in(body["email_template_id"])
    if templates.by_id(db, found) is None:
        raise invalid("Email template not found")
    return found


def days_in(body: Mapping[str, Any]) -> list[str]:
    """The weekdays of `send_days`, each once, as they came."""
    days = body["send_days"]
    if not isinstance(days, list) or not days or not all(each in WEEK for each in days):
        raise invalid(f"send_days must be any of: {', '.join(WEEK)}")
    return list(dict.fromkeys(days))


def _hour(value: object) -> int:
    try:
        hour = number(value, "send_hour")
    except Refusal:
        hour = 24
    if hour > 23:
        raise invalid("send_hour must be an integer between 0 and 23")
    return hour


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _zone(body: Mapping[str, Any]) -> str:
    zone = text(body, "time_zone", limit=LONGEST_NAME) or ""
    if zone not in _zones():
        raise invalid("time_zone must be the name of an IANA time zone")
    return zone


def _sources(db: Connection, value: object) -> list[dict[str, Any]]:
    """Whom a sequence leaves out, one object a type, as Kit shows them: by type."""
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise invalid("exclude_subscriber_sources must be a list of objects")
    if len(value) > _MOST_SOURCES:
        raise invalid(f"exclude_subscriber_sources can hold {_MOST_SOURCES} objects at most")
    found: dict[str, list[int]] = {}
    for each in value:
        kind, ids = each.get("type"), each.get("ids")
        if not isinstance(kind, str) or kind not in _SOURCES:
            raise invalid(f"exclude_subscriber_sources types must be one of: {', '.join(_SOURCES)}")
        if not isinstance(ids, list) or len(ids) > _MOST_IDS:
            raise invalid(f"exclude_subscriber_sources ids must be a list of {_MOST_IDS} at most")
        found.setdefault(kind, []).extend(number(one, "ids") for one in ids)
    for kind, ids in found.items():
        missing = _SOURCES[kind](db, ids)
        if missing:
            named = ", ".join(str(each) for each in sorted(missing))
            raise invalid(f"{kind.capitalize()} not found: {named}")
    return [{"type": kind, "ids": list(dict.fromkeys(found[kind]))} for kind in sorted(found)]


_MEMBERS = "/sequences/{sequence_id}/subscribers"

OPERATIONS = (
    Operation(method="GET", path="/sequences", answer=listing),
    Operation(method="POST", path="/sequences", answer=create),
    Operation(method="GET", path="/sequences/{id}", answer=read),
    Operation(method="PUT", path="/sequences/{id}", answer=change),
    Operation(method="DELETE", path="/sequences/{id}", answer=remove),
    Operation(method="GET", path=_MEMBERS, answer=members),
    Operation(method="POST", path=_MEMBERS, answer=add_by_address),
    Operation(method="POST", path=f"{_MEMBERS}/{{id}}", answer=add_by_id),
)
