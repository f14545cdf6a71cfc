"""Taking in what a webhook endpoint is told: believed only if signed, lately, and for the first time.

A delivery that comes again under another signature is a retry, and welcome: its events are
known by their ids. One that comes again to the letter is a replay.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from threading import Lock

from newsletter.audience import InvalidWebhook, SubscriberEvent, from_webhook
from newsletter.kit import BadSignature, verify
from newsletter.kit.signature import TOLERANCE
from newsletter.ledger import readers
from newsletter.ledger.opening import Ledger

_MOST_REMEMBERED = 100_000  # signatures; each is good for ten minutes at most


class Verdict(StrEnum):
    """What became of a delivery."""

    TAKEN = "taken"
    NOT_SIGNED = "not signed"  # or with another secret, or too long ago
    REPLAYED = "replayed"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, kw_only=True)
class Received:
    """The verdict on one delivery; `events` were told, `news` of them for the first time."""

    verdict: Verdict
    events: tuple[SubscriberEvent, ...] = ()
    news: tuple[SubscriberEvent, ...] = ()
    why: str = ""


class Receiver:
    """Takes deliveries in for one target. Safe to share between threads.

    Args:
        ledger: Where the events go.
        target: The ledger's name for the service that sends them.
        secrets: Of the endpoint; while one is rotated, the old and the new.
    """

    def __init__(self, ledger: Ledger, *, target: str, secrets: Sequence[str]) -> None:
        self._ledger = ledger
        self._target = target
        self._secrets = tuple(secrets)
        self._seen: OrderedDict[bytes, datetime] = OrderedDict()
        self._lock = Lock()

    def receive(self, body: bytes, *, signature: str | None, now: datetime) -> Received:
        """Judge a delivery by its body's very bytes and its `X-Kit-Signature`, and keep its events.

        Raises what the ledger raises when its database is busy or away; then the same
        delivery may come again.
        """
        why = self._distrust(body, signature, now)
        if why is not None:
            return Received(verdict=Verdict.NOT_SIGNED, why=why)
        digest = hashlib.sha256(str(signature).encode() + b"\n" + body).digest()
        if not self._remember(digest, now):
            return Received(verdict=Verdict.REPLAYED, why="It came before, to the letter.")
        try:
            events = from_webhook(body, received_at=now)
            news = readers.record(self._ledger, self._target, events, seen_at=now)
        except InvalidWebhook as error:
            return Received(verdict=Verdict.UNREADABLE, why=f"{error}.".capitalize())
        except BaseException:
            with self._lock:
                self._seen.pop(digest, None)  # nothing was kept of it
            raise
        return Received(verdict=Verdict.TAKEN, events=events, news=tuple(news))

    def _distrust(self, body: bytes, signature: str | None, now: datetime) -> str | None:
        """Why a delivery is not believed; None when any of the secrets has signed it."""
        reasons = []
        for secret in self._secrets:
            try:
                verify(secret, signature, body, now=now)
            except BadSignature as error:
                reasons.append(error.reason)
        return reasons[-1] if len(reasons) == len(self._secrets) else None

    def _remember(self, digest: bytes, now: datetime) -> bool:
        """Note a signature; False when it was noted before. What is too old is refused anyway."""
        until = now + 2 * TOLERANCE + timedelta(seconds=1)
        with self._lock:
            while self._seen and (
                next(iter(self._seen.values())) < now or len(self._seen) >= _MOST_REMEMBERED
            ):
                self._seen.popitem(last=False)
            if digest in self._seen:
                return False
            self._seen[digest] = until
            return True
