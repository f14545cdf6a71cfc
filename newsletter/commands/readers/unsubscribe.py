"""`subscribers unsubscribe`: no more mail for one person, as she asked."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from newsletter.audience.listing import Listed
from newsletter.audience.model import State
from newsletter.commands.desk import Desk
from newsletter.commands.readers.people import (
    Pause,
    find,
    insist_on,
    learn,
    recognise,
    usable,
    written,
)
from newsletter.errors import NotNow


@dataclass(frozen=True, kw_only=True)
class Unsubscribed:
    """The person as the target has her now; `changed` when she had not left before."""

    person: Listed
    changed: bool


def unsubscribe(
    desk: Desk,
    address: str,
    *,
    confirm: Callable[[Listed], bool] = lambda _person: True,
    pause: Pause = time.sleep,
) -> Unsubscribed:
    """Cancel the person with `address` at the target, after `confirm` said yes.

    Raises NotNow when nobody has the address, or the answer was no.
    """
    wanted = usable(address)
    recognise(desk)
    asked_at = desk.clock()
    person = insist_on(desk, wanted)
    learn(desk, [person], asked_at=asked_at)
    if person.state is State.CANCELLED:
        return Unsubscribed(person=person, changed=False)
    if not confirm(person):
        raise NotNow("Nothing was changed.", code="declined")
    cancel(desk, person, pause=pause)
    asked_at = desk.clock()
    # Its own time of leaving, for the mirror; the target has it, whatever becomes of this read.
    after = find(desk, wanted)
    if after is not None:
        learn(desk, [after], asked_at=asked_at)
    return Unsubscribed(person=after or person, changed=True)


def cancel(desk: Desk, person: Listed, *, pause: Pause) -> None:
    """End all mail to a person at the target; again does no harm."""
    written(
        f"unsubscribe {person.email_address}",
        lambda: desk.target.kit.subscribers.unsubscribe(person.id),
        pause=pause,
    )
