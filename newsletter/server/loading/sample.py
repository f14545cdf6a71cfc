"""Sample data: so many readers with a past, the same ones each time, as a document to load.

Everybody lives at example.org, which belongs to nobody (RFC 2606). All times are so many
days before the loading, so that the past is never old.
"""

from __future__ import annotations

import random
from typing import Any

MOST = 100_000

_FIRST_NAMES = (
    "Ada", "Bruno", "Clara", "Dmitri", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas",
    "Keiko", "Luca", "Maya", "Nils", "Olga", "Pablo", "Rosa", "Samir", "Tove", "Yara",
)  # fmt: skip
_LAST_NAMES = (
    "Ash", "Birch", "Cedar", "Dale", "Elder", "Fern", "Grove", "Hazel", "Ivy", "Juniper",
    "Lake", "Marsh", "North", "Oakley", "Pine", "Reed", "Stone", "Thorn", "Vale", "Willow",
)  # fmt: skip
_TOWNS = ("Springfield", "Riverside", "Fairview", "Greenville", "Lakeside")
_TAGS = ("Gardeners", "Bakers", "Long-time readers", "Came by a friend")
_SEQUENCES = ("Seven mornings", "After the fair")
_SNIPPETS = (("Greeting", "Good morning"), ("Goodbye", "Until Sunday"))
_FORMS = (("At the foot of each letter", "embed"), ("Beside the archive", "embed"))
_LETTERS = (
    ("The shed in the rain", "What a roof sounds like from below."),
    ("Bread, and the wait for it", "Two hours in which nothing is to be done."),
    ("A map of the garden", "Drawn from memory, and wrong in three places."),
    ("Letters nobody sent", "A drawer, a key, and some courage."),
    ("The neighbour's plum tree", "It leans over the fence and asks for nothing."),
    ("First frost", "What we carried in, and what we forgot."),
)
# How many in a hundred are in each state.
_STATES = {"active": 88, "cancelled": 5, "inactive": 3, "bounced": 3, "complained": 1}
_OLDEST = 700  # days ago the first reader came


def document(number: int) -> dict[str, Any]:
    """A document with `number` readers, as `load` takes it; equal numbers give equal documents."""
    chance = random.Random(number)  # noqa: S311  (a sample, no secret)
    readers = [_reader(chance, each) for each in range(1, number + 1)]
    return {
        "custom_fields": [
            {"id": 1, "label": "Last name", "created_at": _ago(_OLDEST)},
            {"id": 2, "label": "Town", "created_at": _ago(_OLDEST)},
        ],
        "tags": [
            {"id": each, "name": name, "created_at": _ago(_OLDEST)}
            for each, name in enumerate(_TAGS, 1)
        ],
        "forms": [
            {"id": 1, "name": "Sign-up page", "type": "hosted", "created_at": _ago(_OLDEST)},
            *(
                {
                    "id": each,
                    "name": name,
                    "type": kind,
                    "format": "inline",
                    "created_at": _ago(_OLDEST),
                }
                for each, (name, kind) in enumerate(_FORMS, 2)
            ),
        ],
        "segments": [
            {
                "id": 1,
                "name": "Gardeners who bake",
                "all": [
                    {"type": "tags", "any": [{"type": "ids", "matching": [tag]}]} for tag in (1, 2)
                ],
                "created_at": _ago(100),
            }
        ],
        "sequences": [_sequence(each, name) for each, name in enumerate(_SEQUENCES, 1)],
        "subscribers": [reader for reader, _, _ in readers],
        "snippets": [
            {
                "id": each,
                "name": name,
                "content": words,
                "created_at": _ago(_OLDEST),
            }
            for each, (name, words) in enumerate(_SNIPPETS, 1)
        ],
        "broadcasts": [*_letters(chance, readers), _draft()],
        "purchases": [
            _purchase(each, reader, came) for each, (reader, came, _) in enumerate(readers[::5], 1)
        ],
    }


_Reader = tuple[dict[str, Any], int, int | None]
"""What is loaded of a reader, how many days ago she came, and how many ago she left."""


def _reader(chance: random.Random, number: int) -> _Reader:
    first, last = chance.choice(_FIRST_NAMES), chance.choice(_LAST_NAMES)
    came = chance.randint(1, _OLDEST)
    # The first three are active, whatever the dice say: somebody must get the letters.
    state = chance.choices([*_STATES], [*_STATES.values()])[0] if number > 3 else "active"
    left = chance.randint(0, came - 1) if state in ("cancelled", "complained", "bounced") else None
    body: dict[str, Any] = {
        "id": number,
        "email_address": f"{first}.{last}{number}@example.org".lower(),
        "first_name": first if chance.random() < 0.9 else None,
        "state": state,
        "fields": {"last_name": last, "town": chance.choice(_TOWNS)},
        "created_at": _ago(came),
        "updated_at": _ago(came if left is None else left),
        "tags": [
            {"id": tag, "tagged_at": _ago(chance.randint(0, came))}
            for tag in range(1, len(_TAGS) + 1)
            if chance.random() < 0.3
        ],
        "forms": [
            {
                "id": chance.randint(1, len(_FORMS) + 1),
                "added_at": _ago(came),
                "referrer": "https://example.org/?utm_source=archive",
            }
        ],
    }
    if chance.random() < 0.4:
        body["sequences"] = [{"id": chance.randint(1, len(_SEQUENCES)), "added_at": _ago(came)}]
    if state == "cancelled":
        body["canceled_at"] = body["updated_at"]
    return body, came, left


def _letters(chance: random.Random, readers: list[_Reader]) -> list[dict[str, Any]]:
    letters = []
    for number, (subject, preview) in enumerate(_LETTERS, 1):
        ago = 7 * (len(_LETTERS) + 1 - number)
        to = [
            reader["id"]
            for reader, came, left in readers
            if came >= ago and (reader["state"] == "active" or (left is not None and left < ago))
        ]
        letter = {
            "id": number,
            "subject": subject,
            "preview_text": preview,
            "content": _content(preview, number),
            "status": "completed",
            "public": True,
            "created_at": _ago(ago + 1),
            "send_at": _ago(ago),
            "recipients": to,
            **_engagement(chance, to, number, ago),
        }
        letters.append(letter)
    return letters


def _engagement(
    chance: random.Random, to: list[int], number: int, ago: int
) -> dict[str, list[dict[str, Any]]]:
    """Four in ten open a letter, and one in four of them follows its link."""
    opened = [each for each in to if chance.random() < 0.4]
    followed = [each for each in opened if chance.random() < 0.25]
    at, url = _ago(ago - 1), _link(number)
    return {
        "opens": [{"subscriber": each, "at": at} for each in opened],
        "clicks": [{"subscriber": each, "at": at, "url": url} for each in followed],
    }


def _sequence(number: int, name: str) -> dict[str, Any]:
    return {
        "id": number,
        "name": name,
        "created_at": _ago(_OLDEST),
        "emails": [
            {
                "id": number + len(_SEQUENCES) * each,
                "subject": subject,
                "content": f"<p>{subject}.</p>",
                "published": True,
                "delay_value": 1,
                "delay_unit": "days",
            }
            for each, subject in enumerate(("The first morning", "The second morning"))
        ],
    }


def _purchase(number: int, reader: dict[str, Any], came: int) -> dict[str, Any]:
    price = 18.0
    product = {"name": "A calendar of hedges", "pid": "1", "lid": "1", "quantity": 1}
    return {
        "id": number,
        "email_address": reader["email_address"],
        "transaction_id": f"order-{number}",
        "currency": "USD",
        "subtotal": price,
        "total": price,
        "products": [{**product, "unit_price": price, "sku": "hedges"}],
        "transaction_time": _ago(came),
    }


def _draft() -> dict[str, Any]:
    return {
        "id": len(_LETTERS) + 1,
        "subject": "Spring, one day",
        "preview_text": "Not finished yet.",
        "content": _content("Not finished yet.", len(_LETTERS) + 1),
        "status": "draft",
        "created_at": _ago(1),
    }


def _content(words: str, number: int) -> str:
    return (
        "<p>Hello {{ subscriber.first_name | default: 'reader' }},</p>"
        f'<p>{words} <a href="{_link(number)}">The whole story</a>.</p>'
    )


def _link(number: int) -> str:
    return f"https://example.org/letters/{number}"


def _ago(days: int) -> str:
    return f"-{days}d"
