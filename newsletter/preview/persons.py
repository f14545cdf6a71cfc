"""Whose eyes a letter is seen with: three made-up readers, and real ones from the ledger."""

from __future__ import annotations

from dataclasses import dataclass

from newsletter.audience.model import State, Subscriber
from newsletter.ledger import mirror
from newsletter.ledger.opening import Ledger
from newsletter.liquid import Reader

MOST = 200


@dataclass(frozen=True, kw_only=True)
class Person:
    """One pair of eyes; `key` is what the page's address calls it."""

    key: str
    label: str
    reader: Reader

    @property
    def name(self) -> str:
        """What to call her in a sentence."""
        return self.reader.first_name or self.reader.email_address


MADE_UP = (
    Person(
        key="dana",
        label="Dana, a reader with a name",
        reader=Reader(first_name="Dana", email_address="dana@example.org"),
    ),
    Person(
        key="none",
        label="a reader without a first name",
        reader=Reader(first_name=None, email_address="reader@example.org"),
    ),
    Person(
        key="long",
        label="a very long name",
        reader=Reader(
            first_name="Wilhelmina-Konstantina Theodora von und zu Unterschwarzenbrunn",
            email_address="wilhelmina-konstantina.theodora.von-und-zu@unterschwarzenbrunn.example.org",
        ),
    ),
)


def real_readers(ledger: Ledger | None, target: str, *, most: int = MOST) -> tuple[Person, ...]:
    """The first active readers that the ledger knows at a target."""
    if ledger is None:
        return ()
    found = mirror.page(ledger, target, state=State.ACTIVE, limit=most)
    return tuple(_person(subscriber) for subscriber in found)


def person(ledger: Ledger | None, target: str, key: str | None) -> Person:
    """The one that `key` names: `dana`, `none`, `long` or an address; Dana for anything else."""
    made_up = next((each for each in MADE_UP if each.key == key), None)
    if made_up is not None or not key or ledger is None:
        return made_up or MADE_UP[0]
    known = mirror.by_address(ledger, target, key)
    return MADE_UP[0] if known is None else _person(known)


def _person(subscriber: Subscriber) -> Person:
    name, address = subscriber.first_name, subscriber.email_address
    return Person(
        key=address,
        label=f"{name} ({address})" if name else address,
        reader=Reader(first_name=name, email_address=address),
    )
