"""`newsletter build`."""

from __future__ import annotations

from pathlib import Path

import click

from newsletter.cli.call import Call, passes_call
from newsletter.cli.completing import complete_issues


@click.command("build")
@click.argument("issues", nargs=-1, metavar="[ISSUE]...", shell_complete=complete_issues)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where to (default: build/ in the project).",
)
@passes_call
def command(call: Call, issues: tuple[str, ...], output: Path | None) -> None:
    """Write email.html, email.txt and email.eml of each ISSUE: the very bytes that would go out.

    Without ISSUE: every draft and scheduled issue. The .eml shows the letter as one reader
    gets it; double-click it to open it in a mail program.

    \b
    Examples:
      newsletter build walking
      newsletter build --output look
    """
    from newsletter.cli.findings import finding_data
    from newsletter.cli.opening import open_project
    from newsletter.commands.build import build
    from newsletter.commands.check import check
    from newsletter.commands.compose import Stopped
    from newsletter.commands.project import find

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
        ]
        files.append(
            {
                "slug": built.slug,
                "html": str(built.html),
                "text": str(built.text),
                "eml": str(built.eml),
                "bytes": built.size,
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


def _shown(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
