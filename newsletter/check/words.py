"""Rules about the letter's words: what was left for later, and what belongs on a web page."""

from __future__ import annotations

import re
from collections.abc import Iterator

from newsletter.check.letter import LIQUID, Hit, Letter

_PLACEHOLDERS = re.compile(
    r"\b(?:TK(?:TK)*|TODO|TBD|FIXME|XXX)\b"
    r"|(?i:\blorem\s+ipsum\b)"
    r"|\\?\[(?i:insert)\b[^\]\n]*\](?!\()"
    r"|\bexample\.com\b"
)
_LEFTOVERS = re.compile(
    r"\bin the comments(?: below)?\b|\bleave (?:me |us )?a comment\b|\bcomment below\b"
    r"|\bshare this (?:post|article|page)\b|\bpin (?:it|this)(?: on pinterest)?\b|\btweet this\b"
    r"|\bin the sidebar\b|\bread more »|\brelated posts\b|\bthis (?:blog )?post first appeared\b"
    r"|\bthe post .{1,80} appeared first on\b|\bclick (?:here )?to (?:tweet|share|play)\b"
    r"|\bjump to recipe\b|\bprint this (?:page|post)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+(?:[’'-][^\W\d_]+)*")
_MARKUP = re.compile(r"\]\([^)]*\)|<[^>\n]*>|\{[^}\n]*\}|https?://\S+")
_FEW = 50


def placeholder_left(letter: Letter) -> Iterator[Hit]:
    for key, text, line in letter.envelope:
        for found in _PLACEHOLDERS.finditer(text):
            yield _placeholder(found, f" ({key})", line, None)
    for found in _PLACEHOLDERS.finditer(letter.body):
        yield _placeholder(found, "", *letter.place(found.start()))


def _placeholder(found: re.Match[str], where: str, line: int | None, column: int | None) -> Hit:
    return Hit(
        message=f"“{found.group().lstrip(chr(92))}” was left to be filled in{where}",
        cure="Replace it, or write `<!-- ignore: placeholder-left -->` on the line before",
        line=line,
        column=column,
    )


def web_leftover(letter: Letter) -> Iterator[Hit]:
    for found in _LEFTOVERS.finditer(letter.body):
        line, column = letter.place(found.start())
        yield Hit(
            message=f"“{found.group()}” belongs on a web page: an email has no such thing",
            cure="Leave it out, or ask readers to reply",
            line=line,
            column=column,
        )


def very_short(letter: Letter) -> Iterator[Hit]:
    words = len(_WORD.findall(_MARKUP.sub(" ", LIQUID.sub(" ", letter.body))))
    if words < _FEW:
        yield Hit(
            message=f"The letter has {words} word{'s' * (words != 1)}; under {_FEW} it looks empty",
            cure="Write more, or ignore this if short is what you want",
        )
