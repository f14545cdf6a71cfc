"""A subscriber and a tag: the two objects that calls of several resources give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from newsletter.kit.wire import Reader, texts, was_created

State = Literal["active", "inactive", "bounced", "complained", "cancelled"]
Status = Literal["active", "inactive", "bounced", "complained", "cancelled", "all"]


@dataclass(frozen=True, kw_only=True)
class Subscriber:
    """One person as the service has her; times are UTC.

    `canceled_at` (one l) comes with a read by id; `added_at` with the members of a form
    or sequence, `referrer` with those of a form, `tagged_at` with those of a tag.
    What `include` adds stands in `extra`. After a write:

    - `created` says whether it made something, the person or her place in a form, sequence
      or tag; `False` where that was there before, `None` in what was only read.
    - `accepted` says that the values are written later (202), and `fields` do not show them yet.
    - `warnings` name the custom fields that the account does not have, and that were left out.
    """

    id: int
    email_address: str
    first_name: str | None
    state: str
    created_at: datetime | None
    fields: Mapping[str, str | None] | None
    canceled_at: datetime | None = None
    added_at: datetime | None = None
    tagged_at: datetime | None = None
    referrer: str | None = None
    created: bool | None = None
    accepted: bool = False
    warnings: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Tag:
    """A tag; `tagged_at` is given where it is one person's, `subscriber_count` where it was asked for.

    `created` is `False` where `create` found it there.
    """

    id: int
    name: str
    created_at: datetime | None
    tagged_at: datetime | None = None
    subscriber_count: int | None = None
    created: bool | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


def read_subscriber(data: object) -> Subscriber:
    """One item of a list.

    Raises:
        WrongShape: It is not a subscriber.
    """
    reader = Reader(data, "subscriber")
    return Subscriber(
        id=reader.integer("id"),
        email_address=reader.required_text("email_address"),
        first_name=reader.text("first_name"),
        state=reader.required_text("state"),
        created_at=reader.time("created_at"),
        fields=_custom_fields(reader.table("fields")),
        canceled_at=reader.time("canceled_at"),
        added_at=reader.time("added_at"),
        tagged_at=reader.time("tagged_at"),
        referrer=reader.text("referrer"),
        extra=reader.rest(),
    )


def read_answered_subscriber(answer: object) -> Subscriber:
    """The answer of a call on one subscriber, with the warnings beside it."""
    reader = Reader(answer, "the answer")
    subscriber = read_subscriber(reader.value("subscriber"))
    return replace(subscriber, warnings=texts(reader.value("warnings")))


def read_written_subscriber(answer: object, status: int) -> Subscriber:
    """The same after a write, whose status says what it did."""
    subscriber = read_answered_subscriber(answer)
    return replace(subscriber, created=was_created(status), accepted=status == 202)


def read_tag(data: object) -> Tag:
    """One item of a list.

    Raises:
        WrongShape: It is not a tag.
    """
    reader = Reader(data, "tag")
    return Tag(
        id=reader.integer("id"),
        name=reader.required_text("name"),
        created_at=reader.time("created_at"),
        tagged_at=reader.time("tagged_at"),
        subscriber_count=reader.optional_integer("subscriber_count"),
        extra=reader.rest(),
    )


def read_answered_tag(answer: object) -> Tag:
    """The answer of a call on one tag."""
    return read_tag(Reader(answer, "the answer").value("tag"))


def read_written_tag(answer: object, status: int) -> Tag:
    """The same after a write."""
    return replace(read_answered_tag(answer), created=was_created(status))


def _custom_fields(table: Mapping[str, Any] | None) -> dict[str, str | None] | None:
    if table is None:
        return None
    reader = Reader(table, "fields")
    return {key: reader.text(key) for key in table}
