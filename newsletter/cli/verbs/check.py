"""`newsletter check`."""

from __future__ import annotations

import dataclasses

import click

from newsletter.cli.call import Call, passes_call


@click.command("check")
@click.argument("issues", nargs=-1, metavar="[ISSUE]...")
@click.option("--strict", is_flag=True, help="Warnings count as errors.")
@click.option("--rules", "shows_rules", is_flag=True, help="List the rules and why they are there.")
@passes_call
def command(call: Call, issues: tuple[str, ...], strict: bool, shows_rules: bool) -> None:
    """What a careful editor would notice. Asks no network.

    Without ISSUE: every draft and scheduled issue. ISSUE is a path, a slug, or a piece of one.
    Exit status 3 when something stands against sending.

    \b
    Examples:
      newsletter check
      newsletter check walking --strict
    """
    from newsletter.cli.findings import finding_data, finding_lines, summary
    from newsletter.cli.opening import open_project, open_state, target_name
    from newsletter.commands.check import check
    from newsletter.commands.project import find
    from newsletter.ledger import issues as ledger_issues

    if shows_rules:
        _rules(call)
        return
    opened = open_project(call, is_needed=not issues)
    project = dataclasses.replace(opened.project, strict=strict or opened.project.strict)
    reads = [find(project, word) for word in issues]
    records = {}
    if (opened.state / "state.db").is_file():
        ledger = open_state(opened)
        records = ledger_issues.all_for(ledger, target_name(opened.settings))
        ledger.close()
    all_composed = check(
        project, reads, now=opened.clock(), target=opened.settings.target, records=records
    )
    lines = [line for c in all_composed for line in finding_lines(c, with_info=call.verbose > 0)]
    lines.append(
        summary(all_composed, strict=project.strict)
        if all_composed
        else "Nothing to check: no drafts."
    )
    errors = sum(c.errors for c in all_composed)
    warnings = sum(c.warnings for c in all_composed)
    data = {
        "issues": [
            {"path": c.read.source.path, "findings": [finding_data(f) for f in c.findings]}
            for c in all_composed
        ],
        "errors": errors,
        "warnings": warnings,
    }
    stops = errors or (project.strict and warnings)
    call.answer(data, lines, exit_code=3 if stops else 0, is_prose=True)


def _rules(call: Call) -> None:
    from newsletter.check.rules import RULES

    width = max(len(rule.id) for rule in RULES)
    lines = [f"{rule.severity:<8} {rule.id:<{width}}  {rule.reason}" for rule in RULES]
    data = [{"rule": r.id, "level": str(r.severity), "reason": r.reason} for r in RULES]
    call.answer(data, lines, is_prose=True)
