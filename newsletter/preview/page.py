"""The values of the page: one letter, looked at in one way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from urllib.parse import quote

from newsletter import liquid
from newsletter.broadcast.model import Record, State
from newsletter.check import words_of
from newsletter.check.model import Finding
from newsletter.check.rules import RULES
from newsletter.commands.letters import Read
from newsletter.fetch import Look
from newsletter.preview import tables
from newsletter.preview.acts import Notice
from newsletter.preview.frame import Personal, personal
from newsletter.preview.persons import MADE_UP, Person, person, real_readers
from newsletter.preview.reach import Reach
from newsletter.preview.results import Results
from newsletter.preview.view import View
from newsletter.preview.workshop import Shown, Workshop, counted
from newsletter.words import distance, full_time, plural, short_time

CLIPPED = 102_000  # bytes of source after which Gmail cuts a message off
WARNED = 80_000
_RULES = {rule.id: rule for rule in RULES}
_FILTER_FROM = 15
_WIDE = 112  # characters that one line of a desk's inbox shows of subject and preview
_PHONE = (38, 84)  # and a phone's: of the subject, of the preview


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A line above the letter that says where it is on its way."""

    kind: str
    words: str
    commands: tuple[str, ...] = ()
    can_take_back: bool = False
    can_copy: bool = False


@dataclass(frozen=True, kw_only=True)
class Told:
    """One finding with its reason and the way to silence it."""

    finding: Finding
    reason: str
    silence: str
    is_here: bool


@dataclass(frozen=True, kw_only=True)
class SourceLine:
    """One line of the letter's file, with what was found on it."""

    number: int
    text: str
    findings: tuple[Finding, ...]


def seen_by(workshop: Workshop, shown: Shown, who: Person) -> Personal | None:
    """The letter in the words for one reader; None where there is nothing to look at."""
    if shown.good is None:
        return None
    return personal(
        shown.good.email, who.reader, links_for(workshop, who), now=workshop.doors.clock()
    )


def links_for(workshop: Workshop, who: Person) -> liquid.Links:
    """Where this reader's links lead in the preview: to a page that does nothing."""
    nothing = f"/preview/nothing?as={quote(who.key)}"
    return liquid.Links(
        unsubscribe_url=nothing,
        preferences_url=f"{nothing}&what=preferences",
        address=workshop.project.look.newsletter.address,
    )


def frame_around(workshop: Workshop) -> dict[str, Any]:
    """What every page says: whose letters these are, where they go, what there is."""
    situation = workshop.situation
    entries = workshop.entries()
    groups = [(name, list(some)) for name, some in groupby(entries, key=lambda each: each.group)]
    return {
        "name": situation.project.name,
        "label": situation.label,
        "is_real": situation.is_real,
        "has_project": situation.alone is None,
        "outbox": situation.outbox,
        "groups": groups,
        "has_filter": len(entries) >= _FILTER_FROM,
        "version": workshop.version,
        "short": lambda at: short_time(at, situation.zone),
    }


def letter_page(
    workshop: Workshop,
    shown: Shown,
    view: View,
    *,
    reach: Reach,
    results: Results | None,
    looks: Mapping[str, Look],
    notice: Notice | None,
) -> dict[str, Any]:
    """Everything that the page of one letter shows."""
    situation, now = workshop.situation, workshop.doors.clock()
    who = person(workshop.doors.ledger, situation.target, view.person)
    email = seen_by(workshop, shown, who)
    good = shown.good
    errors, warnings = counted(shown.findings)
    words = words_of(good.issue, good.email) if good else 0
    return {
        **frame_around(workshop),
        "shown": shown,
        "slug": shown.slug,
        "view": view,
        "who": who,
        "email": email,
        "issue": good.issue if good else None,
        "good_at": f"{good.at.astimezone(situation.zone):%H:%M:%S}" if good else None,
        "subject": email.subject if email else shown.slug,
        "inbox": inbox(email, workshop) if email else None,
        "made_up": MADE_UP,
        "real": real_readers(workshop.doors.ledger, situation.target),
        "frame": f"/issues/{quote(shown.slug)}/frame?{view.frame_query(shown.saves)}",
        "errors": errors,
        "warnings": warnings,
        "told": [_told(finding, shown) for finding in shown.findings],
        "bar": bar_of(shown, workshop, now),
        "source": source_lines(shown.read, shown.findings) if view.side == "source" else (),
        "headers": tables.headers(
            situation.project,
            email,
            kind=situation.kind,
            to=f"{who.reader.first_name or ''} <{who.reader.email_address}>".strip(),
            leave_url=situation.leave_url,
        )
        if email
        else (),
        "links": tables.links(good.email, good.issue) if good else (),
        "pictures": tables.pictures(good.email, good.issue) if good else (),
        "size": len(email.html.encode("utf-8", "replace")) if email else 0,
        "clipped": CLIPPED,
        "warned": WARNED,
        "words": words,
        "minutes": tables.minutes(words),
        "reach": reach,
        "reach_age": distance(now, reach.as_of) if reach.as_of else None,
        "trouble_at": f"{reach.trouble_at.astimezone(situation.zone):%H:%M}"
        if reach.trouble_at
        else None,
        "results": results,
        "results_age": distance(now, results.as_of) if results else None,
        "looks": looks,
        "notice": notice,
        "can_act": workshop.doors.desk is not None,
        "kind": situation.kind,
    }


def inbox(email: Personal, workshop: Workshop) -> dict[str, Any]:
    """The letter as a list of mail shows it, cut as inboxes cut; without a preview text the
    first words of the body leak in."""
    sender = workshop.project.look.newsletter.sender_name or "–"
    preview = " ".join(email.preview_text.split())
    is_leaked = not preview
    if is_leaked:
        preview = " ".join(email.text.split())
    left = _WIDE - len(email.subject) - 3
    wide = {"subject": _cut(email.subject, _WIDE), "preview": _cut(preview, left)}
    phone = {"subject": _cut(email.subject, _PHONE[0]), "preview": _cut(preview, _PHONE[1])}
    return {"sender": sender, "wide": wide, "narrow": phone, "leaked": is_leaked}


def _cut(text: str, most: int) -> str:
    if most < 4:
        return ""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def largest(workshop: Workshop, shown: Shown, *, most: int = 20) -> tuple[int, str]:
    """The bytes of the largest version among the first readers and the made-up ones, and whose."""
    if shown.good is None:
        return 0, ""
    people = (*MADE_UP, *real_readers(workshop.doors.ledger, workshop.situation.target, most=most))
    sizes = []
    for who in people:
        email = seen_by(workshop, shown, who)
        sizes.append((len(email.html.encode("utf-8", "replace")) if email else 0, who.label))
    return max(sizes)


def source_lines(read: Read, findings: Sequence[Finding]) -> tuple[SourceLine, ...]:
    """The letter's file, line by line."""
    by_line: dict[int, list[Finding]] = {}
    for finding in findings:
        if finding.line is not None and finding.path == read.source.path:
            by_line.setdefault(finding.line, []).append(finding)
    return tuple(
        SourceLine(number=number, text=text, findings=tuple(by_line.get(number, ())))
        for number, text in enumerate(read.source.text.split("\n"), 1)
    )


def bar_of(shown: Shown, workshop: Workshop, now: datetime) -> Bar | None:
    """Where the letter is on its way, if it is."""
    record, zone = shown.record, workshop.situation.zone
    target = "the local server" if workshop.situation.kind == "local" else "Kit"
    issue = shown.read.issue
    if record is not None and record.state in (State.HELD, State.FAILED):
        return Bar(
            kind="held",
            words=f"Held: {record.reason or 'a person must decide'}. Nothing was sent.",
            commands=(
                f"newsletter send {shown.slug}",
                f'newsletter schedule {shown.slug} --at "tue 9am"',
            ),
            can_take_back=True,
        )
    if record is not None and record.state is State.SENT:
        return Bar(kind="sent", words=_sent_words(record, zone), can_copy=True)
    if record is not None and record.state is State.SENDING:
        return Bar(kind="sent", words=f"{target.capitalize()} is sending it now.")
    if record is not None and record.state in (State.HANDED_OVER, State.DRAFTED, State.FROZEN):
        since = record.handed_over_at or record.attempted_at
        began = f" since {short_time(since, zone)}" if since else ""
        when = f"{full_time(record.send_at, zone)}, {distance(now, record.send_at)}"
        return Bar(
            kind="out",
            words=f"With {target}{began}. Goes out {when}. "
            "Edits are passed on until it begins to send.",
            can_take_back=True,
        )
    if issue is not None and str(issue.status) == "scheduled" and issue.send_at is not None:
        handed = issue.send_at - workshop.project.policy.lead
        when = f"{full_time(issue.send_at, zone)}, {distance(now, issue.send_at)}"
        how = f"`newsletter run` hands it over after {short_time(handed, zone)}."
        return Bar(kind="out", words=f"Goes out {when}. {how}", can_take_back=True)
    return None


def _sent_words(record: Record, zone: Any) -> str:
    when = short_time(record.sent_at or record.send_at, zone)
    to = "" if record.recipients is None else f" to {plural(record.recipients, 'reader')}"
    return f"Sent {when}{to}. What is sent stays as it is; edits here reach nobody."


def _told(finding: Finding, shown: Shown) -> Told:
    rule = _RULES.get(finding.rule)
    silence = ""
    if rule is None or rule.ignorable:
        silence = f"ignore: [{finding.rule}]"
    return Told(
        finding=finding,
        reason=rule.reason if rule else "",
        silence=silence,
        is_here=finding.path == shown.read.source.path,
    )
