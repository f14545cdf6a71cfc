"""A letter that is written in HTML: its own words stay byte for byte.

Comments and notes go, and shortcodes become what they stand for. Liquid is shielded, as
in Markdown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from newsletter.render.comments import html_without_comments
from newsletter.render.markdown import Content, Embedded, Place
from newsletter.render.shield import IN_BRACKETS

_TITLE = re.compile(r"<h1\b", re.IGNORECASE)
# What may stand before the page, and its own doctype: a mail program knows one only.
_START = re.compile(
    r"(?:\s+|<\?xml.*?\?>|<!--.*?-->|<!doctype\b[^>]*>)*", re.DOTALL | re.IGNORECASE
)
_DOCTYPE = "<!DOCTYPE html>"


def from_fragment(text: str, *, embedded: Sequence[Embedded] = ()) -> Content:
    """The content of shielded HTML."""
    kept, teaser, removed = html_without_comments(text)
    html = _with_shortcodes(kept, embedded)
    return Content(
        html=html,
        has_title=_TITLE.search(html) is not None,
        removed=frozenset(removed),
        free=frozenset(),
        teaser=_with_shortcodes(teaser, embedded),
    )


def whole_page(html: str) -> str:
    """A page with the one doctype that every mail program keeps in front, and nothing before it."""
    start = _START.match(html)
    return f"{_DOCTYPE}\n{html[start.end() if start else 0 :].rstrip()}\n"


def _with_shortcodes(html: str, embedded: Sequence[Embedded]) -> str:
    html = IN_BRACKETS.sub(r"&lt;\1", html)
    for one in embedded:
        html = _with(html, one)
    return html


def _with(html: str, one: Embedded) -> str:
    # A block within a paragraph would end it: the paragraph goes with its only word.
    alone = re.compile(rf"<p\b[^>]*>\s*{one.word}\s*</p\s*>|(?m:^[ \t]*{one.word}[ \t]*$)", re.I)
    found = alone.search(html)
    place: Place = "block" if found else "line"
    if found is None:
        found = re.search(one.word, html)
    if found is None:
        return html
    return html[: found.start()] + one.html(place) + html[found.end() :]


def as_typed(html: str, embedded: Sequence[Embedded]) -> str:
    """HTML with the shortcodes as they were typed."""
    for one in embedded:
        html = html.replace(one.word, escape(one.raw))
    return html
