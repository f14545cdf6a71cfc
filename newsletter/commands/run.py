"""One pass of the pipeline: do what is due. The same for cron, daemon and `--dry-run`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from newsletter.broadcast.model import (
    HandOver,
    Hold,
    Nothing,
    Poll,
    Reason,
    Reconcile,
    State,
    Update,
    Verify,
    Wait,
    Withdraw,
)
from newsletter.commands.compose import Composed, Stopped, compose, issue_before
from newsletter.commands.desk import Desk, working
from newsletter.commands.handover import HandedOver, Settling, hand_over
from newsletter.commands.holding import hold, late_hint
from newsletter.commands.marks import find_marked, status_to_state
from newsletter.commands.outcome import Kind, News, Pass, Synced, exit_code_of
from newsletter.commands.plan import Planned, plan, something_is_late, upcoming
from newsletter.commands.poll import poll
from newsletter.commands.rebuild import rebuild
from newsletter.commands.sweep import sweep
from newsletter.commands.sync import sync
from newsletter.commands.target import account_of
from newsletter.commands.verify import verify
from newsletter.commands.withdraw import withdraw
from newsletter.errors import Held, InFile, NewsletterError, NotConfigured, NotNow, TryLater
from newsletter.ledger import issues, runs, tags
from newsletter.ledger.leases import LeaseLost


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
            tally.trouble(
                error,
                is_late=something_is_late(
                    held.project, issues.all_for(held.ledger, held.target.name), held.clock()
                ),
            )
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


def _pass(desk: Desk, tally: _Tally, *, is_syncing: bool) -> Synced | None:
    account = account_of(desk.target)
    runs.recognise(
        desk.ledger, desk.target.name, account=account.id, title=account.title, now=desk.clock()
    )
    rebuild(desk)
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
    sweep(desk)
    if not is_syncing:
        return None
    desk.stage("sync")
    desk.renew()
    return sync(desk)


def _carry_out(desk: Desk, planned: Planned, tally: _Tally) -> None:
    try:
        news = _act(desk, planned)
    except LeaseLost:
        raise
    except (Held, NotNow, Stopped, InFile) as error:
        news = hold(desk, planned, error)
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
        case Verify():
            assert record is not None  # noqa: S101  (the table verifies what it has handed over)
            return verify(desk, record)
        case Reconcile(send_at=send_at):
            return _reconcile(desk, planned, send_at)
        case Update(send_at=send_at):
            done = hand_over(desk, _composed(desk, planned), record, send_at=send_at)
            return _handed_over_news(desk, done, Kind.UPDATED)
        case Withdraw():
            assert record is not None  # noqa: S101  (the table withdraws only what it knows)
            was_armed = withdraw(desk, record)
            if record.state is State.CANCELLED and not was_armed:
                return None
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
            raise Held(f"{planned.slug} {words}", hint=late_hint(planned.slug), code=reason)


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
        previous=issue_before(
            issues.all_for(desk.ledger, desk.target.name),
            planned.slug,
            planned.read.issue.send_at if planned.read.issue else None,
        ),
        tags=tags.known(desk.ledger, desk.target.name),
    )


def _reconcile(desk: Desk, planned: Planned, send_at: datetime) -> News | None:
    """An earlier pass ended half way: go on from what the target really holds."""
    record = planned.record
    assert record is not None  # noqa: S101  (only what was begun is reconciled)
    is_late = desk.clock() > send_at + desk.project.policy.grace
    if is_late or planned.read is None:
        found = find_marked(desk, planned.slug, since=record.attempted_at)
        if not found or found[0].status == "draft":
            if not is_late:
                _composed(desk, planned)  # says that its file is gone
            raise Held(
                f"{planned.slug} was due {send_at:%Y-%m-%d %H:%M} UTC and was not handed over in time.",
                hint=late_hint(planned.slug),
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


def _handed_over_news(desk: Desk, done: HandedOver | Settling, kind: Kind) -> News | None:
    if isinstance(done, Settling):
        return None
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
