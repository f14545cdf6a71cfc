"""The HTML that an author typed into a letter, with the place of each element."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import unescape

_FENCE = re.compile(r"^( {0,3})(`{3,}|~{3,})[^\n]*\n.*?(?:^ {0,3}\2[`~]*[ \t]*$|\Z)", re.M | re.S)
_CODE = re.compile(r"(?<![`\\])(`+)(?!`)(?:(?!\n[ \t]*\n).)*?(?<!`)\1(?!`)", re.S)
_LIST_ITEM = re.compile(r" {0,3}(?:[-*+]|\d{1,9}[.)])(?:\s|$)")
_ATTRIBUTE = r"""[^\s"'<>/=]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'=<>`]+))?"""
_ELEMENT = re.compile(rf"(?<!\\)<([A-Za-z][\w-]*)((?:\s+{_ATTRIBUTE})*)\s*/?>")
_PART = re.compile(r"""([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?""")


@dataclass(frozen=True, kw_only=True)
class Element:
    """The start of an element: `start` is where its `<` stands, `end` what follows its `>`.

    `attributes` have lower-case names; `places` tell where each value begins.
    """

    name: str
    start: int
    end: int
    attributes: Mapping[str, str]
    places: Mapping[str, int]


def without_code(markdown: str) -> str:
    """`markdown` with its code blanked out; every place stays where it was."""
    if "`" in markdown or "~~~" in markdown:
        markdown = _CODE.sub(blank, _FENCE.sub(blank, markdown))
    if "    " in markdown or "\t" in markdown:
        markdown = "\n".join(_without_indented(markdown.split("\n")))
    return markdown


def elements(text: str) -> tuple[Element, ...]:
    """The elements that begin in `text`, in order; comments have to be gone already."""
    if "<" not in text:
        return ()
    return tuple(_element(found) for found in _ELEMENT.finditer(text))


def blank(match: re.Match[str]) -> str:
    """What was matched, as blanks and line breaks."""
    return re.sub(r"[^\n]", " ", match.group())


def _without_indented(lines: Iterable[str]) -> Iterator[str]:
    """Lines of indented code as blanks: it follows a blank line, and does not belong to a list."""
    is_code, is_list, was_blank = False, False, True
    for line in lines:
        if not line.strip():
            was_blank = True
            yield line
            continue
        is_indented = line.startswith(("    ", "\t"))
        if not is_indented:
            # Lines of one paragraph follow each other; a list ends with the first one after a blank.
            is_list = bool(_LIST_ITEM.match(line)) or (is_list and not was_blank)
        is_code = is_indented and not is_list and (is_code or was_blank)
        was_blank = False
        yield " " * len(line) if is_code else line


def _element(found: re.Match[str]) -> Element:
    attributes: dict[str, str] = {}
    places: dict[str, int] = {}
    for part in _PART.finditer(found[2]):
        group = next((n for n in (2, 3, 4) if part[n] is not None), 0)
        name = part[1].lower()
        attributes.setdefault(name, unescape(part[group]) if group else "")
        places.setdefault(name, found.start(2) + part.start(group or 1))
    return Element(
        name=found[1].lower(),
        start=found.start(),
        end=found.end(),
        attributes=attributes,
        places=places,
    )
