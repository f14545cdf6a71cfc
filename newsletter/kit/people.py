"""A subscriber and a tag: the two objects that calls of several resources give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from newsletter.kit.wire import Reader, texts

State = Literal["active", "inactive", "bounced", "complained", "cancelled"]
Status = Literal["active", "inactive", "bounced", "complained", "cancelled", "all"]


@dataclass(frozen=True, kw_only=True)
class Subscriber:
    """One person as the service has her; times are UTC.

    `canceled_at` (one l) comes with a read by id; `added_at` and `referrer` with
    the members of a form, `tagged_at` with those of a tag; `warnings` with a
    write that named custom fields the account does not have. What `include`
    adds stands in `extra`.
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
    warnings: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Tag:
    """A tag; `tagged_at` is given where it is one person's."""

    id: int
    name: str
    created_at: datetime | None
    tagged_at: datetime | None = None
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
        extra=reader.rest(),
    )


def read_answered_tag(answer: object) -> Tag:
    """The answer of a call on one tag."""
    return read_tag(Reader(answer, "the answer").value("tag"))


def one_person(subscriber_id: int | None, email_address: str | None) -> None:
    """Hold callers to naming a person in exactly one way.

    Raises:
        ValueError: Both or neither were given.
    """
    if (subscriber_id is None) == (email_address is None):
        raise ValueError("Give subscriber_id or email_address, and only one of them.")


def _custom_fields(table: Mapping[str, Any] | None) -> dict[str, str | None] | None:
    if table is None:
        return None
    reader = Reader(table, "fields")
    return {key: reader.text(key) for key in table}
