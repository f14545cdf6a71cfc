"""`newsletter cron`."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import click

from newsletter.cli.call import Call, passes_call


@click.command("cron")
@click.option(
    "--format",
    "kind",
    type=click.Choice(["crontab", "systemd", "launchd", "github"]),
    default="crontab",
    show_default=True,
    help="What for.",
)
@click.option("--every", metavar="TIME", default="5m", show_default=True, help="How often to look.")
@passes_call
def command(call: Call, kind: str, every: str) -> None:
    """Print what makes this machine run the pipeline. Installs nothing.

    \b
    Examples:
      newsletter cron
      (crontab -l 2>/dev/null; newsletter cron) | crontab -
      newsletter cron --format systemd
    """
    from newsletter.cli.opening import open_project
    from newsletter.commands.cron import FORMATS, cron
    from newsletter.errors import WrongUsage
    from newsletter.settings import parse_duration

    opened = open_project(call)
    try:
        pause = parse_duration(every)
    except ValueError as error:
        raise WrongUsage(f"--every: {error}.", hint="--every 5m") from error
    timer = cron(
        name=opened.settings.name,
        label=opened.settings.project_id,
        folder=opened.root,
        program=program_path(),
        home=Path.home(),
        every=pause,
        format=next(known for known in FORMATS if known == kind),
    )
    data = {"format": timer.format, "text": timer.text, "paths": list(timer.paths)}
    call.answer(data, timer.text.rstrip("\n").split("\n"))


def program_path() -> Path:
    """The absolute path of this program: cron's PATH is short."""
    called = Path(sys.argv[0])
    if called.name == "newsletter" and called.is_file():
        return called.absolute()
    beside = Path(sys.executable).parent / "newsletter"
    found = str(beside) if beside.is_file() else shutil.which("newsletter")
    return Path(found).absolute() if found else Path("newsletter")
