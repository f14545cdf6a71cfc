"""What a target's webhook tells: Kit's legacy payload, and the events of its signed endpoints.

Whoever calls this has verified the signature. A delivery can come late, twice and out
of order. Signed events have an id and a time of their own. The legacy payload has
neither, and does not even say what happened: it can stop somebody, at the time it
arrived, but bring nobody back; the next listing does that.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from newsletter.audience.address import Address, read_address
from newsletter.audience.listing import joined_id
from newsletter.audience.model import Kind, State, SubscriberEvent

LARGEST = 4 * 1024 * 1024
"""Bytes of a body that are read at most: Kit sends 100 events of one subscriber each."""

MOST_EVENTS = 1_000
_LONGEST_NAME = 255
_LONGEST_ID = 100
_KINDS = {
    "subscriber.activated": Kind.ACTIVATED,
    "subscriber.unsubscribed": Kind.LEFT,
    "subscriber.bounced": Kind.BOUNCED,
    "subscriber.complained": Kind.COMPLAINED,
}
_CREATED = "subscriber.created"
_STOPPED_BY = {
    State.CANCELLED: Kind.LEFT,
    State.BOUNCED: Kind.BOUNCED,
    State.COMPLAINED: Kind.COMPLAINED,
}


class InvalidWebhook(ValueError):
    """The body is not one that Kit sends."""


@dataclass(frozen=True, kw_only=True)
class _Person:
    id: int
    state: State
    created_at: datetime
    raw: Mapping[str, Any]


def from_webhook(payload: object, *, received_at: datetime) -> tuple[SubscriberEvent, ...]:
    """The events in a delivery; the same delivery again gives events with the same ids.

    `payload` is the body (bytes), or what its JSON says. Events of kinds that say nothing
    of a subscriber's state, or that cannot be read, are left out: the target adds kinds.
    No event is later than `received_at` (aware). Raises InvalidWebhook for a body that is
    neither kind of delivery, or too large.
    """
    if isinstance(payload, bytes):
        payload = _decoded(payload)
    if not isinstance(payload, Mapping):
        raise InvalidWebhook("it is not a JSON object")
    if isinstance(payload.get("events"), list):
        events = payload["events"]
        if len(events) > MOST_EVENTS:
            raise InvalidWebhook(f"it holds more than {MOST_EVENTS} events")
        return tuple(told for event in events for told in _signed(event, received_at))
    if isinstance(payload.get("subscriber"), Mapping):
        person = _person(payload["subscriber"], received_at)
        if person is None:
            raise InvalidWebhook("its subscriber cannot be read")
        return tuple(_legacy(person, received_at))
    raise InvalidWebhook("it has neither a subscriber nor events")


def _decoded(body: bytes) -> object:
    if len(body) > LARGEST:
        raise InvalidWebhook(f"it is larger than {LARGEST} bytes")
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise InvalidWebhook("it is not JSON") from None


def _signed(event: object, received_at: datetime) -> Iterator[SubscriberEvent]:
    if not isinstance(event, Mapping) or not isinstance(event.get("data"), Mapping):
        return
    number, kind = event.get("id"), event.get("type")
    at = _instant(event.get("created"))
    person = _person(event["data"].get("subscriber"), received_at)
    is_named = isinstance(number, str) and 0 < len(number) <= _LONGEST_ID
    if person is None or at is None or not is_named or not isinstance(kind, str):
        return
    if kind == _CREATED:
        yield _joined(person)
        if person.state in _STOPPED_BY:
            stop = _STOPPED_BY[person.state]
            yield _event(f"webhook:{number}", person, stop, min(at, received_at))
    elif kind in _KINDS:
        yield _event(f"webhook:{number}", person, _KINDS[kind], min(at, received_at))


def _legacy(person: _Person, received_at: datetime) -> Iterator[SubscriberEvent]:
    yield _joined(person)
    kind = _STOPPED_BY.get(person.state)
    if person.state is State.ACTIVE:
        kind = Kind.CONFIRMED
    if kind is not None:
        told = json.dumps(person.raw, sort_keys=True).encode()
        digest = hashlib.sha256(told).hexdigest()[:32]
        yield _event(f"webhook:{person.id}:{kind}:{digest}", person, kind, received_at)


def _joined(person: _Person) -> SubscriberEvent:
    return _event(joined_id(person.id), person, Kind.JOINED, person.created_at)


def _event(number: str, person: _Person, kind: Kind, at: datetime) -> SubscriberEvent:
    return SubscriberEvent(id=number, subscriber_id=person.id, kind=kind, at=at, raw=person.raw)


def _person(data: object, received_at: datetime) -> _Person | None:
    """The subscriber object, held to what the API gives; nothing else of it is kept."""
    if not isinstance(data, Mapping):
        return None
    number, created_at = _number(data.get("id")), _instant(data.get("created_at"))
    email, name = data.get("email_address"), data.get("first_name")
    address = read_address(email) if isinstance(email, str) else None
    is_named = name is None or (isinstance(name, str) and len(name) <= _LONGEST_NAME)
    try:
        state = State(data.get("state", ""))
    except ValueError:
        return None
    if number is None or created_at is None or not isinstance(address, Address) or not is_named:
        return None
    created_at = min(created_at, received_at)
    raw = {
        "id": number,
        "email_address": email,
        "first_name": name,
        "state": state.value,
        "created_at": created_at.isoformat(),
    }
    return _Person(id=number, state=state, created_at=created_at, raw=raw)


def _number(value: object) -> int | None:
    """An id; legacy payloads write some as text."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:19])
    is_id = isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63
    return value if is_id else None  # type: ignore[return-value]


def _instant(value: object) -> datetime | None:
    """ISO 8601, or seconds since 1970; without a zone it is UTC."""
    try:
        if isinstance(value, str):
            at = datetime.fromisoformat(value)
            return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None
