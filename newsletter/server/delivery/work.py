"""Delivering what is due: begin each broadcast, then work through its batches, slice by slice.

Every transaction leaves a state from which the next call goes on, so the process may be
killed anywhere. Into the outbox, a message and the note that it was accepted are written
together, and only by the worker who still holds the batch; how it is done by SMTP stands in
`posting`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from newsletter import database
from newsletter.server.delivery.book import recovered
from newsletter.server.delivery.composer import Composer, Message
from newsletter.server.delivery.letter import BadLetter
from newsletter.server.delivery.line import Line
from newsletter.server.delivery.posting import Post, Posting, sender_trouble
from newsletter.server.store import audience, broadcasts, outbox, posts, queue
from newsletter.server.store.store import Store

# Messages that are built before they are written: whoever leaves meanwhile waits for no more.
SLICE = 20
SLICES_A_CHECKPOINT = 10


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """How far a broadcast is, of `total` readers.

    `deferred` are tried again later, `unknown` wait for a person's decision, `suppressed` left
    meanwhile. `paused` says why this call has paused the broadcast, `trouble` why it stopped
    early and goes on by itself later.
    """

    broadcast_id: int
    subject: str
    accepted: int
    suppressed: int
    total: int
    refused: int = 0
    deferred: int = 0
    unknown: int = 0
    paused: str = ""
    trouble: str = ""


def deliver_due(
    store: Store,
    *,
    now: datetime,
    public_url: str,
    owner: str,
    post: Post | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> tuple[Delivered, ...]:
    """Deliver every broadcast that is due at `now`, and finish those that were begun.

    Letters on the web whose time has come are told to webhooks, too.

    Gives the broadcasts this call did something for. Any number of processes may call this
    at once; each reader gets one message. `owner` names the caller in the queue, `public_url`
    is what links in mail begin with, `post` how mail leaves (None: into the outbox). What
    another worker holds is left to that worker, or, when it has died, to a call ten seconds
    later. `should_stop` is asked between messages that leave by SMTP.
    """
    with store.reading() as db:
        waiting = queue.unfinished(db, now=now)
        is_news = posts.is_to_announce(db, now=now)
    if is_news:
        with store.writing() as db:
            posts.announce(db, public_url=public_url.rstrip("/"), now=now)
    reports = []
    with closing(_Way(store=store, post=post, owner=owner, should_stop=should_stop)) as way:
        for broadcast_id in waiting:
            with store.writing() as db:
                touched = audience.freeze(db, broadcast_id, now=now)
            composer = Composer.of(store, broadcast_id, public_url=public_url)
            if composer is not None:
                touched |= way.go(composer)
            with store.writing() as db:
                touched |= queue.complete(db, broadcast_id, now=now)
            if touched:
                reports.append(_report(store, broadcast_id, way))
    return tuple(reports)


def _report(store: Store, broadcast_id: int, way: _Way) -> Delivered:
    with store.reading() as db:
        parts = queue.parts(db, broadcast_id)
        tally = broadcasts.tally(db, [broadcast_id])[broadcast_id]
    return Delivered(
        broadcast_id=broadcast_id,
        subject=parts.subject or "",
        accepted=tally.get("accepted", 0),
        suppressed=tally.get("suppressed", 0),
        total=parts.recipients or 0,
        refused=tally.get("refused", 0),
        deferred=tally.get("deferred", 0),
        unknown=tally.get("unknown", 0),
        paused=way.paused.get(broadcast_id, ""),
        trouble=way.trouble,
    )


class _Way:
    """The way that mail takes during one call: one connection for all broadcasts, or none."""

    def __init__(
        self, *, store: Store, post: Post | None, owner: str, should_stop: Callable[[], bool]
    ) -> None:
        self._store = store
        self._post = post
        self._owner = owner
        self._should_stop = should_stop
        self._line = Line(post.relay, timeouts=post.timeouts) if post else None
        self.paused: dict[int, str] = {}
        self.trouble = ""

    def go(self, composer: Composer) -> bool:
        """Deliver a begun broadcast as far as possible; whether anything was done."""
        if self._post is None or self._line is None:
            return _Filing(store=self._store, composer=composer, owner=self._owner).work()
        broadcast_id = composer.broadcast_id
        trouble = sender_trouble(composer)
        if trouble:
            with self._store.writing() as db:
                now = self._store.clock()
                is_news = queue.pause(db, broadcast_id, reason=trouble, now=now)
            if is_news:
                self.paused[broadcast_id] = trouble
            return is_news
        if self.trouble:  # the mail server is not there for the others either
            return False
        posting = Posting(
            store=self._store,
            composer=composer,
            line=self._line,
            journals=self._post.journals / self._store.fingerprint(),
            owner=self._owner,
            should_stop=self._should_stop,
        )
        worked = posting.work()
        if posting.is_paused:
            self.paused[broadcast_id] = posting.trouble
        else:
            self.trouble = posting.trouble
        return worked

    def close(self) -> None:
        """Say goodbye to the mail server."""
        if self._line is not None:
            self._line.quit()


@dataclass(frozen=True, kw_only=True)
class _Filing:
    """Delivers into the outbox."""

    store: Store
    composer: Composer
    owner: str

    def work(self) -> bool:
        """Deliver batch after batch until none is free; False when there was none."""
        worked = False
        while True:
            with self.store.writing() as db:
                at = self.store.clock()
                held = queue.lease(db, self.composer.broadcast_id, owner=self.owner, at=at)
            if held is None:
                return worked
            worked = True
            if not recovered(self.store, held, None):
                continue
            try:
                self._deliver(held)
            except BaseException:
                with self.store.writing() as db:
                    queue.give_back(db, held)
                raise

    def _deliver(self, held: queue.Lease) -> None:
        """Work through one batch, or stop without a trace as soon as it is another's."""
        for number in itertools.count(1):
            with self.store.reading() as db:
                rows = queue.queued(db, held, at=self.store.clock(), limit=SLICE)
            if not rows:
                break
            if not self._deliver_slice(held, rows):
                return
            if number % SLICES_A_CHECKPOINT == 0:
                # Here, and not in the commit of somebody who leaves meanwhile.
                database.checkpoint(self.store.engine)
        with self.store.writing() as db:
            queue.finish(db, held)

    def _deliver_slice(self, held: queue.Lease, rows: Sequence[Row[Any]]) -> bool:
        built: dict[int, Message] = {}
        refused: dict[int, str] = {}
        for row in rows:
            if row.eligible:
                try:
                    built[row.delivery_id] = self.composer.message(row)
                except BadLetter as error:
                    refused[row.delivery_id] = str(error)
        numbers = {row.delivery_id: row.id for row in rows}
        with self.store.writing() as db:
            at = self.store.clock()
            if not queue.hold(db, held, at=at):
                return False
            # Asked again: whoever left while the messages were built gets none.
            eligible = queue.still_eligible(db, list(numbers), at=at)
            accepted = [each for each in built if each in eligible]
            kept = [
                {
                    **vars(built[each]),
                    "delivery_id": each,
                    "broadcast_id": held.broadcast_id,
                    "subscriber_id": numbers[each],
                    "at": at,
                }
                for each in accepted
            ]
            outbox.put(db, kept)
            queue.settle(db, accepted, state="accepted", at=at)
            for each, reply in refused.items():
                if each in eligible:
                    queue.settle(db, [each], state="refused", at=at, reply=reply)
            gone = [each for each in numbers if each not in eligible]
            queue.settle(db, gone, state="suppressed", at=at)
        return True
