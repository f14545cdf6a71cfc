"""Tags and who has them: `/tags`. Deleting them is a call of `newsletter.kit.bulk`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from newsletter.kit.pages import Pages, listing
from newsletter.kit.people import (
    Status,
    Subscriber,
    Tag,
    one_person,
    read_answered_tag,
    read_subscriber,
    read_tag,
    read_written_subscriber,
    read_written_tag,
)
from newsletter.kit.session import Session, nothing
from newsletter.kit.wire import wire_day, wire_flag, wire_list


class TagCalls:
    """The calls on tags.

    Example:
        >>> tides = kit.tags.create("Tides")
        >>> kit.tags.create("TIDES").id == tides.id
        True
        >>> ben = kit.subscribers.create(email_address="ben@example.org")
        >>> kit.tags.tag(tides.id, subscriber_id=ben.id).created
        True
        >>> kit.tags.tag(tides.id, email_address="ben@example.org").created
        False
        >>> [person.email_address for person in kit.tags.subscribers(tides.id)]
        ['ben@example.org']
        >>> kit.tags.untag(tides.id, subscriber_id=ben.id)
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def list(
        self, *, include: str | Sequence[str] | None = None, per_page: int = 1000
    ) -> Pages[Tag]:
        """All tags, newest first.

        Args:
            include: `subscriber_count`.
            per_page: 1 to 1000.
        """
        return listing(
            self._session,
            "/tags",
            key="tags",
            read=read_tag,
            query={"include": wire_list(include), "per_page": per_page},
        )

    def create(self, name: str) -> Tag:
        """Make a tag, or give the one with this name (in any case of letters).

        Raises:
            Invalid: The name is blank.
        """
        return self._session.write("POST", "/tags", read_written_tag, body={"name": name})

    def rename(self, tag_id: int, name: str) -> Tag:
        """Give a tag another name.

        Raises:
            NotFound: Unknown id.
            Invalid: The name is blank or taken.
        """
        return self._session.call(
            "PUT", f"/tags/{tag_id:d}", read_answered_tag, body={"name": name}
        )

    def tag(
        self,
        tag_id: int,
        *,
        subscriber_id: int | None = None,
        email_address: str | None = None,
    ) -> Subscriber:
        """Tag a person who is there already; a second time changes nothing.

        Raises:
            ValueError: The person is named in both ways or in none.
            NotFound: Unknown tag or person.
        """
        one_person(subscriber_id, email_address)
        return self._session.write(
            "POST",
            _member(tag_id, subscriber_id),
            read_written_subscriber,
            body={} if email_address is None else {"email_address": email_address},
        )

    def untag(
        self,
        tag_id: int,
        *,
        subscriber_id: int | None = None,
        email_address: str | None = None,
    ) -> None:
        """Take a tag from a person.

        Raises:
            ValueError: The person is named in both ways or in none.
            NotFound: Unknown tag or person.
        """
        one_person(subscriber_id, email_address)
        self._session.call(
            "DELETE",
            _member(tag_id, subscriber_id),
            nothing,
            # In the body, as the official SDK does: an address in a URL ends up in logs.
            body=None if email_address is None else {"email_address": email_address},
        )

    def subscribers(
        self,
        tag_id: int,
        *,
        status: Status | None = None,
        tagged_after: date | None = None,
        tagged_before: date | None = None,
        created_after: date | None = None,
        created_before: date | None = None,
        slim: bool = False,
        per_page: int = 1000,
    ) -> Pages[Subscriber]:
        """Who has a tag, with `tagged_at`; active ones only unless `status` says more.

        `slim` leaves their `fields` out.
        """
        return listing(
            self._session,
            f"/tags/{tag_id:d}/subscribers",
            key="subscribers",
            read=read_subscriber,
            query={
                "status": status,
                "tagged_after": wire_day(tagged_after),
                "tagged_before": wire_day(tagged_before),
                "created_after": wire_day(created_after),
                "created_before": wire_day(created_before),
                "slim": wire_flag(slim or None),
                "per_page": per_page,
            },
        )


def _member(tag_id: int, subscriber_id: int | None) -> str:
    path = f"/tags/{tag_id:d}/subscribers"
    return path if subscriber_id is None else f"{path}/{subscriber_id:d}"
