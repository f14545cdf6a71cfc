"""`schedule`, `send`: the wish goes into the file, and to the target when its time is near."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import takewhile

from newsletter.broadcast.model import Record, State
from newsletter.commands.audience import insist_on_audience
from newsletter.commands.compose import Composed, Stopped, compose, issue_before
from newsletter.commands.desk import Desk, working
from newsletter.commands.handover import HandedOver, Settling, hand_over
from newsletter.commands.letters import Read, read_all
from newsletter.commands.poll import poll
from newsletter.commands.project import Project
from newsletter.commands.rebuild import rebuild
from newsletter.commands.recipients import Recipients, resolve
from newsletter.commands.target import account_of
from newsletter.commands.wish import read_time, save, wished, written_time
from newsletter.errors import InvalidIssue, NewsletterError, NotNow, TryLater, WrongUsage
from newsletter.issue.model import Issue, Status
from newsletter.issue.time import NotATime, next_slot, parse_when
from newsletter.ledger import issues, runs
from newsletter.ledger.tags import known as known_tags


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What is about to happen, for a person to agree to. Times are UTC."""

    issue: Issue
    composed: Composed
    recipients: Recipients
    send_at: datetime
    hands_over_at: datetime
    account: str
    is_now: bool


@dataclass(frozen=True, kw_only=True)
class Scheduled:
    """What became of it. `state` is `scheduled` until the target has it."""

    proposal: Proposal
    state: str
    changed: bool
    broadcast_id: int | None = None
    sent_to: int | None = None
    settles_at: datetime | None = None
    trouble: NewsletterError | None = None


# Somebody who takes longer to answer must not lose the time to change her mind.
PATIENCE = timedelta(seconds=30)

Confirm = Callable[[Proposal], bool]


class Declined(NotNow):
    """The person said no; nothing was changed."""

    code = "declined"


def schedule(
    desk: Desk,
    read: Read,
    *,
    when: str | None,
    subject: str | None,
    confirm: Confirm,
    is_dry: bool = False,
) -> Scheduled:
    """Schedule one issue for `when`, its own `send_at`, or the next free slot.

    Within the lead it is handed over at once; before that `run` does it. Raises
    Stopped when findings stand against it, Declined when `confirm` says no.
    """
    issue = read.require()
    send_at = _time_for(desk.project, read, issue, when, now=desk.clock())
    return _propose_and_do(
        desk, read, send_at=send_at, subject=subject, confirm=confirm, is_dry=is_dry, is_now=False
    )


def send(
    desk: Desk,
    read: Read,
    *,
    undo: timedelta,
    subject: str | None,
    confirm: Confirm,
    is_dry: bool = False,
) -> Scheduled:
    """Send one issue `undo` from now: until then it can be taken back.

    With an undo of zero the target sends at once. Raises as `schedule` does.
    """
    read.require()
    now = desk.clock().replace(microsecond=0)
    send_at = now if not undo else _full_minute(now + undo)
    return _propose_and_do(
        desk, read, send_at=send_at, subject=subject, confirm=confirm, is_dry=is_dry, is_now=True
    )


def _propose_and_do(
    desk: Desk,
    read: Read,
    *,
    send_at: datetime,
    subject: str | None,
    confirm: Confirm,
    is_dry: bool,
    is_now: bool,
) -> Scheduled:
    account = account_of(desk.target)
    if not is_dry:
        with working(desk) as held:
            runs.recognise(
                held.ledger,
                held.target.name,
                account=account.id,
                title=account.title,
                now=held.clock(),
            )
            rebuild(held)
    record = issues.get(desk.ledger, read.slug, desk.target.name)
    after = wished(desk.project, read, status=Status.SCHEDULED, send_at=send_at, subject=subject)
    issue = after.require()
    records = issues.all_for(desk.ledger, desk.target.name)
    previous = issue_before(records, read.slug, send_at)
    composed = compose(
        desk.project,
        after,
        now=desk.clock(),
        target=desk.target.kind,
        record=record,
        previous=previous,
        tags=known_tags(desk.ledger, desk.target.name),
        is_being_scheduled=not is_now,
    )
    if composed.stands_against(desk.project):
        raise Stopped(_as_it_stands(composed, read))
    standing = read.require()
    recipients = resolve(desk.target, standing)
    if recipients.count == 0:
        raise InvalidIssue(
            f"nobody would get it: {recipients.words} holds no active reader",
            file=issue.path,
            line=standing.key_lines.get("audience"),
            rule="audience-empty",
            hint="newsletter subscribers list  shows who is there.",
        )
    composed = composed.for_readers(desk.project, recipients.count, previous)
    if composed.stands_against(desk.project):
        raise Stopped(_as_it_stands(composed, read))
    insist_on_audience(desk, issue, recipients, record, agreed=recipients.count)
    proposal = Proposal(
        issue=issue,
        composed=composed,
        recipients=recipients,
        send_at=send_at,
        hands_over_at=send_at - desk.project.policy.lead,
        account=account.title,
        is_now=is_now,
    )
    if _is_unchanged(desk, read, after, record, send_at):
        state = record.state if record else "scheduled"
        return Scheduled(
            proposal=proposal,
            state=state,
            changed=False,
            broadcast_id=record.broadcast_id if record else None,
        )
    if is_dry:
        return Scheduled(proposal=proposal, state="dry-run", changed=False)
    asked_at = desk.clock()
    if not confirm(proposal):
        raise Declined("Nothing was changed.")
    waited = desk.clock() - asked_at
    if waited > PATIENCE and desk.clock() >= send_at - PATIENCE:
        raise NotNow(
            "The time came while the question stood; nothing was changed.",
            hint="Give the command again.",
            code="too-slow",
        )
    with working(desk) as held:
        save(read, after)
        # What the target holds already must hear of a new time, however far off it is.
        is_there = record is not None and record.state in (
            State.FROZEN,
            State.DRAFTED,
            State.HANDED_OVER,
        )
        if not is_there and held.clock() < proposal.hands_over_at:
            _agree(held, proposal)
            return Scheduled(proposal=proposal, state="scheduled", changed=True)
        return _hand_over_now(held, composed, proposal)


def _agree(desk: Desk, proposal: Proposal) -> None:
    """Keep the number of readers that a person has seen: `run` compares with it later."""
    known = issues.get(desk.ledger, proposal.issue.slug, desk.target.name)
    if known is not None and known.broadcast_id is not None:
        return
    issues.became(
        desk.ledger,
        desk.held_lease,
        proposal.issue.slug,
        desk.target.name,
        State.PLANNED,
        now=desk.clock(),
        words=f"planned for {proposal.recipients.count} readers",
        path=proposal.issue.path,
        send_at=proposal.send_at,
        recipients=proposal.recipients.count,
        reason=None,
    )


def _as_it_stands(composed: Composed, read: Read) -> Composed:
    """The findings with the lines of the file on disk: the wish, which moves them, is not written."""
    old, new = read.source.text.split("\n"), composed.read.source.text.split("\n")
    pairs = zip(old, new, strict=False)
    same, moved = (
        sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs)),
        len(new) - len(old),
    )
    findings = tuple(
        replace(finding, line=max(1, finding.line - moved))
        if finding.path == read.source.path and finding.line and finding.line > same
        else finding
        for finding in composed.findings
    )
    return replace(composed, findings=findings)


def _hand_over_now(desk: Desk, composed: Composed, proposal: Proposal) -> Scheduled:
    slug = proposal.issue.slug
    record = issues.get(desk.ledger, slug, desk.target.name)
    try:
        done = hand_over(
            desk,
            composed,
            record,
            send_at=proposal.send_at,
            agreed=proposal.recipients.count,
            by_a_person=True,
        )
        if isinstance(done, Settling):
            return Scheduled(
                proposal=proposal,
                state=State.DRAFTED,
                changed=True,
                broadcast_id=done.broadcast_id,
                settles_at=done.until,
            )
        sent_to = _delivered(desk, done)
    except TryLater as error:
        return Scheduled(proposal=proposal, state="scheduled", changed=True, trouble=error)
    record = issues.get(desk.ledger, slug, desk.target.name)
    return Scheduled(
        proposal=proposal,
        state=record.state if record else done.state,
        changed=True,
        broadcast_id=done.broadcast_id,
        sent_to=sent_to,
    )


def _delivered(desk: Desk, done: HandedOver) -> int | None:
    """Let the embedded server send what is due now; gives how many got this issue."""
    if desk.target.deliver is None or done.send_at > desk.clock():
        return None
    desk.target.deliver(desk.clock())
    record = issues.get(desk.ledger, done.slug, desk.target.name)
    if record is None or record.state is State.SENT:
        return record.recipients if record else None
    news = poll(desk, record)
    return news.recipients if news else None


def _is_unchanged(
    desk: Desk, before: Read, after: Read, record: Record | None, send_at: datetime
) -> bool:
    """Whether the file says just this already and the target, where it is time, knows it."""
    is_written = (after.source.text, after.source.sidecar_text) == (
        before.source.text,
        before.source.sidecar_text,
    )
    if not is_written:
        return False
    if record is not None and record.state is State.HANDED_OVER:
        return record.send_at == send_at and record.source_digest == after.source.digest(
            desk.project
        )
    is_waiting = record is None or record.state is State.PLANNED
    return is_waiting and desk.clock() < send_at - desk.project.policy.lead


def _time_for(
    project: Project, read: Read, issue: Issue, when: str | None, *, now: datetime
) -> datetime:
    if when is not None:
        try:
            resolved = parse_when(when, now=now, zone=issue.timezone, slot=project.slot)
        except NotATime as error:
            near = " or ".join(f'--at "{s}"' for s in error.suggestions)
            raise WrongUsage(
                f"--at: {error.reason}.",
                hint=f"Perhaps: {near}"
                if near
                else f'newsletter schedule {read.slug} --at "tue 9am"',
                code="send-at-invalid",
            ) from error
        return read_time(written_time(resolved.instant, issue.timezone), issue.timezone)
    if issue.send_at is not None:
        if issue.send_at <= now:
            raise InvalidIssue(
                "send_at is in the past",
                file=issue.path,
                line=issue.key_lines.get("send_at"),
                rule="send-at-invalid",
                key="send_at",
                hint=f'newsletter schedule {read.slug} --at "tue 9am"   or now:  newsletter send {read.slug}',
            )
        return issue.send_at
    if project.slot is None:
        raise WrongUsage(
            "When? Neither --at nor send_at nor a slot says so.",
            hint=f'newsletter schedule {read.slug} --at "tue 9am"   or put  slot = "Tue 09:00"  under [schedule].',
            code="send-at-missing",
        )
    return next_slot(project.slot, after=now, zone=project.timezone, taken=taken_times(project))


def taken_times(project: Project) -> set[datetime]:
    """The times that scheduled issues of the project have."""
    all_issues = (read.issue for read in read_all(project))
    return {
        issue.send_at
        for issue in all_issues
        if issue is not None and issue.status is Status.SCHEDULED and issue.send_at is not None
    }


def _full_minute(instant: datetime) -> datetime:
    floor = instant.replace(second=0, microsecond=0)
    return floor if floor == instant else floor + timedelta(minutes=1)
