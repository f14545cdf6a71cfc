"""Posting what is due to its receivers, once or again, and writing down how it went.

At least once: a receiver that took a delivery while its answer, or this process, was lost
gets it again, under the same id. Between two events no order is promised.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx

from newsletter import guard
from newsletter.server.store import webhook_queue as queue
from newsletter.server.store.store import Store
from newsletter.server.webhooks.signing import signature

RETRIES = tuple(
    timedelta(seconds=each) for each in (30, 120, 900, 3600, 4 * 3600, 12 * 3600, 24 * 3600)
)
"""Kit's timetable: how long after each failed attempt the next one is made."""

_LEAST_WAIT, _MOST_WAIT = 1, 24 * 3600  # of a Retry-After, in seconds
_GONE, _TOO_MANY, _UNAVAILABLE = 410, 429, 503
_TIMEOUT = 10.0  # seconds for the connection, and for each piece of an answer
_PASS = 10.0  # seconds after which a call begins no further attempt: mail waits behind it
_KEPT_ANSWER = 1000  # octets


@dataclass(frozen=True, kw_only=True)
class Told:
    """One attempt: to which host, with what answer, and what became of the delivery."""

    delivery_id: int
    event_type: str
    host: str
    response_status: int | None
    status: str


def deliver_events(
    store: Store,
    *,
    now: datetime,
    transport: httpx.BaseTransport | None = None,
    allow_private: bool = False,
) -> tuple[Told, ...]:
    """Post everything that is due at `now`, and give the attempts that were made.

    Any number of processes may call this at once. A receiver that fails is left alone until
    the next call, and no attempt begins later than ten seconds after the first. Redirects
    are not followed. Deliveries that ended 30 days ago are forgotten.

    Args:
        store: Holds the queue.
        now: An aware time; what is signed bears it.
        transport: How to reach receivers, in place of httpx's own way.
        allow_private: Post to private addresses and this computer too.
    """
    with store.reading() as db:
        due, old = queue.is_due(db, now=now), queue.is_old(db, now=now)
    if old:
        with store.writing() as db:
            queue.forget_old(db, now=now)
    if not due:
        return ()
    with httpx.Client(
        transport=transport,
        timeout=_TIMEOUT,
        trust_env=False,
        follow_redirects=False,
        headers={"User-Agent": "newsletter-server", "Content-Type": "application/json"},
    ) as client:
        return tuple(_pass(store, client, now=now, allow_private=allow_private))


def _pass(store: Store, client: httpx.Client, *, now: datetime, allow_private: bool) -> list[Told]:
    told: list[Told] = []
    failed: set[queue.Receiver] = set()
    begun = time.monotonic()
    while time.monotonic() - begun < _PASS:
        with store.writing() as db:
            held = queue.take(db, now=now, without=failed)
        if held is None:
            break
        attempt, wait = _post(client, held, now=now, allow_private=allow_private)
        status, next_at = _outcome(held, attempt, wait, now=now)
        if status != "delivered":
            failed.add(held.receiver)
        with store.writing() as db:
            queue.record(db, held, attempt, status=status, next_at=next_at, now=now)
        told.append(
            Told(
                delivery_id=held.id,
                event_type=held.event_type,
                host=urlsplit(held.url).netloc,
                response_status=attempt.response_status,
                status=status,
            )
        )
    return told


def _post(
    client: httpx.Client, held: queue.Held, *, now: datetime, allow_private: bool
) -> tuple[queue.Attempt, int | None]:
    """One attempt, and the seconds that the receiver asks us to wait."""
    begun = time.perf_counter()
    status: int | None = None
    said: bytes | None = None
    error: str | None = None
    wait: int | None = None
    try:
        way = guard.way_to(held.url, allow_private=allow_private)
        body, headers = message(held, now=now)
        with client.stream(
            "POST",
            way.url,
            content=body,
            headers={**headers, **way.headers},
            extensions=dict(way.extensions),
        ) as answer:
            status, wait = answer.status_code, _asked_wait(answer, now=now)
            said = _beginning(answer)
    except guard.NotAllowed as refusal:
        error = f"not allowed: {refusal}"
    except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as trouble:
        # After the status came, the rest of an answer does not matter.
        error = None if status is not None else type(trouble).__name__
    attempt = queue.Attempt(
        response_status=status,
        response_body=None if said is None else said.decode("utf-8", "replace").replace("\x00", ""),
        error=error,
        duration_ms=round((time.perf_counter() - begun) * 1000),
    )
    return attempt, wait


def message(held: queue.Held, *, now: datetime) -> tuple[bytes, Mapping[str, str]]:
    """The body and the headers of a delivery; one without secrets is the bare object."""
    if not held.secrets:
        return _json(held.payload), {}
    body = _json({"delivery_id": held.id, "events": held.payload})
    return body, {
        "X-Kit-Delivery": str(held.id),
        "X-Kit-Signature": signature(held.secrets, body, at=now),
    }


def _outcome(
    held: queue.Held, attempt: queue.Attempt, wait: int | None, *, now: datetime
) -> tuple[str, datetime | None]:
    status = attempt.response_status
    if status is not None and 200 <= status < 300:
        return "delivered", None
    if status == _GONE or held.attempts >= len(RETRIES):
        return "failed", None
    pause = RETRIES[held.attempts]
    if wait is not None and status in (_TOO_MANY, _UNAVAILABLE):
        pause = timedelta(seconds=wait)
    return "retrying", now + pause


def _asked_wait(answer: httpx.Response, *, now: datetime) -> int | None:
    """Seconds of a `Retry-After`, a number or a date (RFC 9110 §10.2.3), within Kit's bounds."""
    value = answer.headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        seconds = float(value[:9])
    else:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - now.timestamp()
        except (TypeError, ValueError, OverflowError):
            return None
    return round(min(max(seconds, _LEAST_WAIT), _MOST_WAIT))


def _beginning(answer: httpx.Response) -> bytes:
    """What an answer begins with; its end may never come."""
    deadline = time.monotonic() + _TIMEOUT
    said = b""
    for piece in answer.iter_raw():
        said += piece
        if len(said) >= _KEPT_ANSWER or time.monotonic() > deadline:
            break
    return said[:_KEPT_ANSWER]


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
