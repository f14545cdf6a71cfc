"""What the author asked not to be told: `ignore:` in front matter, and comments in the body."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from newsletter.check.model import Finding, Severity
from newsletter.check.rules import RULES
from newsletter.issue.model import Issue

_COMMENT = re.compile(r"<!--\s*ignore:\s*([\w\s,-]*?)\s*-->")
_RULES = frozenset(rule.id for rule in RULES)
_FIRM = frozenset(rule.id for rule in RULES if not rule.ignorable)
_WITHOUT_EFFECT = "ignore-without-effect"


@dataclass(frozen=True, kw_only=True)
class Ignored:
    """The rules an issue silences: everywhere, and on single lines of its file.

    `comments` are the rules that comments name, each with the line of its comment.
    """

    everywhere: Collection[str]
    on_line: Mapping[int, frozenset[str]]
    comments: tuple[tuple[str, int | None], ...]

    def covers(self, finding: Finding) -> bool:
        if finding.rule in _FIRM:
            return False
        on_its_line = self.on_line.get(finding.line, frozenset()) if finding.line else frozenset()
        return finding.rule in self.everywhere or finding.rule in on_its_line

    def without_effect(self, issue: Issue) -> Iterator[Finding]:
        """What the issue asks to be silenced and cannot be."""
        path, line = issue.key_paths.get("ignore", issue.path), issue.key_lines.get("ignore")
        for rule in sorted(issue.ignore):
            yield from unheard(rule, path=path, line=line)
        for rule, at in self.comments:
            yield from unheard(rule, path=issue.path, line=at)


def ignored_by(issue: Issue, project: Iterable[str] = ()) -> Ignored:
    """What `issue` and its project silence. A comment speaks for the next line that is not blank."""
    on_line: dict[int, frozenset[str]] = {}
    comments: list[tuple[str, int | None]] = []
    waiting: frozenset[str] = frozenset()
    for number, text in enumerate(issue.body.split("\n")):
        named = [rule for found in _COMMENT.findall(text) for rule in re.split(r"[\s,]+", found)]
        rules = frozenset(filter(None, named))
        alone = not _COMMENT.sub("", text).strip()
        line = issue.line_of(number)
        comments += [(rule, line) for rule in sorted(rules)]
        if line is not None and not alone:
            on_line[line] = waiting | rules
        waiting = (waiting if alone else frozenset()) | rules
    everywhere = issue.ignore | frozenset(project)
    return Ignored(everywhere=everywhere, on_line=on_line, comments=tuple(comments))


def unheard(rule: str, *, path: str, line: int | None) -> Iterator[Finding]:
    """That `rule` is asked to be ignored at a place and is none, or cannot be ignored."""
    if rule in _RULES and rule not in _FIRM:
        return
    if rule in _FIRM:
        message = f"“{rule}” cannot be ignored: what it finds must not be sent"
        cure = "Take it out; newsletter check --rules  says why"
    else:
        near = difflib.get_close_matches(rule.lower().replace("_", "-"), _RULES, n=1, cutoff=0.6)
        message = f"There is no rule “{rule}” to ignore"
        cure = f"Did you mean {near[0]}?" if near else "newsletter check --rules  lists them all"
    yield Finding(
        rule=_WITHOUT_EFFECT,
        severity=Severity.WARNING,
        message=message,
        path=path,
        line=line,
        cure=cure,
    )
