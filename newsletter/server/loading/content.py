"""Loading what letters are made of and follow from: sequences, snippets, purchases, the account."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import update

from newsletter.server.addresses import key_of
from newsletter.server.api.sequences import HOUR, days_in, template_in
from newsletter.server.loading.items import BadDocument, Item
from newsletter.server.loading.people import ids_by_address
from newsletter.server.loading.rows import Loading
from newsletter.server.objects import WEEK
from newsletter.server.store.letter_tables import snippets
from newsletter.server.store.purchase_tables import purchases
from newsletter.server.store.sequence_tables import sequence_emails, sequences
from newsletter.server.store.snippets import TYPES, slug_of
from newsletter.server.store.store import account_of
from newsletter.server.store.tables import account

_COLOR = re.compile(r"#[0-9A-Fa-f]{6}")
_SEQUENCE = (
    "id",
    "name",
    "hold",
    "repeat",
    "active",
    "email_template_id",
    "send_days",
    "send_hour",
    "time_zone",
    "exclude_subscriber_sources",
    "created_at",
    "updated_at",
    "emails",
)
_EMAIL = (
    "id",
    "position",
    "subject",
    "preview_text",
    "content",
    "email_template_id",
    "published",
    "delay_value",
    "delay_unit",
    "send_days",
    "created_at",
    "updated_at",
)


def load_account(loading: Loading, item: Item) -> None:
    """`colors`, `profile` (any object), `track_opens`, `track_clicks`; the rest is in the settings."""
    item.insist(("colors", "profile", "track_opens", "track_clicks"))
    values: dict[str, Any] = {}
    if item.has("colors"):
        colors = item.list("colors")
        for index, each in enumerate(colors):
            if not isinstance(each, str) or not _COLOR.fullmatch(each):
                raise BadDocument(f"{item.at('colors')}[{index}]", "write it as #1a2b3c")
        values["colors"] = colors
    if item.has("profile"):
        values["profile"] = dict(
            Item(item.values["profile"], item.at("profile"), now=item.now).values
        )
    for name in ("track_opens", "track_clicks"):
        if item.has(name):
            values[name] = item.flag(name)
    if values:
        loading.db.execute(update(account).values(values))


def load_sequences(loading: Loading, items: Sequence[Item]) -> None:
    """The keys of the API's object, and `emails` with those of theirs, in their order."""
    zone = account_of(loading.db).timezone
    kept = [(item, _sequence(loading, item, zone)) for item in items]
    ids = loading.put_and_name(sequences, kept)
    emails: list[tuple[Item, dict[str, Any]]] = []
    for (item, row), sequence_id in zip(kept, ids, strict=True):
        places: set[int] = set()
        for index, each in enumerate(item.items("emails")):
            email = _email(loading, each, index, row)
            if email["position"] in places:
                raise each.wrong("position", f"{email['position']} is taken already")
            places.add(email["position"])
            emails.append((each, {**email, "sequence_id": sequence_id}))
    loading.put(sequence_emails, emails)


def _sequence(loading: Loading, item: Item, zone: str) -> dict[str, Any]:
    item.insist(_SEQUENCE)
    created_at = item.when("created_at")
    hour = item.count("send_hour", default=HOUR)
    if hour > 23:
        raise item.wrong("send_hour", "hours go from 0 to 23")
    return {
        "id": item.id(),
        "name": item.words("name"),
        **{name: item.flag(name) for name in ("hold", "repeat")},
        "active": item.flag("active", default=True),
        "email_address": None,
        "email_template_id": _template(loading, item),
        "send_days": _days(item) or list(WEEK),
        "send_hour": hour,
        "time_zone": item.text("time_zone", limit=100) or zone,
        "exclude_subscriber_sources": item.list("exclude_subscriber_sources"),
        "created_at": created_at,
        "updated_at": item.when("updated_at", default=created_at),
    }


def _email(loading: Loading, item: Item, index: int, of: dict[str, Any]) -> dict[str, Any]:
    item.insist(_EMAIL)
    created_at = item.when("created_at", default=of["created_at"])
    return {
        "id": item.id(),
        "position": item.count("position", default=index),
        "subject": item.words("subject", limit=2_000),
        "preview_text": item.text("preview_text"),
        "content": item.text("content"),
        "email_template_id": _template(loading, item),
        "published": item.flag("published"),
        "delay_value": item.count("delay_value", default=1),
        "delay_unit": item.choice("delay_unit", ("days", "hours"), default="days"),
        "send_days": _days(item),
        "created_at": created_at,
        "updated_at": item.when("updated_at", default=created_at),
    }


def _template(loading: Loading, item: Item) -> int | None:
    return item.read("email_template_id", partial(template_in, loading.db, item.values))


def _days(item: Item) -> list[str] | None:
    if not item.has("send_days"):
        return None
    return item.read("send_days", partial(days_in, item.values))


def load_snippets(loading: Loading, items: Sequence[Item]) -> None:
    """`id`, `name`, `snippet_type`, `key`, `content` (inline) or `value_html` (block), `archived`."""

    def row(item: Item) -> dict[str, Any]:
        known = ("id", "name", "snippet_type", "key", "content", "value_html", "archived")
        item.insist((*known, "created_at", "updated_at"))
        kind = item.choice("snippet_type", TYPES, default="inline")
        name, other = ("content", "value_html") if kind == "inline" else ("value_html", "content")
        if item.has(other):
            raise item.wrong(other, f"what is {kind} has {name}")
        created_at = item.when("created_at")
        return {
            "id": item.id(),
            "key": item.text("key", limit=255) or slug_of(item.words("name")) or "snippet",
            "name": item.words("name"),
            "snippet_type": kind,
            name: item.text(name) or "",
            other: None,
            "version": 1,
            "archived": item.flag("archived"),
            "created_at": created_at,
            "updated_at": item.when("updated_at", default=created_at),
        }

    loading.put(snippets, [(item, row(item)) for item in items], unique={"key": "key"})


_AMOUNTS = ("subtotal", "discount", "tax", "shipping", "total")


def load_purchases(loading: Loading, items: Sequence[Item]) -> None:
    """The keys of the API's object; `email_address` is that of a subscriber."""
    known = ("id", "transaction_id", "email_address", "status", "source", "currency", "products")
    people = ids_by_address(loading)

    def row(item: Item) -> dict[str, Any]:
        item.insist((*known, *_AMOUNTS, "transaction_time", "created_at"))
        address = item.address()
        if key_of(address) not in people:
            raise item.wrong("email_address", f"there is no subscriber {address}")
        at = item.when("transaction_time")
        return {
            "id": item.id(),
            "subscriber_id": people[key_of(address)],
            "transaction_id": item.words("transaction_id"),
            "email_address": address,
            "status": item.text("status", limit=50) or "paid",
            "source": item.text("source", limit=255),
            "currency": (item.text("currency", limit=3) or "USD").upper(),
            **{name: item.amount(name, default=0.0) for name in _AMOUNTS},
            "products": [dict(each.values) for each in item.items("products")],
            "transaction_time": at,
            "created_at": item.when("created_at", default=at),
        }

    kept = [(item, row(item)) for item in items]
    loading.put(purchases, kept, unique={"transaction_id": "transaction_id"})
