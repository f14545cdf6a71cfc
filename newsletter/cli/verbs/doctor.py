"""`newsletter doctor`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from newsletter.cli.call import Call, passes_call

if TYPE_CHECKING:
    from newsletter.commands.doctor import Checkup

_COLOUR = {"ok": "green", "warn": "yellow", "fail": "red"}


@click.command("doctor")
@click.option("--offline", is_flag=True, help="Ask nobody.")
@passes_call
def command(call: Call, offline: bool) -> None:
    """Is everything ready, and what to do about it. Changes nothing, sends nothing.

    Exit status 4 when something has to be mended.

    \b
    Example:
      newsletter doctor --target kit
    """
    from newsletter.cli.opening import open_desk, open_project, open_state, target_name
    from newsletter.commands import doctor
    from newsletter.errors import NewsletterError
    from newsletter.ledger import issues

    opened = open_project(call)
    now, kind = opened.clock(), opened.settings.target
    target = target_name(opened.settings)
    ledger = open_state(opened, is_dry=True)
    records = issues.all_for(ledger, target)
    found = list(doctor.examine_project(opened.project, now=now, kind=kind, records=records))
    found += doctor.examine_ledger(ledger, target=target, now=now)
    ledger.close()
    if not offline:
        try:
            with open_desk(call, opened, is_dry=True) as desk:
                found += doctor.examine_account(opened.project, desk.target, clock=desk.clock)
        except NewsletterError as error:
            trouble = doctor.Checkup(
                area=f"Account ({kind})",
                check="key",
                level=doctor.Level.FAIL,
                message=error.message,
                cure=error.hint,
            )
            found.append(trouble)
    fails = sum(f.level is doctor.Level.FAIL for f in found)
    warns = sum(f.level is doctor.Level.WARN for f in found)
    data = {
        "findings": [
            {
                "area": f.area,
                "check": f.check,
                "level": str(f.level),
                "message": f.message,
                "cure": f.cure,
            }
            for f in found
        ],
        "fail": fails,
        "warn": warns,
    }
    tail = f"{fails} to mend, {warns} to consider. Nothing was changed."
    call.answer(data, [*_lines(found), tail], exit_code=4 if fails else 0, is_prose=True)


def _lines(found: Sequence[Checkup]) -> Iterator[str]:
    area = ""
    for one in found:
        if one.area != area:
            area = one.area
            yield click.style(area, bold=True)
        yield f"  {click.style(f'{one.level:<5}', fg=_COLOUR[one.level])} {one.message}"
        if one.cure:
            yield from (f"        → {line.strip()}" for line in one.cure.splitlines())
