"""Many at once: `/bulk`. These calls want an OAuth token.

Up to a hundred items Kit works at once (200): the result has what was made, and what failed with
its reasons. More of them it takes (202, `accepted`) and works later; with a `callback_url` it posts
the result there, which `read_callback` reads. All of it counts towards 300 MB of waiting data
(413, `QueueFull`). One failed item stops no other, and results come in no order.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, NotRequired, TypedDict, TypeVar

from newsletter.kit.custom_fields import CustomField, read_custom_field
from newsletter.kit.errors import Unreadable
from newsletter.kit.people import State, Subscriber, Tag, read_subscriber, read_tag
from newsletter.kit.session import Session
from newsletter.kit.wire import Reader, WrongShape, present, texts

T = TypeVar("T")


class NewSubscriber(TypedDict):
    """A person to add, or whose name to change."""

    email_address: str
    first_name: NotRequired[str | None]
    state: NotRequired[State | None]


class Tagging(TypedDict):
    """A tag and a person who is there already."""

    tag_id: int
    subscriber_id: int


class FormAddition(TypedDict):
    """A form, a person who is there already, and the page where she met it."""

    form_id: int
    subscriber_id: int
    referrer: NotRequired[str | None]


class FieldValue(TypedDict):
    """What one person's custom field is to hold."""

    subscriber_id: int
    subscriber_custom_field_id: int
    value: str | None


@dataclass(frozen=True, kw_only=True)
class BulkMember:
    """A person as bulk calls on tags and forms give her: without state and fields. Times are UTC."""

    id: int
    email_address: str
    first_name: str | None
    created_at: datetime | None
    added_at: datetime | None = None
    tagged_at: datetime | None = None
    referrer: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class StoredValue:
    """A custom field's value that was set."""

    subscriber_id: int
    subscriber_custom_field_id: int
    value: str | None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Failure:
    """One item that was not done, and why.

    `item` repeats what was sent under the name that Kit gives it, with `None` for an unknown id:
    `{"tagging": {"tag_id": None, "subscriber_id": 31}}`.
    """

    errors: tuple[str, ...]
    item: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class BulkResult(Generic[T]):
    """What became of a bulk call.

    `accepted` (202) means later: `items` and `failures` are empty then, and say nothing.
    """

    accepted: bool
    items: tuple[T, ...] = ()
    failures: tuple[Failure, ...] = ()
    warnings: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


class BulkCalls:
    """The calls on many things at once.

    Example:
        >>> done = kit.bulk.create_subscribers(
        ...     [{"email_address": "ada@example.org"}, {"email_address": "nobody"}])
        >>> [person.email_address for person in done.items]
        ['ada@example.org']
        >>> [failure.errors for failure in done.failures]
        [('Email address is invalid',)]

        More than a hundred are worked later:

        >>> kit.bulk.create_tags(["Pier"] * 101).accepted
        True
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def create_subscribers(
        self, subscribers: Sequence[NewSubscriber], /, *, callback_url: str | None = None
    ) -> BulkResult[Subscriber]:
        """Add people, or change the names of those who are there; their state stays.

        Raises:
            Forbidden: More people than the account's plan has room for.
            Invalid: The list is empty.
            QueueFull: Too much is waiting.
        """
        return self._post(
            "/bulk/subscribers", "subscribers", read_subscriber, callback_url, subscribers
        )

    def create_tags(
        self, names: Sequence[str], /, *, callback_url: str | None = None
    ) -> BulkResult[Tag]:
        """Make tags, or give those with these names.

        Raises:
            Invalid: The list is empty.
            QueueFull: Too much is waiting.
        """
        tags = [{"name": name} for name in names]
        return self._post("/bulk/tags", "tags", read_tag, callback_url, tags)

    def delete_tags(
        self, tag_ids: Sequence[int], /, *, callback_url: str | None = None
    ) -> BulkResult[None]:
        """Delete tags, also from everybody who has them; the one way to delete any.

        Raises:
            Invalid: The list is empty.
            QueueFull: Too much is waiting.
        """
        tags = [{"id": tag_id} for tag_id in tag_ids]
        return self._call("DELETE", "/bulk/tags", _no_items, callback_url, {"tags": tags})

    def tag_subscribers(
        self, taggings: Sequence[Tagging], /, *, callback_url: str | None = None
    ) -> BulkResult[BulkMember]:
        """Give tags to people who are there already.

        Raises:
            Invalid: The list is empty.
            QueueFull: Too much is waiting.
        """
        return self._post(
            "/bulk/tags/subscribers",
            "subscribers",
            _member,
            callback_url,
            taggings,
            written="taggings",
        )

    def untag_subscribers(
        self, taggings: Sequence[Tagging], /, *, callback_url: str | None = None
    ) -> BulkResult[None]:
        """Take tags from people.

        Raises:
            Invalid: The list is empty.
            QueueFull: Too much is waiting.
        """
        body = {"taggings": [*taggings]}
        return self._call("DELETE", "/bulk/tags/subscribers", _no_items, callback_url, body)

    def add_to_forms(
        self, additions: Sequence[FormAddition], /, *, callback_url: str | None = None
    ) -> BulkResult[BulkMember]:
        """Add people who are there already to forms; double opt-in forms write to each once.

        Raises:
            Invalid: The list is empty.
            QueueFull: Too much is waiting.
        """
        return self._post(
            "/bulk/forms/subscribers",
            "subscribers",
            _member,
            callback_url,
            additions,
            written="additions",
        )

    def create_custom_fields(
        self, labels: Sequence[str], /, *, callback_url: str | None = None
    ) -> BulkResult[CustomField]:
        """Make custom fields, or give those with these labels.

        Raises:
            Invalid: The list is empty.
            QueueFull: Too much is waiting.
        """
        fields = [{"label": label} for label in labels]
        return self._post(
            "/bulk/custom_fields", "custom_fields", read_custom_field, callback_url, fields
        )

    def set_custom_fields(
        self, values: Sequence[FieldValue], /, *, callback_url: str | None = None
    ) -> BulkResult[StoredValue]:
        """Set values of people's custom fields.

        Raises:
            Invalid: The list is empty.
            QueueFull: Too much is waiting.
        """
        return self._post(
            "/bulk/custom_fields/subscribers", "custom_field_values", _value, callback_url, values
        )

    def _post(
        self,
        path: str,
        key: str,
        read: Callable[[object], T],
        callback_url: str | None,
        items: Sequence[Mapping[str, Any]],
        *,
        written: str | None = None,
    ) -> BulkResult[T]:
        """`key` is where results stand in the answer, `written` where items stand in the request."""

        def read_items(reader: Reader) -> tuple[T, ...]:
            found = reader.items(key)
            if found is None:
                raise WrongShape(f"the answer: {key} is missing")
            return tuple(read(item) for item in found)

        return self._call("POST", path, read_items, callback_url, {written or key: [*items]})

    def _call(
        self,
        method: str,
        path: str,
        read_items: Callable[[Reader], tuple[T, ...]],
        callback_url: str | None,
        body: Mapping[str, Any],
    ) -> BulkResult[T]:
        def read(answer: Any, status: int) -> BulkResult[T]:
            if status == 202:
                return BulkResult(accepted=True)
            return _result(Reader(answer, "the answer"), read_items)

        return self._session.write(
            method, path, read, body=present({**body, "callback_url": callback_url})
        )


def read_callback(body: bytes) -> BulkResult[Any]:
    """What Kit posts to a `callback_url`, as the call itself would have given it.

    Nothing signs it: give the address a part that nobody can guess, and ask Kit before acting.

    Example:
        >>> done = read_callback(b'{"tags": [{"id": 4, "name": "Tides"}], "failures": []}')
        >>> [tag.name for tag in done.items]
        ['Tides']

    Raises:
        Unreadable: It is no result of a bulk call.
    """
    try:
        return _result(Reader(json.loads(body), "the callback"), _any_items)
    except (ValueError, RecursionError) as error:
        told = error if isinstance(error, WrongShape) else "it is not JSON"
        raise Unreadable(f"the callback cannot be read: {told}") from error


def _result(reader: Reader, read_items: Callable[[Reader], tuple[T, ...]]) -> BulkResult[T]:
    items = read_items(reader)
    return BulkResult(
        accepted=False,
        items=items,
        failures=tuple(_failure(each) for each in reader.items("failures") or ()),
        warnings=texts(reader.value("warnings")),
        extra=reader.rest(),
    )


def _failure(data: object) -> Failure:
    reader = Reader(data, "failure")
    return Failure(errors=texts(reader.value("errors")), item=reader.rest())


def _no_items(_reader: Reader) -> tuple[None, ...]:
    return ()


def _any_items(reader: Reader) -> tuple[Any, ...]:
    """Whatever a callback brings; people come with their state only where they were created."""
    readers: dict[str, Callable[[object], Any]] = {
        "subscribers": lambda data: (
            read_subscriber(data) if "state" in Reader(data, "subscriber").rest() else _member(data)
        ),
        "tags": read_tag,
        "custom_fields": read_custom_field,
        "custom_field_values": _value,
    }
    for key, read in readers.items():
        found = reader.items(key)
        if found is not None:
            return tuple(read(item) for item in found)
    return ()


def _member(data: object) -> BulkMember:
    reader = Reader(data, "subscriber")
    return BulkMember(
        id=reader.integer("id"),
        email_address=reader.required_text("email_address"),
        first_name=reader.text("first_name"),
        created_at=reader.time("created_at"),
        added_at=reader.time("added_at"),
        tagged_at=reader.time("tagged_at"),
        referrer=reader.text("referrer"),
        extra=reader.rest(),
    )


def _value(data: object) -> StoredValue:
    reader = Reader(data, "custom field value")
    return StoredValue(
        subscriber_id=reader.integer("subscriber_id"),
        subscriber_custom_field_id=reader.integer("subscriber_custom_field_id"),
        value=reader.text("value"),
        extra=reader.rest(),
    )
