"""`newsletter run`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from newsletter.cli.call import Call, passes_call
from newsletter.cli.strictness import strict_option, strictly

if TYPE_CHECKING:
    from newsletter.cli.opening import Opened
    from newsletter.commands.desk import Desk
    from newsletter.commands.outcome import Pass


@click.command("run")
@click.option("--forever", is_flag=True, help="Stay and do it again; for servers without cron.")
@click.option(
    "--every",
    metavar="TIME",
    default="1m",
    show_default=True,
    help="With --forever: how often to look.",
)
@click.option("-n", "--dry-run", is_flag=True, help="Say what would happen; change nothing.")
@click.option("--at", "when", metavar="WHEN", help="With --dry-run: pretend that it is then.")
@click.option("--no-sync", is_flag=True, help="Leave the readers out this time.")
@strict_option
@passes_call
def command(
    call: Call,
    forever: bool,
    every: str,
    dry_run: bool,
    when: str | None,
    no_sync: bool,
    strict: bool,
) -> None:
    """One pass: send what is due, take in what came back. The one command for cron.

    Silent when nothing happened, so that mail from cron is always news. Two at once do no
    harm: the second leaves with status 75.

    \b
    Examples:
      newsletter run
      newsletter run --dry-run --at "tue 09:01"
      newsletter run --forever
    """
    from newsletter.cli.opening import open_project
    from newsletter.errors import WrongUsage

    if when and not dry_run:
        raise WrongUsage(
            "--at goes with --dry-run.", hint='newsletter run --dry-run --at "tue 09:01"'
        )
    if forever and dry_run:
        raise WrongUsage(
            "--forever and --dry-run do not go together.", hint="newsletter run --dry-run"
        )
    if not (dry_run or forever):
        call.quiet = call.quiet or not (sys.stderr.isatty() or call.verbose)
    opened = strictly(open_project(call), strict)
    if dry_run:
        _rehearse(call, opened, when)
    elif forever:
        _forever(call, opened, every, is_syncing=not no_sync, strict=strict)
    else:
        _once(call, opened, is_syncing=not no_sync)


def _once(call: Call, opened: Opened, *, is_syncing: bool) -> None:
    from newsletter.cli.news import pass_data, trouble_lines
    from newsletter.cli.opening import open_desk
    from newsletter.commands.run import run

    began = time.monotonic()
    with pinged(call, opened) as told, open_desk(call, opened) as desk:
        done = run(desk, is_syncing=is_syncing)
        lines = list(_said(call, desk, done, opened.settings.zone))
        told(done.exit_code, [*lines, *trouble_lines(done)])
    data = pass_data(done, milliseconds=round((time.monotonic() - began) * 1000))
    call.answer(data, lines, exit_code=done.exit_code)


@contextmanager
def pinged(call: Call, opened: Opened) -> Iterator[Callable[[int, Sequence[str]], None]]:
    """Tell `NEWSLETTER_PING_URL` that a run begins and how it ended, where one is set."""
    from newsletter.errors import NewsletterError

    if opened.settings.ping_url is None:
        yield lambda _code, _lines: None
        return
    from newsletter.cli.ping import ping_end, ping_start

    url = opened.settings.ping_url.get_secret_value()

    def complain(words: str) -> None:
        call.warn("ping-failed", words)

    ping_start(url, complain)
    try:
        yield lambda code, lines: ping_end(url, code, lines, complain)
    except NewsletterError as error:
        ping_end(url, error.exit_code, [error.message], complain)
        raise


def _said(call: Call, desk: Desk, done: Pass, zone: ZoneInfo) -> list[str]:
    """The news for stdout; trouble goes to stderr on the way, whatever -q says."""
    from newsletter.cli.news import next_line, pass_lines, trouble_lines

    now = desk.clock()
    is_news = done.exit_code != 75 or sys.stderr.isatty() or call.verbose
    if not call.as_json and is_news:
        for line in trouble_lines(done):
            click.echo(line, err=True)
    lines = list(pass_lines(done, zone, now))
    if not lines and not done.exit_code and sys.stdout.isatty():
        lines.append(next_line(done, zone, now))
    return lines


def _rehearse(call: Call, opened: Opened, when: str | None) -> None:
    """What would happen now, or at another time: by the same state table, changing nothing."""
    from newsletter.cli.opening import open_state, target_name
    from newsletter.cli.rehearsal import rehearsal_data, rehearsal_lines
    from newsletter.commands.rehearse import rehearse

    now = _instant(opened, when) if when else opened.clock()
    call.talk(str(call.target_line))
    ledger = open_state(opened, is_dry=True)
    rehearsed = rehearse(
        opened.project,
        ledger,
        target=target_name(opened.settings),
        kind=opened.settings.target,
        now=now,
    )
    ledger.close()
    call.answer(
        rehearsal_data(rehearsed, now), rehearsal_lines(rehearsed, now, opened.settings.zone)
    )


def _instant(opened: Opened, when: str) -> datetime:
    from newsletter.errors import WrongUsage
    from newsletter.issue.time import NotATime, parse_when, resolve_local

    try:
        # A written date may lie in the past: "what would have happened then?"
        return resolve_local(when, opened.settings.timezone).instant
    except NotATime:
        pass
    try:
        return parse_when(
            when,
            now=opened.clock(),
            zone=opened.settings.timezone,
            slot=opened.settings.schedule.slot,
        ).instant
    except NotATime as error:
        near = " or ".join(f'--at "{s}"' for s in error.suggestions)
        raise WrongUsage(
            f"--at: {error.reason}.", hint=f"Perhaps: {near}" if near else '--at "tue 09:01"'
        ) from error


def _forever(call: Call, opened: Opened, every: str, *, is_syncing: bool, strict: bool) -> None:
    from newsletter.cli.daemon import keep_running
    from newsletter.cli.news import pass_data, trouble_lines
    from newsletter.cli.opening import open_desk, project_from
    from newsletter.cli.trouble import tell_trouble, unforeseen
    from newsletter.commands.run import run
    from newsletter.errors import NewsletterError, WrongUsage
    from newsletter.settings import load, parse_duration
    from newsletter.words import rfc3339

    try:
        pause = parse_duration(every)
    except ValueError as error:
        raise WrongUsage(f"--every: {error}.", hint="--every 1m") from error
    if pause < timedelta(seconds=1):
        raise WrongUsage("--every must be at least one second.", hint="--every 1m")
    with open_desk(call, opened) as desk:
        call.talk(f"Looking every {every}; Ctrl-C stops.")

        def work() -> datetime | None:
            began = time.monotonic()
            try:
                with pinged(call, opened) as told:
                    # Settings and look are read anew, as a cron job would.
                    settings = load(opened.root, flags={"target": call.target})
                    project = project_from(settings, opened.root)
                    project = replace(project, strict=strict or project.strict)
                    fresh = replace(desk, project=project)
                    done = run(fresh, is_syncing=is_syncing)
                    told(done.exit_code, list(trouble_lines(done)))
            except NewsletterError as error:
                tell_trouble(call, error)
                return None
            lines = _said(call, desk, done, opened.settings.zone)
            if call.as_json:
                import json

                data = pass_data(done, milliseconds=round((time.monotonic() - began) * 1000))
                click.echo(json.dumps({"event": "pass", "at": rfc3339(desk.clock()), **data}))
            else:
                for line in lines:
                    click.echo(line)
            sys.stdout.flush()
            return _next_alarm(done, desk.clock())

        keep_running(
            work,
            every=pause,
            clock=opened.clock,
            on_error=lambda error: tell_trouble(call, unforeseen(call, error)),
            stop=call.stop,
        )


def _next_alarm(done: Pass, now: datetime) -> datetime | None:
    """When the next issue has to be handed over, or, locally, delivered."""
    if done.next is None:
        return None
    moments = [moment for moment in (done.next.at, done.next.send_at) if moment > now]
    return min(moments, default=None)
