"""`newsletter send`."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import click

from newsletter.cli.call import Call, passes_call
from newsletter.cli.completing import complete_issues
from newsletter.cli.strictness import strict_option, strictly


@click.command("send")
@click.argument("issue", shell_complete=complete_issues)
@click.option(
    "--undo", metavar="TIME", help="How long it can still be taken back (default 5m; 0s: none)."
)
@click.option("--max", "most", type=click.IntRange(min=1), help="Not to more readers than this.")
@click.option("--subject", metavar="TEXT", help="Set the subject (kept in the file).")
@click.option("-n", "--dry-run", is_flag=True, help="Say what would happen; change nothing.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask. The checks stay.")
@strict_option
@passes_call
def command(
    call: Call,
    issue: str,
    undo: str | None,
    most: int | None,
    subject: str | None,
    dry_run: bool,
    yes: bool,
    strict: bool,
) -> None:
    """ISSUE goes out now, after a short time in which it can be taken back.

    On a real account the number of readers has to be typed. An issue that was sent is never
    sent again.

    \b
    Examples:
      newsletter send walking
      newsletter send walking --undo 0s --yes
    """
    from newsletter.cli.opening import open_desk, open_project
    from newsletter.cli.proposal import (
        asker,
        scheduled_data,
        scheduled_lines,
        show_findings,
        tell_proposal,
    )
    from newsletter.commands.compose import Stopped
    from newsletter.commands.naming import find, insist_inside
    from newsletter.commands.schedule import send

    opened = strictly(open_project(call, is_needed=False), strict)
    if most is not None:
        opened = dataclasses.replace(
            opened, project=dataclasses.replace(opened.project, max_recipients=most)
        )
    window = _undo(undo, opened.project.undo)
    read = find(opened.project, issue)
    read.require()
    if window:
        insist_inside(opened.project, read)
    with open_desk(call, opened, is_dry=dry_run) as desk:
        confirm = asker(call, is_real=desk.target.is_real, yes=yes, now=desk.clock)
        try:
            done = send(desk, read, undo=window, subject=subject, confirm=confirm, is_dry=dry_run)
        except Stopped as stopped:
            show_findings(call, stopped)
            raise
        if dry_run:
            tell_proposal(call, done.proposal, desk.clock(), opened.settings.zone)
        lines = [*scheduled_lines(done, is_local=desk.target.kind == "local", now=desk.clock())]
        if done.sent_to is not None and desk.target.outbox:
            lines.append(f"Mailbox: {desk.target.outbox}   (newsletter serve shows it)")
        call.answer(
            scheduled_data(done),
            lines,
            exit_code=done.trouble.exit_code if done.trouble else 0,
            is_prose=True,
        )


def _undo(words: str | None, default: timedelta) -> timedelta:
    from newsletter.errors import WrongUsage
    from newsletter.settings import parse_duration

    if words is None:
        return default
    try:
        return parse_duration(words)
    except ValueError as error:
        raise WrongUsage(f"--undo: {error}.", hint="--undo 5m") from error
