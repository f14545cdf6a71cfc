"""A reader as the terminal and JSON show one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newsletter.words import rfc3339, state_word

if TYPE_CHECKING:
    from newsletter.audience.listing import Listed
    from newsletter.audience.model import Subscriber

KIND_WORDS = {
    "joined": "joined",
    "confirmed": "confirmed",
    "pending": "was asked to confirm",
    "activated": "confirmed",
    "returned": "came back",
    "left": "unsubscribed",
    "bounced": "bounced",
    "complained": "complained",
    "renamed": "changed name or address",
    "vanished": "is no longer listed by the target",
    "found": "is listed by the target again",
}


def standing(reader: Subscriber) -> str:
    """Her state in a word; `deleted` for one whom the target no longer lists."""
    return "deleted" if reader.vanished_at else state_word(reader.state)


def reader_data(reader: Subscriber) -> dict[str, object]:
    """A reader of the mirror as JSON."""
    return {
        "id": reader.id,
        "email_address": reader.email_address,
        "first_name": reader.first_name,
        "state": reader.state.value,
        "created_at": rfc3339(reader.created_at),
        "state_since": rfc3339(reader.changed_at),
        "vanished_at": rfc3339(reader.vanished_at),
    }


def person_data(person: Listed) -> dict[str, object]:
    """A reader as the target just answered, as JSON."""
    return {
        "id": person.id,
        "email_address": person.email_address,
        "first_name": person.first_name,
        "state": person.state.value,
        "created_at": rfc3339(person.created_at),
    }
