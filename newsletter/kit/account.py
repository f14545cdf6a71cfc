"""Who the key belongs to, how its account looks and how it does: `/account`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from newsletter.kit.session import Session
from newsletter.kit.wire import Reader, wire_day


@dataclass(frozen=True, kw_only=True)
class SendingAddress:
    """An address the account may send from."""

    email_address: str
    from_name: str | None
    status: str | None
    is_default: bool | None
    is_verified: bool | None
    is_dmarc_configured: bool | None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Account:
    """The account behind a key, and the user who made it.

    `extra` holds what else the account has, such as `plan` and `timezone` as a whole.
    """

    name: str
    primary_email_address: str | None
    id: int
    plan_type: str | None
    timezone_name: str | None
    sending_addresses: tuple[SendingAddress, ...]
    user_email: str | None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class CreatorProfile:
    """What the account's public page says."""

    name: str | None
    byline: str | None
    bio: str | None
    image_url: str | None
    profile_url: str | None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class EmailStats:
    """Figures of the account's emails; rates are percentages, 0 to 100, times are UTC."""

    sent: int | None
    opened: int | None
    clicked: int | None
    open_rate: float | None
    click_rate: float | None
    unsubscribe_rate: float | None
    bounce_rate: float | None
    email_stats_mode: str | None
    open_tracking_enabled: bool | None
    click_tracking_enabled: bool | None
    starting: datetime | None
    ending: datetime | None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class GrowthStats:
    """How the list grew.

    `starting` and `ending` are the first and the last second of the days in the account's zone,
    with the offset that Kit gave them: the one time that is not UTC here.
    """

    subscribers: int | None
    new_subscribers: int | None
    net_new_subscribers: int | None
    cancellations: int | None
    starting: datetime | None
    ending: datetime | None
    extra: Mapping[str, Any] = field(default_factory=dict)


class AccountCalls:
    """The calls on the account.

    Example:
        >>> kit.account.get().name
        'Harbour Notes'
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def colors(self) -> tuple[str, ...]:
        """The brand's palette, `#rrggbb` each."""
        return self._session.call("GET", "/account/colors", _colors)

    def set_colors(self, colors: Sequence[str]) -> tuple[str, ...]:
        """Replace the palette as a whole; at most ten, `#rrggbb` each.

        Raises:
            Invalid: One of them is no hexadecimal colour, or there are too many.
        """
        return self._session.call("PUT", "/account/colors", _colors, body={"colors": [*colors]})

    def creator_profile(self) -> CreatorProfile:
        """What the account's public page says.

        Raises:
            NotFound: There is no such page.
        """
        return self._session.call("GET", "/account/creator_profile", _profile)

    def email_stats(self) -> EmailStats:
        """The figures of all emails of the last 90 days."""
        return self._session.call("GET", "/account/email_stats", _email_stats)

    def growth_stats(
        self, *, starting: date | None = None, ending: date | None = None
    ) -> GrowthStats:
        """How the list grew between two days, both included, in the account's zone.

        Args:
            starting: 90 days before `ending` if not given.
            ending: Today if not given.

        Raises:
            ValueError: A time instead of a day.
            Invalid: The days are in the wrong order.
        """
        if isinstance(starting, datetime) or isinstance(ending, datetime):
            raise ValueError("Growth is counted by days; give dates without a time.")
        return self._session.call(
            "GET",
            "/account/growth_stats",
            _growth_stats,
            query={"starting": wire_day(starting), "ending": wire_day(ending)},
        )

    def get(self) -> Account:
        """The account; the cheapest way to find out whether a key works.

        Raises:
            Unauthorized: The key is wrong.
        """
        return self._session.call("GET", "/account", _account)


def _account(answer: object) -> Account:
    outer = Reader(answer, "the answer")
    reader = Reader(outer.value("account"), "account")
    user = outer.table("user") or {}
    zone = reader.table("timezone")
    addresses = reader.items("sending_addresses") or ()
    return Account(
        id=reader.integer("id"),
        name=reader.required_text("name"),
        primary_email_address=reader.text("primary_email_address"),
        plan_type=reader.text("plan_type"),
        timezone_name=None if zone is None else Reader(zone, "timezone").text("name"),
        sending_addresses=tuple(_sending_address(item) for item in addresses),
        user_email=Reader(user, "user").text("email"),
        extra={**reader.rest(), "timezone": zone, "user": user},
    )


def _sending_address(data: object) -> SendingAddress:
    reader = Reader(data, "sending address")
    return SendingAddress(
        email_address=reader.required_text("email_address"),
        from_name=reader.text("from_name"),
        status=reader.text("status"),
        is_default=reader.flag("is_default"),
        is_verified=reader.flag("is_verified"),
        is_dmarc_configured=reader.flag("is_dmarc_configured"),
        extra=reader.rest(),
    )


def _colors(answer: object) -> tuple[str, ...]:
    return Reader(answer, "the answer").texts("colors") or ()


def _profile(answer: object) -> CreatorProfile:
    reader = Reader(Reader(answer, "the answer").value("profile"), "profile")
    return CreatorProfile(
        name=reader.text("name"),
        byline=reader.text("byline"),
        bio=reader.text("bio"),
        image_url=reader.text("image_url"),
        profile_url=reader.text("profile_url"),
        extra=reader.rest(),
    )


def _email_stats(answer: object) -> EmailStats:
    reader = Reader(Reader(answer, "the answer").value("stats"), "stats")
    return EmailStats(
        sent=reader.optional_integer("sent"),
        opened=reader.optional_integer("opened"),
        clicked=reader.optional_integer("clicked"),
        open_rate=reader.number("open_rate"),
        click_rate=reader.number("click_rate"),
        unsubscribe_rate=reader.number("unsubscribe_rate"),
        bounce_rate=reader.number("bounce_rate"),
        email_stats_mode=reader.text("email_stats_mode"),
        open_tracking_enabled=reader.flag("open_tracking_enabled"),
        click_tracking_enabled=reader.flag("click_tracking_enabled"),
        starting=reader.time("starting"),
        ending=reader.time("ending"),
        extra=reader.rest(),
    )


def _growth_stats(answer: object) -> GrowthStats:
    reader = Reader(Reader(answer, "the answer").value("stats"), "stats")
    return GrowthStats(
        subscribers=reader.optional_integer("subscribers"),
        new_subscribers=reader.optional_integer("new_subscribers"),
        net_new_subscribers=reader.optional_integer("net_new_subscribers"),
        cancellations=reader.optional_integer("cancellations"),
        starting=reader.zoned_time("starting"),
        ending=reader.zoned_time("ending"),
        extra=reader.rest(),
    )
