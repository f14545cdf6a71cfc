"""Series of emails that begin for each subscriber on her own day: `/sequences`.

Their emails are in `newsletter.kit.sequence_emails`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, TypedDict

from newsletter.kit.members import attach, members
from newsletter.kit.pages import Pages, listing
from newsletter.kit.people import (
    Status,
    Subscriber,
)
from newsletter.kit.session import Session, nothing
from newsletter.kit.wire import UNSET, Reader, Unset, given, present, wire_list

Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class Excluded(TypedDict):
    """Who is left out: those with a tag, in a sequence, form or segment of these ids."""

    type: Literal["tag", "sequence", "form", "segment"]
    ids: list[int]


# Not called Sequence: everybody needs that name for Python's own.
@dataclass(frozen=True, kw_only=True)
class EmailSequence:
    """A sequence; its emails go out at `send_hour` (0 to 23) of `time_zone` on `send_days`.

    `repeat` lets a person go through it again, `hold` keeps her in it after the last email.
    `stats` come where they are asked for. Times are UTC.
    """

    id: int
    name: str
    hold: bool | None
    repeat: bool | None
    created_at: datetime | None
    updated_at: datetime | None
    email_address: str | None
    email_template_id: int | None
    send_days: tuple[str, ...] | None
    send_hour: int | None
    time_zone: str | None
    active: bool | None
    exclude_subscriber_sources: tuple[Mapping[str, Any], ...]
    email_count: int | None
    subscriber_count: int | None
    stats: Mapping[str, Any] | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


class SequenceCalls:
    """The calls on sequences and on who is in them.

    Example:
        >>> welcome = kit.sequences.create(name="Welcome", send_hour=9, time_zone="Europe/Lisbon")
        >>> kit.sequences.add(welcome.id, email_address="ada@example.org").created
        True
        >>> [member.email_address for member in kit.sequences.subscribers(welcome.id)]
        ['ada@example.org']
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def list(
        self, *, include: str | Sequence[str] | None = None, per_page: int = 1000
    ) -> Pages[EmailSequence]:
        """All sequences, newest first.

        Args:
            include: `stats`.
            per_page: 1 to 1000.
        """
        return listing(
            self._session,
            "/sequences",
            key="sequences",
            read=_sequence,
            query={"include": wire_list(include), "per_page": per_page},
        )

    def get(
        self, sequence_id: int, /, *, include: str | Sequence[str] | None = None
    ) -> EmailSequence:
        """One sequence; `include` as in `list`.

        Raises:
            NotFound: Unknown id.
        """
        return self._session.call(
            "GET",
            f"/sequences/{sequence_id:d}",
            _answered,
            query={"include": wire_list(include)},
        )

    def create(
        self,
        *,
        name: str,
        email_address: str | None = None,
        email_template_id: int | None = None,
        send_days: Sequence[Day] | None = None,
        send_hour: int | None = None,
        time_zone: str | None = None,
        active: bool | None = None,
        repeat: bool | None = None,
        hold: bool | None = None,
        exclude_subscriber_sources: Sequence[Excluded] | None = None,
    ) -> EmailSequence:
        """Make a sequence without emails; what is not given is the account's default.

        Args:
            name: For the account's own eyes.
            email_address: One of the account's sending addresses.
            email_template_id: The layout of its emails.
            send_days: On which days of the week.
            send_hour: 0 to 23, in `time_zone`.
            time_zone: An IANA name.
            active: Whether it takes people and sends.
            repeat: Whether a person may go through it again.
            hold: Whether she stays in it after the last email.
            exclude_subscriber_sources: Who gets none of it.

        Raises:
            Forbidden: The account's plan has no room for it.
            Invalid: The name is blank, or another value is not accepted.
        """
        values = {
            "name": name,
            "email_address": email_address,
            "email_template_id": email_template_id,
            "send_days": send_days,
            "send_hour": send_hour,
            "time_zone": time_zone,
            "active": active,
            "repeat": repeat,
            "hold": hold,
            "exclude_subscriber_sources": exclude_subscriber_sources,
        }
        return self._session.call("POST", "/sequences", _answered, body=present(values))

    def update(
        self,
        sequence_id: int,
        /,
        *,
        name: str | Unset = UNSET,
        email_address: str | Unset | None = UNSET,
        email_template_id: int | Unset | None = UNSET,
        send_days: Sequence[Day] | Unset = UNSET,
        send_hour: int | Unset = UNSET,
        time_zone: str | Unset = UNSET,
        active: bool | Unset = UNSET,
        repeat: bool | Unset = UNSET,
        hold: bool | Unset = UNSET,
        exclude_subscriber_sources: Sequence[Excluded] | Unset = UNSET,
    ) -> EmailSequence:
        """Change what is given, as in `create`; lists replace the old ones.

        Raises:
            NotFound: Unknown id.
            Invalid: A value is not accepted.
        """
        values = {
            "name": name,
            "email_address": email_address,
            "email_template_id": email_template_id,
            "send_days": send_days,
            "send_hour": send_hour,
            "time_zone": time_zone,
            "active": active,
            "repeat": repeat,
            "hold": hold,
            "exclude_subscriber_sources": exclude_subscriber_sources,
        }
        return self._session.call(
            "PUT", f"/sequences/{sequence_id:d}", _answered, body=given(values)
        )

    def delete(self, sequence_id: int, /) -> None:
        """Delete a sequence; nobody in it gets another email of it.

        Raises:
            NotFound: Unknown id.
        """
        self._session.call("DELETE", f"/sequences/{sequence_id:d}", nothing)

    def subscribers(
        self,
        sequence_id: int,
        *,
        status: Status | None = None,
        added_after: date | None = None,
        added_before: date | None = None,
        created_after: date | None = None,
        created_before: date | None = None,
        per_page: int = 1000,
    ) -> Pages[Subscriber]:
        """Who is in a sequence, with `added_at`; active ones only unless `status` says more."""
        return members(
            self._session,
            f"/sequences/{sequence_id:d}/subscribers",
            "added",
            status=status,
            after=added_after,
            before=added_before,
            created_after=created_after,
            created_before=created_before,
            per_page=per_page,
        )

    def add(
        self,
        sequence_id: int,
        *,
        subscriber_id: int | None = None,
        email_address: str | None = None,
    ) -> Subscriber:
        """Add a person who is there already; her first email comes when its delay is over.

        Raises:
            ValueError: The person is named in both ways or in none.
            NotFound: Unknown sequence or person.
            Invalid: The sequence is not active.
        """
        path = f"/sequences/{sequence_id:d}/subscribers"
        return attach(self._session, path, subscriber_id, email_address)


def _answered(answer: object) -> EmailSequence:
    return _sequence(Reader(answer, "the answer").value("sequence"))


def _sequence(data: object) -> EmailSequence:
    reader = Reader(data, "sequence")
    return EmailSequence(
        id=reader.integer("id"),
        name=reader.required_text("name"),
        hold=reader.flag("hold"),
        repeat=reader.flag("repeat"),
        created_at=reader.time("created_at"),
        updated_at=reader.time("updated_at"),
        email_address=reader.text("email_address"),
        email_template_id=reader.optional_integer("email_template_id"),
        send_days=reader.texts("send_days"),
        send_hour=reader.optional_integer("send_hour"),
        time_zone=reader.text("time_zone"),
        active=reader.flag("active"),
        exclude_subscriber_sources=reader.items("exclude_subscriber_sources") or (),
        email_count=reader.optional_integer("email_count"),
        subscriber_count=reader.optional_integer("subscriber_count"),
        stats=reader.table("stats"),
        extra=reader.rest(),
    )
