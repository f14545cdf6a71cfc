"""Long lines on a terminal: broken at spaces, with a hanging indent. A pipe gets them whole."""

from __future__ import annotations

import re
import shutil
from typing import TextIO

import click

# What a line hangs from: an arrow, or the columns before its last one.
_HEAD = re.compile(r"\s*(?:→ |(?:\S+(?: \S+)? {2,}){1,3})?")
_NARROWEST = 40


def wrapped(line: str, stream: TextIO) -> str:
    """`line`, which may hold colours, as `stream` shows it best.

    Words, and so paths and addresses, are never broken; a command to copy stays on one line.
    """
    if not stream.isatty():
        return line
    width = max(_NARROWEST, shutil.get_terminal_size().columns)
    return "\n".join(_broken(part, width) for part in line.split("\n"))


def _broken(line: str, width: int) -> str:
    plain = click.unstyle(line)
    if len(plain) <= width or plain.lstrip(" →").startswith("newsletter "):
        return line
    head = _HEAD.match(plain)
    hang = head.end() if head else 0
    leading = len(plain) - len(plain.lstrip())
    indent = " " * (hang if leading < hang <= width // 2 else leading + 2)
    rows, row, length = [], "", 0
    # textwrap would count the codes of colours as letters.
    for piece in re.findall(r" *[^ ]+", line):
        more = len(click.unstyle(piece))
        if row and length + more > width and length > len(indent):
            rows.append(row)
            row, length = indent + piece.lstrip(), len(indent) + len(click.unstyle(piece.lstrip()))
        else:
            row, length = row + piece, length + more
    return "\n".join([*rows, row])
