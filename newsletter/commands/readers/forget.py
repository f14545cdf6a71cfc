"""`subscribers forget`: erase one person here, and end all mail to her at the target."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime

from newsletter.audience.model import State
from newsletter.commands.desk import Desk
from newsletter.commands.readers.people import Pause, find, recognise, usable
from newsletter.commands.readers.unsubscribe import cancel
from newsletter.errors import NotNow
from newsletter.ledger import erasures, mirror
from newsletter.ledger.erasures import Erased


@dataclass(frozen=True, kw_only=True)
class Forgotten:
    """What was done: whether mail was ended at the target, and what was erased here.

    `erased` is None, and `since` set, for somebody who had been forgotten before.
    `is_at_target` when the target still holds her, unsubscribed: its API cannot erase.
    """

    email_address: str
    was_unsubscribed: bool
    is_at_target: bool
    erased: Erased | None
    since: datetime | None = None


def forget(desk: Desk, address: str, *, pause: Pause = time.sleep) -> Forgotten:
    """Unsubscribe the person at the target, then erase her from this ledger.

    In that order: when it is interrupted she is known here still, and the same call goes
    on. Raises NotNow when nobody has the address and nobody was forgotten with it.
    """
    wanted = usable(address)
    recognise(desk)
    person = find(desk, wanted)
    since = erasures.erased_at(desk.ledger, wanted.key)
    known = mirror.by_address(desk.ledger, desk.target.name, wanted.key)
    if person is None and known is None and since is None:
        raise NotNow(
            f"Nobody with the address {wanted.email_address} is known, here or at the target.",
            hint="newsletter subscribers list --search NAME  shows who is there.",
            code="no-such-subscriber",
        )
    is_mailed = person is not None and person.state is not State.CANCELLED
    if person is not None and is_mailed:
        cancel(desk, person, pause=pause)
    erased = None
    if since is None or known is not None:
        erased = erasures.erase(
            desk.ledger,
            wanted.key,
            target=desk.target.name,
            subscriber_id=person.id if person else None,
            now=desk.clock(),
        )
    return Forgotten(
        email_address=wanted.email_address,
        was_unsubscribed=is_mailed,
        is_at_target=person is not None,
        erased=erased,
        since=since,
    )
