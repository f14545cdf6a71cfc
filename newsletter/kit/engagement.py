"""What is known of one subscriber beside herself: her figures, and where she is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from newsletter.kit.wire import Reader

LOCATION_KEYS = ("city", "state_province", "country_code", "latitude", "longitude", "timezone")


@dataclass(frozen=True, kw_only=True)
class SubscriberStats:
    """One person's figures; the two rates are fractions, 0 to 1, times are UTC."""

    id: int
    sent: int | None
    opened: int | None
    clicked: int | None
    bounced: int | None
    open_rate: float | None
    click_rate: float | None
    last_sent: datetime | None
    last_opened: datetime | None
    last_clicked: datetime | None
    sends_since_last_open: int | None
    sends_since_last_click: int | None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Location:
    """Where somebody said that a subscriber is."""

    subscriber_id: int
    city: str | None
    state_province: str | None
    country_code: str | None
    latitude: float | None
    longitude: float | None
    timezone: str | None
    extra: Mapping[str, Any] = field(default_factory=dict)


def read_subscriber_stats(answer: object) -> SubscriberStats:
    """The answer of the call for one person's figures."""
    outer = Reader(Reader(answer, "the answer").value("subscriber"), "subscriber")
    reader = Reader(outer.value("stats"), "stats")
    return SubscriberStats(
        id=outer.integer("id"),
        sent=reader.optional_integer("sent"),
        opened=reader.optional_integer("opened"),
        clicked=reader.optional_integer("clicked"),
        bounced=reader.optional_integer("bounced"),
        open_rate=reader.number("open_rate"),
        click_rate=reader.number("click_rate"),
        last_sent=reader.time("last_sent"),
        last_opened=reader.time("last_opened"),
        last_clicked=reader.time("last_clicked"),
        sends_since_last_open=reader.optional_integer("sends_since_last_open"),
        sends_since_last_click=reader.optional_integer("sends_since_last_click"),
        extra={**outer.rest(), **reader.rest()},
    )


def read_location(answer: object) -> Location:
    """The answer of a call that sets a location."""
    outer = Reader(Reader(answer, "the answer").value("subscriber"), "subscriber")
    reader = Reader(outer.value("location"), "location")
    return Location(
        subscriber_id=outer.integer("id"),
        city=reader.text("city"),
        state_province=reader.text("state_province"),
        country_code=reader.text("country_code"),
        latitude=reader.number("latitude"),
        longitude=reader.number("longitude"),
        timezone=reader.text("timezone"),
        extra={**outer.rest(), **reader.rest()},
    )
