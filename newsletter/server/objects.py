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


WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def sequence(row: Row[Any]) -> dict[str, Any]:
    """A sequence, without the numbers of its emails and members."""
    return {
        "id": row.id,
        "name": row.name,
        "hold": row.hold,
        "repeat": row.repeat,
        "created_at": written(row.created_at),
        "updated_at": written(row.updated_at),
        "email_address": row.email_address,
        "email_template_id": row.email_template_id,
        "send_days": row.send_days,
        "send_hour": row.send_hour,
        "time_zone": row.time_zone,
        "active": row.active,
        "exclude_subscriber_sources": row.exclude_subscriber_sources,
    }


def broadcast(row: Row[Any]) -> dict[str, Any]:
    """A broadcast as short as a `slim` list has it; `row` bears `status_now`."""
    return {
        "id": row.id,
        "publication_id": row.id,
        "created_at": written(row.created_at),
        "subject": row.subject,
        "preview_text": row.preview_text,
        "description": row.description,
        "public": row.public,
        "published_at": written(row.published_at),
        "send_at": written(row.send_at),
        "status": row.status_now,
        "thumbnail_alt": row.thumbnail_alt,
        "thumbnail_url": row.thumbnail_url,
    }


def post(row: Row[Any], *, public_url: str, is_published: bool) -> dict[str, Any]:
    """A letter's web side, without its content; `public_url` is what links begin with."""
    return {
        "id": row.id,
        "publication_id": row.broadcast_id,
        "created_at": written(row.created_at),
        "title": row.subject,
        "slug": row.slug if is_published else None,
        "description": row.description,
        "meta_description": None,
        "status": "published" if is_published else "draft",
        "published_at": written(row.published_at) if is_published else None,
        "sent_at": written(row.sent_at),
        "thumbnail_alt": row.thumbnail_alt,
        "thumbnail_url": row.thumbnail_url,
        "is_paid": False,
        "public_url": post_url(public_url, row.slug) if is_published else None,
    }


def post_url(public_url: str, slug: str) -> str:
    """Where a published letter stands on the web."""
    return f"{public_url}/posts/{slug}"


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
