"""An issue and its email become findings: one small function a rule."""

from newsletter.check.ignoring import unheard
from newsletter.check.letter import Context, Sent
from newsletter.check.links import Answer
from newsletter.check.model import Finding, Severity
from newsletter.check.rules import RULES, Rule
from newsletter.check.run import (
    check_audience,
    check_issue,
    check_links,
    finding_from,
    has_errors,
    links_of,
    stops,
    words_of,
)

__all__ = [
    "RULES",
    "Answer",
    "Context",
    "Finding",
    "Rule",
    "Sent",
    "Severity",
    "check_audience",
    "check_issue",
    "check_links",
    "finding_from",
    "has_errors",
    "links_of",
    "stops",
    "unheard",
    "words_of",
]
