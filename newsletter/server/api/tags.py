"""/tags: list, create, rename, and their members by id or by address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row

from newsletter.server.api import pages
from newsletter.server.api.calls import Answer, Call, Operation, invalid, not_found
from newsletter.server.api.subscribers import by_address, wanted_members
from newsletter.server.api.values import flag, given, since, text, until, words, written
from newsletter.server.objects import subscriber as shown
from newsletter.server.objects import tag
from newsletter.server.store import subscribers, tags
from newsletter.server.store.paging import page_of
from newsletter.server.store.tables import tags as tags_table

LONGEST_NAME = 255


def name_in(body: Mapping[str, Any]) -> str:
    """The name that a tag is to have."""
    if not given(body, "name"):
        raise invalid("Name can't be blank")
    return (text(body, "name", limit=LONGEST_NAME) or "").strip()


def listing(call: Call) -> Answer:
    """One page of the tags, newest first."""
    keys = [tags_table.c.id]
    wish = pages.wish(call.query, keys)
    include = words(call.query, "include", ("subscriber_count",))
    with call.store.reading() as db:
        page = page_of(db, tags.all_tags(), keys=keys, wish=wish)
        counts = tags.counts(db, [row.id for row in page.rows]) if include else {}
    rows = [tag(row) for row in page.rows]
    if include:
        rows = [{**row, "subscriber_count": counts[row["id"]]} for row in rows]
    return Answer(status=200, body={"tags": rows, "pagination": pages.pagination(page, wish)})


def create(call: Call) -> Answer:
    """The tag of this name: made (201), or the one that is there already (200)."""
    name = name_in(call.body)
    with call.store.writing() as db:
        row, created = tags.find_or_create(db, name, now=call.now)
    return Answer(status=201 if created else 200, body={"tag": tag(row)})


def rename(call: Call) -> Answer:
    """Give a tag another name."""
    name = name_in(call.body)
    with call.store.writing() as db:
        try:
            row = tags.rename(db, call.id(), name)
        except tags.NameTaken:
            raise invalid("Name has already been taken") from None
    if row is None:
        raise not_found()
    return Answer(status=200, body={"tag": tag(row)})


def members(call: Call) -> Answer:
    """One page of a tag's subscribers, the last tagged first."""
    tag_id = call.id("tag_id")
    wish = pages.wish(call.query, tags.MEMBER_KEYS)
    rows = tags.members(
        tag_id,
        wanted_members(call.query),
        after=since(call.query, "tagged_after"),
        before=until(call.query, "tagged_before"),
    )
    with call.store.reading() as db:
        _tag(db, tag_id)
        page = page_of(db, rows, keys=tags.MEMBER_KEYS, wish=wish)
        field_keys = None if flag(call.query, "slim") else subscribers.field_keys(db)
    body = [{**shown(row, field_keys), "tagged_at": written(row.tagged_at)} for row in page.rows]
    return Answer(
        status=200, body={"subscribers": body, "pagination": pages.pagination(page, wish)}
    )


def put_on_by_id(call: Call) -> Answer:
    """Tag the subscriber with this id."""
    with call.store.writing() as db:
        tag_id = _tag(db, call.id("tag_id"))
        return _put_on(db, call, tag_id, _subscriber(db, call.id()))


def put_on_by_address(call: Call) -> Answer:
    """Tag the subscriber with this address, who must exist."""
    with call.store.writing() as db:
        tag_id = _tag(db, call.id("tag_id"))
        return _put_on(db, call, tag_id, by_address(db, call.body, purpose="tag subscriber"))


def _put_on(db: Connection, call: Call, tag_id: int, row: Row[Any]) -> Answer:
    new = tags.put_on(db, tag_id=tag_id, subscriber_id=row.id, now=call.now)
    at = tags.tagged_at(db, tag_id=tag_id, subscriber_id=row.id)
    subscriber = {**shown(row, subscribers.field_keys(db)), "tagged_at": written(at)}
    return Answer(status=201 if new else 200, body={"subscriber": subscriber})


def take_off_by_id(call: Call) -> Answer:
    """Untag the subscriber with this id."""
    with call.store.writing() as db:
        tag_id = _tag(db, call.id("tag_id"))
        row = _subscriber(db, call.id())
        tags.take_off(db, tag_id=tag_id, subscriber_id=row.id, now=call.now)
    return Answer(status=204)


def take_off_by_address(call: Call) -> Answer:
    """Untag by address, which old clients put into the body of DELETE and new ones into the query."""
    values = call.body if given(call.body, "email_address") else call.query
    with call.store.writing() as db:
        tag_id = _tag(db, call.id("tag_id"))
        row = by_address(db, values, purpose="remove tag from subscriber")
        tags.take_off(db, tag_id=tag_id, subscriber_id=row.id, now=call.now)
    return Answer(status=204)


def _tag(db: Connection, tag_id: int) -> int:
    if tags.by_id(db, tag_id) is None:
        raise not_found()
    return tag_id


def _subscriber(db: Connection, subscriber_id: int) -> Row[Any]:
    row = subscribers.by_id(db, subscriber_id)
    if row is None:
        raise not_found()
    return row


_MEMBERS = "/tags/{tag_id}/subscribers"

OPERATIONS = (
    Operation(method="GET", path="/tags", answer=listing),
    Operation(method="POST", path="/tags", answer=create),
    Operation(method="PUT", path="/tags/{id}", answer=rename),
    Operation(method="GET", path=_MEMBERS, answer=members),
    Operation(method="POST", path=_MEMBERS, answer=put_on_by_address),
    Operation(method="DELETE", path=_MEMBERS, answer=take_off_by_address),
    Operation(method="POST", path=f"{_MEMBERS}/{{id}}", answer=put_on_by_id),
    Operation(method="DELETE", path=f"{_MEMBERS}/{{id}}", answer=take_off_by_id),
)
