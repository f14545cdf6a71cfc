"""`newsletter subscribers unsubscribe` and `forget`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from newsletter.cli.call import Call, passes_call
from newsletter.cli.verbs.subscribers.words import person_data

if TYPE_CHECKING:
    from newsletter.audience.listing import Listed
    from newsletter.commands.readers.forget import Forgotten


@click.command("unsubscribe")
@click.argument("email")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@passes_call
def unsubscribe(call: Call, email: str, yes: bool) -> None:
    """No more letters for one reader. Nobody can undo that for them.

    \b
    Example:
      newsletter subscribers unsubscribe ann@example.org
    """
    from newsletter.cli.opening import open_desk, open_project
    from newsletter.commands.readers.unsubscribe import unsubscribe as end_mail

    opened = open_project(call)
    with open_desk(call, opened) as desk:

        def confirm(person: Listed) -> bool:
            if yes or not desk.target.is_real:
                return True
            return call.confirm(
                f"{person.email_address} gets no more letters, and only they can undo it. Go on?"
            )

        done = end_mail(desk, email, confirm=confirm)
    address = done.person.email_address
    line = (
        f"{address} is unsubscribed."
        if done.changed
        else f"{address} had unsubscribed before. Nothing was changed."
    )
    call.answer({"subscriber": person_data(done.person), "changed": done.changed}, [line])


@click.command("forget")
@click.argument("email")
@click.option("-y", "--yes", is_flag=True, help="Do not ask; wants --confirm too.")
@click.option("--confirm", "again", metavar="EMAIL", help="The address again, instead of typing.")
@passes_call
def forget(call: Call, email: str, yes: bool, again: str | None) -> None:
    """Erase one reader here, and unsubscribe them at the target.

    A keyed hash is kept, so that no import brings them back. The target's API cannot
    erase: there they stay, unsubscribed, until you delete them by hand.

    \b
    Examples:
      newsletter subscribers forget ann@example.org
      newsletter subscribers forget bo@example.org --yes --confirm bo@example.org
    """
    from newsletter.cli.opening import open_desk, open_project
    from newsletter.commands.readers.forget import forget as erase
    from newsletter.commands.readers.people import usable
    from newsletter.errors import NotNow

    address = usable(email)
    opened = open_project(call)
    with open_desk(call, opened) as desk:
        if not _is_meant(call, address.email_address, again, yes=yes):
            raise NotNow("Nothing was changed.", code="declined")
        done = erase(desk, email)
    data = {
        "unsubscribed": done.was_unsubscribed,
        "is_at_target": done.is_at_target,
        "erased": vars(done.erased) if done.erased else None,
        "changed": done.erased is not None or done.was_unsubscribed,
    }
    call.answer(data, _forgotten_lines(done, is_kit=desk.target.is_real))


def _is_meant(call: Call, address: str, again: str | None, *, yes: bool) -> bool:
    from newsletter.errors import WrongUsage

    if again is not None and again.strip().casefold() != address.casefold():
        raise WrongUsage(f"--confirm says {again}, and the address is {address}.")
    if yes and again is not None:
        return True
    try:
        return call.confirm(f"Type {address} to erase it", expected=address)
    except WrongUsage as error:
        hint = f"Add  --yes --confirm {address}  when you are sure; --yes alone does not do here."
        raise WrongUsage(error.message, hint=hint, code=error.error_code) from error


def _forgotten_lines(done: Forgotten, *, is_kit: bool) -> Iterator[str]:
    if done.was_unsubscribed:
        yield f"{done.email_address} is unsubscribed at the target."
    if done.erased:
        yield (
            "Erased here: the reader, everything that happened to them, and every proof of "
            "consent. A keyed hash is left; no import and no sync brings them back."
        )
    elif done.since:
        yield f"{done.email_address} was forgotten on {done.since:%Y-%m-%d}."
    if done.is_at_target:
        where = (
            "Kit's API cannot erase anybody. Delete them there by hand: Subscribers › Delete."
            if is_kit
            else "The embedded server still holds them, unsubscribed: like Kit's, its API cannot erase."
        )
        yield where
