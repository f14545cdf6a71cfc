"""`subscribers export`: the mirror as CSV with Kit's column names, in constant memory."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TextIO

from newsletter.audience.model import State, Subscriber

COLUMNS = ("id", "email_address", "first_name", "state", "created_at", "canceled_at")
# What a spreadsheet would take as the beginning of a formula (OWASP, CSV injection).
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def export(people: Iterable[Subscriber], out: TextIO) -> int:
    """Write `people` to `out`, which must not translate line ends; gives how many there were.

    RFC 4180: comma, CRLF, quotes where needed. A cell that would be a formula begins with
    an apostrophe, which the import takes off again.
    """
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    number = 0
    for person in people:
        number += 1
        left_at = person.changed_at if person.state is State.CANCELLED else None
        cells = (
            str(person.id),
            person.email_address,
            person.first_name or "",
            person.state.value,
            _written(person.created_at),
            _written(left_at),
        )
        writer.writerow([escaped(cell) for cell in cells])
    return number


def escaped(cell: str) -> str:
    """`cell` as a spreadsheet shows it, and never runs it."""
    return f"'{cell}" if _is_formula(cell) else cell


def unescaped(cell: str) -> str:
    """What `escaped` made of a cell, taken back."""
    return cell[1:] if cell.startswith("'") and _is_formula(cell) else cell


def _is_formula(cell: str) -> bool:
    # With apostrophes before it too: or one that stands there would be lost on the way back.
    return cell.lstrip("'").startswith(_FORMULAS)


def _written(at: datetime | None) -> str:
    return "" if at is None else f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
