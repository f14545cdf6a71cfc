"""People on the list: `/subscribers`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

from newsletter.kit.engagement import (
    LOCATION_KEYS,
    Location,
    SubscriberStats,
    read_location,
    read_subscriber_stats,
)
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
    read_written_subscriber,
)
from newsletter.kit.session import Session, nothing
from newsletter.kit.wire import UNSET, Unset, given, present, wire_day, wire_flag, wire_list

SortField = Literal["id", "updated_at", "cancelled_at"]
SortOrder = Literal["asc", "desc"]


class SubscriberCalls:
    """The calls on subscribers.

    Example:
        >>> ada = kit.subscribers.create(email_address="ada@example.org", first_name="Ada")
        >>> ada.state, ada.created
        ('active', True)

        Creating her again changes her name, and warns of what the account does not know:

        >>> again = kit.subscribers.create(
        ...     email_address="ADA@example.org", first_name="Ada L.", fields={"shoe_size": "38"})
        >>> again.id == ada.id, again.created, len(again.warnings)
        (True, False, 1)

        A list is walked; its pages are there for whoever wants them:

        >>> found = kit.subscribers.list(email_address="ada@example.org")
        >>> [person.first_name for person in found]
        ['Ada L.']
        >>> [len(page.items) for page in found.pages()]
        [1]
        >>> kit.subscribers.unsubscribe(ada.id)
        >>> kit.subscribers.get(ada.id).state
        'cancelled'
    """

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
        slim: bool = False,
        per_page: int = 1000,
    ) -> Pages[Subscriber]:
        """Subscribers, newest first.

        Kit's lists lag behind its writes, by half a minute as a rule and by up to
        five; a read by id does not (Kit reference §5).

        Args:
            status: One of the five states, or `all`.
            email_address: Only this address, or several with commas between; Kit refuses
                one that is not valid.
            created_after: A day, or an aware time; the same for the next three.
            created_before: See above.
            updated_after: See above.
            updated_before: See above.
            sort_field: `cancelled_at` goes with `status="cancelled"` only.
            sort_order: `desc` if not given.
            include: Of `attribution`, `tags`, `location`, `canceled_at`; the last goes with
                `status="cancelled"` only.
            slim: Leave their `fields` out.
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
                "include": wire_list(include),
                "slim": wire_flag(slim or None),
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
        way. More than ten fields are written later: `accepted` says so.

        Raises:
            Invalid: The address is not valid.
        """
        values = {
            "email_address": email_address,
            "first_name": first_name,
            "state": state,
            "fields": fields,
        }
        return self._session.write(
            "POST", "/subscribers", read_written_subscriber, body=present(values)
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
        return self._session.write(
            "PUT", f"/subscribers/{subscriber_id:d}", read_written_subscriber, body=given(values)
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

    def stats(
        self,
        subscriber_id: int,
        /,
        *,
        email_sent_after: date | None = None,
        email_sent_before: date | None = None,
    ) -> SubscriberStats:
        """What one person did with her mail, in the last five years at most.

        Args:
            subscriber_id: Whose.
            email_sent_after: Count emails from this day, or aware time, on.
            email_sent_before: See above.

        Raises:
            NotFound: Unknown id.
        """
        return self._session.call(
            "GET",
            f"/subscribers/{subscriber_id:d}/stats",
            read_subscriber_stats,
            query={
                "email_sent_after": wire_day(email_sent_after),
                "email_sent_before": wire_day(email_sent_before),
            },
        )

    def create_location(
        self,
        subscriber_id: int,
        /,
        *,
        city: str | None,
        state_province: str | None,
        country_code: str,
        latitude: float | None,
        longitude: float | None,
        timezone: str | None,
    ) -> Location:
        """Say where a person is, instead of what Kit found out by itself.

        Kit wants all six together. `country_code` is ISO 3166's two letters, `timezone` an IANA name.

        Raises:
            NotFound: Unknown id.
            Invalid: The country is blank, or another value is not accepted.
        """
        values = (city, state_province, country_code, latitude, longitude, timezone)
        return self._write_location("POST", subscriber_id, *values)

    def update_location(
        self,
        subscriber_id: int,
        /,
        *,
        city: str | None,
        state_province: str | None,
        country_code: str,
        latitude: float | None,
        longitude: float | None,
        timezone: str | None,
    ) -> Location:
        """Replace the location as a whole, as in `create_location`.

        Raises:
            NotFound: Unknown id, or no location that somebody set.
            Invalid: As for `create_location`.
        """
        values = (city, state_province, country_code, latitude, longitude, timezone)
        return self._write_location("PATCH", subscriber_id, *values)

    def delete_location(self, subscriber_id: int, /) -> None:
        """Drop the location that was set, so that Kit's own finding counts again.

        Raises:
            NotFound: Unknown id, or no location that somebody set.
        """
        self._session.call("DELETE", f"/subscribers/{subscriber_id:d}/location", nothing)

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

    def _write_location(
        self, method: str, subscriber_id: int, *values: str | float | None
    ) -> Location:
        location = dict(zip(LOCATION_KEYS, values, strict=True))
        return self._session.call(
            method,
            f"/subscribers/{subscriber_id:d}/location",
            read_location,
            body={"location": location},
        )
