"""Loading readers and what they bear: custom fields, tags, forms, segments, subscribers."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sqlalchemy import Table, select, update

from newsletter.server.addresses import key_of
from newsletter.server.api import conditions
from newsletter.server.loading.items import BadDocument, Item
from newsletter.server.loading.rows import Loading
from newsletter.server.store import custom_fields as fields_of
from newsletter.server.store.forms import TYPES
from newsletter.server.store.inserting import insert_if_new
from newsletter.server.store.sequence_tables import sequence_members, sequences
from newsletter.server.store.subscribers import STATES, SUPPRESSED_BY
from newsletter.server.store.tables import (
    custom_fields,
    form_members,
    forms,
    segments,
    subscribers,
    suppressions,
    taggings,
    tags,
)

Rows = Iterator[tuple[Item, dict[str, Any]]]


def load_custom_fields(loading: Loading, items: Sequence[Item]) -> None:
    """`id`, `label`, `key` (made from the label if not given), `created_at`."""

    def rows() -> Rows:
        for item in items:
            item.insist(("id", "label", "key", "created_at"))
            label = item.words("label")
            key = item.text("key", limit=255) or fields_of.key_of(label)
            if key != fields_of.key_of(key):
                raise item.wrong("key", "keys are lower case letters, digits and underscores")
            made = {"id": item.id(), "label": label, "key": key, "name": ""}
            yield item, {**made, "created_at": item.when("created_at")}

    loading.put(custom_fields, rows(), unique={"label": "label", "key": "key"})
    for row in loading.db.execute(select(custom_fields).where(custom_fields.c.name == "")).all():
        here = update(custom_fields).where(custom_fields.c.id == row.id)
        loading.db.execute(here.values(name=f"ck_field_{row.id}_{row.key}"))


def load_tags(loading: Loading, items: Sequence[Item]) -> None:
    """`id`, `name`, `created_at`."""

    def rows() -> Rows:
        for item in items:
            item.insist(("id", "name", "created_at"))
            name = item.words("name")
            row = {"id": item.id(), "name": name, "name_key": name.casefold()}
            yield item, {**row, "created_at": item.when("created_at")}

    loading.put(tags, rows(), unique={"name_key": "name"})


def load_forms(loading: Loading, items: Sequence[Item]) -> None:
    """`id`, `name`, `type`, `format`, `archived`, `uid`, `created_at`."""

    def rows() -> Rows:
        for item in items:
            item.insist(("id", "name", "type", "format", "archived", "uid", "created_at"))
            yield (
                item,
                {
                    "id": item.id(),
                    "name": item.words("name"),
                    "type": item.choice("type", TYPES, default="embed"),
                    "format": item.text("format", limit=50),
                    "archived": item.flag("archived"),
                    "uid": item.text("uid", limit=50) or secrets.token_hex(5),
                    "created_at": item.when("created_at"),
                },
            )

    loading.put(forms, rows(), unique={"uid": "uid"})


def load_segments(loading: Loading, items: Sequence[Item]) -> None:
    """`id`, `name`, `all` (conditions as for `POST /subscribers/filter`), `created_at`."""

    def rows() -> Rows:
        for item in items:
            item.insist(("id", "name", "all", "created_at"))
            wanted = item.read("all", partial(conditions.read, item.list("all")))
            if not wanted:
                raise item.wrong("all", "a segment needs at least one condition")
            row = {"id": item.id(), "name": item.words("name"), "conditions": wanted}
            yield item, {**row, "created_at": item.when("created_at")}

    loading.put(segments, rows(), unique={"name": "name"})


_SUBSCRIBER = (
    "id",
    "email_address",
    "first_name",
    "state",
    "fields",
    "created_at",
    "updated_at",
    "canceled_at",
    "tags",
    "forms",
    "sequences",
)


def load_subscribers(loading: Loading, items: Sequence[Item]) -> None:
    """The keys of the API's object, and what she is in: `tags` (`id`, `tagged_at`), `forms` (`id`,
    `added_at`, `referrer`) and `sequences` (`id`, `added_at`, `completed_at`).

    Who is cancelled, bounced or complained is suppressed, as if it had happened here.
    """
    keys = set(loading.db.execute(select(custom_fields.c.key)).scalars())
    kept = [(item, _subscriber(item, keys)) for item in items]
    loading.put(subscribers, kept, unique={"email_key": "email_address"})
    by_key = ids_by_address(loading)
    stopped = [row for _, row in kept if row["state"] in SUPPRESSED_BY]
    for row in stopped:
        kind, at = SUPPRESSED_BY[row["state"]], row["canceled_at"] or row["updated_at"]
        insert_if_new(
            loading.db, suppressions, {"email_key": row["email_key"], "kind": kind, "at": at}
        )
    people = [(item, by_key[row["email_key"]], row["created_at"]) for item, row in kept]
    for name, group in _GROUPS.items():
        _load_members(loading, people, name, group)


def _subscriber(item: Item, keys: set[str]) -> dict[str, Any]:
    item.insist(_SUBSCRIBER)
    address = item.address()
    state = item.choice("state", STATES, default="active")
    created_at = item.when("created_at")
    canceled_at = item.moment("canceled_at") if state == "cancelled" else None
    if state == "cancelled":
        canceled_at = canceled_at or item.when("updated_at", default=created_at)
    fields = item.texts("fields")
    for key in fields:
        if key not in keys:
            raise BadDocument(f"{item.at('fields')}.{key}", "there is no custom field of this key")
    return {
        "id": item.id(),
        "email_address": address,
        "email_key": key_of(address),
        "first_name": item.text("first_name", limit=255),
        "state": state,
        "fields": fields,
        "created_at": created_at,
        "updated_at": item.when("updated_at", default=canceled_at or created_at),
        "canceled_at": canceled_at,
        "left_by": "api" if state == "cancelled" else None,
    }


Person = tuple[Item, int, Any]
"""The item of a subscriber, her id, and when she was created."""


def ids_by_address(loading: Loading) -> Mapping[str, int]:
    """Every subscriber's id by the key of her address."""
    rows = loading.db.execute(select(subscribers.c.email_key, subscribers.c.id))
    return {row.email_key: row.id for row in rows}


@dataclass(frozen=True, kw_only=True)
class _Group:
    """What a subscriber may be in: its table, the table of who is in it, and the time she came."""

    of: Table
    members: Table
    column: str
    at: str
    more: Mapping[str, Callable[[Item, str], Any]] = field(default_factory=dict)


_GROUPS: Mapping[str, _Group] = {
    "tags": _Group(of=tags, members=taggings, column="tag_id", at="tagged_at"),
    "forms": _Group(
        of=forms,
        members=form_members,
        column="form_id",
        at="added_at",
        more={"referrer": Item.text},
    ),
    "sequences": _Group(
        of=sequences,
        members=sequence_members,
        column="sequence_id",
        at="added_at",
        more={"completed_at": Item.moment},
    ),
}


def _load_members(loading: Loading, people: Sequence[Person], name: str, group: _Group) -> None:
    """Put everybody into what the list `name` of her item says."""
    known = loading.ids(group.of)
    found: list[dict[str, Any]] = []
    for item, subscriber_id, came_at in people:
        seen: set[int] = set()
        for each in item.items(name):
            each.insist(("id", group.at, *group.more))
            number = loading.known(each, "id", group.of, known)
            if number in seen:
                raise each.wrong("id", f"{number} stands here twice")
            seen.add(number)
            found.append(
                {
                    group.column: number,
                    "subscriber_id": subscriber_id,
                    group.at: each.when(group.at, default=came_at),
                    **{more: read(each, more) for more, read in group.more.items()},
                }
            )
    loading.put_plain(group.members, found)
