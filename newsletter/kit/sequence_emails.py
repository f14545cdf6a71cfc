"""The emails of a sequence, in their order: `/sequences/{id}/emails`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from newsletter.kit.pages import Pages, listing
from newsletter.kit.sequences import Day
from newsletter.kit.session import Session, nothing
from newsletter.kit.wire import UNSET, Reader, Unset, given, present, wire_flag, wire_list

DelayUnit = Literal["days", "hours"]


@dataclass(frozen=True, kw_only=True)
class SequenceEmail:
    """One email, sent `delay_value` days or hours after the one before it.

    Only a `published` one is sent. `send_days` limits it beyond its sequence's own, and is `None`
    where the delay is in hours. `content` comes with a read by id, and with a list that was asked
    for it; `stats` where they are asked for.
    """

    id: int
    sequence_id: int | None
    subject: str | None
    preview_text: str | None
    email_address: str | None
    email_template_id: int | None
    published: bool | None
    position: int | None
    delay_value: int | None
    delay_unit: str | None
    send_days: tuple[str, ...] | None
    content: str | None = None
    stats: Mapping[str, Any] | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


class SequenceEmailCalls:
    """The calls on a sequence's emails.

    Example:
        >>> hello = kit.sequence_emails.create(
        ...     5, subject="Hello", content="<p>Good to have you</p>", delay_value=1, delay_unit="days")
        >>> hello.published
        False
        >>> kit.sequence_emails.update(5, hello.id, published=True).published
        True
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def list(
        self,
        sequence_id: int,
        /,
        *,
        include_content: bool = False,
        include: str | Sequence[str] | None = None,
        per_page: int | None = None,
    ) -> Pages[SequenceEmail]:
        """The emails of a sequence, by their position.

        Args:
            sequence_id: Which.
            include_content: With their texts.
            include: `stats`.
            per_page: 1 to 1000; 1000 if not given, or 50 where texts come along.

        Raises:
            NotFound: Unknown id.
        """
        return listing(
            self._session,
            f"/sequences/{sequence_id:d}/emails",
            key="emails",
            read=_email,
            query={
                "include_content": wire_flag(include_content or None),
                "include": wire_list(include),
                "per_page": per_page or (50 if include_content else 1000),
            },
        )

    def get(
        self, sequence_id: int, email_id: int, /, *, include: str | Sequence[str] | None = None
    ) -> SequenceEmail:
        """One email, with content; `include` as in `list`.

        Raises:
            NotFound: Unknown id.
        """
        return self._session.call(
            "GET", _path(sequence_id, email_id), _answered, query={"include": wire_list(include)}
        )

    def create(
        self,
        sequence_id: int,
        /,
        *,
        subject: str,
        delay_value: int,
        delay_unit: DelayUnit,
        content: str | None = None,
        preview_text: str | None = None,
        email_template_id: int | None = None,
        published: bool | None = None,
        send_days: Sequence[Day] | None = None,
        position: int | None = None,
    ) -> SequenceEmail:
        """Add an email, as a draft unless `published`, at the end unless `position` says where.

        Args:
            sequence_id: Which.
            subject: The subject line, Liquid allowed.
            delay_value: How long after the email before it, or after joining.
            delay_unit: Of `delay_value`. Hours leave days and hour of the sequence aside.
            content: HTML, Liquid allowed.
            preview_text: What mail programs show after the subject.
            email_template_id: The sequence's if not given.
            published: Whether it is sent.
            send_days: Only on these days of the week.
            position: From 0; one that is taken is refused.

        Raises:
            NotFound: Unknown id.
            Invalid: A blank subject, or another value that is not accepted.
        """
        values = {
            "subject": subject,
            "delay_value": delay_value,
            "delay_unit": delay_unit,
            "content": content,
            "preview_text": preview_text,
            "email_template_id": email_template_id,
            "published": published,
            "send_days": send_days,
            "position": position,
        }
        return self._session.call(
            "POST", f"/sequences/{sequence_id:d}/emails", _answered, body=present(values)
        )

    def update(
        self,
        sequence_id: int,
        email_id: int,
        /,
        *,
        subject: str | Unset = UNSET,
        delay_value: int | Unset = UNSET,
        delay_unit: DelayUnit | Unset = UNSET,
        content: str | Unset | None = UNSET,
        preview_text: str | Unset | None = UNSET,
        email_template_id: int | Unset | None = UNSET,
        published: bool | Unset = UNSET,
        send_days: Sequence[Day] | Unset | None = UNSET,
        position: int | Unset = UNSET,
    ) -> SequenceEmail:
        """Change what is given, as in `create`.

        Raises:
            NotFound: Unknown id.
            Invalid: A value is not accepted.
        """
        values = {
            "subject": subject,
            "delay_value": delay_value,
            "delay_unit": delay_unit,
            "content": content,
            "preview_text": preview_text,
            "email_template_id": email_template_id,
            "published": published,
            "send_days": send_days,
            "position": position,
        }
        return self._session.call(
            "PUT", _path(sequence_id, email_id), _answered, body=given(values)
        )

    def delete(self, sequence_id: int, email_id: int, /) -> None:
        """Delete an email.

        Raises:
            NotFound: Unknown id.
        """
        self._session.call("DELETE", _path(sequence_id, email_id), nothing)


def _path(sequence_id: int, email_id: int) -> str:
    return f"/sequences/{sequence_id:d}/emails/{email_id:d}"


def _answered(answer: object) -> SequenceEmail:
    return _email(Reader(answer, "the answer").value("email"))


def _email(data: object) -> SequenceEmail:
    reader = Reader(data, "email")
    return SequenceEmail(
        id=reader.integer("id"),
        sequence_id=reader.optional_integer("sequence_id"),
        subject=reader.text("subject"),
        preview_text=reader.text("preview_text"),
        email_address=reader.text("email_address"),
        email_template_id=reader.optional_integer("email_template_id"),
        published=reader.flag("published"),
        position=reader.optional_integer("position"),
        delay_value=reader.optional_integer("delay_value"),
        delay_unit=reader.text("delay_unit"),
        send_days=reader.texts("send_days"),
        content=reader.text("content"),
        stats=reader.table("stats"),
        extra=reader.rest(),
    )
