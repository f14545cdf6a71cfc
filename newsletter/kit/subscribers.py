"""People on the list: `/subscribers`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

from newsletter.kit.filter import Condition, CountingMode, FilteredSubscriber, filtered
from newsletter.kit.pages import Pages, listing
from newsletter.kit.people import (
    State,
    Status,
    Subscriber,
    Tag,
    read_answered_subscriber,
    read_subscriber,
    read_tag,
)
from newsletter.kit.session import Session, nothing
from newsletter.kit.wire import UNSET, Unset, given, present, wire_day

SortField = Literal["id", "updated_at", "cancelled_at"]
SortOrder = Literal["asc", "desc"]


class SubscriberCalls:
    """The calls on subscribers."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def list(
        self,
        *,
        status: Status = "active",
        email_address: str | None = None,
        created_after: date | None = None,
        created_before: date | None = None,
        updated_after: date | None = None,
        updated_before: date | None = None,
        sort_field: SortField | None = None,
        sort_order: SortOrder | None = None,
        include: str | Sequence[str] | None = None,
        per_page: int = 1000,
    ) -> Pages[Subscriber]:
        """Subscribers, newest first.

        Kit's lists lag behind its writes, by half a minute as a rule and by up to
        five; a read by id does not (Kit reference §5).

        Args:
            status: One of the five states, or `all`.
            email_address: Only this address; Kit refuses one that is not valid.
            created_after: A day, or an aware time; the same for the next three.
            created_before: See above.
            updated_after: See above.
            updated_before: See above.
            sort_field: `cancelled_at` goes with `status="cancelled"` only.
            sort_order: `desc` if not given.
            include: Of `attribution`, `tags`, `location`, `canceled_at`.
            per_page: 1 to 1000.
        """
        return listing(
            self._session,
            "/subscribers",
            key="subscribers",
            read=read_subscriber,
            query={
                "status": status,
                "email_address": email_address,
                "created_after": wire_day(created_after),
                "created_before": wire_day(created_before),
                "updated_after": wire_day(updated_after),
                "updated_before": wire_day(updated_before),
                "sort_field": sort_field,
                "sort_order": sort_order,
                "include": include
                if include is None or isinstance(include, str)
                else ",".join(include),
                "per_page": per_page,
            },
        )

    def get(self, subscriber_id: int, /) -> Subscriber:
        """One subscriber, in whatever state.

        Raises:
            NotFound: Unknown id.
        """
        return self._session.call(
            "GET", f"/subscribers/{subscriber_id:d}", read_answered_subscriber
        )

    def create(
        self,
        *,
        email_address: str,
        first_name: str | None = None,
        state: State | None = None,
        fields: Mapping[str, str | None] | None = None,
    ) -> Subscriber:
        """Add a person, or change the name and fields of one who is there.

        The state counts for a new person only: nobody who left comes back this
        way. After more than ten fields the answer shows them as `None` for now.

        Raises:
            Invalid: The address is not valid.
        """
        values = {
            "email_address": email_address,
            "first_name": first_name,
            "state": state,
            "fields": fields,
        }
        return self._session.call(
            "POST", "/subscribers", read_answered_subscriber, body=present(values)
        )

    def update(
        self,
        subscriber_id: int,
        /,
        *,
        first_name: str | Unset | None = UNSET,
        email_address: str | Unset = UNSET,
        fields: Mapping[str, str | None] | Unset = UNSET,
    ) -> Subscriber:
        """Change name, address or fields; what is not given stays as it is.

        Raises:
            NotFound: Unknown id.
            Invalid: The address is not valid, or is somebody else's.
        """
        values = {"first_name": first_name, "email_address": email_address, "fields": fields}
        return self._session.call(
            "PUT", f"/subscribers/{subscriber_id:d}", read_answered_subscriber, body=given(values)
        )

    def unsubscribe(self, subscriber_id: int, /) -> None:
        """End all mail to a person, which nobody can undo for her.

        Raises:
            NotFound: Unknown id.
        """
        self._session.call("POST", f"/subscribers/{subscriber_id:d}/unsubscribe", nothing, body={})

    def tags(self, subscriber_id: int, /, *, per_page: int = 1000) -> Pages[Tag]:
        """A person's tags, with `tagged_at`."""
        return listing(
            self._session,
            f"/subscribers/{subscriber_id:d}/tags",
            key="tags",
            read=read_tag,
            query={"per_page": per_page},
        )

    def filter(
        self,
        conditions: Sequence[Condition] = (),
        /,
        *,
        counting_mode: CountingMode | None = None,
        include: Sequence[str] = (),
        per_page: int = 1000,
    ) -> Pages[FilteredSubscriber]:
        """Subscribers, in any state, for whom all conditions hold; everybody without one.

        Kit answers a condition it cannot read with a fault (5xx), other services refuse it.

        Args:
            conditions: As Kit writes them (Kit reference §5).
            counting_mode: Whether five opens of one email are five (`raw`) or one.
            include: Of `tags`, `attribution`, `location`, `canceled_at`, `custom_fields`.
            per_page: 1 to 1000.
        """
        return filtered(
            self._session,
            conditions,
            counting_mode=counting_mode,
            include=include,
            per_page=per_page,
        )
