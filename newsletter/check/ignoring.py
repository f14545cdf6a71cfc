"""What the author asked not to be told: `ignore:` in front matter, and comments in the body."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from newsletter.check.model import Finding
from newsletter.check.rules import RULES
from newsletter.issue.model import Issue

_COMMENT = re.compile(r"<!--\s*ignore:\s*([\w\s,-]*?)\s*-->")
_FIRM = frozenset(rule.id for rule in RULES if not rule.ignorable)


@dataclass(frozen=True, kw_only=True)
class Ignored:
    """The rules an issue silences: everywhere, and on single lines of its file."""

    everywhere: Collection[str]
    on_line: dict[int, frozenset[str]]

    def covers(self, finding: Finding) -> bool:
        if finding.rule in _FIRM:
            return False
        on_its_line = self.on_line.get(finding.line, frozenset()) if finding.line else frozenset()
        return finding.rule in self.everywhere or finding.rule in on_its_line


def ignored_by(issue: Issue) -> Ignored:
    """What `issue` silences. A comment speaks for the next line that is not blank."""
    on_line: dict[int, frozenset[str]] = {}
    waiting: frozenset[str] = frozenset()
    for number, text in enumerate(issue.body.split("\n")):
        rules = frozenset(
            rule for found in _COMMENT.findall(text) for rule in re.split(r"[\s,]+", found)
        )
        alone = not _COMMENT.sub("", text).strip()
        line = issue.line_of(number)
        if line is not None and not alone:
            on_line[line] = waiting | rules
        waiting = (waiting if alone else frozenset()) | rules
    return Ignored(everywhere=issue.ignore, on_line=on_line)
