"""The messages of one broadcast, reader by reader."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from newsletter import liquid
from newsletter.server.addresses import usable
from newsletter.server.delivery.letter import BadLetter, Letter, compiled
from newsletter.server.delivery.message import Sender, build, message_id_for, one_line
from newsletter.server.delivery.tracking import Tracking, followed_in
from newsletter.server.public.tokens import Claim, Purpose, sign
from newsletter.server.store import engagement, queue, snippets
from newsletter.server.store.store import Store


@dataclass(frozen=True, kw_only=True)
class Message:
    """One reader's message and what is told of it."""

    recipient: str
    subject: str
    message_id: str
    list_unsubscribe: str
    raw: bytes


@dataclass(frozen=True, kw_only=True)
class Composer:
    """What building the messages of one broadcast takes."""

    broadcast_id: int
    letter: Letter
    sender: Sender
    postal_address: str
    secret: bytes
    sent_at: datetime
    public_url: str
    tracking: Tracking | None = None

    @classmethod
    def of(cls, store: Store, broadcast_id: int, *, public_url: str) -> Composer | None:
        """The composer of a begun broadcast; None, and the broadcast aborted, if it is no letter."""
        account = store.account()
        with store.reading() as db:
            parts = queue.parts(db, broadcast_id)
            pieces = snippets.stored(db)
        if parts.started_at is None:  # its time was changed a moment ago
            return None
        public_url = public_url.rstrip("/")
        tracking = _tracking(store, parts, secret=account.token_secret, public_url=public_url)
        try:
            letter = compiled(
                subject=parts.subject,
                preview_text=parts.preview_text,
                content=parts.content,
                template=parts.html,
                category=parts.category,
                snippets=pieces,
                mark=tracking.marked if tracking else None,
            )
        except BadLetter:
            # It was checked when it was scheduled: somebody has changed the template since.
            with store.writing() as db:
                queue.abort(db, broadcast_id)
            return None
        return cls(
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
            public_url=public_url,
            tracking=tracking,
        )

    def message(self, row: Row[Any]) -> Message:
        """The message for a subscriber's row. Raises BadLetter."""
        recipient = usable(row.email_address)
        if recipient is None:
            raise BadLetter("This is not an address that mail can be sent to.")
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
        if self.tracking is not None:
            words = replace(words, html=self.tracking.personal(words.html, row.id))
        message_id = message_id_for(
            self.secret,
            broadcast_id=self.broadcast_id,
            subscriber_id=row.id,
            domain=self.sender.domain,
        )
        raw = build(
            words=words,
            sender=self.sender,
            recipient=recipient,
            message_id=message_id,
            unsubscribe_url=unsubscribe_url,
            sent_at=self.sent_at,
        )
        return Message(
            recipient=recipient,
            subject=one_line(words.subject),
            message_id=message_id,
            list_unsubscribe=unsubscribe_url,
            raw=raw,
        )


def _tracking(store: Store, parts: Row[Any], *, secret: bytes, public_url: str) -> Tracking | None:
    """How a begun broadcast is tracked; its links get their numbers here. None: not at all."""
    if not parts.opens_tracked and not parts.clicks_tracked:
        return None
    link_ids: dict[str, int] = {}
    if parts.clicks_tracked:
        urls = followed_in(parts.content or "")
        with store.writing() as db:
            link_ids = engagement.link_ids(db, parts.id, urls)
    return Tracking(
        broadcast_id=parts.id,
        secret=secret,
        public_url=public_url,
        link_ids=link_ids,
        opens=bool(parts.opens_tracked),
    )
