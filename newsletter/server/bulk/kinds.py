"""What each bulk operation does with an item, and how it answers for those that failed.

Texts and keys are Kit's (Kit reference §4, §13). An id that is unknown is shown as null.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from newsletter.server import objects
from newsletter.server.api import custom_fields as fields_api
from newsletter.server.api import tags as tags_api
from newsletter.server.api.calls import Refusal
from newsletter.server.api.forms import origin
from newsletter.server.api.subscribers import LONGEST_NAME, written_down
from newsletter.server.api.values import address, choice, given, number, text, written
from newsletter.server.store import custom_fields, forms, removing, subscribers, tags
from newsletter.server.store.subscribers import STATES

_NO_SUBSCRIBER = "Subscriber does not exist"
_NO_FORM = "Form does not exist"
_NO_TAG = "Tag does not exist"
_NO_FIELD = "Custom field does not exist"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of some items."""

    results: list[dict[str, Any]] = field(default_factory=list)
    failures: list[dict[str, Any]] = field(default_factory=list)

    def shown(self, kind: Kind) -> dict[str, Any]:
        """As the API answers, and as a callback is told."""
        results = {} if kind.results is None else {kind.results: self.results}
        return {**results, "failures": self.failures}


class _Failed(Exception):
    """One item could not be done; `shown` repeats it."""

    def __init__(self, shown: Mapping[str, Any], *errors: str) -> None:
        super().__init__(*errors)
        self.shown = dict(shown)
        self.errors = list(errors)


_Item = Mapping[str, Any]
_Act = Callable[[Connection, _Item, datetime], dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One operation: `items` is the key of its list, `words` what a refusal calls them."""

    items: str
    words: str
    results: str | None
    failed: str  # the key under which a failure repeats its item
    order: tuple[str, ...]  # the values whose rows it changes
    act: _Act

    def work(self, db: Connection, items: Sequence[_Item], *, now: datetime) -> Outcome:
        """Do it with every item.

        Those of one row in the order they came in, but the rows in one order for everybody:
        on PostgreSQL two requests that want the same rows would otherwise wait for each other.
        """
        outcome = Outcome()
        for item in sorted(items, key=self._place):
            try:
                outcome.results.append(self.act(db, item, now))
            except _Failed as failure:
                outcome.failures.append({self.failed: failure.shown, "errors": failure.errors})
        return outcome

    def _place(self, item: _Item) -> tuple[str, ...]:
        return tuple(str(item.get(name, "")).strip().casefold() for name in self.order)


def _subscribe(db: Connection, item: _Item, now: datetime) -> dict[str, Any]:
    try:
        email_address = address(item)
        state = choice(item, "state", STATES) or "active"
        first_name = text(item, "first_name", limit=LONGEST_NAME)
    except Refusal as refusal:
        said = item.get("state")
        shown = {
            "first_name": _echo(item.get("first_name")),
            "email_address": _echo(item.get("email_address")),
            "state": said if isinstance(said, str) and said in STATES else "active",
            "created_at": None,
        }
        raise _Failed(shown, *refusal.errors) from None
    row, _ = written_down(db, email_address, first_name=first_name, state=state, fields={}, now=now)
    return objects.subscriber(row, None)


def _make_tag(db: Connection, item: _Item, now: datetime) -> dict[str, Any]:
    try:
        name = tags_api.name_in(item)
    except Refusal as refusal:
        raise _Failed({"name": _echo(item.get("name"))}, *refusal.errors) from None
    return objects.tag(tags.find_or_create(db, name, now=now)[0])


def _remove_tag(db: Connection, item: _Item, now: datetime) -> dict[str, Any]:
    row = _found(db, item, "id", tags.by_id)
    if row is None:
        raise _Failed({"id": None}, _NO_TAG)
    try:
        removing.tag(db, row, now=now)
    except removing.InUse:
        raise _Failed({"id": row.id}, "Unable to destroy the tag.") from None
    return {}


def _put_on(db: Connection, item: _Item, now: datetime) -> dict[str, Any]:
    tag, subscriber = _tagging(db, item)
    tags.put_on(db, tag_id=tag.id, subscriber_id=subscriber.id, now=now)
    at = tags.tagged_at(db, tag_id=tag.id, subscriber_id=subscriber.id)
    return {**_person(subscriber), "tagged_at": written(at)}


def _person(row: Row[Any]) -> dict[str, Any]:
    """A subscriber who was put somewhere: Kit shows neither state nor fields here."""
    shown = objects.subscriber(row, None)
    del shown["state"]
    return shown


def _take_off(db: Connection, item: _Item, now: datetime) -> dict[str, Any]:
    tag, subscriber = _tagging(db, item)
    tags.take_off(db, tag_id=tag.id, subscriber_id=subscriber.id, now=now)
    return {}


def _tagging(db: Connection, item: _Item) -> tuple[Row[Any], Row[Any]]:
    tag = _found(db, item, "tag_id", tags.by_id)
    subscriber = _found(db, item, "subscriber_id", subscribers.by_id)
    if tag is None or subscriber is None:
        shown = {
            "tag_id": None if tag is None else tag.id,
            "subscriber_id": None if subscriber is None else subscriber.id,
        }
        raise _Failed(shown, *_missing({_NO_SUBSCRIBER: subscriber, _NO_TAG: tag}))
    return tag, subscriber


def _add(db: Connection, item: _Item, now: datetime) -> dict[str, Any]:
    form = _found(db, item, "form_id", forms.by_id)
    subscriber = _found(db, item, "subscriber_id", subscribers.by_id)
    shown = {
        "form_id": None if form is None else form.id,
        "subscriber_id": None if subscriber is None else subscriber.id,
        "referrer": _echo(item.get("referrer")),
    }
    if form is None or subscriber is None:
        raise _Failed(shown, *_missing({_NO_SUBSCRIBER: subscriber, _NO_FORM: form}))
    try:
        referrer = text(item, "referrer")
    except Refusal as refusal:
        raise _Failed(shown, *refusal.errors) from None
    ids = {"form_id": form.id, "subscriber_id": subscriber.id}
    forms.add(db, **ids, referrer=referrer, now=now)
    membership = forms.membership(db, **ids)
    return {
        **_person(subscriber),
        **origin(membership.added_at, membership.referrer),
    }


def _make_field(db: Connection, item: _Item, now: datetime) -> dict[str, Any]:
    try:
        label = fields_api.label_in(item)
    except Refusal as refusal:
        raise _Failed({"label": _echo(item.get("label"))}, *refusal.errors) from None
    row, _ = custom_fields.find_or_create(db, label, now=now)
    return {**objects.custom_field(row), "created_at": written(row.created_at)}


def _set_value(db: Connection, item: _Item, now: datetime) -> dict[str, Any]:
    subscriber = _found(db, item, "subscriber_id", subscribers.by_id)
    row = _found(db, item, "subscriber_custom_field_id", custom_fields.by_id)
    shown = {
        "subscriber_id": None if subscriber is None else subscriber.id,
        # Unlike all others, this one is repeated as it came.
        "subscriber_custom_field_id": _echo(item.get("subscriber_custom_field_id")),
        "value": _echo(item.get("value")),
    }
    if subscriber is None or row is None:
        raise _Failed(shown, *_missing({_NO_SUBSCRIBER: subscriber, _NO_FIELD: row}))
    try:
        value = text(item, "value")
    except Refusal as refusal:
        raise _Failed(shown, *refusal.errors) from None
    subscribers.change(db, subscriber, {"fields": {row.key: value}}, now=now)
    return {
        "subscriber_id": subscriber.id,
        "subscriber_custom_field_id": row.id,
        "value": value,
    }


def _found(
    db: Connection, item: _Item, name: str, by_id: Callable[[Connection, int], Row[Any] | None]
) -> Row[Any] | None:
    try:
        return by_id(db, number(item[name], name)) if given(item, name) else None
    except Refusal:
        return None  # what cannot be an id is nobody's


def _missing(rows: Mapping[str, Row[Any] | None]) -> list[str]:
    return [words for words, row in rows.items() if row is None]


def _echo(value: object) -> str | int | float | bool | None:
    """What a failure repeats of its item: plain values, and texts that can be written."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    return value if isinstance(value, int | float | bool) else None


def _tagged(act: _Act, *, results: str | None) -> Kind:
    return Kind(
        items="taggings",
        words="taggings",
        results=results,
        failed="tagging",
        order=("subscriber_id", "tag_id"),
        act=act,
    )


KINDS: dict[str, Kind] = {
    "POST /bulk/custom_fields": Kind(
        items="custom_fields",
        words="custom fields",
        results="custom_fields",
        failed="custom_field",
        order=("label",),
        act=_make_field,
    ),
    "POST /bulk/custom_fields/subscribers": Kind(
        items="custom_field_values",
        words="custom field values",
        results="custom_field_values",
        failed="custom_field_value",
        order=("subscriber_id",),
        act=_set_value,
    ),
    "POST /bulk/forms/subscribers": Kind(
        items="additions",
        words="additions",
        results="subscribers",
        failed="subscription",
        order=("subscriber_id", "form_id"),
        act=_add,
    ),
    "POST /bulk/subscribers": Kind(
        items="subscribers",
        words="subscribers",
        results="subscribers",
        failed="subscriber",
        order=("email_address",),
        act=_subscribe,
    ),
    "POST /bulk/tags": Kind(
        items="tags", words="tags", results="tags", failed="tag", order=("name",), act=_make_tag
    ),
    "DELETE /bulk/tags": Kind(
        items="tags", words="tags", results=None, failed="tag", order=("id",), act=_remove_tag
    ),
    "POST /bulk/tags/subscribers": _tagged(_put_on, results="subscribers"),
    "DELETE /bulk/tags/subscribers": _tagged(_take_off, results=None),
}
"""By method and path, as the API has them."""
