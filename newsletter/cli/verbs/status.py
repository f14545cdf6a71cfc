"""`newsletter status`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from newsletter.cli.call import Call, passes_call

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from newsletter.commands.listing import Overview

_MOST = 5  # of a kind; a status is read at a glance


@click.command("status")
@passes_call
def command(call: Call) -> None:
    """What goes out next, what happened last, what waits for you. Asks no network.

    \b
    Example:
      newsletter status
    """
    from newsletter.cli.opening import open_project, open_state, target_name
    from newsletter.commands.listing import overview

    opened = open_project(call)
    ledger = open_state(opened, is_dry=True)
    now = opened.clock()
    found = overview(
        opened.project,
        ledger,
        target=target_name(opened.settings),
        kind=opened.settings.target,
        now=now,
    )
    ledger.close()
    active = found.readers.active
    readers = f" · {active} active {'reader' if active == 1 else 'readers'}" if found.as_of else ""
    head = f"{opened.settings.name} · {str(call.target_line).removeprefix('target ')}{readers}"
    call.answer(
        _data(opened.settings.name, found),
        [head, *_lines(found, now, opened.settings.zone)],
        is_prose=True,
    )


def _lines(found: Overview, now: datetime, zone: ZoneInfo) -> Iterator[str]:
    from newsletter.words import distance, plural, short_time

    if found.next:
        when = f"{short_time(found.next.send_at, zone)}, {distance(now, found.next.send_at)}"
        later = (
            f" (handed over {short_time(found.next.at, zone)})"
            if found.next.at < found.next.send_at
            else ""
        )
        yield f"next       {found.next.subject}, {when}{later}"
    else:
        yield "next       nothing is scheduled"
    if found.last_run is None:
        yield "last run   never; newsletter cron prints the line that runs it"
    else:
        done = found.last_run
        end = (
            "was interrupted"
            if done.exit_code is None
            else f"exit {done.exit_code}"
            if done.exit_code
            else "all well"
        )
        yield f"last run   {distance(now, done.started_at)}, {end}"
    sent = found.last_sent
    if sent and sent.send_at:
        to = "" if sent.recipients is None else f", {plural(sent.recipients, 'reader')}"
        yield f"last sent  {sent.subject or sent.slug}, {short_time(sent.send_at, zone)}{to}"
    week = found.week
    yield f"7 days     +{week.get('joined', 0)} joined, {week.get('left', 0)} left, {week.get('bounced', 0)} bounced"
    for record in found.held:
        yield f"held       {record.slug}: {record.reason}"
    to_do = [row for row in found.drafts if row.errors or row.warnings]
    for row in to_do[:_MOST]:
        numbers = ((row.errors, "error"), (row.warnings, "warning"))
        counts = ", ".join(plural(n, word) for n, word in numbers if n)
        yield f"to do      {row.slug}: {counts}  (newsletter check {row.slug})"
    if len(to_do) > _MOST:
        yield f"           and {len(to_do) - _MOST} more  (newsletter check)"


def _data(name: str, found: Overview) -> dict[str, object]:
    from newsletter.words import rfc3339

    last, sent = found.last_run, found.last_sent
    return {
        "name": name,
        "readers": {**vars(found.readers), "as_of": rfc3339(found.as_of)},
        "next": found.next
        and {
            "issue": found.next.slug,
            "subject": found.next.subject,
            "send_at": rfc3339(found.next.send_at),
            "at": rfc3339(found.next.at),
        },
        "last_run": last
        and {
            "started_at": rfc3339(last.started_at),
            "ended_at": rfc3339(last.ended_at),
            "exit_code": last.exit_code,
            "lines": list(last.lines),
        },
        "last_sent": sent
        and {
            "issue": sent.slug,
            "subject": sent.subject,
            "send_at": rfc3339(sent.send_at),
            "recipients": sent.recipients,
        },
        "held": [{"issue": r.slug, "reason": r.reason, "state": str(r.state)} for r in found.held],
        "week": {key: found.week.get(key, 0) for key in ("joined", "left", "bounced")},
    }
