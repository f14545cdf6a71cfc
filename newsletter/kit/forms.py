"""Forms and landing pages, and who came through them: `/forms`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from newsletter.kit.members import attach, members
from newsletter.kit.pages import Pages, listing
from newsletter.kit.people import (
    Status,
    Subscriber,
)
from newsletter.kit.session import Session
from newsletter.kit.wire import Reader, wire_list


@dataclass(frozen=True, kw_only=True)
class Form:
    """A form (`type` is `embed`) or a landing page (`hosted`); its count only where asked for."""

    id: int
    name: str
    created_at: datetime | None
    type: str | None
    format: str | None
    embed_js: str | None
    embed_url: str | None
    archived: bool | None
    uid: str | None
    subscriber_count: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


class FormCalls:
    """The calls on forms; Kit lets nobody make or change one this way.

    Example:
        >>> form = next(iter(kit.forms.list()))
        >>> cleo = kit.subscribers.create(email_address="cleo@example.org")
        >>> page = "https://example.org/?utm_source=poster"
        >>> added = kit.forms.add(form.id, subscriber_id=cleo.id, referrer=page)
        >>> added.extra["referrer_utm_parameters"]["source"]
        'poster'
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def list(
        self,
        *,
        status: Literal["active", "archived", "trashed", "all"] | None = None,
        kind: Literal["embed", "hosted"] | None = None,
        include: str | Sequence[str] | None = None,
        per_page: int = 1000,
    ) -> Pages[Form]:
        """Forms, newest first; active ones only unless `status` says more.

        Args:
            status: Those of one kind, or `all`.
            kind: Forms for a page, or landing pages.
            include: `subscriber_count`.
            per_page: 1 to 1000.
        """
        return listing(
            self._session,
            "/forms",
            key="forms",
            read=_form,
            query={
                "status": status,
                "type": kind,
                "include": wire_list(include),
                "per_page": per_page,
            },
        )

    def subscribers(
        self,
        form_id: int,
        *,
        status: Status | None = None,
        added_after: date | None = None,
        added_before: date | None = None,
        created_after: date | None = None,
        created_before: date | None = None,
        slim: bool = False,
        per_page: int = 1000,
    ) -> Pages[Subscriber]:
        """Who came through a form, with `added_at` and `referrer`; active ones unless `status` says more.

        `slim` leaves their `fields` out.
        """
        return members(
            self._session,
            f"/forms/{form_id:d}/subscribers",
            "added",
            status=status,
            after=added_after,
            before=added_before,
            created_after=created_after,
            created_before=created_before,
            slim=slim,
            per_page=per_page,
        )

    def add(
        self,
        form_id: int,
        *,
        subscriber_id: int | None = None,
        email_address: str | None = None,
        referrer: str | None = None,
    ) -> Subscriber:
        """Add a person who is there already; a double opt-in form writes to her once.

        Raises:
            ValueError: The person is named in both ways or in none.
            NotFound: Unknown form or person.
        """
        path = f"/forms/{form_id:d}/subscribers"
        return attach(self._session, path, subscriber_id, email_address, referrer=referrer)


def _form(data: object) -> Form:
    reader = Reader(data, "form")
    return Form(
        id=reader.integer("id"),
        name=reader.required_text("name"),
        created_at=reader.time("created_at"),
        type=reader.text("type"),
        format=reader.text("format"),
        embed_js=reader.text("embed_js"),
        embed_url=reader.text("embed_url"),
        archived=reader.flag("archived"),
        uid=reader.text("uid"),
        subscriber_count=reader.optional_integer("subscriber_count"),
        extra=reader.rest(),
    )
