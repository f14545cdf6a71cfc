"""Findings on the terminal, and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import click

from newsletter.check.model import Finding, Severity
from newsletter.commands.compose import Composed, count

_COLOUR = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
_MOST = 5  # on the way to something else


def finding_lines(composed: Composed, *, with_info: bool = False) -> Iterator[str]:
    """The issue's path, then a line a finding with its cure below it."""
    shown = [f for f in composed.findings if with_info or f.severity is not Severity.INFO]
    yield from block(composed.read.source.path, shown)


def block(path: str, shown: Sequence[Finding]) -> Iterator[str]:
    """A file's path, then a line a finding with its cure below it."""
    yield click.style(path, bold=True)
    if not shown:
        yield f"  {click.style('ok', fg='green')}"
    yield from _lines(shown, path)


def first_finding_lines(composed: Composed) -> Iterator[str]:
    """The first findings without the path, and where the rest is told."""
    shown = [f for f in composed.findings if f.severity is not Severity.INFO]
    yield from _lines(shown[:_MOST], composed.read.source.path)
    if len(shown) > _MOST:
        yield f"  and {len(shown) - _MOST} more: newsletter check {composed.read.slug}"


def _lines(shown: Sequence[Finding], path: str) -> Iterator[str]:
    width = max((len(f.rule) for f in shown), default=0)
    for finding in shown:
        word = click.style(f"{finding.severity:<8}", fg=_COLOUR[finding.severity])
        # A mistake in the look stands in another file than the letter.
        elsewhere = "" if finding.path == path else f"{finding.path}:"
        place = f"{elsewhere}{finding.place}".removesuffix(":-")
        yield f"  {word} {place:<6} {finding.rule:<{width}}  {finding.message}"
        if finding.cure:
            yield from (f"{'':17}→ {line}" for line in finding.cure.splitlines())


def summary(all_composed: Iterable[Composed], *, strict: bool, more_warnings: int = 0) -> str:
    """`1 error, 2 warnings. Not ready to send.`; `more_warnings` are those about settings."""
    chosen = list(all_composed)
    errors = sum(c.errors for c in chosen)
    warnings = sum(c.warnings for c in chosen) + more_warnings
    ready = not errors and not (strict and warnings)
    verdict = "Ready to send." if ready else "Not ready to send."
    return f"{count(errors, 'error')}, {count(warnings, 'warning')}. {verdict}"


def finding_data(finding: Finding) -> dict[str, Any]:
    """A finding as JSON has it."""
    return {
        "rule": finding.rule,
        "level": str(finding.severity),
        "file": finding.path,
        "line": finding.line,
        "column": finding.column,
        "message": finding.message,
        "cure": finding.cure,
    }
