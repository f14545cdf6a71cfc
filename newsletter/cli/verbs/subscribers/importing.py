"""`newsletter subscribers import`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.call import Call, passes_call

if TYPE_CHECKING:
    from datetime import timedelta

    from newsletter.commands.desk import Desk
    from newsletter.commands.readers.importing import Applied, Counted, Import

_SHOWN = 20


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--map",
    "maps",
    multiple=True,
    metavar="COLUMN=FIELD",
    help="What a column holds: email_address, first_name, state, fields.KEY, or -.",
)
@click.option("-n", "--dry-run", is_flag=True, help="Count only; change nothing.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.option("--confirmed", is_flag=True, help="They all agreed to get letters.")
@click.option("--reason", metavar="TEXT", help="When and how they agreed; kept as the proof.")
@passes_call
def import_file(
    call: Call,
    file: Path,
    maps: tuple[str, ...],
    dry_run: bool,
    yes: bool,
    confirmed: bool,
    reason: str | None,
) -> None:
    """Put the readers of a CSV file on the list. Counts first, then asks.

    Nobody who left, bounced, complained or was erased comes back by it. Without --confirmed
    they are inactive and get nothing until they confirm. An import that was interrupted can
    simply be run again.

    \b
    Examples:
      newsletter subscribers import old-list.csv --dry-run
      newsletter subscribers import old-list.csv --map "E-mail=email_address"
      newsletter subscribers import fair.csv --confirmed --reason "the fair"
    """
    from newsletter.cli.opening import open_desk, open_project
    from newsletter.cli.verbs.subscribers.progress import Progress
    from newsletter.commands.readers import importing
    from newsletter.errors import NotNow, WrongUsage

    if reason is not None and not confirmed:
        raise WrongUsage("--reason goes with --confirmed.", hint="Add --confirmed.")
    proof = (reason or f"imported from {file.name} as confirmed") if confirmed else None
    mapping = dict(_split(words) for words in maps)
    opened = open_project(call)
    with (
        open_desk(call, opened, is_dry=dry_run) as desk,
        importing.read(file, mapping) as plan,
    ):
        importing.compare(desk, plan, is_dry=dry_run)
        counted = plan.counted()
        if plan.table.remark:
            call.warn("encoding-guessed", plan.table.remark)
        lines = list(_counted_lines(call, plan, counted))
        if dry_run:
            lines.append(_age(desk))
        if dry_run or not counted.new:
            lines.append("Nothing was changed." if dry_run else "There is nobody to import.")
            call.answer(_data(plan, counted, None), lines)
            return
        call.talk(*lines)
        _say_duration(call, importing.expected(counted.new, is_real=desk.target.is_real))
        if not yes and not call.confirm(_question(counted.new, confirmed=confirmed)):
            raise NotNow("Nothing was changed.", code="declined")
        with Progress(call, counted.new) as progress:
            applied = importing.apply(desk, plan, reason=proof, tick=progress.tick)
        for words in applied.warnings:
            call.warn("target-warning", words)
        if applied.trouble is not None:
            call.talk(f"error: {applied.trouble.message}", fg="red")
            call.talk(f"  → {applied.trouble.hint}")
        call.answer(
            _data(plan, counted, applied),
            _applied_lines(applied, counted),
            exit_code=applied.trouble.exit_code if applied.trouble else 0,
        )


def _split(words: str) -> tuple[str, str]:
    from newsletter.errors import WrongUsage

    column, is_there, name = words.rpartition("=")
    if not is_there or not column.strip():
        raise WrongUsage(
            f"--map: “{words}” does not say which column holds which field.",
            hint='--map "E-mail address=email_address"',
        )
    return column.strip(), name.strip()


def _counted_lines(call: Call, plan: Import, counted: Counted) -> Iterator[str]:
    from newsletter.commands.readers import importing
    from newsletter.words import plural, state_word

    parts = [f"{counted.new} new", f"{counted.known} already here"]
    parts += [
        f"{n} {state_word(state)} (left out)" for state, n in sorted(counted.left_out.items())
    ]
    if counted.doubles:
        parts.append(f"{counted.doubles} twice in the file")
    parts.append(f"{counted.unusable} unusable")
    yield f"{plural(counted.rows, 'row')}: {', '.join(parts)}"
    shown = [] if call.as_json else plan.unusable(_SHOWN)
    for row in shown:
        value = f" {row.value}" if row.value else ""
        yield f"  unusable  line {row.line}{value}: {row.why}"
    if any(row.why.endswith(importing.STATE_UNKNOWN) for row in shown):
        yield "  States that are known: active, subscribed, confirmed, unsubscribed, bounced, …"
        yield "  If that column is about something else:  --map COLUMN=-"
    if counted.unusable > len(shown) and not call.as_json:
        yield f"  and {counted.unusable - len(shown)} more (--json names them all)"


def _age(desk: Desk) -> str:
    from newsletter.ledger import readers
    from newsletter.words import distance

    as_of = readers.synced_at(desk.ledger, desk.target.name)
    if as_of is None:
        return "Who is there already is not known yet: newsletter run  asks the target."
    return f"Who is there already: as of {distance(desk.clock(), as_of)}."


def _say_duration(call: Call, takes: timedelta) -> None:
    from newsletter.words import duration

    if takes:
        call.talk(
            f"This takes {duration(takes)} at least: an API key may make 120 calls a minute, one "
            "for each reader (Kit's bulk import needs OAuth)."
        )


def _question(number: int, *, confirmed: bool) -> str:
    if confirmed:
        return f"Import {number} as confirmed? They will get the next issue."
    return f"Import {number} as not confirmed? They get nothing until they confirm."


def _applied_lines(applied: Applied, counted: Counted) -> Iterator[str]:
    from newsletter.words import plural

    yield f"Imported {plural(applied.written, 'reader')}."
    if applied.left_out:
        yield f"{applied.left_out} more had left in the meantime and were left out."
    if applied.refused:
        yield f"The target refused {applied.refused} of them (--json names them)."
    missing = counted.new - applied.written - applied.left_out - applied.refused
    if missing:
        yield f"{missing} are still to come: run the same command again, it goes on from there."


def _data(plan: Import, counted: Counted, applied: Applied | None) -> dict[str, object]:
    left_out = dict(counted.left_out)
    trouble = applied.trouble if applied else None
    return {
        "rows": counted.rows,
        "new": counted.new,
        "known": counted.known,
        "doubles": counted.doubles,
        "skipped_unsubscribed": left_out.get("cancelled", 0),
        "left_out": left_out,
        "unusable": [vars(row) for row in plan.unusable()],
        "columns": {name: plan.table.header[at] for name, at in plan.table.columns.items()}
        if plan.table.has_header
        else {},
        "encoding": plan.table.encoding,
        "applied": applied.written if applied else 0,
        "refused": applied.refused if applied else 0,
        "trouble": {"code": trouble.error_code, "message": trouble.message, "hint": trouble.hint}
        if trouble
        else None,
    }
