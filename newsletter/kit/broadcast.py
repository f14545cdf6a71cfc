"""What Kit tells of a broadcast: the thing itself, its figures, its links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from newsletter.kit.wire import Reader


@dataclass(frozen=True, kw_only=True)
class Broadcast:
    """A broadcast; what a slim list leaves out is `None`, times are UTC.

    `status` is `draft`, `scheduled`, `sending`, `completed` or `aborted`.
    """

    id: int
    publication_id: int | None
    created_at: datetime | None
    subject: str | None
    preview_text: str | None
    description: str | None
    content: str | None
    public: bool | None
    published_at: datetime | None
    send_at: datetime | None
    thumbnail_url: str | None
    thumbnail_alt: str | None
    public_url: str | None
    email_address: str | None
    email_template_id: int | None
    email_template_name: str | None
    subscriber_filter: tuple[Mapping[str, Any], ...] | None
    status: str | None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class BroadcastStats:
    """Figures of one broadcast; rates and progress are percentages, 0 to 100.

    `subject` and `send_at` (UTC) come with the list of figures only.
    """

    id: int
    recipients: int | None
    open_rate: float | None
    emails_opened: int | None
    click_rate: float | None
    unsubscribe_rate: float | None
    unsubscribes: int | None
    total_clicks: int | None
    show_total_clicks: bool | None
    status: str | None
    progress: float | None
    open_tracking_disabled: bool | None
    click_tracking_disabled: bool | None
    subject: str | None = None
    send_at: datetime | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Click:
    """One link and who followed it; the two rates are fractions, 0 to 1."""

    url: str
    unique_clicks: int | None
    click_to_delivery_rate: float | None
    click_to_open_rate: float | None
    extra: Mapping[str, Any] = field(default_factory=dict)


def read_broadcast(data: object) -> Broadcast:
    """One item of a list.

    Raises:
        WrongShape: It is not a broadcast.
    """
    reader = Reader(data, "broadcast")
    template = Reader(reader.table("email_template") or {}, "email_template")
    return Broadcast(
        id=reader.integer("id"),
        publication_id=reader.optional_integer("publication_id"),
        created_at=reader.time("created_at"),
        subject=reader.text("subject"),
        preview_text=reader.text("preview_text"),
        description=reader.text("description"),
        content=reader.text("content"),
        public=reader.flag("public"),
        published_at=reader.time("published_at"),
        send_at=reader.time("send_at"),
        thumbnail_url=reader.text("thumbnail_url"),
        thumbnail_alt=reader.text("thumbnail_alt"),
        public_url=reader.text("public_url"),
        email_address=reader.text("email_address"),
        email_template_id=template.optional_integer("id"),
        email_template_name=template.text("name"),
        subscriber_filter=reader.items("subscriber_filter"),
        status=reader.text("status"),
        extra=reader.rest(),
    )


def read_answered_broadcast(answer: object) -> Broadcast:
    """The answer of a call on one broadcast."""
    return read_broadcast(Reader(answer, "the answer").value("broadcast"))


def read_answered_stats(answer: object) -> BroadcastStats:
    """The answer of the call for one broadcast's figures."""
    return read_stats(Reader(answer, "the answer").value("broadcast"))


def read_stats(data: object) -> BroadcastStats:
    """One item of the list of figures."""
    outer = Reader(data, "broadcast")
    reader = Reader(outer.value("stats"), "stats")
    return BroadcastStats(
        id=outer.integer("id"),
        recipients=reader.optional_integer("recipients"),
        open_rate=reader.number("open_rate"),
        emails_opened=reader.optional_integer("emails_opened"),
        click_rate=reader.number("click_rate"),
        unsubscribe_rate=reader.number("unsubscribe_rate"),
        unsubscribes=reader.optional_integer("unsubscribes"),
        total_clicks=reader.optional_integer("total_clicks"),
        show_total_clicks=reader.flag("show_total_clicks"),
        status=reader.text("status"),
        progress=reader.number("progress"),
        open_tracking_disabled=reader.flag("open_tracking_disabled"),
        click_tracking_disabled=reader.flag("click_tracking_disabled"),
        subject=outer.text("subject"),
        send_at=outer.time("send_at"),
        extra={**outer.rest(), **reader.rest()},
    )


def read_click(data: object) -> Click:
    """One link of a broadcast."""
    reader = Reader(data, "click")
    return Click(
        url=reader.required_text("url"),
        unique_clicks=reader.optional_integer("unique_clicks"),
        click_to_delivery_rate=reader.number("click_to_delivery_rate"),
        click_to_open_rate=reader.number("click_to_open_rate"),
        extra=reader.rest(),
    )
