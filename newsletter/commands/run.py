"""One pass of the pipeline: do what is due. The same for cron, daemon and `--dry-run`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from newsletter.broadcast.model import Nothing, Poll, Wait
from newsletter.commands.desk import Desk, working
from newsletter.commands.letters import Read, Source, read_sources
from newsletter.commands.outcome import News, Pass, Synced, exit_code_of
from newsletter.commands.plan import Planned, plan, something_is_late, upcoming
from newsletter.commands.rebuild import rebuild
from newsletter.commands.sweep import sweep
from newsletter.commands.sync import sync
from newsletter.commands.target import account_of
from newsletter.errors import NewsletterError, NotConfigured, TryLater
from newsletter.ledger import issues, runs
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
        sources = read_sources(held.project)
        try:
            synced = _pass(held, sources, tally, is_syncing=is_syncing)
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
                held.project,
                issues.all_for(held.ledger, held.target.name),
                held.clock(),
                sources=sources,
            ),
            exit_code=code,
        )


def _pass(
    desk: Desk, sources: Sequence[Source | Read], tally: _Tally, *, is_syncing: bool
) -> Synced | None:
    account = account_of(desk.target)
    runs.recognise(
        desk.ledger, desk.target.name, account=account.id, title=account.title, now=desk.clock()
    )
    rebuild(desk)
    for planned in _planned(desk, sources):
        if not isinstance(planned.action, Poll):
            _carry_out(desk, planned, tally)
    if desk.target.deliver is not None:
        desk.stage("deliver")
        desk.target.deliver(desk.clock())
    for planned in _planned(desk, sources):
        if isinstance(planned.action, Poll):
            _carry_out(desk, planned, tally)
    sweep(desk)
    if not is_syncing:
        return None
    desk.stage("sync")
    desk.renew()
    return sync(desk)


def _planned(desk: Desk, sources: Sequence[Source | Read]) -> list[Planned]:
    records = issues.all_for(desk.ledger, desk.target.name)
    return plan(desk.project, records, desk.clock(), sources=sources)


def _carry_out(desk: Desk, planned: Planned, tally: _Tally) -> None:
    if isinstance(planned.action, Nothing | Wait):
        return
    # With the renderer and the checks; most passes of a day find nothing to do.
    from newsletter.commands.acting import carry_out  # noqa: PLC0415

    try:
        news = carry_out(desk, planned)
    except (LeaseLost, NotConfigured):
        raise
    except NewsletterError as error:
        record, issue = planned.record, planned.read.issue if planned.read else None
        due = record.send_at if record else issue.send_at if issue else None
        # A letter whose pictures cannot be uploaded wants somebody to look while there is time.
        early = desk.project.policy.lead / 2 if error.error_code == "upload-failed" else timedelta()
        tally.trouble(error, is_late=due is not None and desk.clock() >= due - early)
        return
    if news is not None:
        tally.add(news)
