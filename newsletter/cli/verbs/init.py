"""`newsletter init`."""

from __future__ import annotations

from pathlib import Path

import click

from newsletter.cli.call import Call, passes_call


@click.command("init")
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False), default=Path())
@click.option("--name", help="What readers know the letter by (default: from the folder's name).")
@click.option(
    "--from-email", "sender", metavar="ADDR", help="Who it is from: Ann <ann@example.org>."
)
@click.option("--timezone", metavar="ZONE", help="Default: this machine's.")
@click.option("--sample/--no-sample", default=True, help="With a letter to begin with (default).")
@click.option(
    "--force",
    is_flag=True,
    help="Write the starting files that are missing; yours are never touched.",
)
@passes_call
def command(
    call: Call,
    directory: Path,
    name: str | None,
    sender: str | None,
    timezone: str | None,
    sample: bool,
    force: bool,
) -> None:
    """Make a working project in DIRECTORY (default: here). Asks nothing.

    \b
    Example:
      newsletter init my-letter --name "Harbour Notes"
    """
    from newsletter.cli.dotenv import dotenv_example
    from newsletter.commands.init import init
    from newsletter.errors import WrongUsage
    from newsletter.issue.zone import UnknownZone, zone_named

    folder = (call.folder or Path()) / directory
    title = _title(name, folder)
    zone = timezone or machine_zone()
    try:
        zone_named(zone)
    except UnknownZone as error:
        near = ", ".join(error.suggestions)
        raise WrongUsage(
            f"--timezone: {error.reason}.",
            hint=f"Perhaps: {near}" if near else "--timezone Europe/Berlin",
        ) from error
    made = init(
        folder,
        name=title,
        sender=_sender(sender, title),
        timezone=zone,
        dotenv_example=dotenv_example(),
        with_sample=sample,
        is_forced=force,
    )
    shown = str(directory) if str(directory) != "." else str(folder.resolve().name)
    width = max((len(path) for path in (*made.created, *made.skipped, *made.kept)), default=0)
    lines = [
        f"Created {shown}/",
        *(
            f"  {path:<{width}}  {_WHAT.get(path, 'a letter to begin with')}"
            for path in made.created
        ),
    ]
    lines += [f"  {path:<{width}}  was there already, left alone" for path in made.skipped]
    lines += [f"  {path:<{width}}  kept, you changed it" for path in made.kept]
    data = {
        "path": str(folder),
        "created": list(made.created),
        "skipped": list(made.skipped),
        "kept": list(made.kept),
    }
    call.answer(data, lines)
    go = "" if str(directory) == "." else f"cd {directory} && "
    call.hint(f"Next: {go}newsletter check")


_SPECIAL = frozenset('()<>[]:;@\\,."')
_WHAT = {
    "newsletter.toml": "settings; safe to commit",
    ".env.example": "names of the secrets; copy to .env when you go live",
    ".gitignore": "keeps .env and .newsletter/ out of git",
    "templates/email.html.j2": "the look; override a block to change it",
}


def _title(name: str | None, folder: Path) -> str:
    from newsletter.errors import WrongUsage

    from_folder = folder.resolve().name.replace("-", " ").replace("_", " ").capitalize()
    title = (name or from_folder).strip()
    if not title or not title.isprintable():
        raise WrongUsage(
            f"--name: {title!r} is no name that can be shown.",
            hint='One line of letters, digits and signs: --name "Harbour Notes"',
        )
    return title


def _sender(sender: str | None, title: str) -> str:
    """Who the letter is from, as it stands in the settings. Raises WrongUsage."""
    from newsletter.errors import WrongUsage
    from newsletter.settings.model import read_sender

    address = "newsletter@example.org" if sender is None else sender.strip()
    quoted = title.replace("\\", "\\\\").replace('"', '\\"')
    # A comma, colon and the like in a name need quotes (RFC 5322 §3.2.3).
    shown = f'"{quoted}"' if set(title) & _SPECIAL else title
    whole = address if "<" in address else f"{shown} <{address}>"
    try:
        read_sender(whole)
    except ValueError as error:
        raise WrongUsage(
            f"--from-email: {error}.", hint='--from-email "Ann <ann@example.org>"'
        ) from error
    return whole


def machine_zone() -> str:
    """The machine's time zone by its IANA name, or UTC where it has none."""
    from zoneinfo import available_timezones

    from tzlocal import get_localzone_name

    try:
        name = get_localzone_name()
    except (LookupError, ValueError):
        return "UTC"
    if name in ("Etc/UTC", "Etc/UCT", "Etc/GMT") or name not in available_timezones():
        return "UTC"
    return name
