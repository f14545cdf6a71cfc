"""The objects that the API answers with and that webhooks carry: made in one way for both."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row


def written(at: datetime | None) -> str | None:
    """A time as Kit writes it: UTC, to the second, with a Z."""
    return None if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def subscriber(row: Row[Any], field_keys: Collection[str] | None) -> dict[str, Any]:
    """A subscriber; `field_keys` of None leaves the fields out (`slim`)."""
    body = {
        "id": row.id,
        "first_name": row.first_name,
        "email_address": row.email_address,
        "state": row.state,
        "created_at": written(row.created_at),
    }
    if field_keys is not None:
        body["fields"] = {key: row.fields.get(key) for key in field_keys}
    return body


def tag(row: Row[Any]) -> dict[str, Any]:
    """A tag."""
    return {"id": row.id, "name": row.name, "created_at": written(row.created_at)}


def form(row: Row[Any]) -> dict[str, Any]:
    """A form, without the addresses at which it is shown."""
    return {
        "id": row.id,
        "name": row.name,
        "created_at": written(row.created_at),
        "type": row.type,
        "format": row.format,
        "archived": row.archived,
        "uid": row.uid,
    }


def custom_field(row: Row[Any]) -> dict[str, Any]:
    """A custom field."""
    return {"id": row.id, "name": row.name, "key": row.key, "label": row.label}


def purchase(row: Row[Any]) -> dict[str, Any]:
    """A purchase."""
    return {
        "id": row.id,
        "transaction_id": row.transaction_id,
        "status": row.status,
        "source": row.source,
        "email_address": row.email_address,
        "subscriber_id": row.subscriber_id,
        "currency": row.currency,
        "transaction_time": written(row.transaction_time),
        "subtotal": row.subtotal,
        "discount": row.discount,
        "tax": row.tax,
        "shipping": row.shipping,
        "total": row.total,
        "products": row.products,
    }


def location(row: Row[Any]) -> dict[str, Any]:
    """Where a subscriber lives, as somebody pinned it."""
    return {
        "city": row.city,
        "state_province": row.state_province,
        "country_code": row.country_code,
        "latitude": row.latitude,
        "longitude": row.longitude,
        "timezone": row.timezone,
    }
