"""`newsletter unschedule`."""

from __future__ import annotations

import click

from newsletter.cli.call import Call, passes_call
from newsletter.cli.completing import complete_issues


@click.command("unschedule")
@click.argument("issue", shell_complete=complete_issues)
@passes_call
def command(call: Call, issue: str) -> None:
    """ISSUE does not go out: back to a draft, in the file and at the target.

    Also decides a held issue: it is not sent. Too late is exit status 1, with the count
    that has got it.

    \b
    Example:
      newsletter unschedule walking
    """
    from newsletter.cli.opening import open_desk, open_project
    from newsletter.commands.naming import find
    from newsletter.commands.unschedule import unschedule
    from newsletter.errors import WrongUsage

    opened = open_project(call, is_needed=False)
    try:
        read = find(opened.project, issue)
    except WrongUsage:
        if not issue.replace("-", "").isalnum():
            raise
        read = None  # its file may be gone, and the target may still hold it
    with open_desk(call, opened) as desk:
        done = unschedule(desk, read.slug if read else issue, read)
    where = [
        words
        for words, was in (
            ("in its file", done.in_file),
            ("at the target", done.at_target),
            ("among the held ones", done.was_held),
        )
        if was
    ]
    line = (
        f"{done.slug} is a draft again: taken back {' and '.join(where)}."
        if done.changed
        else (f"{done.slug} was not scheduled; nothing was changed.")
    )
    data = {
        "issue": done.slug,
        "state": "draft",
        "changed": done.changed,
        "in_file": done.in_file,
        "at_target": done.at_target,
    }
    if done.changed and done.is_file_broken:
        line += " Its file is gone or has a mistake and was left alone."
    call.answer(data, [line], is_prose=True)
