"""`newsletter subscribers export`."""

from __future__ import annotations

import io
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

import click

from newsletter.cli.call import Call, passes_call


@click.command("export")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Instead of stdout."
)
@click.option(
    "--status",
    type=click.Choice(["active", "inactive", "unsubscribed", "bounced", "complained", "all"]),
    default="all",
    show_default=True,
    help="Only these.",
)
@passes_call
def export(call: Call, output: Path | None, status: str) -> None:
    """The list as CSV with Kit's column names; says how old it is.

    \b
    Examples:
      newsletter subscribers export -o readers.csv
      newsletter subscribers export --status active > active.csv
    """
    from newsletter.audience.model import State
    from newsletter.cli.opening import open_project, open_state, target_name
    from newsletter.commands.readers.export import export as write
    from newsletter.errors import NotNow, WrongUsage
    from newsletter.ledger import mirror, readers
    from newsletter.words import distance, plural, rfc3339

    if call.as_json and output is None:
        raise WrongUsage(
            "With --json the list goes into a file.",
            hint="-o FILE; or newsletter subscribers list --json, page by page.",
        )
    opened = open_project(call)
    ledger = open_state(opened, is_dry=True)
    target = target_name(opened.settings)
    as_of = readers.synced_at(ledger, target)
    if as_of is None:
        ledger.close()
        raise NotNow(
            "Not known yet who is on the list.",
            hint="newsletter run  asks the target.",
            code="not-synced",
        )
    state = None if status == "all" else State("cancelled" if status == "unsubscribed" else status)
    people = mirror.walk(ledger, target, state=state)
    call.talk(str(call.target_line))
    try:
        if output is None:
            # A terminal's stream may turn line ends into its system's own; CSV has CRLF.
            if isinstance(sys.stdout, io.TextIOWrapper):
                sys.stdout.reconfigure(newline="")
            number = write(people, sys.stdout)
        else:
            number = _into_file(output, lambda out: write(people, out))
    finally:
        ledger.close()
    call.talk(f"{plural(number, 'reader')}, as of {distance(opened.clock(), as_of)}.")
    if output is not None:
        data = {"file": str(output), "subscribers": number, "as_of": rfc3339(as_of)}
        call.answer(data, [f"wrote {output}"])


def _into_file(file: Path, write: Callable[[TextIO], int]) -> int:
    """Write a file that only its owner can read, whole or not at all."""
    from newsletter.errors import NotNow

    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{file.name}-", dir=file.parent)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as out:
                number = write(out)
            Path(name).replace(file)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise NotNow(f"{file} cannot be written: {error.strerror}.", code="file") from error
    return number
