"""What went wrong in a block of YAML, in words an author understands.

The YAML library says where it stumbled; the cause is mostly an earlier or the same
line. Each accident that people have with front matter is looked for by its looks,
and the sentence comes with the line as it should be.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_SETTING = re.compile(r"(?P<indent>[ ]*)(?P<key>[\w.-]+)\s*:(?:\s+(?P<value>.*))?")
_CURLY = "“”„‟«»"


@dataclass(frozen=True, kw_only=True)
class Accident:
    """What is wrong on which line (0-based, of the block), and how it should look."""

    line: int
    message: str
    hint: str
    key: str | None = None


def explain(lines: Sequence[str], at: int) -> Accident:
    """The accident that made YAML stop at line `at` (0-based) of a block."""
    at = min(max(at, 0), len(lines) - 1)
    for number in (at, *reversed(range(at))):
        for look in _LOOKS:
            found = look(lines, number)
            if found is not None:
                return found
    return Accident(
        line=at,
        message="this line is not a setting of the form “key: value”",
        hint="put the value in double quotes, or take the line out",
    )


def quoted(value: str) -> str:
    """`value` as YAML reads it back: in double quotes."""
    return json.dumps(shortened(value), ensure_ascii=False)


def shortened(value: str) -> str:
    """A value of at most 100 characters, for a message."""
    return value if len(value) <= 100 else value[:99] + "…"


def _tab(lines: Sequence[str], at: int) -> Accident | None:
    line = lines[at]
    indent = line[: len(line) - len(line.lstrip())]
    if "\t" not in indent:
        return None
    return Accident(
        line=at,
        message="a tab stands before the first word; YAML is indented with spaces",
        hint="write: " + "  " * bool(at) + line.strip(),
    )


def _no_space(lines: Sequence[str], at: int) -> Accident | None:
    match = re.fullmatch(r"\s*([A-Za-z][\w-]*):([^\s:/].*)", lines[at])
    if match is None or re.search(r":\s", lines[at]):
        return None
    return Accident(
        line=at,
        key=match[1],
        message=f"there is no space after “{match[1]}:”",
        hint=f"write: {match[1]}: {match[2].rstrip()}",
    )


def _quotes(lines: Sequence[str], at: int) -> Accident | None:
    key, value = _setting(lines[at])
    if not value or value[0] not in "\"'":
        return None
    mark = value[0]
    inner, closed, rest = _quoted_parts(value)
    if closed and (not rest or rest.startswith("#")):
        return _backslash(at, key, value) if mark == '"' else None
    ends_well = len(value) > 1 and value.endswith(mark)
    words = value[1:-1] if ends_well else value[1:]
    if not closed:
        message = f"the quotes that open the {key} are never closed"
    elif mark == "'" and re.match(r"\w", rest):
        message = f"an apostrophe inside single quotes ends the {key} after “{inner}”"
    elif ends_well:
        message = f"there are quotes inside the quotes of the {key}"
    else:
        message, words = f"words follow the closing quote of the {key}", value
    return Accident(line=at, key=key, message=message, hint=f"write: {_line(key, words)}")


def _backslash(at: int, key: str, value: str) -> Accident | None:
    odd = re.search(r'\\(?![0abtnvfre "/\\N_LPxuU\t])', value)
    if odd is None:
        return None
    words = value[1:].rsplit('"', 1)[0]
    return Accident(
        line=at,
        key=key,
        message=f"a backslash inside double quotes means a special character in the {key}",
        hint=f"double it: {_line(key, words)}",
    )


def _curly_quotes(lines: Sequence[str], at: int) -> Accident | None:
    key, value = _setting(lines[at])
    if value[:1] not in tuple(_CURLY) or not re.search(r":(?:\s|$)", value):
        return None
    return Accident(
        line=at,
        key=key,
        message=f"the {key} has curly quotes, which YAML takes for letters, and a colon",
        hint=f"use straight ones: {_line(key, value.strip(_CURLY))}",
    )


def _bare_colour(lines: Sequence[str], at: int) -> Accident | None:
    key, value = _setting(lines[at])
    colour = r"(?<=[:,\s])(#[0-9A-Fa-f]{3,8})\b"
    if value[:1] not in ("{", "[") or not re.search(colour, value):
        return None
    return Accident(
        line=at,
        key=key,
        message="a colour without quotes: YAML takes # for the start of a comment",
        hint=f"write: {key}: " + re.sub(colour, r'"\1"', value),
    )


def _special_start(lines: Sequence[str], at: int) -> Accident | None:
    key, value = _setting(lines[at])
    starts = value[:1] in tuple("@`%&*!|>{}[],") or value[:2] in ("- ", "? ", "-", "?")
    if not value or not starts or not key:
        return None
    if (value[0] in "{[" and _looks_closed(value)) or re.fullmatch(
        r"[|>][+-]?\d?\s*(?:#.*)?", value
    ):
        return None
    return Accident(
        line=at,
        key=key,
        message=f"the {key} begins with {value[0]}, which means something to YAML",
        hint=f"put it in quotes: {_line(key, value)}",
    )


def _colon(lines: Sequence[str], at: int) -> Accident | None:
    key, value = _setting(lines[at])
    if not key or value[:1] in tuple("\"'#{[") or not re.search(r":(?:\s|$)", value):
        return None
    return Accident(
        line=at,
        key=key,
        message=f"the {key} has a colon in it and no quotes",
        hint=f"put it in quotes: {_line(key, value)}",
    )


def _indented(lines: Sequence[str], at: int) -> Accident | None:
    match = _SETTING.fullmatch(lines[at])
    before = next((line for line in reversed(lines[:at]) if line.strip()), "")
    if match is None or not match["indent"] or not _setting(before)[1]:
        return None
    return Accident(
        line=at,
        key=match["key"],
        message=f"“{match['key']}” is indented, so YAML takes it for a part of the line before",
        hint=f"start it at the left edge: {lines[at].strip()}",
    )


def _prose(lines: Sequence[str], at: int) -> Accident | None:
    if not _is_prose(lines[at]):
        return None
    first = at
    while first and _is_prose(lines[first - 1]):
        first -= 1
    if first and not lines[first - 1].strip():
        return Accident(
            line=first,
            message="the letter seems to begin here, but the settings above are not closed",
            hint="put a line of three hyphens (---) before it",
        )
    start = "a line that begins with %" if lines[at].startswith("%") else "this line"
    return Accident(
        line=at,
        message=f"{start} is not a setting of the form “key: value”",
        hint="write it as “key: value”, or start it with # to make it a comment",
    )


def _is_prose(line: str) -> bool:
    return bool(line.strip()) and line[0] not in " \t#-]}" and not re.match(r"[^\s:]+\s*:", line)


_LOOKS: tuple[Callable[[Sequence[str], int], Accident | None], ...] = (
    _tab,
    _no_space,
    _quotes,
    _curly_quotes,
    _bare_colour,
    _special_start,
    _colon,
    _indented,
    _prose,
)


def _setting(line: str) -> tuple[str, str]:
    """Key and value of a `key: value` line; two empty strings for any other."""
    match = _SETTING.fullmatch(line)
    return (match["key"], (match["value"] or "").strip()) if match else ("", "")


def _line(key: str, value: str) -> str:
    words = value.replace("''", "'")
    return f"{key}: {quoted(words)}" if key else quoted(words)


def _quoted_parts(value: str) -> tuple[str, bool, str]:
    """What stands inside the quotes, whether they close, and what follows them."""
    pattern = r"'((?:[^']|'')*)('?)" if value[0] == "'" else r'"((?:[^"\\]|\\.)*)("?)'
    match = re.match(pattern, value)
    if match is None or not match[2]:
        return value[1:], False, ""
    return match[1], True, value[match.end() :].strip()


def _looks_closed(value: str) -> bool:
    bare = re.sub(r"\s#.*$", "", value).rstrip()
    return not bare.startswith("{{") and bare.endswith("}" if value[0] == "{" else "]")
