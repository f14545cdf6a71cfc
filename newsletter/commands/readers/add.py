"""`subscribers add`: one person onto the list, by the author's own hand."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from newsletter.audience.address import Address
from newsletter.audience.listing import Listed
from newsletter.audience.model import State
from newsletter.commands.desk import Desk
from newsletter.commands.readers.people import (
    STOPS,
    Pause,
    find,
    learn,
    recognise,
    stopped_words,
    usable,
    written,
)
from newsletter.commands.readers.tag import Tagged, tag_names, tag_person
from newsletter.commands.sync import listed
from newsletter.errors import NotNow
from newsletter.ledger import erasures, mirror

_BY_HERSELF = "Only the reader can undo that: through a sign-up form, and its confirmation."
_NOT_YET = (
    "This version of the server cannot confirm them yet: "
    "a confirmation by mail (double opt-in) comes later."
)


@dataclass(frozen=True, kw_only=True)
class Added:
    """The person as the target has her now; `changed` when she was not there just so before."""

    person: Listed
    was_there: bool
    changed: bool
    tagged: Tagged | None


def add(
    desk: Desk,
    address: str,
    *,
    first_name: str | None = None,
    tags: Sequence[str] = (),
    reason: str | None = None,
    pause: Pause = time.sleep,
) -> Added:
    """Add the person with `address`, or bring her name and tags up to date.

    Without a `reason` she is `inactive` until she confirms. With one she is active, and the
    reason is kept as the record of her consent. Raises NotNow for somebody who left,
    bounced, complained or was erased: nobody is revived.
    """
    wanted = usable(address)
    tag_names(tags)  # a wrong one is refused before anything is done
    recognise(desk)
    _insist_on_not_stopped(desk, wanted)
    asked_at = desk.clock()
    before = find(desk, wanted)
    if before is not None:
        learn(desk, [before], asked_at=asked_at)
        _insist_on_willing(desk, before, is_to_be_active=reason is not None)
    name = first_name.strip() if first_name else None
    person = before
    is_changing = before is None or (name is not None and name != before.first_name)
    if is_changing:
        answer = written(
            f"add {wanted.email_address}",
            lambda: desk.target.kit.subscribers.create(
                email_address=wanted.email_address,
                first_name=name,
                state="active" if reason is not None else "inactive",
            ),
            pause=pause,
        )
        person = listed(answer)
    assert person is not None  # noqa: S101  (either found or created)
    reasons = {person.id: reason} if reason is not None and person.state not in STOPS else None
    learn(desk, [person], asked_at=asked_at, reasons=reasons, how="add")
    _insist_on_willing(desk, person, is_to_be_active=reason is not None)
    tagged = tag_person(desk, person, tags, pause=pause) if tags else None
    return Added(
        person=person,
        was_there=before is not None,
        changed=is_changing or (tagged is not None and bool(tagged.changed)),
        tagged=tagged,
    )


def _insist_on_not_stopped(desk: Desk, wanted: Address) -> None:
    """By what this ledger knows: the target may have deleted her, and an erased one is unknown."""
    erased_at = erasures.erased_at(desk.ledger, wanted.key)
    if erased_at is not None:
        raise NotNow(
            f"{wanted.email_address} was erased on {erased_at.day} {erased_at:%B %Y}.",
            hint=_BY_HERSELF,
            code="erased",
        )
    known = mirror.by_address(desk.ledger, desk.target.name, wanted.key)
    if known is not None and known.vanished_at is not None and known.state in STOPS:
        raise NotNow(
            stopped_words(wanted.email_address, known.state, known.changed_at),
            hint=_BY_HERSELF,
            code="left",
        )


def _insist_on_willing(desk: Desk, person: Listed, *, is_to_be_active: bool) -> None:
    if person.state in STOPS:
        raise NotNow(
            stopped_words(person.email_address, person.state, person.canceled_at),
            hint=_BY_HERSELF,
            code="left",
        )
    if is_to_be_active and person.state is State.INACTIVE:
        raise NotNow(
            f"{person.email_address} is there already and has not confirmed; "
            "the target lets nobody confirm for somebody else.",
            hint=_NOT_YET
            if desk.target.kind == "local"
            else "They find the link in the confirmation mail of the sign-up form.",
            code="not-confirmed",
        )
