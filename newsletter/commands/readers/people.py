"""Finding one person at the target, writing to her there, and keeping what the answer says."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeVar

from newsletter import kit
from newsletter.audience.address import Address, Unusable, read_address
from newsletter.audience.listing import Listed
from newsletter.audience.model import State, describe
from newsletter.commands.answers import asking
from newsletter.commands.desk import Desk
from newsletter.commands.sync import listed
from newsletter.commands.target import account_of
from newsletter.errors import NotNow, OutcomeUnknown, TryLater, WrongUsage
from newsletter.ledger import mirror, readers, runs

T = TypeVar("T")
Pause = Callable[[float], None]

STOPS = frozenset({State.CANCELLED, State.BOUNCED, State.COMPLAINED})
_WAITS = (0.5, 2.0)
_AGAIN = "Run the same command again: done twice, it has the effect of once."


def usable(text: str) -> Address:
    """`text` as an address. Raises WrongUsage when no mail can go there."""
    found = read_address(text)
    if isinstance(found, Unusable):
        raise WrongUsage(
            f"“{printable(text)}” is no email address: {found.why}.",
            hint="newsletter subscribers list --search NAME  finds somebody.",
            code="address-unusable",
        )
    return found


def recognise(desk: Desk) -> None:
    """Hold the target to the account that this ledger knows. Raises NotConfigured."""
    account = account_of(desk.target)
    runs.recognise(
        desk.ledger, desk.target.name, account=account.id, title=account.title, now=desk.clock()
    )


def find(desk: Desk, address: Address) -> Listed | None:
    """The person with an address as the target has her now, in whatever state.

    The last word is a read by id: lists at Kit lag, reads by id do not (Kit reference §5).
    """
    known = mirror.by_address(desk.ledger, desk.target.name, address.key)
    if known is not None:
        person = _read(desk, known.id)
        if person is not None and person.email_address.casefold() == address.key:
            return person
    with asking("look the address up"):
        calls = desk.target.kit.subscribers
        found = [*calls.list(status="all", email_address=address.email_address)]
    return _read(desk, found[0].id) if found else None


def insist_on(desk: Desk, address: Address) -> Listed:
    """The person with an address. Raises NotNow when the target does not know it."""
    person = find(desk, address)
    if person is None:
        raise NotNow(
            f"Nobody with the address {address.email_address} is at the target.",
            hint="newsletter subscribers list --search NAME  shows who is there.",
            code="no-such-subscriber",
        )
    return person


def written(what: str, call: Callable[[], T], *, pause: Pause = time.sleep) -> T:
    """Do `call`, a write that does no harm when it is done twice, until its outcome is known.

    Repeated twice after no answer. Raises OutcomeUnknown when there is none then,
    TryLater when the request never left, NotNow when it is refused.
    """
    for wait in (*_WAITS, None):
        try:
            with asking(what, writes=True):
                return call()
        except OutcomeUnknown as error:
            if wait is None:
                raise OutcomeUnknown(error.message, hint=_AGAIN) from error
        except TryLater as error:
            raise TryLater(error.message, hint="Nothing was changed. Try again later.") from error
        pause(wait)
    raise AssertionError("the last wait is None")


def learn(
    desk: Desk,
    people: list[Listed],
    *,
    asked_at: datetime,
    reasons: Mapping[int, str] | None = None,
    how: str = "",
) -> None:
    """Keep what the target answered in the mirror, with records of consent by id."""
    readers.take_in(
        desk.ledger,
        None,
        desk.target.name,
        people,
        seen_at=asked_at,
        reasons=reasons,
        how=how,
    )


def stopped_words(address: str, state: State, since: datetime | None = None) -> str:
    """Why somebody gets no mail: `ann@example.org unsubscribed on 3 November 2026.`"""
    when = f" on {since.day} {since:%B %Y}" if since else ""
    did = {State.BOUNCED: "bounced", State.COMPLAINED: "complained about mail as spam"}
    return f"{address} {did.get(state, describe(state))}{when}."


def printable(text: str, *, most: int = 60) -> str:
    """`text` fit for one line of a terminal."""
    shown = "".join(char if char.isprintable() else " " for char in text.strip())
    return shown if len(shown) <= most else shown[: most - 1] + "…"


def _read(desk: Desk, subscriber_id: int) -> Listed | None:
    with asking("read the subscriber"):
        try:
            person = desk.target.kit.subscribers.get(subscriber_id)
        except kit.NotFound:
            return None
    return listed(person) if person.created_at is not None else None
