"""Where Liquid tags stand in a text, and which of them are not whole.

This look at the text comes before python-liquid's: its messages can say where an
unclosed tag began, it reads each character once, and what passes it is safe to
give to the library's backtracking expressions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MAX_TAG = 1_000  # characters; the library's work on a tag grows with the square of its length
ERROR = "liquid-error"
CURLY = "liquid-curly-quotes"

_OPENING = re.compile(r"\{\{|\{%")
_NAME = re.compile(r"-?\s*(\w+)")
_VERBATIM = {"raw": "endraw", "doc": "enddoc", "comment": "endcomment"}
_BLOCKS = frozenset({"if", "unless", "case", "for", "tablerow", "capture", "ifchanged"})
_STRINGS = re.compile(r"\"[^\"]*\"|'[^']*'")
_CURLY = re.compile("[“”„‟«»‘’‚‛]")
_DOUBLE_PAIR = re.compile('[“”„‟«»]([^“”„‟«»"]*)[“”«»]')
_SINGLE_PAIR = re.compile("[‘’‚‛]([^‘’‚‛']*)[‘’]")
_STRAIGHT = str.maketrans(dict.fromkeys("“”„‟«»", '"') | dict.fromkeys("‘’‚‛", "'"))
_APART = re.compile(r"\{[ \t]+(\{[^{}\n]*\}|%[^{}\n]*%)[ \t]*\}|\{\{[^{}\n]*\}[ \t]+\}")
_SINGLE_BRACE = re.compile(
    r"(?<!\{)\{[ \t]*(?:subscriber\.\w+|address|unsubscribe_\w+|subscriber_preferences_\w+)"
    r"[^{}\n]*\}"
)


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One mistake in a text's Liquid. `line` and `column` are 1-based."""

    message: str
    line: int
    column: int
    cure: str
    rule: str = ERROR


@dataclass(frozen=True)
class Tag:
    """A whole tag: its text with the braces, where it starts, its first word if it is `{% … %}`."""

    text: str
    start: int
    name: str


def place(source: str, index: int) -> tuple[int, int]:
    """Line and column, both 1-based, of a character of `source`."""
    index = min(max(index, 0), len(source))
    return source.count("\n", 0, index) + 1, index - (source.rfind("\n", 0, index) + 1) + 1


def problem_at(source: str, index: int, message: str, cure: str, rule: str = ERROR) -> Problem:
    line, column = place(source, index)
    return Problem(message=message, line=line, column=column, cure=cure, rule=rule)


def walk(source: str) -> Iterator[Tag | Problem]:
    """The tags of `source` in order; a tag without an end is the last thing told."""
    at = 0
    while found := _OPENING.search(source, at):
        start, opening = found.start(), found.group()
        closing = "}}" if opening == "{{" else "%}"
        end = source.find(closing, found.end())
        another = _OPENING.search(source, found.end())
        if end < 0 or (another is not None and another.start() < end):
            shown = source[start : start + 30].split("\n")[0].rstrip()
            yield problem_at(
                source,
                start,
                f"The Liquid tag that starts with “{shown}” has no end",
                f"Close it with {closing}",
            )
            return
        text = source[start : end + 2]
        if len(text) > MAX_TAG:
            yield problem_at(
                source,
                start,
                f"This Liquid tag has {len(text):,} characters; {MAX_TAG:,} is the limit",
                "Make it shorter, with {% assign %} for its parts",
            )
            return
        named = _NAME.match(text, 2) if opening == "{%" else None
        name = named.group(1) if named else ""
        yield Tag(text, start, name)
        at = end + 2
        if name in _VERBATIM:
            at = _after_verbatim(source, name, at)
            if at < 0:
                yield _unclosed(source, Tag(text, start, name), _VERBATIM[name])
                return


def broken(source: str) -> Problem | None:
    """The first mistake of structure: a tag or a block without its end, or an end too many."""
    opened: list[Tag] = []
    for item in walk(source):
        if isinstance(item, Problem):
            return item
        if item.name in _BLOCKS:
            opened.append(item)
        elif item.name.startswith("end") and item.name[3:] in _BLOCKS:
            if not opened:
                return problem_at(
                    source,
                    item.start,
                    f"{{% {item.name} %}} closes nothing",
                    f"Remove it, or write the {{% {item.name[3:]} … %}} that it closes",
                )
            last = opened.pop()
            if f"end{last.name}" != item.name:
                return _unclosed(source, last, f"end{last.name}")
    return _unclosed(source, opened[-1], f"end{opened[-1].name}") if opened else None


def _after_verbatim(source: str, name: str, at: int) -> int:
    found = re.compile(rf"\{{%-?\s{{0,99}}{_VERBATIM[name]}\s{{0,99}}-?%\}}").search(source, at)
    return found.end() if found else -1


def _unclosed(source: str, tag: Tag, end: str) -> Problem:
    return problem_at(
        source,
        tag.start,
        f"{{% {tag.name} %}} is never closed",
        f"Add {{% {end} %}} where it should end",
    )


def suspicious(source: str) -> Iterator[Problem]:
    """Braces that are no Liquid tags and were surely meant to be."""
    apart = list(_APART.finditer(source))
    for found in apart:
        yield problem_at(
            source,
            found.start(),
            f"“{found.group()}” is no Liquid tag: a blank stands between the braces",
            "Write the braces together: {{ … }} or {% … %}",
        )
    for found in _SINGLE_BRACE.finditer(source):
        if any(other.start() <= found.start() < other.end() for other in apart):
            continue
        yield problem_at(
            source,
            found.start(),
            f"“{found.group()}” has single braces and would stay as it is",
            f"Write {{{{ {found.group().strip('{ }')} }}}}",
        )


def curly_quotes(source: str) -> Iterator[Problem]:
    """Typographic quotes that stand where a Liquid tag needs straight ones."""
    for item in walk(source):
        if isinstance(item, Tag) and (found := _CURLY.search(_without_strings(item.text))):
            yield problem_at(
                source,
                item.start + found.start(),
                f"Curly quotes in a Liquid tag: {item.text.strip()}",
                f"Use straight quotes: {_straightened(item.text)}",
                CURLY,
            )


def repair_quotes(source: str) -> str:
    """`source` with straight quotes in Liquid tags; every other character stays.

    Curly quotes inside a straight-quoted text are left as they are, and so is what
    stands inside a pair of curly ones: `“it’s you”` becomes `"it’s you"`.
    """
    parts: list[str] = []
    at = 0
    for item in walk(source):
        if isinstance(item, Tag):
            parts += [source[at : item.start], _straightened(item.text)]
            at = item.start + len(item.text)
    return "".join([*parts, source[at:]])


def _straightened(tag: str) -> str:
    if not _CURLY.search(_without_strings(tag)):
        return tag
    tag = _DOUBLE_PAIR.sub(r'"\1"', tag)
    pieces = re.split(rf"({_STRINGS.pattern})", tag)
    return "".join(
        piece if i % 2 else _SINGLE_PAIR.sub(r"'\1'", piece).translate(_STRAIGHT)
        for i, piece in enumerate(pieces)
    )


def _without_strings(tag: str) -> str:
    """`tag` with its straight-quoted texts blanked out, so that places stay the same."""
    return _STRINGS.sub(lambda match: " " * len(match.group()), tag)
