"""`subscribers tag`: tags onto one person, or off again."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from newsletter import kit
from newsletter.audience.listing import Listed
from newsletter.commands.answers import asking
from newsletter.commands.desk import Desk
from newsletter.commands.readers.people import (
    Pause,
    insist_on,
    learn,
    recognise,
    usable,
    written,
)
from newsletter.errors import WrongUsage
from newsletter.kit import Tag
from newsletter.ledger.tags import remember


@dataclass(frozen=True, kw_only=True)
class Tagged:
    """Names of the tags that were put on or taken off, and of those made for it.

    `unchanged` are those that were so already.
    """

    person: Listed
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    made: tuple[str, ...]


def tag(
    desk: Desk,
    address: str,
    names: Sequence[str],
    *,
    is_removing: bool = False,
    pause: Pause = time.sleep,
) -> Tagged:
    """Put tags on the person with `address`, or take them off; a tag that is missing is made.

    Raises NotNow when nobody has the address.
    """
    wanted = usable(address)
    tag_names(names)  # a wrong one is refused before anything is done
    recognise(desk)
    asked_at = desk.clock()
    person = insist_on(desk, wanted)
    learn(desk, [person], asked_at=asked_at)
    if is_removing:
        return untag_person(desk, person, names, pause=pause)
    return tag_person(desk, person, names, pause=pause)


def tag_person(desk: Desk, person: Listed, names: Sequence[str], *, pause: Pause) -> Tagged:
    """Put tags on somebody whom the target has."""
    calls = desk.target.kit.tags
    wanted = tag_names(names)
    there, borne = _all(desk), _borne(desk, person)
    changed, made = [], []
    for key, name in wanted.items():
        if key in borne:
            continue
        found = there.get(key)
        if found is None:
            found = written(f"make the tag {name}", partial(calls.create, name), pause=pause)
            made.append(found.name)
        written(
            f"put the tag {name} on {person.email_address}",
            partial(calls.tag, found.id, subscriber_id=person.id),
            pause=pause,
        )
        changed.append(found.name)
    known = [*(tag.name for tag in there.values()), *made]
    remember(desk.ledger, desk.target.name, known)
    unchanged = tuple(borne[key].name for key in wanted if key in borne)
    return Tagged(person=person, changed=tuple(changed), unchanged=unchanged, made=tuple(made))


def untag_person(desk: Desk, person: Listed, names: Sequence[str], *, pause: Pause) -> Tagged:
    """Take tags off somebody whom the target has."""
    borne = _borne(desk, person)
    wanted = tag_names(names)

    def take_off(tag: Tag) -> None:
        try:
            desk.target.kit.tags.untag(tag.id, subscriber_id=person.id)
        except kit.NotFound:
            return  # an earlier try took it off, and its answer was lost

    for key, name in wanted.items():
        if key in borne:
            what = f"take the tag {name} off {person.email_address}"
            written(what, partial(take_off, borne[key]), pause=pause)
    return Tagged(
        person=person,
        changed=tuple(borne[key].name for key in wanted if key in borne),
        unchanged=tuple(name for key, name in wanted.items() if key not in borne),
        made=(),
    )


def tag_names(names: Sequence[str]) -> dict[str, str]:
    """The names by key, each once whatever the case of its letters (Kit reference §6).

    Raises WrongUsage for an empty one.
    """
    wanted: dict[str, str] = {}
    for name in names:
        if not name.strip():
            raise WrongUsage("A tag needs a name.", hint="newsletter subscribers tag EMAIL NAME")
        wanted.setdefault(name.strip().casefold(), name.strip())
    return wanted


def _all(desk: Desk) -> dict[str, Tag]:
    with asking("list the tags"):
        return {tag.name.casefold(): tag for tag in desk.target.kit.tags.list()}


def _borne(desk: Desk, person: Listed) -> dict[str, Tag]:
    with asking("list the tags of the reader"):
        found = desk.target.kit.subscribers.tags(person.id)
        return {tag.name.casefold(): tag for tag in found}
