"""One pass of the pipeline: do what is due. The same for cron, daemon and `--dry-run`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from newsletter.broadcast.decide import decide
from newsletter.broadcast.model import (
    Action,
    HandOver,
    Hold,
    Nothing,
    Poll,
    Reason,
    Reconcile,
    Record,
    State,
    Update,
    Wait,
    Wish,
    Withdraw,
)
from newsletter.commands import sync as syncing
from newsletter.commands.compose import Composed, Stopped, compose
from newsletter.commands.desk import Desk, working
from newsletter.commands.handover import HandedOver, find_marked, hand_over, status_to_state
from newsletter.commands.outcome import Kind, News, Pass, Synced, Upcoming, exit_code_of
from newsletter.commands.poll import poll
from newsletter.commands.project import Project, Read, read_all
from newsletter.commands.target import account_of
from newsletter.commands.withdraw import withdraw
from newsletter.errors import Held, InFile, NewsletterError, NotConfigured, NotNow, TryLater
from newsletter.issue.model import Status
from newsletter.ledger import issues, runs
from newsletter.ledger.leases import LeaseLost


@dataclass(frozen=True, kw_only=True)
class Planned:
    """One issue with what the state table says of it now."""

    slug: str
    read: Read | None
    record: Record | None
    action: Action


@dataclass(kw_only=True)
class _Tally:
    news: list[News] = field(default_factory=list)
    troubles: list[NewsletterError] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)

    def add(self, news: News) -> None:
        self.news.append(news)
        self.codes.append(news.exit_code)

    def trouble(self, error: NewsletterError, *, is_late: bool) -> None:
        self.troubles.append(error)
        # The same outage is noise at three in the morning and news at five past nine.
        self.codes.append(
            1 if error.exit_code == TryLater.exit_code and is_late else error.exit_code
        )


def plan(project: Project, records: dict[str, Record], now: datetime) -> list[Planned]:
    """What should happen to every issue at `now`, by the state table alone.

    Issues whose files are gone are planned from the ledger.
    """
    planned = []
    reads = {read.slug: read for read in read_all(project)}
    for slug in [*reads, *(slug for slug in records if slug not in reads)]:
        read = reads.get(slug)
        record = records.get(slug)
        wish = wish_of(project, read) if read else None
        action = decide(wish, record, now, project.policy)
        if read and read.error and _is_armed(read):
            action = _broken(project, read, record, action)
        planned.append(Planned(slug=slug, read=read, record=record, action=action))
    return planned


def wish_of(project: Project, read: Read) -> Wish | None:
    """What a file asks for; None when it cannot be read."""
    if read.issue is None:
        return None
    armed = read.issue.status is Status.SCHEDULED
    return Wish(
        slug=read.slug,
        send_at=read.issue.send_at if armed else None,
        source=read.source.digest(project),
    )


def run(desk: Desk, *, is_syncing: bool = True) -> Pass:
    """Do everything that is due at the target, take in what came back, record the pass.

    Trouble with one issue does not stop the others. Raises TryLater while another
    run is at it, NotConfigured when the target is another account than before.
    """
    with working(desk) as held:
        started = held.clock()
        number = runs.begun(held.ledger, held.target.name, now=started)
        tally = _Tally()
        synced = None
        try:
            synced = _pass(held, tally, is_syncing=is_syncing)
        except NewsletterError as error:
            tally.trouble(error, is_late=_something_is_late(held))
        code = exit_code_of(tally.codes)
        lines = [f"{n.kind}: {n.slug} {n.words}".strip() for n in tally.news]
        lines += [error.message for error in tally.troubles]
        runs.ended(held.ledger, number, now=held.clock(), exit_code=code, lines=lines)
        return Pass(
            news=tuple(tally.news),
            troubles=tuple(tally.troubles),
            synced=synced,
            next=upcoming(
                held.project, issues.all_for(held.ledger, held.target.name), held.clock()
            ),
            exit_code=code,
        )


def upcoming(project: Project, records: dict[str, Record], now: datetime) -> Upcoming | None:
    """The next thing that the pipeline will have to do."""
    nexts = []
    for planned in plan(project, records, now):
        if isinstance(planned.action, Wait):
            issue = planned.read.issue if planned.read else None
            record = planned.record
            is_there = record is not None and record.state is State.HANDED_OVER
            send_at = record.send_at if record and is_there else issue.send_at if issue else None
            subject = issue.subject if issue else (record.subject if record else None)
            if send_at:
                nexts.append(
                    Upcoming(
                        slug=planned.slug,
                        subject=subject or planned.slug,
                        send_at=send_at,
                        at=planned.action.until,
                    )
                )
    return min(nexts, key=lambda n: (n.send_at, n.slug), default=None)


def _pass(desk: Desk, tally: _Tally, *, is_syncing: bool) -> Synced | None:
    account = account_of(desk.target)
    runs.recognise(
        desk.ledger, desk.target.name, account=account.id, title=account.title, now=desk.clock()
    )
    records = issues.all_for(desk.ledger, desk.target.name)
    for planned in plan(desk.project, records, desk.clock()):
        if not isinstance(planned.action, Poll):
            _carry_out(desk, planned, tally)
    if desk.target.deliver is not None:
        desk.stage("deliver")
        desk.target.deliver(desk.clock())
    for planned in plan(desk.project, issues.all_for(desk.ledger, desk.target.name), desk.clock()):
        if isinstance(planned.action, Poll):
            _carry_out(desk, planned, tally)
    if not is_syncing:
        return None
    desk.stage("sync")
    desk.renew()
    return syncing.sync(desk)


def _carry_out(desk: Desk, planned: Planned, tally: _Tally) -> None:
    try:
        news = _act(desk, planned)
    except LeaseLost:
        raise
    except (Held, NotNow, Stopped, InFile) as error:
        news = _hold(desk, planned, error)
    except NewsletterError as error:
        record, issue = planned.record, planned.read.issue if planned.read else None
        due = record.send_at if record else issue.send_at if issue else None
        if isinstance(error, NotConfigured):
            raise
        tally.trouble(error, is_late=due is not None and desk.clock() >= due)
        return
    if news is not None:
        tally.add(news)


def _act(desk: Desk, planned: Planned) -> News | None:
    record = planned.record
    match planned.action:
        case Nothing() | Wait():
            return None
        case HandOver(send_at=send_at):
            done = hand_over(desk, _composed(desk, planned), record, send_at=send_at)
            return _handed_over_news(desk, done, Kind.HANDED_OVER)
        case Reconcile(send_at=send_at):
            return _reconcile(desk, planned, send_at)
        case Update(send_at=send_at):
            done = hand_over(desk, _composed(desk, planned), record, send_at=send_at)
            return _handed_over_news(desk, done, Kind.UPDATED)
        case Withdraw():
            assert record is not None  # noqa: S101  (the table withdraws only what it knows)
            withdraw(desk, record)
            return News(
                kind=Kind.WITHDRAWN,
                slug=planned.slug,
                subject=record.subject or planned.slug,
                at=desk.clock(),
                send_at=record.send_at,
            )
        case Poll():
            assert record is not None  # noqa: S101
            return poll(desk, record)
        case Hold(reason=reason, words=words):
            raise Held(f"{planned.slug} {words}", hint=_late_hint(planned.slug), code=reason)


def _composed(desk: Desk, planned: Planned) -> Composed:
    if planned.read is None:
        raise Held(
            f"The file of {planned.slug} is gone before it could be handed over.",
            hint="Put it back, or leave it: nothing is sent.",
            code=Reason.CHECKS,
        )
    return compose(
        desk.project,
        planned.read,
        now=desk.clock(),
        target=desk.target.kind,
        record=planned.record,
    )


def _reconcile(desk: Desk, planned: Planned, send_at: datetime) -> News | None:
    """An earlier pass ended half way: go on from what the target really holds."""
    record = planned.record
    assert record is not None  # noqa: S101  (only what was begun is reconciled)
    is_late = desk.clock() > send_at + desk.project.policy.grace
    if is_late or planned.read is None:
        found = find_marked(desk, planned.slug, since=record.attempted_at)
        if not found or found[0].status == "draft":
            raise Held(
                f"{planned.slug} was due {send_at:%Y-%m-%d %H:%M} UTC and was not handed over in time.",
                hint=_late_hint(planned.slug),
                code=Reason.LATE,
            )
        state = status_to_state(found[0].status)
        issues.became(
            desk.ledger,
            desk.held_lease,
            planned.slug,
            desk.target.name,
            state,
            now=desk.clock(),
            words=f"found at the target as broadcast {found[0].id}",
            broadcast_id=found[0].id,
            send_at=found[0].send_at or send_at,
        )
        return None
    done = hand_over(desk, _composed(desk, planned), record, send_at=send_at)
    return _handed_over_news(desk, done, Kind.HANDED_OVER)


def _handed_over_news(desk: Desk, done: HandedOver, kind: Kind) -> News | None:
    if done.state is State.SENT:
        kind = Kind.SENT
    return News(
        kind=kind,
        slug=done.slug,
        subject=done.subject,
        at=desk.clock(),
        send_at=done.send_at,
        recipients=done.recipients,
        broadcast_id=done.broadcast_id,
        words="found again at the target" if done.was_found and kind is Kind.HANDED_OVER else "",
    )


def _hold(desk: Desk, planned: Planned, error: NewsletterError) -> News:
    """Record that a person must decide, and make it news this once."""
    now, name = desk.clock(), desk.target.name
    record, read = planned.record, planned.read
    source = read.source.digest(desk.project) if read else None
    issue = read.issue if read else None
    reason = error.error_code if isinstance(error, Held) else Reason.CHECKS
    reason = Reason.REFUSED if error.error_code == "refused-by-target" else reason
    words = f"{reason}: {error.message}"
    if (
        record is not None
        and record.state is State.HANDED_OVER
        and source
        and reason is not Reason.DRIFT
    ):
        # What was handed over before stays; only this version is held back.
        issues.refuse_version(
            desk.ledger, desk.held_lease, planned.slug, name, source=source, words=words, now=now
        )
    else:
        send_at = (issue.send_at if issue else None) or (record.send_at if record else now)
        issues.became(
            desk.ledger,
            desk.held_lease,
            planned.slug,
            name,
            State.HELD,
            now=now,
            words=words,
            path=read.source.path if read else "",
            send_at=send_at,
            reason=words,
            told_at=now,
            source_digest=source,
        )
    return News(
        kind=Kind.HELD,
        slug=planned.slug,
        subject=issue.subject if issue else planned.slug,
        at=now,
        send_at=issue.send_at if issue else None,
        words=error.message if not isinstance(error, InFile) else f"{error.place}: {error.message}",
        hint=error.hint,
        exit_code=error.exit_code,
    )


def _is_armed(read: Read) -> bool:
    """Whether a file that cannot be read looks as if it was meant to go out."""
    return "scheduled" in read.source.text or "scheduled" in (read.source.sidecar_text or "")


def _broken(project: Project, read: Read, record: Record | None, action: Action) -> Action:
    """A scheduled file with a mistake in it is news once, whatever else is planned."""
    known = (record.source_digest, record.refused_digest) if record else ()
    is_over = record is not None and record.state in (State.SENT, State.SENDING)
    if isinstance(action, Poll | Reconcile | Withdraw) or is_over:
        return action
    if read.source.digest(project) in known:
        return action
    assert read.error is not None  # noqa: S101  (that is what broken means)
    return Hold(
        reason=Reason.CHECKS, words=f"cannot be read: {read.error.place}: {read.error.message}"
    )


def _something_is_late(desk: Desk) -> bool:
    now = desk.clock()
    records = issues.all_for(desk.ledger, desk.target.name)
    for planned in plan(desk.project, records, now):
        issue = planned.read.issue if planned.read else None
        if isinstance(planned.action, HandOver | Reconcile) and issue and issue.send_at:
            if issue.send_at <= now:
                return True
    return False


def _late_hint(slug: str) -> str:
    return (
        f"Send it late:  newsletter send {slug}\n"
        f'or give it a new time:  newsletter schedule {slug} --at "tue 9am"'
    )
