"""Emails to many: `/broadcasts`. Setting `send_at` is the only way to send one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal

from newsletter.kit.broadcast import (
    Broadcast,
    BroadcastStats,
    Click,
    read_answered_broadcast,
    read_answered_stats,
    read_broadcast,
    read_click,
    read_stats,
)
from newsletter.kit.pages import Pages, listing
from newsletter.kit.session import Session, nothing
from newsletter.kit.wire import (
    UNSET,
    Unset,
    given,
    present,
    wire_day,
    wire_flag,
    wire_time_if_any,
)

BroadcastStatus = Literal["draft", "scheduled", "sending", "completed", "aborted"]
Filter = Sequence[Mapping[str, Any]]


class BroadcastCalls:
    """The calls on broadcasts.

    Example:
        >>> from datetime import UTC, datetime
        >>> letter = kit.broadcasts.create(subject="High tide", content="<p>High at nine</p>")
        >>> letter.status
        'draft'
        >>> nine = datetime(2040, 3, 2, 9, tzinfo=UTC)
        >>> kit.broadcasts.update(letter.id, send_at=nine).status
        'scheduled'
        >>> kit.broadcasts.update(letter.id, send_at=None).status
        'draft'
        >>> kit.broadcasts.stats(letter.id).recipients
        0
        >>> kit.broadcasts.delete(letter.id)
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def list(
        self,
        *,
        slim: bool = True,
        status: BroadcastStatus | None = None,
        sent_after: date | None = None,
        sent_before: date | None = None,
        per_page: int | None = None,
    ) -> Pages[Broadcast]:
        """Broadcasts, newest first; the list may be minutes behind (Kit reference §5).

        Args:
            slim: Without content, address, template and filter, which are then `None`.
            status: Only these.
            sent_after: A day, or an aware time; drafts never match.
            sent_before: See above.
            per_page: 1 to 1000; 1000 if not given, or 50 where contents come along.
        """
        return listing(
            self._session,
            "/broadcasts",
            key="broadcasts",
            read=read_broadcast,
            query={
                "slim": wire_flag(slim),
                "status": status,
                "sent_after": wire_day(sent_after),
                "sent_before": wire_day(sent_before),
                "per_page": per_page or (1000 if slim else 50),
            },
        )

    def create(
        self,
        *,
        subject: str,
        content: str,
        preview_text: str | None = None,
        description: str | None = None,
        public: bool = False,
        send_at: datetime | None = None,
        email_template_id: int | None = None,
        email_address: str | None = None,
        subscriber_filter: Filter | None = None,
        allow_starting_point: bool | None = None,
        published_at: datetime | None = None,
        thumbnail_url: str | None = None,
        thumbnail_alt: str | None = None,
    ) -> Broadcast:
        """Make a draft, or with `send_at` a broadcast that will be sent.

        Kit knows no idempotency key: after `NoAnswer` look for the broadcast
        before making another. A past `send_at` sends at once.

        Args:
            subject: The subject line, Liquid allowed.
            content: HTML; what of the email it is depends on the template.
            preview_text: What mail programs show after the subject.
            description: For the account's own eyes.
            public: Also a page on the web.
            send_at: An aware time.
            email_template_id: The account's default if not given.
            email_address: One of the account's sending addresses, else its default.
            subscriber_filter: One object with one of `all`, `any`, `none`; else everybody.
            allow_starting_point: `content` is the whole email, unsubscribe link included.
            published_at: An aware time, shown on the web page.
            thumbnail_url: For the web page.
            thumbnail_alt: For the web page.

        Raises:
            ValueError: A time without a zone.
            Invalid: A value Kit does not accept.
        """
        values = {
            "subject": subject,
            "content": content,
            "preview_text": preview_text,
            "description": description,
            "public": public,
            "send_at": wire_time_if_any(send_at),
            "email_template_id": email_template_id,
            "email_address": email_address,
            "subscriber_filter": subscriber_filter,
            "allow_starting_point": allow_starting_point,
            "published_at": wire_time_if_any(published_at),
            "thumbnail_url": thumbnail_url,
            "thumbnail_alt": thumbnail_alt,
        }
        return self._session.call(
            "POST", "/broadcasts", read_answered_broadcast, body=present(values)
        )

    def get(self, broadcast_id: int, /) -> Broadcast:
        """One broadcast, with content.

        Raises:
            NotFound: Unknown id.
        """
        return self._session.call("GET", f"/broadcasts/{broadcast_id:d}", read_answered_broadcast)

    def update(
        self,
        broadcast_id: int,
        /,
        *,
        subject: str | Unset = UNSET,
        content: str | Unset | None = UNSET,
        preview_text: str | Unset | None = UNSET,
        description: str | Unset | None = UNSET,
        public: bool | Unset = UNSET,
        send_at: datetime | Unset | None = UNSET,
        email_template_id: int | Unset | None = UNSET,
        email_address: str | Unset | None = UNSET,
        subscriber_filter: Filter | Unset | None = UNSET,
        allow_starting_point: bool | Unset | None = UNSET,
        published_at: datetime | Unset | None = UNSET,
        thumbnail_url: str | Unset | None = UNSET,
        thumbnail_alt: str | Unset | None = UNSET,
    ) -> Broadcast:
        """Change what is given, as in `create`; `send_at=None` makes it a draft again.

        The same values twice have the same effect as once, so this may be
        repeated by whoever knows the id. Not so by this client: an old request
        must not overtake a newer one.

        Raises:
            ValueError: A time without a zone.
            NotFound: Unknown id.
            Invalid: It is being sent or was sent, or a value is not accepted.
        """
        values = {
            "subject": subject,
            "content": content,
            "preview_text": preview_text,
            "description": description,
            "public": public,
            "send_at": wire_time_if_any(send_at),
            "email_template_id": email_template_id,
            "email_address": email_address,
            "subscriber_filter": subscriber_filter,
            "allow_starting_point": allow_starting_point,
            "published_at": wire_time_if_any(published_at),
            "thumbnail_url": thumbnail_url,
            "thumbnail_alt": thumbnail_alt,
        }
        return self._session.call(
            "PUT", f"/broadcasts/{broadcast_id:d}", read_answered_broadcast, body=given(values)
        )

    def delete(self, broadcast_id: int, /) -> None:
        """Delete a draft or a scheduled broadcast.

        Raises:
            NotFound: Unknown id, or already gone.
            Invalid: It is being sent or was sent.
        """
        self._session.call("DELETE", f"/broadcasts/{broadcast_id:d}", nothing)

    def stats(self, broadcast_id: int, /) -> BroadcastStats:
        """How a broadcast went; Kit keeps these for five years.

        Raises:
            NotFound: Unknown id.
        """
        return self._session.call("GET", f"/broadcasts/{broadcast_id:d}/stats", read_answered_stats)

    def list_stats(
        self,
        *,
        status: BroadcastStatus | None = None,
        sent_after: date | None = None,
        sent_before: date | None = None,
        per_page: int = 1000,
    ) -> Pages[BroadcastStats]:
        """The figures of all broadcasts, newest first, with subject and send time.

        Args:
            status: Only these.
            sent_after: A day, or an aware time; drafts never match.
            sent_before: See above.
            per_page: 1 to 1000.

        Raises:
            Forbidden: The account's plan is without them.
        """
        return listing(
            self._session,
            "/broadcasts/stats",
            key="broadcasts",
            read=read_stats,
            query={
                "status": status,
                "sent_after": wire_day(sent_after),
                "sent_before": wire_day(sent_before),
                "per_page": per_page,
            },
        )

    def clicks(self, broadcast_id: int, /, *, per_page: int = 1000) -> Pages[Click]:
        """The links of a broadcast, also those nobody followed."""
        return listing(
            self._session,
            f"/broadcasts/{broadcast_id:d}/clicks",
            key="clicks",
            read=read_click,
            query={"per_page": per_page},
            within="broadcast",
        )
