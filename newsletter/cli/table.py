"""Plain tables: they fit 80 columns on a terminal and lose nothing in a pipe."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence

import click

GAP = "  "


def table(rows: Sequence[Sequence[str]], *, head: Sequence[str], shrink: int) -> list[str]:
    """Lines of aligned columns; on a narrow terminal column `shrink` is cut with an ellipsis."""
    everything = [list(head), *(list(row) for row in rows)]
    widths = [max(len(row[i]) for row in everything) for i in range(len(head))]
    if sys.stdout.isatty():
        room = shutil.get_terminal_size().columns - sum(widths) - len(GAP) * (len(head) - 1)
        widths[shrink] = max(12, widths[shrink] + min(0, room))
    lines = [_line(row, widths) for row in everything]
    lines[0] = click.style(lines[0], dim=True)
    return lines


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [
        cell if len(cell) <= width else cell[: width - 1] + "…"
        for cell, width in zip(row, widths, strict=True)
    ]
    return GAP.join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
