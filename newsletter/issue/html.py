"""A letter written in HTML: the body alone, or a whole page."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lxml import etree

from newsletter.issue.body import Body, as_typed
from newsletter.issue.guess import guess_subject
from newsletter.issue.model import Kind
from newsletter.issue.shapes import is_greeting
from newsletter.issue.shortcodes import BUILTIN, is_shortcode

# What may stand before a page: an XML declaration, comments and blanks.
_BEFORE_A_PAGE = re.compile(r"(?:\s+|<\?xml.*?\?>|<!--.*?-->)*", re.DOTALL)
_PAGE = re.compile(r"<(?:!doctype|html|head|body)\b", re.IGNORECASE)
_SPOKEN = frozenset({"p", "h1", "h2", "h3", "h4", "li", "td", "th", "div", "blockquote"})
_SILENT = frozenset({"script", "style", "head", "title", "noscript", "template"})


def kind_of_html(text: str) -> Kind:
    """Whether HTML is a whole page, round which nothing goes, or the letter alone."""
    start = _BEFORE_A_PAGE.match(text)
    return Kind.PAGE if _PAGE.match(text, start.end() if start else 0) else Kind.HTML


def read_html(
    lines: Sequence[str], *, first_line: int, shortcodes: frozenset[str] = BUILTIN
) -> Body:
    """A body of HTML, as it is but for control characters and blank lines around it."""
    text, numbers, changes = as_typed(lines, first_line)
    return Body(
        text=text,
        lines=numbers,
        changes=changes,
        subject=_subject(text, shortcodes),
        preview_text="",
        opening="",
    )


def _subject(text: str, shortcodes: frozenset[str]) -> str:
    """The page's title, its first heading, or its first sentence."""
    try:
        root = etree.fromstring(
            text.encode("utf-8", "replace"), etree.HTMLParser(encoding="utf-8", huge_tree=True)
        )
    except etree.XMLSyntaxError:  # recovering, the parser only gives up on an empty page
        return ""
    if root is None:
        return ""
    for tag in ("title", "h1"):
        found = root.find(f".//{tag}")
        words = " ".join("".join(found.itertext()).split()) if found is not None else ""
        if words:
            return words
    texts = [words for words in _texts(root) if not is_shortcode(words, shortcodes)]
    return guess_subject([words for words in texts if not is_greeting(words)] or texts)[0]


def _texts(root: etree._Element) -> list[str]:
    """The words of the innermost blocks, in order."""
    found: list[str] = []
    pieces: list[str] = []
    skipped = 0

    def end_block() -> None:
        words = " ".join("".join(pieces).split())
        pieces.clear()
        if words:
            found.append(words)

    for event, node in etree.iterwalk(root, events=("start", "end")):
        if node.tag in _SILENT:
            skipped += 1 if event == "start" else -1
        if node.tag in _SPOKEN:
            end_block()
        if not skipped:
            pieces.append((node.text if event == "start" else node.tail) or "")
    end_block()
    return found
