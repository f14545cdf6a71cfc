"""/webhook_endpoints: addresses that are told of events, their secrets, and what they were told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row

from newsletter.server.api import pages
from newsletter.server.api.callers import FORBIDDEN
from newsletter.server.api.calls import Answer, Call, Operation, Refusal, invalid, not_found
from newsletter.server.api.values import choice, flag, given, text, written
from newsletter.server.api.webhooks import address
from newsletter.server.events import TYPES
from newsletter.server.store import webhooks
from newsletter.server.store.paging import page_of
from newsletter.server.store.webhook_queue import KEPT
from newsletter.server.store.webhook_tables import webhook_deliveries, webhook_endpoints
from newsletter.server.webhooks.signing import new_secret

LONGEST_NAME = 255
LONGEST_DESCRIPTION = 2000
_ROTATING = "The previous signing secret is still within its rotation window."


def _shown(row: Row[Any], call: Call, *, with_secret: bool = False) -> dict[str, Any]:
    until = row.previous_secret_expires_at
    body = {
        "id": row.id,
        "name": row.name,
        "url": row.url,
        "events": row.events,
        "status": row.status,
        "source": "api",
        "description": row.description,
        "created_by_app": row.created_by_app,
        "created_at": written(row.created_at),
        "previous_secret_expires_at": written(until) if until and until > call.now else None,
    }
    return {**body, "secret": row.secret} if with_secret else body


def _one(db: Connection, call: Call, *, status: int = 200, with_secret: bool = False) -> Answer:
    shown = _shown(_endpoint(db, call), call, with_secret=with_secret)
    return Answer(status=status, body={"webhook_endpoint": shown})


def _endpoint(db: Connection, call: Call) -> Row[Any]:
    row = webhooks.endpoint(db, call.id())
    if row is None:
        raise not_found()
    return row


def _own(db: Connection, call: Call) -> Row[Any]:
    """The endpoint, which another app must not have made. The account's own key may do anything."""
    row = _endpoint(db, call)
    if call.app_id is not None and row.app_id != call.app_id:
        raise Refusal(403, FORBIDDEN)
    return row


def listing(call: Call) -> Answer:
    """One page of the endpoints, newest first, without their secrets."""
    status = choice(call.query, "status", webhooks.ENDPOINT_STATUSES)
    keys = [webhook_endpoints.c.id]
    wish = pages.wish(call.query, keys)
    with call.store.reading() as db:
        page = page_of(db, webhooks.all_endpoints(status=status), keys=keys, wish=wish)
    body = [_shown(row, call) for row in page.rows]
    return Answer(
        status=200, body={"webhook_endpoints": body, "pagination": pages.pagination(page, wish)}
    )


def create(call: Call) -> Answer:
    """Make an endpoint; the answer holds the secret, and no later one does."""
    maker = {"app_id": call.app_id, "created_by_app": call.app_name}
    values = {"name": None, "description": None, **maker, **_values(call)}
    if "url" not in values or "events" not in values:
        raise invalid("`url` and `events` parameters must be provided")
    with call.store.writing() as db:
        row = webhooks.create_endpoint(db, values, secret=new_secret(), now=call.now)
    return Answer(status=201, body={"webhook_endpoint": _shown(row, call, with_secret=True)})


def read(call: Call) -> Answer:
    """One endpoint."""
    with call.store.reading() as db:
        return _one(db, call)


def change(call: Call) -> Answer:
    """Change what the body names; `events` replaces all of them."""
    values = _values(call)
    status = choice(call.body, "status", webhooks.ENDPOINT_STATUSES)
    if status is not None:
        values["status"] = status
    with call.store.writing() as db:
        row = _own(db, call)
        webhooks.change_endpoint(db, row.id, values, now=call.now)
        return _one(db, call)


def remove(call: Call) -> Answer:
    """Delete an endpoint with its history."""
    with call.store.writing() as db:
        webhooks.remove_endpoint(db, _own(db, call).id)
    return Answer(status=204)


def rotate(call: Call) -> Answer:
    """Make a new secret, which this answer alone shows; the old one is good for a day more."""
    force = flag(call.body, "force") or False
    with call.store.writing() as db:
        row = _own(db, call)
        try:
            webhooks.rotate(db, row, secret=new_secret(), force=force, now=call.now)
        except webhooks.StillRotating:
            raise Refusal(409, _ROTATING) from None
        return _one(db, call, with_secret=True)


def revoke(call: Call) -> Answer:
    """End the time in which the old secret is good."""
    with call.store.writing() as db:
        row = _own(db, call)
        webhooks.revoke_previous(db, row.id, now=call.now)
        return _one(db, call)


def deliveries(call: Call) -> Answer:
    """One page of what an endpoint was told in the last 30 days, newest first."""
    status = choice(call.query, "status", webhooks.DELIVERY_STATUSES)
    event_type = choice(call.query, "event_type", TYPES)
    keys = [webhook_deliveries.c.id]
    wish = pages.wish(call.query, keys)
    rows = webhooks.deliveries_to(
        call.id(), first=call.now - KEPT, status=status, event_type=event_type
    )
    with call.store.reading() as db:
        _endpoint(db, call)
        page = page_of(db, rows, keys=keys, wish=wish)
    body = [_delivery(row) for row in page.rows]
    return Answer(status=200, body={"deliveries": body, "pagination": pages.pagination(page, wish)})


def delivery(call: Call) -> Answer:
    """One delivery with its attempts, and with its events where they are asked for."""
    here = webhook_deliveries.c.id == call.id("delivery_id")
    rows = webhooks.deliveries_to(call.id(), first=call.now - KEPT).where(here)
    with call.store.reading() as db:
        row = db.execute(rows).one_or_none()
        if row is None:
            raise not_found()
        attempts = webhooks.attempts_at(db, row.id)
    body = {**_delivery(row), "attempts": [_attempt(each) for each in attempts]}
    if flag(call.query, "include_payload"):
        body["payload"] = {"delivery_id": row.id, "events": row.payload}
    return Answer(status=200, body={"delivery": body})


def _delivery(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "event_type": row.event_type,
        "event_count": len(row.payload),
        "status": row.status,
        "attempt_count": row.attempts,
        "next_attempt_at": written(row.next_at),
        "created_at": written(row.created_at),
        "completed_at": written(row.completed_at),
    }


def _attempt(row: Row[Any]) -> dict[str, Any]:
    return {
        "attempted_at": written(row.at),
        "response_status": row.response_status,
        "response_body": row.response_body,
        "error": row.error,
        "duration_ms": row.duration_ms,
    }


def _values(call: Call) -> dict[str, Any]:
    """The columns that a body names."""
    body = call.body
    values: dict[str, Any] = {}
    if "name" in body:
        values["name"] = text(body, "name", limit=LONGEST_NAME)
    if "description" in body:
        values["description"] = text(body, "description", limit=LONGEST_DESCRIPTION)
    if given(body, "url"):
        values["url"] = address(call, body, "url")
    if given(body, "events"):
        values["events"] = _events(body)
    return values


def _events(body: Mapping[str, Any]) -> list[str]:
    wanted = body["events"]
    if not isinstance(wanted, list) or not wanted:
        raise invalid("Events must be a list of event types")
    unknown = [str(each) for each in wanted if not isinstance(each, str) or each not in TYPES]
    if unknown:
        raise invalid(f"Unknown event types: {', '.join(unknown)}")
    return list(dict.fromkeys(wanted))


_ONE = "/webhook_endpoints/{id}"

OPERATIONS = (
    Operation(method="GET", path="/webhook_endpoints", answer=listing),
    Operation(method="POST", path="/webhook_endpoints", answer=create),
    Operation(method="GET", path=_ONE, answer=read),
    Operation(method="PATCH", path=_ONE, answer=change),
    Operation(method="DELETE", path=_ONE, answer=remove),
    Operation(method="POST", path=f"{_ONE}/rotate_secret", answer=rotate),
    Operation(method="POST", path=f"{_ONE}/revoke_previous_secret", answer=revoke),
    Operation(method="GET", path=f"{_ONE}/deliveries", answer=deliveries),
    Operation(method="GET", path=f"{_ONE}/deliveries/{{delivery_id}}", answer=delivery),
)
