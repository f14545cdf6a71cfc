"""All rules over one letter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice

from newsletter.check.ignoring import ignored_by
from newsletter.check.letter import Context, Hit, Letter
from newsletter.check.links import Answer, link_broken, web_links
from newsletter.check.model import Finding, Severity
from newsletter.check.readers import audience_jump
from newsletter.check.rules import RULES, Rule
from newsletter.errors import InFile
from newsletter.issue.model import Issue
from newsletter.render.model import Email

_MOST = 100  # of one rule in one letter: more than anybody mends at a time
# Where pages lead is asked without knowing for whom, or when.
_NOBODY = Context(now=datetime.min.replace(tzinfo=UTC), target="kit", address_configured=True)
_ORDER = (Severity.ERROR, Severity.WARNING, Severity.INFO)


def check_issue(issue: Issue, email: Email, *, context: Context) -> tuple[Finding, ...]:
    """What a careful editor would notice: errors first, then by line.

    What the author asked not to be told is left out, but for the rules that cannot be
    silenced.
    """
    ignored = ignored_by(issue, context.ignore)
    letter = Letter(issue=issue, email=email, context=context)
    found = [*_remarks(issue), *ignored.without_effect(issue), *_hits(letter)]
    kept = dict.fromkeys(finding for finding in found if not ignored.covers(finding))
    return tuple(sorted(kept, key=_rank))


def check_audience(
    issue: Issue, *, readers: int | None, last: int | None, ignore: Iterable[str] = ()
) -> tuple[Finding, ...]:
    """What the number of readers tells, once it is known; `last` is that of the issue before.

    `ignore` are rules that the project silences.
    """
    return _kept("audience-jump", audience_jump(readers, last), issue, ignore)


def links_of(issue: Issue, email: Email) -> tuple[str, ...]:
    """The web pages that a letter links to, each once."""
    return tuple(web_links(Letter(issue=issue, email=email, context=_NOBODY)))


def check_links(
    issue: Issue, email: Email, answers: Mapping[str, Answer], *, ignore: Iterable[str] = ()
) -> tuple[Finding, ...]:
    """What the pages told that a letter links to; `answers` are those that are not well."""
    letter = Letter(issue=issue, email=email, context=_NOBODY)
    return _kept("link-broken", link_broken(letter, answers), issue, ignore)


def _kept(
    rule_id: str, hits: Iterable[Hit], issue: Issue, ignore: Iterable[str]
) -> tuple[Finding, ...]:
    rule = next(rule for rule in RULES if rule.id == rule_id)
    ignored = ignored_by(issue, ignore)
    found = (found_by(rule, hit, issue) for hit in hits)
    return tuple(finding for finding in found if not ignored.covers(finding))


def finding_from(error: InFile) -> Finding:
    """The mistake that kept an email from being made, as a finding."""
    return Finding(
        rule=error.rule,
        severity=Severity.ERROR,
        message=error.message,
        path=error.file,
        line=error.line,
        column=error.column,
        cure=error.hint,
    )


def has_errors(findings: Iterable[Finding]) -> bool:
    return any(finding.severity is Severity.ERROR for finding in findings)


def stops(findings: Iterable[Finding], strict: bool) -> bool:
    """Whether an issue with these findings may not be sent; warnings count under `strict`."""
    stopping = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    return any(finding.severity in stopping for finding in findings)


def _remarks(issue: Issue) -> Iterator[Finding]:
    for remark in issue.remarks:
        yield Finding(
            rule=remark.rule,
            severity=Severity(remark.severity),
            message=remark.message,
            path=issue.path,
            line=remark.line,
            column=remark.column,
            cure=remark.cure,
        )


def _hits(letter: Letter) -> Iterator[Finding]:
    for rule in RULES:
        for hit in islice(rule.find(letter), _MOST) if rule.find else ():
            yield found_by(rule, hit, letter.issue)


def found_by(rule: Rule, hit: Hit, issue: Issue) -> Finding:
    """What a rule noticed about an issue, with the file and line where it stands."""
    own = issue.key_paths.get(hit.key or "", issue.path)
    return Finding(
        rule=rule.id,
        severity=hit.severity or rule.severity,
        message=hit.message,
        path=hit.path or own,
        line=issue.key_lines.get(hit.key) if hit.key else hit.line,
        column=hit.column,
        cure=hit.cure,
    )


def _rank(finding: Finding) -> tuple[int, int, int, str]:
    order = _ORDER.index(finding.severity)
    return order, finding.line or 0, finding.column or 0, finding.rule


def words_of(issue: Issue, email: Email) -> int:
    """How many words a reader reads of the letter itself, without the look around it."""
    return Letter(issue=issue, email=email, context=_NOBODY).words
