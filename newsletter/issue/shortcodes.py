"""Shortcodes in a body: `[form name=main]` and the old WordPress form tags.

A form does not work in an email, so rendering makes a button of it. Only names
that are known are touched: `[sic]` is text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from markdown_it import MarkdownIt

# convertkit_form is the tag of an older version of Kit's WordPress plug-in.
_WHERE_THE_FORM_IS = {
    "form": ("name", "id"),
    "convertkit": ("form", "form_id", "id"),
    "convertkit_form": ("form", "form_id", "id"),
}
_ARGUMENT = r"""(?P<key>[A-Za-z_][\w-]*)=(?:"(?P<double>[^"\n]*)"|'(?P<single>[^'\n]*)'|“(?P<curly>[^”“\n]*)”|(?P<bare>[^\s"'\]\[“”]+))"""
_ANY_ARGUMENT = re.sub(r"\?P<\w+>", "?:", _ARGUMENT)
_SHORTCODE = re.compile(
    rf"\[(?P<name>convertkit_form|convertkit|form)(?P<args>(?:[ \t]+{_ANY_ARGUMENT})*)[ \t]*/?\](?![(\[:])"
)
_ARGUMENTS = re.compile(_ARGUMENT)
_CODE_SPAN = re.compile(r"(?<![`\\])(`+)(?!`)(?:.*?[^`])??\1(?!`)", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Shortcode:
    """One shortcode: `raw` stands at `body[start:end]`, on the 0-based line `body_line`."""

    name: str
    args: Mapping[str, str]
    body_line: int
    start: int
    end: int
    raw: str

    @property
    def form(self) -> str:
        """The id or the name of the form, as written; empty when none is given."""
        keys = _WHERE_THE_FORM_IS[self.name]
        return next((self.args[key] for key in keys if key in self.args), "")


def find_shortcodes(body: str) -> tuple[Shortcode, ...]:
    """Every shortcode of a Markdown body, in order.

    Not those in code, in HTML comments, or behind a backslash.
    """
    matches = list(_SHORTCODE.finditer(body))
    if not matches:
        return ()
    hidden = _hidden_spans(body)
    return tuple(
        _shortcode(match, body)
        for match in matches
        if not _escaped(body, match.start())
        and not any(start <= match.start() < end for start, end in hidden)
    )


def is_shortcode(line: str) -> bool:
    """Whether a line holds one known shortcode and nothing else."""
    return _SHORTCODE.fullmatch(line.strip()) is not None


def _shortcode(match: re.Match[str], body: str) -> Shortcode:
    args = {
        found["key"]: found["double"] or found["single"] or found["curly"] or found["bare"] or ""
        for found in _ARGUMENTS.finditer(match["args"])
    }
    return Shortcode(
        name=match["name"],
        args=args,
        body_line=body.count("\n", 0, match.start()),
        start=match.start(),
        end=match.end(),
        raw=match[0],
    )


def _escaped(body: str, at: int) -> bool:
    before = body[:at]
    return (len(before) - len(before.rstrip("\\"))) % 2 == 1


def _hidden_spans(body: str) -> list[tuple[int, int]]:
    """Where code and HTML comments stand, as offsets."""
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
