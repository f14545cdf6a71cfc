"""Shortcodes in a body: `[form name=main]`, `[recent count=3]`, `[box]…[/box]`.

What becomes of one is a template's business. Only names that are known are touched:
`[sic]` is text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from markdown_it import MarkdownIt

# convertkit_form is the tag of an older version of Kit's WordPress plug-in.
_WHERE_THE_FORM_IS = {
    "form": ("name", "id"),
    "convertkit": ("form", "form_id", "id"),
    "convertkit_form": ("form", "form_id", "id"),
}
FORMS = frozenset(_WHERE_THE_FORM_IS)
BUILTIN = FORMS | {"recent", "signature"}
"""The shortcodes of the built-in look."""

NAME = re.compile(r"[A-Za-z][\w-]*")
_ARGUMENT = r"""(?P<key>[A-Za-z_][\w-]*)=(?:"(?P<double>[^"\n]*)"|'(?P<single>[^'\n]*)'|“(?P<curly>[^”“\n]*)”|(?P<bare>[^\s"'\]\[“”]+))"""
_ANY_ARGUMENT = re.sub(r"\?P<\w+>", "?:", _ARGUMENT)
_ARGUMENTS = re.compile(_ARGUMENT)
_CODE_SPAN = re.compile(r"(?<![`\\])(`+)(?!`)(?:.*?[^`])??\1(?!`)", re.DOTALL)
# Where HTML holds no text: comments, what is shown as it is typed, and the tags themselves.
_NO_TEXT = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|pre|code|textarea|title)\b.*?(?:</\1\s*>|\Z)|<[a-z/!?][^<>]*>",
    re.DOTALL | re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Shortcode:
    """One shortcode: `raw` stands at `body[start:end]`, on the 0-based line `body_line`.

    `inner` is what stands between `[name]` and `[/name]`, from `opening_end` on; None where
    nothing closes it.
    """

    name: str
    args: Mapping[str, str]
    body_line: int
    start: int
    end: int
    raw: str
    opening_end: int
    inner: str | None = None

    @property
    def form(self) -> str:
        """The id or the name of the form, as written; empty when none is given."""
        keys = _WHERE_THE_FORM_IS[self.name]
        return next((self.args[key] for key in keys if key in self.args), "")


def find_shortcodes(
    body: str, *, names: frozenset[str] = BUILTIN, is_html: bool = False
) -> tuple[Shortcode, ...]:
    """Every shortcode of a body, in order; not those inside another one.

    Not those in code, in HTML comments or tags, or behind a backslash. `is_html` tells
    a body that is HTML and no Markdown.
    """
    tags = list(_pattern(names).finditer(body))
    if not tags:
        return ()
    hidden = _Spans(_without_text(body) if is_html else _code_and_comments(body))
    shown = [
        tag for tag in tags if not _escaped(body, tag.start()) and not hidden.hold(tag.start())
    ]
    breaks = [match.start() for match in re.finditer("\n", body)]
    found: list[Shortcode] = []
    end = 0
    for opening, closing in _pairs(shown):
        if opening.start() >= end:
            line = bisect_right(breaks, opening.start())
            found.append(_shortcode(opening, closing, body, line))
            end = found[-1].end
    return tuple(found)


def is_shortcode(line: str, names: frozenset[str] = BUILTIN) -> bool:
    """Whether a line holds one known shortcode and nothing else."""
    return _pattern(names).fullmatch(line.strip()) is not None


@lru_cache(maxsize=16)
def _pattern(names: frozenset[str]) -> re.Pattern[str]:
    any_name = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return re.compile(
        rf"\[(?P<name>{any_name})(?P<args>(?:[ \t]+{_ANY_ARGUMENT})*)[ \t]*(?P<alone>/?)\]"
        rf"(?![(:]|\[(?!/?(?:{any_name})[\s/\]]))"
        rf"|\[/(?P<closed>{any_name})\]"
    )


def _pairs(tags: list[re.Match[str]]) -> list[tuple[re.Match[str], re.Match[str] | None]]:
    """Each opening tag with the one that closes it, by position."""
    closed_by: dict[int, re.Match[str]] = {}
    open_ones: list[re.Match[str]] = []
    waiting: dict[str, int] = {}
    for tag in tags:
        if tag["name"] and not tag["alone"]:
            open_ones.append(tag)
            waiting[tag["name"]] = waiting.get(tag["name"], 0) + 1
        while tag["closed"] and waiting.get(tag["closed"]):
            last = open_ones.pop()
            waiting[last["name"]] -= 1
            if last["name"] == tag["closed"]:
                closed_by[last.start()] = tag
                break
    return [(tag, closed_by.get(tag.start())) for tag in tags if tag["name"]]


def _shortcode(
    opening: re.Match[str], closing: re.Match[str] | None, body: str, line: int
) -> Shortcode:
    args = {
        found["key"]: found["double"] or found["single"] or found["curly"] or found["bare"] or ""
        for found in _ARGUMENTS.finditer(opening["args"])
    }
    end = closing.end() if closing else opening.end()
    return Shortcode(
        name=opening["name"],
        args=args,
        body_line=line,
        start=opening.start(),
        end=end,
        raw=body[opening.start() : end],
        opening_end=opening.end(),
        inner=body[opening.end() : closing.start()] if closing else None,
    )


def _escaped(body: str, at: int) -> bool:
    before = at
    while before and body[before - 1] == "\\":
        before -= 1
    return (at - before) % 2 == 1


class _Spans:
    """Places of a text, and whether an offset lies in one of them."""

    def __init__(self, spans: list[tuple[int, int]]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in sorted(spans):
            if self._ends and start <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], end)
            else:
                self._starts.append(start)
                self._ends.append(end)

    def hold(self, at: int) -> bool:
        index = bisect_right(self._starts, at) - 1
        return index >= 0 and at < self._ends[index]


def _without_text(body: str) -> list[tuple[int, int]]:
    return [found.span() for found in _NO_TEXT.finditer(body)]


def _code_and_comments(body: str) -> list[tuple[int, int]]:
    """Where code and HTML comments stand in Markdown, as offsets."""
    starts = [0]
    for line in body.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    spans = [match.span() for match in re.finditer(r"<!--.*?(?:-->|\Z)", body, re.DOTALL)]
    for token in MarkdownIt("commonmark").parse(body):
        if token.map is None:
            continue
        start, end = (starts[min(line, len(starts) - 1)] for line in token.map)
        if token.type in ("fence", "code_block"):
            spans.append((start, end))
        elif token.type == "inline":
            spans += [
                (start + match.start(), start + match.end())
                for match in _CODE_SPAN.finditer(body[start:end])
            ]
    return spans
