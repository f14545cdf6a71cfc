"""`newsletter preview`."""

from __future__ import annotations

from pathlib import Path

import click

from newsletter.cli.call import Call, passes_call
from newsletter.cli.completing import complete_issues


@click.command("preview")
@click.argument("issue", required=False, shell_complete=complete_issues)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8710,
    show_default=True,
    help="Where to listen; taken: the next free one.",
)
@click.option("--open/--no-open", "is_opened", default=None, help="Open the browser, or not.")
@click.option("--once", is_flag=True, help="Write one page that needs no program, and end.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="With --once: where to (default: build/SLUG/preview.html).",
)
@click.option(
    "--as",
    "as_reader",
    metavar="EMAIL|none|long",
    help="In the words for this reader, one without a name, or one with a very long one.",
)
@click.option(
    "--scheme", type=click.Choice(["light", "dark", "forced"]), help="Begin in this light."
)
@passes_call
def command(
    call: Call,
    issue: str | None,
    port: int,
    is_opened: bool | None,
    once: bool,
    output: Path | None,
    as_reader: str | None,
    scheme: str | None,
) -> None:
    """See ISSUE as the email that will arrive, live in a browser while you write.

    Works on any single file, also outside of a project: then with the built-in look.
    Without ISSUE it shows the one edited last. Nothing is sent.

    \b
    Examples:
      newsletter preview walking
      newsletter preview ~/Documents/letter.txt
      newsletter preview walking --once -o page.html
    """
    from newsletter.cli.previewing import Wanted, preview, write_once

    wanted = Wanted(issue=issue, person=as_reader, scheme=scheme)
    if once:
        write_once(call, wanted, output)
        return
    if output is not None:
        from newsletter.errors import WrongUsage

        raise WrongUsage("-o goes with --once.", hint="newsletter preview walking --once -o FILE")
    preview(call, wanted, port=port, is_opened=is_opened)
