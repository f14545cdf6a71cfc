"""`newsletter build`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.call import Call, passes_call
from newsletter.cli.completing import complete_issues

if TYPE_CHECKING:
    from newsletter.commands.pictures import Kept


@click.command("build")
@click.argument("issues", nargs=-1, metavar="[ISSUE]...", shell_complete=complete_issues)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where to (default: build/ in the project).",
)
@click.option(
    "--show-template",
    "template",
    metavar="NAME",
    help="Print a template of the built-in look, to copy from.",
)
@passes_call
def command(call: Call, issues: tuple[str, ...], output: Path | None, template: str | None) -> None:
    """Write email.html, email.txt and email.eml of each ISSUE: the very bytes that would go out.

    Without ISSUE: every draft and scheduled issue. The .eml shows the letter as one reader
    gets it; double-click it to open it in a mail program. Pictures are beside them, in pictures/.

    \b
    Examples:
      newsletter build walking
      newsletter build --output look
      newsletter build --show-template footer
    """
    if template is not None:
        _show_template(call, template)
        return
    from newsletter.cli.findings import finding_data
    from newsletter.cli.opening import open_project
    from newsletter.commands.build import build
    from newsletter.commands.check import check
    from newsletter.commands.compose import Stopped
    from newsletter.commands.naming import find

    opened = open_project(call, is_needed=not issues)
    project = opened.project
    reads = [find(project, word) for word in issues]
    now = opened.clock()
    folder = output or opened.root / "build"
    lines, files, failed = [], [], False
    for composed in check(project, reads, now=now, target=opened.settings.target, records={}):
        try:
            built = build(project, composed, folder=folder, now=now)
        except Stopped:
            failed = True
            for finding in composed.findings:
                lines.append(f"error: {finding.path}:{finding.place}: {finding.message}")
                lines += [f"  → {line}" for line in finding.cure.splitlines()]
                call.warnings.append(finding_data(finding))
            continue
        size = f"{built.size / 1000:.1f} kB"
        lines += [
            f"{built.slug}  ({size})",
            *(f"  {_shown(p)}" for p in (built.html, built.text, built.eml)),
            *(f"  {_shown(one.file)}  {_weight(one)}" for one in built.pictures),
        ]
        files.append(
            {
                "slug": built.slug,
                "html": str(built.html),
                "text": str(built.text),
                "eml": str(built.eml),
                "bytes": built.size,
                "pictures": [
                    {
                        "file": str(one.file),
                        "source": one.picture.src,
                        "bytes_before": one.before,
                        "bytes": one.after,
                    }
                    for one in built.pictures
                ],
            }
        )
    if not lines:
        lines = ["Nothing to build: no drafts."]
    call.answer({"files": files}, lines, exit_code=3 if failed else 0)
    if files:
        is_local = opened.settings.target == "local"
        where = "puts a filled copy into the outbox" if is_local else "sends you a filled copy"
        call.hint(
            "Tags like {{ … }} are filled in when it is sent; "
            f"newsletter test {files[0]['slug']} {where}."
        )


def _show_template(call: Call, name: str) -> None:
    """A built-in template as it stands: what a project's own can be copied from."""
    from newsletter.commands.templates import builtin_template

    path, source = builtin_template(name)
    call.answer({"template": path, "source": source}, source.rstrip("\n").split("\n"))
    call.hint(f"templates/{path} in your project is taken in its place.")


def _weight(one: Kept) -> str:
    """`2.4 MB → 180 kB`."""
    after = _bytes(one.after)
    return f"({_bytes(one.before)} → {after})" if one.after != one.before else f"({after})"


def _bytes(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB" if size >= 1_000_000 else f"{max(1, size // 1000)} kB"


def _shown(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
