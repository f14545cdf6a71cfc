"""`newsletter list`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from newsletter.cli.call import Call, passes_call

if TYPE_CHECKING:
    from newsletter.commands.listing import Listed


@click.command("list")
@click.option(
    "--status", "state", metavar="STATE", help="Only these: draft, scheduled, held, sent, …"
)
@click.option("--limit", type=click.IntRange(min=1), help="At most so many.")
@passes_call
def command(call: Call, state: str | None, limit: int | None) -> None:
    """All issues and their state: what is still to go first, then what is sent.

    \b
    Example:
      newsletter list --status sent --limit 10
    """
    from newsletter.cli.opening import open_project, open_state, target_name
    from newsletter.cli.table import table
    from newsletter.commands.listing import list_issues
    from newsletter.words import distance, plural, rfc3339, short_time

    opened = open_project(call)
    ledger = open_state(opened, is_dry=True)
    now, zone = opened.clock(), opened.settings.zone
    rows = list_issues(
        opened.project,
        ledger,
        target=target_name(opened.settings),
        kind=opened.settings.target,
        now=now,
    )
    ledger.close()
    shown = [row for row in rows if state in (None, row.state)][:limit]

    def notes(row: Listed) -> str:
        parts = [row.words] if row.words else []
        if row.state in ("scheduled", "handed_over") and row.send_at:
            parts.append(distance(now, row.send_at))
        if row.recipients is not None and row.state in ("sent", "sending"):
            parts.append(plural(row.recipients, "reader"))
        if row.errors and row.state != "error":
            parts.append(plural(row.errors, "error"))
        if row.warnings:
            parts.append(plural(row.warnings, "warning"))
        return ", ".join(parts)

    lines = table(
        [
            [
                row.state.replace("_", " "),
                short_time(row.send_at, zone) if row.send_at else "–",
                row.slug,
                notes(row),
            ]
            for row in shown
        ],
        head=["state", "when", "issue", "notes"],
        shrink=3,
    )
    if not shown:
        lines = ['Nothing here yet.  newsletter new "Your first subject"']
    data = {
        "issues": [
            {
                "slug": row.slug,
                "path": row.path,
                "subject": row.subject,
                "state": row.state,
                "send_at": rfc3339(row.send_at),
                "recipients": row.recipients,
                "findings": {"errors": row.errors, "warnings": row.warnings},
                "note": row.words,
            }
            for row in shown
        ]
    }
    call.answer(data, lines)
