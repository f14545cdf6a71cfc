"""Characters that pasted text brings along and an email should not carry.

No-break spaces keep lines from wrapping, invisible marks break words and links,
and a single control character makes Gmail clip a message
(https://github.com/hteumeuleu/email-bugs/issues/41).
"""

from __future__ import annotations

import re
import unicodedata

SPACES = "a no-break space became a space"
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
# ZWJ, ZWNJ and the direction marks stay: emoji, Persian and Hebrew need them.
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_ODD_BREAKS = re.compile("[\x0b\x0c\x1c-\x1e\u2028\u2029]")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def split_lines(text: str) -> list[str]:
    """The lines of a file, whatever its line ends; a leading byte-order mark is left out."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")


def without_controls(line: str) -> tuple[str, tuple[str, ...]]:
    """`line` without control characters, and what was done in words.

    U+0080 to U+009F are what Windows-1252 quotes and dashes look like after a wrong
    decoding; they become what was meant.
    """
    done: list[str] = []
    if _ODD_BREAKS.search(line):
        line = _ODD_BREAKS.sub(" ", line)
        done.append("an odd line break became a space")
    if _CONTROL.search(line):
        line = _CONTROL.sub(lambda match: _meant(match[0]), line)
        done.append("a control character was taken out")
    if _LONE_SURROGATE.search(line):
        line = _LONE_SURROGATE.sub("", line)
        done.append("half a character was taken out")
    return line, tuple(done)


def cleaned(line: str) -> tuple[str, tuple[str, ...]]:
    """A line of pasted text with plain spaces and nothing invisible, and what was done.

    Blanks at the end go without a word. Idempotent.
    """
    line, done = without_controls(line.replace("\t", "    "))
    if _SPACES.search(line):
        line = _SPACES.sub(" ", line)
        done = (*done, SPACES)
    if _INVISIBLE.search(line):
        line = _INVISIBLE.sub("", line)
        done = (*done, "an invisible character was taken out")
    return line.rstrip(), done


def _meant(char: str) -> str:
    try:
        meant = char.encode("latin-1").decode("cp1252")
    except UnicodeDecodeError:
        return ""
    return "" if unicodedata.category(meant) == "Cc" else meant
