"""Tags and who has them: `/tags`. Deleting them is a call of `newsletter.kit.bulk`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from newsletter.kit.members import attach, member, members
from newsletter.kit.pages import Pages, listing
from newsletter.kit.people import (
    Status,
    Subscriber,
    Tag,
    read_answered_tag,
    read_tag,
    read_written_tag,
)
from newsletter.kit.session import Session, nothing
from newsletter.kit.wire import wire_list


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
        path = f"/tags/{tag_id:d}/subscribers"
        return attach(self._session, path, subscriber_id, email_address)

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
        path = member(f"/tags/{tag_id:d}/subscribers", subscriber_id, email_address)
        self._session.call(
            "DELETE",
            path,
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
        return members(
            self._session,
            f"/tags/{tag_id:d}/subscribers",
            "tagged",
            status=status,
            after=tagged_after,
            before=tagged_before,
            created_after=created_after,
            created_before=created_before,
            slim=slim,
            per_page=per_page,
        )
