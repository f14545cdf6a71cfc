"""Noting what happened, in the transaction in which it happens, for whoever wants to be told.

A change that is rolled back tells nobody; one that is committed is told, however often
the process is killed. Where nobody listens, nothing is written.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select

from newsletter.server import objects
from newsletter.server.events import LEGACY_NAMES
from newsletter.server.store.sequence_tables import sequences
from newsletter.server.store.tables import custom_fields, forms, subscribers, tags
from newsletter.server.store.webhook_tables import webhook_deliveries, webhook_endpoints, webhooks


@dataclass(frozen=True)
class _Receivers:
    endpoints: Collection[int]
    webhooks: Collection[int]


def of_subscriber(db: Connection, kind: str, subscriber_id: int, *, now: datetime) -> None:
    """Something happened to a subscriber and concerns nothing else; `kind` is an event type."""
    receivers = _receivers(db, kind)
    if receivers is not None:
        data = {"subscriber": _subscriber(db, subscriber_id)}
        _note(db, kind, receivers, data, now=now)


def of_tag(db: Connection, kind: str, subscriber_id: int, *, tag_id: int, now: datetime) -> None:
    """A subscriber got a tag or lost one."""
    receivers = _receivers(db, kind, about=tag_id)
    if receivers is not None:
        row = db.execute(select(tags).where(tags.c.id == tag_id)).one()
        data = {"subscriber": _subscriber(db, subscriber_id), "tag": objects.tag(row)}
        _note(db, kind, receivers, data, now=now)


def of_form(db: Connection, subscriber_id: int, *, form_id: int, now: datetime) -> None:
    """A subscriber came through a form for the first time."""
    kind = "subscriber.subscribed_to_form"
    receivers = _receivers(db, kind, about=form_id)
    if receivers is not None:
        row = db.execute(select(forms).where(forms.c.id == form_id)).one()
        data = {"subscriber": _subscriber(db, subscriber_id), "form": objects.form(row)}
        _note(db, kind, receivers, data, now=now)


def of_sequence(
    db: Connection, kind: str, subscriber_id: int, *, sequence_id: int, now: datetime
) -> None:
    """A subscriber came into a sequence or got to its end."""
    receivers = _receivers(db, kind, about=sequence_id)
    if receivers is not None:
        row = db.execute(select(sequences).where(sequences.c.id == sequence_id)).one()
        data = {"subscriber": _subscriber(db, subscriber_id), "sequence": objects.sequence(row)}
        _note(db, kind, receivers, data, now=now)


def of_click(db: Connection, subscriber_id: int, *, url: str, now: datetime) -> None:
    """A subscriber followed a link of a letter. Only webhooks of the first kind know of it."""
    hooks = _listening(db, "subscriber.link_click", about=url)
    if hooks:
        bare = {"subscriber": _subscriber(db, subscriber_id)}
        _tell_webhooks(db, "subscriber.link_click", hooks, bare, now=now)


def of_thing(db: Connection, kind: str, thing: Mapping[str, Any], *, now: datetime) -> None:
    """A tag, sequence, broadcast or post became something else; `thing` as the API shows it."""
    receivers = _receivers(db, kind)
    if receivers is not None:
        _note(db, kind, receivers, {kind.partition(".")[0]: thing}, now=now)


def of_purchase(db: Connection, row: Row[Any], *, now: datetime) -> None:
    """A subscriber bought something. Only webhooks of the first kind have words for it."""
    body = objects.purchase(row)
    hooks = _listening(db, "purchase.purchase_create", about=None)
    _tell_webhooks(db, "purchase.purchase_create", hooks, body, now=now)
    for pid in dict.fromkeys(each["pid"] for each in row.products):
        hooks = _listening(db, "subscriber.product_purchase", about=pid)
        if hooks:
            bare = {"subscriber": _subscriber(db, row.subscriber_id)}
            _tell_webhooks(db, "subscriber.product_purchase", hooks, bare, now=now)


def of_values(
    db: Connection, subscriber_id: int, changed: Mapping[str, str | None], *, now: datetime
) -> None:
    """Values of a subscriber's custom fields, by key, are others now."""
    kind = "subscriber.custom_field_value_updated"
    if not changed:
        return
    for row in db.execute(select(custom_fields).where(custom_fields.c.key.in_(changed))).all():
        receivers = _receivers(db, kind, about=row.id)
        if receivers is not None:
            field = {**objects.custom_field(row), "value": changed[row.key]}
            data = {"subscriber": _subscriber(db, subscriber_id), "custom_field": field}
            _note(db, kind, receivers, data, now=now)


def of_field(db: Connection, kind: str, row: Row[Any], *, now: datetime) -> None:
    """A custom field was made or deleted; `row` is, or was, the field's."""
    of_thing(db, kind, objects.custom_field(row), now=now)


def _receivers(db: Connection, kind: str, *, about: int | str | None = None) -> _Receivers | None:
    """Who is to be told; None when nobody is, which should cost next to nothing."""
    active = select(webhook_endpoints.c.id, webhook_endpoints.c.events).where(
        webhook_endpoints.c.status == "active"
    )
    endpoints = [row.id for row in db.execute(active) if kind in row.events]
    hooks = _listening(db, LEGACY_NAMES.get(kind, ""), about=about)
    return _Receivers(endpoints, hooks) if endpoints or hooks else None


def _listening(db: Connection, event: str, *, about: int | str | None) -> Sequence[int]:
    """The webhooks of the first kind for this event, of everything or of this id."""
    concerned = or_(webhooks.c.parameter.is_(None), webhooks.c.parameter == str(about))
    rows = select(webhooks.c.id).where(webhooks.c.event == event, concerned)
    return db.execute(rows).scalars().all()


def _tell_webhooks(
    db: Connection, event: str, hooks: Sequence[int], body: Mapping[str, Any], *, now: datetime
) -> None:
    _queue(db, [_to_webhook(each, event, body) for each in hooks], now=now)


def _to_webhook(webhook_id: int, event: str, body: Mapping[str, Any]) -> dict[str, Any]:
    told = {"event_type": event, "payload": dict(body)}
    return {"endpoint_id": None, "webhook_id": webhook_id, **told}


def _queue(db: Connection, rows: Sequence[Mapping[str, Any]], *, now: datetime) -> None:
    begun = {"status": "pending", "attempts": 0, "next_at": now, "created_at": now}
    if rows:
        db.execute(insert(webhook_deliveries), [{**row, **begun} for row in rows])


def _subscriber(db: Connection, subscriber_id: int) -> dict[str, Any]:
    row = db.execute(select(subscribers).where(subscribers.c.id == subscriber_id)).one()
    keys = db.execute(select(custom_fields.c.key).order_by(custom_fields.c.id)).scalars().all()
    return objects.subscriber(row, keys)


def _note(
    db: Connection, kind: str, receivers: _Receivers, data: Mapping[str, Any], *, now: datetime
) -> None:
    """One delivery for each receiver; the event has the same id in all of them."""
    event = {
        "id": str(uuid.uuid4()),
        "type": kind,
        "created": objects.written(now),
        "data": dict(data),
    }
    bare = {"subscriber": data["subscriber"]} if "subscriber" in data else dict(data)
    rows = [
        {"endpoint_id": each, "webhook_id": None, "event_type": kind, "payload": [event]}
        for each in receivers.endpoints
    ] + [_to_webhook(each, LEGACY_NAMES[kind], bare) for each in receivers.webhooks]
    _queue(db, rows, now=now)
