"""`newsletter schedule`."""

from __future__ import annotations

import click

from newsletter.cli.call import Call, passes_call
from newsletter.cli.completing import complete_issues
from newsletter.cli.strictness import strict_option, strictly


@click.command("schedule")
@click.argument("issue", shell_complete=complete_issues)
@click.option(
    "--at",
    "when",
    metavar="WHEN",
    help='When: "tue 9am", "tomorrow 09:00", "2026-11-24 09:00", "in 2 hours".',
)
@click.option("--subject", metavar="TEXT", help="Set the subject (kept in the file).")
@click.option("-n", "--dry-run", is_flag=True, help="Say what would happen; change nothing.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask. The checks stay.")
@strict_option
@passes_call
def command(
    call: Call,
    issue: str,
    when: str | None,
    subject: str | None,
    dry_run: bool,
    yes: bool,
    strict: bool,
) -> None:
    """ISSUE goes out then. The time: --at, the file's send_at, or the next free slot.

    Writes `status: scheduled` and `send_at` into the file (a .txt gets a small .yaml beside
    it). Within the lead time it is handed over at once, before that by `newsletter run`.

    \b
    Examples:
      newsletter schedule walking --at "tue 9am"
      newsletter schedule letter.txt --at "tomorrow 9am" --subject "Slow walks"
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
    from newsletter.commands.schedule import schedule

    opened = strictly(open_project(call, is_needed=False), strict)
    read = find(opened.project, issue)
    read.require()
    insist_inside(opened.project, read)
    with open_desk(call, opened, is_dry=dry_run) as desk:
        confirm = asker(call, is_real=desk.target.is_real, yes=yes, now=desk.clock)
        try:
            done = schedule(desk, read, when=when, subject=subject, confirm=confirm, is_dry=dry_run)
        except Stopped as stopped:
            show_findings(call, stopped)
            raise
        if dry_run:
            tell_proposal(call, done.proposal, desk.clock(), opened.settings.zone)
        call.answer(
            scheduled_data(done),
            scheduled_lines(done, is_local=desk.target.kind == "local", now=desk.clock()),
            exit_code=done.trouble.exit_code if done.trouble else 0,
            is_prose=True,
        )
