"""`newsletter subscribers add` and `tag`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from newsletter.cli.call import Call, passes_call
from newsletter.cli.completing import complete_tags
from newsletter.cli.verbs.subscribers.words import person_data

if TYPE_CHECKING:
    from newsletter.commands.readers.add import Added
    from newsletter.commands.readers.tag import Tagged


@click.command("add")
@click.argument("email")
@click.option("--first-name", metavar="NAME", help="How letters greet them.")
@click.option(
    "--tag",
    "tags",
    multiple=True,
    metavar="TAG",
    help="Tag them; may be repeated.",
    shell_complete=complete_tags,
)
@click.option("--confirmed", is_flag=True, help="They agreed to get letters; wants --reason.")
@click.option("--reason", metavar="TEXT", help="When and how they agreed; kept as the proof.")
@passes_call
def add(
    call: Call,
    email: str,
    first_name: str | None,
    tags: tuple[str, ...],
    confirmed: bool,
    reason: str | None,
) -> None:
    """Put one reader on the list, or bring name and tags up to date.

    Without --confirmed they are inactive and get nothing until they confirm. Nobody who
    left is revived: that is refused, with exit status 1.

    \b
    Examples:
      newsletter subscribers add ann@example.org --first-name Ann --tag friends
      newsletter subscribers add bo@example.org --confirmed --reason "met me"
    """
    from newsletter.cli.opening import open_desk, open_project
    from newsletter.commands.readers.add import add as add_person

    proof = _reason(call, confirmed=confirmed, reason=reason)
    opened = open_project(call)
    with open_desk(call, opened) as desk:
        done = add_person(desk, email, first_name=first_name, tags=tags, reason=proof)
    data = {
        "subscriber": person_data(done.person),
        "changed": done.changed,
        "tagged": list(done.tagged.changed) if done.tagged else [],
        "tags_made": list(done.tagged.made) if done.tagged else [],
    }
    call.answer(data, _added_lines(done))


@click.command("tag")
@click.argument("email")
@click.argument("tags", nargs=-1, required=True, metavar="TAG...", shell_complete=complete_tags)
@click.option("--remove", is_flag=True, help="Take the tags off.")
@passes_call
def tag(call: Call, email: str, tags: tuple[str, ...], remove: bool) -> None:
    """Tag one reader; a tag that is missing is made.

    \b
    Examples:
      newsletter subscribers tag ann@example.org friends bakers
      newsletter subscribers tag ann@example.org friends --remove
    """
    from newsletter.cli.opening import open_desk, open_project
    from newsletter.commands.readers.tag import tag as tag_reader

    opened = open_project(call)
    with open_desk(call, opened) as desk:
        done = tag_reader(desk, email, tags, is_removing=remove)
    data = {
        "subscriber": person_data(done.person),
        "tagged": [] if remove else list(done.changed),
        "untagged": list(done.changed) if remove else [],
        "tags_made": list(done.made),
        "changed": bool(done.changed),
    }
    call.answer(data, _tagged_lines(done, is_removing=remove))


def _reason(call: Call, *, confirmed: bool, reason: str | None) -> str | None:
    """The record of consent, asked for at a terminal; None for somebody not confirmed."""
    import sys

    from newsletter.errors import WrongUsage

    if not confirmed:
        if reason is not None:
            raise WrongUsage("--reason goes with --confirmed.", hint="Add --confirmed.")
        return None
    can_ask = sys.stdin.isatty() and not (call.no_input or call.as_json)
    if reason is None and can_ask:
        reason = click.prompt("When and how did they agree?", err=True)
    if reason is None or not reason.strip():
        raise WrongUsage(
            "--confirmed wants the reason: when and how they agreed.",
            hint='--confirmed --reason "signed the list at the fair on 3 May"',
            code="needs-reason",
        )
    return reason.strip()


def _added_lines(done: Added) -> Iterator[str]:
    from newsletter.words import state_word

    person = done.person
    state = state_word(person.state)
    if not done.was_there:
        yield f"{person.email_address} is on the list: {state}."
        if person.state == "inactive":
            yield "They get nothing until they confirm."
    elif not done.changed:
        yield f"{person.email_address} is there already: {state}. Nothing was changed."
    else:
        yield f"{person.email_address} was there already ({state}) and is up to date now."
    if done.tagged:
        yield from _tagged_lines(done.tagged, is_removing=False)


def _tagged_lines(done: Tagged, *, is_removing: bool) -> Iterator[str]:
    address = done.person.email_address
    if done.made:
        yield f"made: {', '.join(done.made)}"
    if done.changed:
        verb = "no longer tagged" if is_removing else "tagged"
        yield f"{address} is {verb}: {', '.join(done.changed)}"
    if done.unchanged:
        verb = "was not tagged" if is_removing else "was tagged before"
        yield f"{address} {verb}: {', '.join(done.unchanged)}; nothing was changed there."
