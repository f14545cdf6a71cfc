"""`doctor`: is everything ready, and what to do about it. Reads everything, changes nothing."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from newsletter.broadcast.model import Record, State
from newsletter.commands.answers import translate
from newsletter.commands.compose import compose
from newsletter.commands.letters import read_all
from newsletter.commands.project import Project
from newsletter.commands.target import Target, starting_point
from newsletter.errors import NewsletterError
from newsletter.issue.model import Status
from newsletter.kit import Account, KitError
from newsletter.ledger import issues, runs
from newsletter.ledger.opening import Ledger

PLACEHOLDER_SENDER = "newsletter@example.org"
PLACEHOLDER_ADDRESS = "Exampletown"
SKEW_TO_CONSIDER = timedelta(seconds=5)
SKEW_TO_MEND = timedelta(minutes=2)


class Level(StrEnum):
    """How a check went; words, so that colour carries nothing alone."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, kw_only=True)
class Checkup:
    """One thing that was looked at, with what to do where it is not well."""

    area: str
    check: str
    level: Level
    message: str
    cure: str = ""


def examine_project(
    project: Project, *, now: datetime, kind: str, records: Mapping[str, Record]
) -> Iterator[Checkup]:
    """Settings, look and letters; asks no network. `records` tell which letters are out."""
    area, who = "Project", project.look.newsletter
    is_real = kind == "kit"
    yield _ok(area, "zone", f"time zone {project.timezone}")
    if who.sender_address == PLACEHOLDER_SENDER:
        level = Level.FAIL if is_real else Level.WARN
        yield Checkup(
            area=area,
            check="from",
            level=level,
            message=f"from is still the placeholder {PLACEHOLDER_SENDER}",
            cure='from = "Your name <you@your-domain>" in newsletter.toml',
        )
    else:
        yield _ok(area, "from", f"letters come from {who.sender_name} <{who.sender_address}>")
    is_missing = not who.address.strip()
    if is_missing or PLACEHOLDER_ADDRESS in who.address:
        yield Checkup(
            area=area,
            check="address",
            level=Level.FAIL if is_missing or is_real else Level.WARN,
            message=f"the postal address is {'missing' if is_missing else 'a placeholder'}",
            cure='address = "Street, Town" in newsletter.toml; the law in many places wants it',
        )
    else:
        yield _ok(area, "address", "postal address is set")
    yield from _secrets(project)
    yield from _letters(project, now=now, kind=kind, records=records)


def examine_ledger(ledger: Ledger, *, target: str, now: datetime) -> Iterator[Checkup]:
    """The ledger's memory: when it last ran, and what waits for a person."""
    area = "Sending"
    last = runs.last(ledger, target)
    if last is None or now - last.started_at > timedelta(hours=24):
        words = "no run yet" if last is None else "no run in the last 24 h"
        yield Checkup(
            area=area,
            check="runs",
            level=Level.WARN,
            message=words,
            cure="newsletter cron  prints the line that runs it",
        )
    elif last.exit_code:
        yield Checkup(
            area=area,
            check="runs",
            level=Level.WARN,
            message=f"the last run ended with {last.exit_code}: {'; '.join(last.lines) or 'no word'}",
            cure="newsletter run -v  shows more",
        )
    else:
        yield _ok(area, "runs", "the last run went well")
    for record in issues.all_for(ledger, target).values():
        if record.state in (State.HELD, State.FAILED):
            yield Checkup(
                area=area,
                check="held",
                level=Level.WARN,
                message=f"{record.slug} is {record.state}: {record.reason}",
                cure=f"newsletter send {record.slug}   or   newsletter unschedule {record.slug}",
            )


def examine_account(
    project: Project, target: Target, *, clock: Callable[[], datetime]
) -> Iterator[Checkup]:
    """The account behind the target: does the key work, may it send what we send.

    Also whether the target's clock and `clock`, this computer's, show the same.
    """
    area = f"Account ({target.kind})"
    asked_at = clock()
    try:
        account = target.kit.account.get()
    except KitError as error:
        trouble = translate(error, "read the account", writes=False)
        yield Checkup(
            area=area, check="key", level=Level.FAIL, message=trouble.message, cure=trouble.hint
        )
        return
    if target.kind == "kit" and target.kit.service_time is not None:
        yield _clock(area, asked_at, target.kit.service_time, clock())
    plan = f", plan {account.plan_type}" if account.plan_type else ""
    yield _ok(area, "key", f"the key works: {account.name}{plan}")
    yield _sender(area, project, account)
    try:
        template = starting_point(target)
    except NewsletterError as error:
        yield Checkup(
            area=area, check="template", level=Level.FAIL, message=error.message, cure=error.hint
        )
    else:
        yield _ok(area, "template", f"email template “{template.name}” takes a complete email")


def _clock(area: str, asked_at: datetime, showed: datetime, answered_at: datetime) -> Checkup:
    """Whether this computer's clock shows what the target's showed between asking and answer.

    The target tells whole seconds: all that is certain is that its clock stood somewhere in
    the second from `showed` on.
    """
    ahead = max(asked_at - (showed + timedelta(seconds=1)), timedelta(0))
    behind = max(showed - answered_at, timedelta(0))
    off = max(ahead, behind)
    if off < SKEW_TO_CONSIDER:
        words = f"{off.total_seconds():.1f} s" if off else "less than a second"
        return _ok(area, "clock", f"this computer's clock is {words} from the target's")
    seconds = round(off.total_seconds())
    words = f"{seconds} s" if seconds < 120 else f"{seconds // 60} min"
    return Checkup(
        area=area,
        check="clock",
        level=Level.WARN if off < SKEW_TO_MEND else Level.FAIL,
        message=(
            f"this computer's clock is {words} {'ahead of' if ahead else 'behind'} the target's: by it "
            "letters are handed over or held as late, and the target sends by its own"
        ),
        cure="let the computer set its clock from the net (Linux: sudo timedatectl set-ntp true)",
    )


def _sender(area: str, project: Project, account: Account) -> Checkup:
    mine = project.look.newsletter.sender_address.lower()
    known = {a.email_address.lower(): a for a in account.sending_addresses}
    if mine in known and known[mine].is_verified is not False:
        return _ok(area, "sender", f"it may send from {mine}")
    if mine in known:
        return Checkup(
            area=area,
            check="sender",
            level=Level.FAIL,
            message=f"{mine} is not verified there",
            cure="Kit: Settings › Email",
        )
    others = ", ".join(known) or account.primary_email_address or "its own address"
    return Checkup(
        area=area,
        check="sender",
        level=Level.WARN,
        message=f"{mine} is not one of its addresses; it sends from {others}",
        cure="set  from  in newsletter.toml to one of those, or add yours there",
    )


def _secrets(project: Project) -> Iterator[Checkup]:
    file = project.root / ".env"
    if not file.is_file():
        return
    if file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield Checkup(
            area="Project",
            check="env",
            level=Level.WARN,
            message=".env can be read by others",
            cure="chmod 600 .env",
        )
    else:
        yield _ok("Project", "env", ".env is yours alone")


def _letters(
    project: Project, *, now: datetime, kind: str, records: Mapping[str, Record]
) -> Iterator[Checkup]:
    reads = read_all(project)
    out = {slug for slug, r in records.items() if r.state in (State.SENDING, State.SENT)}
    composed = [compose(project, read, now=now, target=kind) for read in reads]
    bad = [c for c in composed if c.has_errors and c.read.slug not in out]
    due = [c for c in bad if c.read.issue and c.read.issue.status is Status.SCHEDULED]
    bad = [*due, *(c for c in bad if c not in due)]
    also = f", {len(due)} of them scheduled" if due else ""
    yield (
        _ok("Project", "look", f"{len(composed)} letters render")
        if not bad
        else Checkup(
            area="Project",
            check="letters",
            level=Level.FAIL if due else Level.WARN,
            message=f"{len(bad)} of {len(reads)} letters have errors{also}: {', '.join(c.read.slug for c in bad[:3])}",
            cure=f"newsletter check {bad[0].read.slug}",
        )
    )


def _ok(area: str, check: str, message: str) -> Checkup:
    return Checkup(area=area, check=check, level=Level.OK, message=message)
