"""Custom fields, which hold what is known of a subscriber beside name and address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from newsletter.kit.pages import Pages, listing
from newsletter.kit.session import Session, nothing
from newsletter.kit.wire import Reader, was_created


@dataclass(frozen=True, kw_only=True)
class CustomField:
    """One field of the account.

    `key` is what Liquid and a subscriber's `fields` call it, and follows the label when that
    is changed; `name` is what sign-up forms call it, and stays. `created` is `False` where
    `create` found it there; `created_at` comes with a bulk call.
    """

    id: int
    name: str
    key: str
    label: str
    created_at: datetime | None = None
    created: bool | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


class CustomFieldCalls:
    """The calls on custom fields.

    Example:
        >>> town = kit.custom_fields.create("Home town")
        >>> town.key
        'home_town'
        >>> dora = kit.subscribers.create(
        ...     email_address="dora@example.org", fields={"home_town": "Porto"})
        >>> dora.fields["home_town"]
        'Porto'
        >>> kit.custom_fields.rename(town.id, "Town").key
        'town'
        >>> kit.custom_fields.delete(town.id)
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def list(self, *, per_page: int = 1000) -> Pages[CustomField]:
        """All custom fields, newest first."""
        return listing(
            self._session,
            "/custom_fields",
            key="custom_fields",
            read=read_custom_field,
            query={"per_page": per_page},
        )

    def create(self, label: str) -> CustomField:
        """Make a field, or give the one with this label.

        Raises:
            Invalid: The label is blank.
        """
        return self._session.write(
            "POST",
            "/custom_fields",
            lambda answer, status: replace(_answered(answer), created=was_created(status)),
            body={"label": label},
        )

    def rename(self, field_id: int, label: str) -> CustomField:
        """Give a field another label, and with it another key: Liquid that used the old one breaks.

        Raises:
            NotFound: Unknown id.
            Invalid: The label is blank or taken.
        """
        return self._session.call(
            "PUT", f"/custom_fields/{field_id:d}", _answered, body={"label": label}
        )

    def delete(self, field_id: int) -> None:
        """Delete a field and every subscriber's value in it.

        Raises:
            NotFound: Unknown id.
            Invalid: It is in use.
        """
        self._session.call("DELETE", f"/custom_fields/{field_id:d}", nothing)


def _answered(answer: object) -> CustomField:
    return read_custom_field(Reader(answer, "the answer").value("custom_field"))


def read_custom_field(data: object) -> CustomField:
    """One item of a list.

    Raises:
        WrongShape: It is not a custom field.
    """
    reader = Reader(data, "custom field")
    return CustomField(
        id=reader.integer("id"),
        name=reader.required_text("name"),
        key=reader.required_text("key"),
        label=reader.required_text("label"),
        created_at=reader.time("created_at"),
        extra=reader.rest(),
    )
