"""Findings as GitHub's workflow commands, which it shows at the lines of a pull request.

The form is GitHub's (docs, "Workflow commands for GitHub Actions"): in the message `%`, CR
and LF are escaped, in a property `:` and `,` as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from newsletter.check.model import Finding, Severity

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_IN_MESSAGE = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_IN_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def annotation_lines(
    findings: Sequence[Finding], *, root: Path, workspace: Path, with_info: bool = False
) -> Iterator[str]:
    """A line a finding; files are named from `workspace`, the checkout that GitHub shows."""
    for finding in dict.fromkeys(findings):  # the look's are every letter's
        if finding.severity is Severity.INFO and not with_info:
            continue
        properties: dict[str, object] = {
            "file": _from_workspace(finding.path, root, workspace),
            "line": finding.line,
            "col": finding.column,
            "title": finding.rule,
        }
        shown = ",".join(
            f"{name}={str(value).translate(_IN_PROPERTY)}"
            for name, value in properties.items()
            if value is not None
        )
        message = f"{finding.message}\n{finding.cure}" if finding.cure else finding.message
        yield f"::{_COMMANDS[finding.severity]} {shown}::{message.translate(_IN_MESSAGE)}"


def _from_workspace(path: str, root: Path, workspace: Path) -> str:
    file = root / path
    if file.is_relative_to(workspace):
        return file.relative_to(workspace).as_posix()
    return path
