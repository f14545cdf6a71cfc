"""What is about to happen, shown for a person to agree to; and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from newsletter.cli.call import Call
from newsletter.cli.findings import finding_lines, first_finding_lines
from newsletter.commands.compose import Stopped, count
from newsletter.commands.schedule import Proposal, Scheduled
from newsletter.words import distance, full_time, plural, rfc3339, short_time


def asker(
    call: Call, *, is_real: bool, yes: bool, now: Callable[[], datetime]
) -> Callable[[Proposal], bool]:
    """The question before an issue is scheduled or sent, by the danger of it.

    Nothing is asked where no mail is real; scheduling is a yes or no, for it can be undone;
    sending now wants the number of readers typed.
    """

    def confirm(proposal: Proposal) -> bool:
        zone = ZoneInfo(proposal.issue.timezone)
        tell_proposal(call, proposal, now(), zone)
        if not is_real or yes:
            return True
        if proposal.is_now:
            number = str(
                proposal.recipients.count if proposal.recipients.count is not None else "send"
            )
            return call.confirm(f"Type {number} to send, or Enter to stop", expected=number)
        about = f"about {_people(proposal)}"
        return call.confirm(
            f"On {short_time(proposal.send_at, zone)} this goes to {about}. Schedule it?"
        )

    return confirm


def tell_proposal(call: Call, proposal: Proposal, now: datetime, zone: ZoneInfo) -> None:
    """What is about to happen, and the warnings that do not stand against it."""
    call.talk(*proposal_lines(proposal, now, zone))
    call.talk(*first_finding_lines(proposal.composed))


def proposal_lines(proposal: Proposal, now: datetime, zone: ZoneInfo) -> Iterator[str]:
    """Issue, subject, readers and time, a line each."""
    issue, composed = proposal.issue, proposal.composed
    found = f"{count(composed.errors, 'error')}, {count(composed.warnings, 'warning')}"
    yield f"issue    {issue.path}     checks: {found}"
    yield f"subject  {issue.subject}{'   (guessed)' if issue.subject_guessed else ''}"
    if issue.preview_text:
        yield f"preview  {_cut(issue.preview_text)}"
    yield f"to       {proposal.recipients.words}: {_people(proposal)} (the list at send time counts)"
    yield f"when     {full_time(proposal.send_at, zone)}, {distance(now, proposal.send_at)}"


def scheduled_lines(done: Scheduled, *, is_local: bool, now: datetime) -> Iterator[str]:
    """What became of it, and how to take it back."""
    proposal = done.proposal
    zone = ZoneInfo(proposal.issue.timezone)
    when = f"{full_time(proposal.send_at, zone)}, {distance(now, proposal.send_at)}"
    slug = proposal.issue.slug
    if done.state == "dry-run":
        verb = "would be sent" if proposal.is_now else "would be scheduled"
        yield f"{slug} {verb}: {when}, to {_people(proposal)}. Nothing was changed."
        return
    if done.sent_to is not None:
        yield f"Sent: {proposal.issue.subject}, {plural(done.sent_to, 'reader')}."
        return
    if not done.changed:
        yield f"Already scheduled: {when}. Nothing was changed."
        return
    yield f"Scheduled: {when}, to {_people(proposal)}."
    if done.settles_at is not None:
        yield (
            f"This machine is new to the account: the draft is there (broadcast {done.broadcast_id}), and\n"
            f"`newsletter run` sets its time after {short_time(done.settles_at, zone)}."
        )
    elif done.trouble is not None:
        yield f"It is not handed over yet: {done.trouble.message} `newsletter run` does it."
    elif done.broadcast_id is not None:
        yield f"Handed over as broadcast {done.broadcast_id}."
    else:
        yield f"`newsletter run` hands it over after {short_time(proposal.hands_over_at, zone)}."
    if is_local:
        yield "On the local target somebody has to be there then: `newsletter run` from cron, or `newsletter serve`."
    elif done.broadcast_id is not None and done.settles_at is None:
        yield "From now on it goes out even if this computer is off."
    yield f"Change of mind: newsletter unschedule {slug}"


def scheduled_data(done: Scheduled) -> dict[str, object]:
    """The same as JSON."""
    proposal = done.proposal
    zone = ZoneInfo(proposal.issue.timezone)
    return {
        "issue": proposal.issue.slug,
        "state": done.state,
        "send_at": rfc3339(proposal.send_at),
        "send_at_local": proposal.send_at.astimezone(zone).isoformat(timespec="seconds"),
        "timezone": proposal.issue.timezone,
        "recipients": done.sent_to if done.sent_to is not None else proposal.recipients.count,
        "broadcast_id": done.broadcast_id,
        "changed": done.changed,
    }


def show_findings(call: Call, stopped: Stopped) -> None:
    """The findings that stand against sending, before the error that says so."""
    call.talk(*finding_lines(stopped.composed))


def _cut(text: str) -> str:
    """One line of the terminal's 80 columns, as an inbox would cut it."""
    return text if len(text) <= 70 else f"{text[:69]}…"


def _people(proposal: Proposal) -> str:
    number = proposal.recipients.count
    return "an unknown number of readers" if number is None else plural(number, "active subscriber")
