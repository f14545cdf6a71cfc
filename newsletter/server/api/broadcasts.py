"""/broadcasts: draft, schedule, change, unschedule, delete.

There is no call to send: a time to send is what sets a broadcast going, and a time that
has come means that it is being sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row

from newsletter.server import objects
from newsletter.server.addresses import key_of
from newsletter.server.api import audiences, pages
from newsletter.server.api.calls import Answer, Call, Operation, Refusal, invalid, not_found
from newsletter.server.api.values import (
    choice,
    flag,
    given,
    moment,
    number,
    since,
    text,
    until,
)
from newsletter.server.delivery.letter import BadLetter, compiled
from newsletter.server.snippets import Stored
from newsletter.server.store import broadcasts, posts, snippets, templates
from newsletter.server.store.beginnings import STARTING_POINT
from newsletter.server.store.paging import page_of
from newsletter.server.store.store import account_of
from newsletter.server.store.tables import broadcasts as broadcasts_table

_TEXTS = ("subject", "preview_text", "description", "content", "thumbnail_alt", "thumbnail_url")
_TOO_LATE = {
    "sending": "Broadcast is already sending.",
    "completed": "Broadcast has already been sent.",
    "aborted": "Broadcast has already been sent.",
}


def shown(row: Row[Any], call: Call, *, sender: str, slim: bool = False) -> dict[str, Any]:
    """A broadcast as the API shows one; `sender` is the account's own address."""
    body = objects.broadcast(row)
    if slim:
        return body
    return body | {
        "content": row.content,
        "public_url": _public_url(row, call),
        "email_address": row.email_address or sender,
        "email_template": {"id": row.email_template_id, "name": row.template_name},
        "subscriber_filter": row.subscriber_filter,
    }


def _public_url(row: Row[Any], call: Call) -> str | None:
    is_shown = row.public and row.slug and posts.is_published(row, now=call.now)
    return objects.post_url(call.public_url, row.slug) if is_shown else None


def listing(call: Call) -> Answer:
    """One page of the broadcasts, newest first."""
    slim = flag(call.query, "slim") or False
    keys = [broadcasts_table.c.id]
    wish = pages.wish(call.query, keys)
    rows = broadcasts.all_broadcasts(now=call.now, slim=slim, **filters(call.query))
    with call.store.reading() as db:
        page = page_of(db, rows, keys=keys, wish=wish)
        sender = account_of(db).sender_address
    body = [shown(row, call, sender=sender, slim=slim) for row in page.rows]
    return Answer(status=200, body={"broadcasts": body, "pagination": pages.pagination(page, wish)})


def filters(query: Mapping[str, str]) -> dict[str, Any]:
    """The filters that the lists of broadcasts and of their statistics share."""
    return {
        "status": choice(query, "status", broadcasts.STATUSES),
        "sent_after": since(query, "sent_after"),
        "sent_before": until(query, "sent_before"),
    }


def create(call: Call) -> Answer:
    """Make a draft, or a scheduled broadcast when a time to send is given."""
    if not given(call.body, "subject"):
        raise invalid("Subject can't be blank")
    with call.store.writing() as db:
        before = {
            **dict.fromkeys(_TEXTS),
            "public": False,
            "published_at": None,
            "send_at": None,
            "email_address": None,
            "email_template_id": templates.default(db).id,
            "subscriber_filter": audiences.EVERYBODY,
            "status": "draft",
        }
        values = _changed(db, call, before)
        broadcast_id = broadcasts.create(db, values, now=call.now)
        _follow(db, broadcast_id, values, call)
        return _answer(db, call, broadcast_id, status=201)


def _follow(db: Connection, broadcast_id: int, values: Mapping[str, Any], call: Call) -> None:
    """Give a public broadcast its side on the web."""
    if values["public"]:
        title = values["subject"] or ""
        posts.follow(db, broadcast_id, title=title, public_url=call.public_url, now=call.now)


def read(call: Call) -> Answer:
    """One broadcast."""
    with call.store.reading() as db:
        return _answer(db, call, call.id(), status=200, noted=False)


def change(call: Call) -> Answer:
    """Change what the body names, as long as the time to send has not come."""
    with call.store.writing() as db:
        row = _still_open(db, call)
        before = {name: row._mapping[name] for name in _kept_columns()}
        values = _changed(db, call, before)
        broadcasts.change(db, row.id, values, now=call.now)
        _follow(db, row.id, values, call)
        return _answer(db, call, row.id, status=200)


def remove(call: Call) -> Answer:
    """Delete a broadcast, as long as the time to send has not come."""
    with call.store.writing() as db:
        row = _still_open(db, call)
        broadcasts.remove(db, row, now=call.now)
    return Answer(status=204, note=f"“{row.subject}” deleted")


def _still_open(db: Connection, call: Call) -> Row[Any]:
    row = broadcasts.locked(db, call.id(), now=call.now)
    if row is None:
        raise not_found()
    if row.status_now in _TOO_LATE:
        raise invalid(_TOO_LATE[row.status_now])
    return row


def _kept_columns() -> tuple[str, ...]:
    others = ("public", "published_at", "send_at", "email_address", "email_template_id")
    return (*_TEXTS, *others, "subscriber_filter", "status")


def _answer(
    db: Connection, call: Call, broadcast_id: int, *, status: int, noted: bool = True
) -> Answer:
    row = broadcasts.by_id(db, broadcast_id, now=call.now)
    if row is None:
        raise not_found()
    account = account_of(db)
    note = ""
    if noted:
        note = f"“{row.subject}”, {row.status_now}"
        if row.send_at is not None:
            zone = ZoneInfo(account.timezone)
            local, today = row.send_at.astimezone(zone), call.now.astimezone(zone)
            day = "" if local.date() == today.date() else f"{local:%d %b} "
            note = f"“{row.subject}”, sends {day}{local:%H:%M}"
    body = {"broadcast": shown(row, call, sender=account.sender_address)}
    return Answer(status=status, body=body, note=note)


def _changed(db: Connection, call: Call, before: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a broadcast after the body was applied to them; refuses what cannot be sent."""
    body = call.body
    after = dict(before)
    after |= {name: text(body, name) for name in _TEXTS if name in body}
    if given(body, "public"):
        after["public"] = flag(body, "public")
    if given(body, "subscriber_filter"):
        after["subscriber_filter"] = audiences.read(db, body["subscriber_filter"])
    if "email_address" in body:
        after["email_address"] = sender_in(db, body)
    _schedule(body, after)
    after["published_at"] = (
        (moment(body, "published_at") or before["published_at"] or after["send_at"] or call.now)
        if after["public"]
        else None
    )
    template = _template(db, body, after)
    if after["status"] == "scheduled":
        _refuse_unsendable(after, template, snippets.stored(db))
    return after


def _schedule(body: Mapping[str, Any], after: dict[str, Any]) -> None:
    # An explicit null takes the time away; a blank is "not given" and leaves it.
    if "send_at" not in body or (body["send_at"] is not None and not given(body, "send_at")):
        return
    after["send_at"] = moment(body, "send_at")
    after["status"] = "draft" if after["send_at"] is None else "scheduled"


def sender_in(db: Connection, body: Mapping[str, Any]) -> str | None:
    """The `email_address` a body names, which must be the account's own; None for the default."""
    if not given(body, "email_address"):
        return None
    wanted = text(body, "email_address") or ""
    own = account_of(db).sender_address
    if key_of(wanted) != key_of(own):
        raise invalid("Email address is not one of the account's sending addresses")
    return str(own)


def _template(db: Connection, body: Mapping[str, Any], after: dict[str, Any]) -> Row[Any]:
    if given(body, "email_template_id"):
        after["email_template_id"] = template_id_in(body["email_template_id"])
    template = templates.by_id(db, after["email_template_id"])
    if template is None:
        raise invalid("Email template not found")
    if template.category == STARTING_POINT:
        if given(body, "content") and not flag(body, "allow_starting_point"):
            raise invalid(
                "`allow_starting_point` must be true to give a Starting point template content"
            )
        if after["content"] is None:
            after["content"] = template.html
    return template


def template_id_in(value: object) -> int:
    """An `email_template_id`, which clients send as text too."""
    try:
        return number(value, "email_template_id")
    except Refusal:
        raise invalid("Email template not found") from None


def _refuse_unsendable(
    after: Mapping[str, Any], template: Row[Any], pieces: Mapping[str, Stored]
) -> None:
    try:
        compiled(
            subject=after["subject"],
            preview_text=after["preview_text"],
            content=after["content"],
            template=template.html,
            category=template.category,
            snippets=pieces,
        )
    except BadLetter as error:
        raise invalid(str(error)) from None


OPERATIONS = (
    Operation(method="GET", path="/broadcasts", answer=listing),
    Operation(method="POST", path="/broadcasts", answer=create),
    Operation(method="GET", path="/broadcasts/{id}", answer=read),
    Operation(method="PUT", path="/broadcasts/{id}", answer=change),
    Operation(method="DELETE", path="/broadcasts/{id}", answer=remove),
)
