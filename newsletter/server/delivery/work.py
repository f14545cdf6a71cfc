"""Delivering what is due: begin each broadcast, then work through its batches, slice by slice.

Every transaction leaves a state from which the next call goes on, so the process may be
killed anywhere: a message and the note that it was accepted are written together, and only
by the worker who still holds the batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from newsletter import liquid
from newsletter.server.delivery.letter import BadLetter, Letter, compiled
from newsletter.server.delivery.message import Sender, build, message_id_for, one_line
from newsletter.server.public.tokens import Claim, Purpose, sign
from newsletter.server.store import audience, broadcasts, outbox, queue
from newsletter.server.store.store import Store

SLICE = 50  # messages built before they are written: a fraction of a lease, a few MB at most


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """How far a broadcast is: of `total` readers, how many got it and how many left meanwhile."""

    broadcast_id: int
    subject: str
    accepted: int
    suppressed: int
    total: int


def deliver_due(
    store: Store, *, now: datetime, public_url: str, owner: str
) -> tuple[Delivered, ...]:
    """Deliver every broadcast that is due at `now`, and finish those that were begun.

    Gives the broadcasts this call did something for. Any number of processes may call this
    at once; each reader gets one message. `owner` names the caller in the queue, `public_url`
    is what links in mail begin with. What another worker holds is left to that worker, or,
    when it has died, to a call ten seconds later.
    """
    with store.reading() as db:
        waiting = queue.unfinished(db, now=now)
    reports = []
    for broadcast_id in waiting:
        with store.writing() as db:
            touched = audience.freeze(db, broadcast_id, now=now)
        worker = _Worker.of(store, broadcast_id, public_url=public_url, owner=owner)
        if worker is not None:
            touched |= worker.work()
        with store.writing() as db:
            touched |= queue.complete(db, broadcast_id, now=now)
        if touched:
            reports.append(_report(store, broadcast_id))
    return tuple(reports)


def _report(store: Store, broadcast_id: int) -> Delivered:
    with store.reading() as db:
        parts = queue.parts(db, broadcast_id)
        tally = broadcasts.tally(db, [broadcast_id])[broadcast_id]
    return Delivered(
        broadcast_id=broadcast_id,
        subject=parts.subject or "",
        accepted=tally.get("accepted", 0),
        suppressed=tally.get("suppressed", 0),
        total=parts.recipients or 0,
    )


@dataclass(frozen=True, kw_only=True)
class _Worker:
    """What building the messages of one broadcast takes."""

    store: Store
    broadcast_id: int
    letter: Letter
    sender: Sender
    postal_address: str
    secret: bytes
    sent_at: datetime
    public_url: str
    owner: str

    @classmethod
    def of(cls, store: Store, broadcast_id: int, *, public_url: str, owner: str) -> _Worker | None:
        """A worker for a begun broadcast; None, and the broadcast aborted, if it is no letter."""
        account = store.account()
        with store.reading() as db:
            parts = queue.parts(db, broadcast_id)
        if parts.started_at is None:  # its time was changed a moment ago
            return None
        try:
            letter = compiled(
                subject=parts.subject,
                preview_text=parts.preview_text,
                content=parts.content,
                template=parts.html,
                category=parts.category,
            )
        except BadLetter:
            # It was checked when it was scheduled: somebody has changed the template since.
            with store.writing() as db:
                queue.abort(db, broadcast_id)
            return None
        return cls(
            store=store,
            broadcast_id=broadcast_id,
            letter=letter,
            sender=Sender(
                name=account.sender_name,
                address=parts.email_address or account.sender_address,
                list_name=account.name,
            ),
            postal_address=account.address,
            secret=account.token_secret,
            sent_at=parts.started_at.astimezone(ZoneInfo(account.timezone)),
            public_url=public_url.rstrip("/"),
            owner=owner,
        )

    def work(self) -> bool:
        """Deliver batch after batch until none is free; False when there was none."""
        worked = False
        while True:
            with self.store.writing() as db:
                held = queue.lease(db, self.broadcast_id, owner=self.owner, at=self.store.clock())
            if held is None:
                return worked
            worked = True
            try:
                self._deliver(held)
            except BaseException:
                with self.store.writing() as db:
                    queue.give_back(db, held)
                raise

    def _deliver(self, held: queue.Lease) -> None:
        """Work through one batch, or stop without a trace as soon as it is another's."""
        while True:
            with self.store.reading() as db:
                rows = queue.queued(db, held, limit=SLICE)
            if not rows:
                break
            if not self._deliver_slice(held, rows):
                return
        with self.store.writing() as db:
            queue.finish(db, held)

    def _deliver_slice(self, held: queue.Lease, rows: Sequence[Row[Any]]) -> bool:
        built: dict[int, dict[str, Any]] = {}
        refused: dict[int, str] = {}
        for row in rows:
            if row.eligible:
                try:
                    built[row.delivery_id] = self._message(row)
                except BadLetter as error:
                    refused[row.delivery_id] = str(error)
        with self.store.writing() as db:
            at = self.store.clock()
            if not queue.hold(db, held, at=at):
                return False
            # Asked again: whoever left while the messages were built gets none.
            eligible = queue.still_eligible(db, [row.delivery_id for row in rows])
            accepted = [each for each in built if each in eligible]
            outbox.put(db, [{**built[each], "at": at} for each in accepted])
            queue.settle(db, accepted, state="accepted", at=at)
            for each, reply in refused.items():
                if each in eligible:
                    queue.settle(db, [each], state="refused", at=at, reply=reply)
            gone = [row.delivery_id for row in rows if row.delivery_id not in eligible]
            queue.settle(db, gone, state="suppressed", at=at)
        return True

    def _message(self, row: Row[Any]) -> dict[str, Any]:
        claim = Claim(broadcast_id=self.broadcast_id, subscriber_id=row.id)
        unsubscribe_url = f"{self.public_url}/u/{sign(self.secret, Purpose.UNSUBSCRIBE, claim)}"
        words = self.letter.words_for(
            liquid.Reader(
                first_name=row.first_name, email_address=row.email_address, fields=row.fields
            ),
            liquid.Links(
                unsubscribe_url=unsubscribe_url,
                # There is no page of preferences yet; the page to leave always answers.
                preferences_url=unsubscribe_url,
                address=self.postal_address,
            ),
            now=self.sent_at,
        )
        message_id = message_id_for(
            self.secret,
            broadcast_id=self.broadcast_id,
            subscriber_id=row.id,
            domain=self.sender.domain,
        )
        raw = build(
            words=words,
            sender=self.sender,
            recipient=row.email_address,
            message_id=message_id,
            unsubscribe_url=unsubscribe_url,
            sent_at=self.sent_at,
        )
        return {
            "delivery_id": row.delivery_id,
            "broadcast_id": self.broadcast_id,
            "subscriber_id": row.id,
            "recipient": row.email_address,
            "subject": one_line(words.subject),
            "message_id": message_id,
            "list_unsubscribe": unsubscribe_url,
            "raw": raw,
        }
