"""`newsletter new`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.call import Call, passes_call

if TYPE_CHECKING:
    from newsletter.issue.model import Change

_MOST = 10  # changed places; what was left out is told whole


@click.command("new")
@click.argument("title")
@click.option(
    "--date",
    metavar="YYYY-MM-DD",
    help="The day in the file's name (default: the next free slot's).",
)
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Take over a .txt, .md or .html.",
)
@click.option("--keep-html", is_flag=True, help="Clean an .html, and leave it HTML.")
@click.option("--template", metavar="NAME", help="Another template of yours than email.")
@click.option(
    "--folder", "is_folder", is_flag=True, help="A folder with index.md, for letters with pictures."
)
@passes_call
def command(
    call: Call,
    title: str,
    date: str | None,
    source: Path | None,
    keep_html: bool,
    template: str | None,
    is_folder: bool,
) -> None:
    """Start an issue called TITLE in issues/.

    \b
    Examples:
      newsletter new "Walking slowly"
      newsletter new "Walking slowly" --from ~/Documents/walking.txt
    """
    from newsletter.cli.opening import open_project
    from newsletter.commands.new import new

    opened = open_project(call)
    started = new(
        opened.project,
        title,
        date=date,
        source=source,
        is_folder=is_folder,
        now=opened.clock(),
        template=template,
        keeps_html=keep_html,
    )
    lines = [f"Wrote {started.path}", f"  subject       {started.subject}"]
    if started.preview_text:
        lines.append(f"  preview_text  {started.preview_text}")
    lines += _change_lines(started.changes)
    data = {
        "path": started.path,
        "slug": started.slug,
        "date": started.date,
        "removed": [
            {"line": c.line, "text": c.text, "why": c.why}
            for c in started.changes
            if c.kind == "removed"
        ],
        "changed": [
            {"line": c.line, "text": c.text, "why": c.why}
            for c in started.changes
            if c.kind == "changed"
        ],
    }
    call.answer(data, lines, is_prose=True)
    call.hint(f"Next: newsletter check {started.slug}")


def _change_lines(changes: Sequence[Change]) -> Iterator[str]:
    """Everything that was left out, then the first of what was changed."""
    removed = [change for change in changes if change.kind == "removed"]
    changed = [change for change in changes if change.kind == "changed"]
    for word, some in (("left out", removed), ("changed", changed[:_MOST])):
        for change in some:
            yield f"  {word:<12}  line {change.line}: {_short(change.text)} ({change.why})"
    if len(changed) > _MOST:
        yield f"  {'':<12}  and {len(changed) - _MOST} more"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return f"“{line if len(line) <= 40 else line[:39] + '…'}”"
