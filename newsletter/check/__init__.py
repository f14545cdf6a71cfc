"""An issue and its email become findings: one small function a rule."""

from newsletter.check.letter import Context, Sent
from newsletter.check.model import Finding, Severity
from newsletter.check.rules import RULES, Rule
from newsletter.check.run import check_audience, check_issue, finding_from, has_errors, stops

__all__ = [
    "RULES",
    "Context",
    "Finding",
    "Rule",
    "Sent",
    "Severity",
    "check_audience",
    "check_issue",
    "finding_from",
    "has_errors",
    "stops",
]
