"""`newsletter check`."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.call import Call, passes_call
from newsletter.cli.completing import complete_issues
from newsletter.cli.strictness import strict_option

if TYPE_CHECKING:
    from newsletter.broadcast.model import Record
    from newsletter.check import Finding
    from newsletter.cli.opening import Opened
    from newsletter.commands.compose import Composed


@click.command("check")
@click.argument("issues", nargs=-1, metavar="[ISSUE]...", shell_complete=complete_issues)
@strict_option
@click.option("--links", "asks_links", is_flag=True, help="Ask the linked pages if they are there.")
@click.option("--rules", "shows_rules", is_flag=True, help="List the rules and why they are there.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "github"]),
    default="text",
    help="github: notes at the lines of a pull request.",
)
@passes_call
def command(
    call: Call,
    issues: tuple[str, ...],
    strict: bool,
    asks_links: bool,
    shows_rules: bool,
    form: str,
) -> None:
    """What a careful editor would notice. Asks no network, but for --links.

    Without ISSUE: every draft and scheduled issue. ISSUE is a path, a slug, or a piece of one.
    Exit status 3 when something stands against sending. -v shows small matters, too.

    \b
    Examples:
      newsletter check
      newsletter check walking --strict
      newsletter check --links
      newsletter check --format github          (in a workflow of GitHub Actions)
    """
    if shows_rules:
        _rules(call)
        return
    opened, all_composed = _composed(call, issues, strict=strict)
    if asks_links:
        from newsletter.commands.links import with_links

        call.talk("asking the linked pages")
        all_composed = with_links(opened.project, all_composed)
    settings = _in_settings(opened)
    errors = sum(c.errors for c in all_composed)
    warnings = sum(c.warnings for c in all_composed) + len(settings)
    is_strict = strict or opened.project.strict
    stops = errors or (is_strict and warnings)
    call.answer(
        _data(all_composed, settings, errors, warnings),
        _lines(call, opened, all_composed, settings, form=form, is_strict=is_strict),
        exit_code=3 if stops else 0,
        is_prose=form == "text",
    )


def _composed(
    call: Call, issues: Sequence[str], *, strict: bool
) -> tuple[Opened, tuple[Composed, ...]]:
    from newsletter.cli.opening import open_project, open_state, target_name
    from newsletter.commands.check import check
    from newsletter.commands.naming import find
    from newsletter.ledger import issues as ledger_issues
    from newsletter.ledger import tags

    opened = open_project(call, is_needed=not issues)
    project = dataclasses.replace(opened.project, strict=strict or opened.project.strict)
    reads = [find(project, word) for word in issues]
    records: dict[str, Record] = {}
    known: tuple[str, ...] = ()
    if opened.settings.ledger_url is not None or (opened.state / "state.db").is_file():
        ledger = open_state(opened)
        records = ledger_issues.all_for(ledger, target_name(opened.settings))
        known = tags.known(ledger, target_name(opened.settings))
        ledger.close()
    target = opened.settings.target
    found = check(project, reads, now=opened.clock(), target=target, records=records, tags=known)
    return opened, found


def _in_settings(opened: Opened) -> list[Finding]:
    """What `[check] ignore` asks for in vain."""
    from newsletter.check import unheard

    text = opened.project.own_files().get("newsletter.toml", "")
    return [
        finding
        for rule in sorted(opened.project.ignore)
        for finding in unheard(rule, path="newsletter.toml", line=_line_with(text, rule))
    ]


def _line_with(text: str, rule: str) -> int | None:
    at = min((at for mark in "\"'" if (at := text.find(f"{mark}{rule}{mark}")) >= 0), default=-1)
    return text.count("\n", 0, at) + 1 if at >= 0 else None


def _lines(
    call: Call,
    opened: Opened,
    all_composed: Sequence[Composed],
    settings: Sequence[Finding],
    *,
    form: str,
    is_strict: bool,
) -> list[str]:
    from newsletter.cli.findings import block, finding_lines, summary

    with_info = call.verbose > 0
    if form == "github":
        from newsletter.cli.annotations import annotation_lines

        findings = [*settings, *(f for c in all_composed for f in c.findings)]
        workspace = Path(os.environ.get("GITHUB_WORKSPACE") or Path.cwd()).resolve()
        root = opened.root.resolve()
        return [*annotation_lines(findings, root=root, workspace=workspace, with_info=with_info)]
    lines = [*block("newsletter.toml", settings)] if settings else []
    lines += [line for c in all_composed for line in finding_lines(c, with_info=with_info)]
    if not all_composed:
        return [*lines, "Nothing to check: no drafts."]
    return [*lines, summary(all_composed, strict=is_strict, more_warnings=len(settings))]


def _data(
    all_composed: Sequence[Composed], settings: Sequence[Finding], errors: int, warnings: int
) -> dict[str, object]:
    from newsletter.cli.findings import finding_data

    return {
        "issues": [
            {"path": c.read.source.path, "findings": [finding_data(f) for f in c.findings]}
            for c in all_composed
        ],
        "settings": [finding_data(f) for f in settings],
        "errors": errors,
        "warnings": warnings,
    }


def _rules(call: Call) -> None:
    from newsletter.check.rules import RULES, how_to_ignore

    width = max(len(rule.id) for rule in RULES)
    lines = [
        f"{rule.severity:<8} {rule.id:<{width}}  {rule.reason}{'' if rule.ignorable else ' (firm)'}"
        for rule in RULES
    ]
    data = [
        {"rule": r.id, "level": str(r.severity), "reason": r.reason, "ignorable": r.ignorable}
        for r in RULES
    ]
    call.answer(data, [*lines, "", *how_to_ignore()], is_prose=True)
