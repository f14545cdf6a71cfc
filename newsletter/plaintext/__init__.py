"""A finished email's HTML becomes its text part.

Kit's API has no field for a text part, so whoever sends derives it. Headings are
underlined, paragraphs wrapped, lists keep their numbers, links are written as
`words <address>` (several in one paragraph: as numbered notes at the section's
end), and everything a reader cannot see is left out. Liquid tags stay what they
are: each is one unbreakable word, in text and in addresses. An element with a
`data-text` attribute says its words instead of its content, so that a shortcode can
have other words here than in HTML.
"""

from __future__ import annotations

import re

from lxml import etree

from newsletter.plaintext.writer import Writer

_LIQUID = re.compile(r"\{\{(?:(?!\{\{|\{%).)*?\}\}|\{%(?:(?!\{\{|\{%).)*?%\}", re.DOTALL)
# A Liquid tag travels through the parser as one word in private-use characters;
# such characters of the source take the same way, so that none is mistaken.
_SHIELDED = re.compile(rf"{_LIQUID.pattern}|[\ue000\ue001]", re.DOTALL)
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all|visibility\s*:\s*hidden", re.I)
# fmt: off
_UNSEEN = frozenset((
    "audio", "canvas", "datalist", "head", "iframe", "math", "noscript", "object", "script", "select",
    "style", "svg", "template", "textarea", "title", "video",
))
# fmt: on


def from_html(html: str, *, width: int = 72) -> str:
    """The text part for `html`, wrapped at `width` characters, ending in one newline.

    Takes any text, also broken or partial HTML; gives an empty string where nothing
    is visible. Liquid tags come through unchanged. Words longer than the width
    (addresses) are not broken.
    """
    tags: list[str] = []

    def shield(match: re.Match[str]) -> str:
        tags.append(match.group())
        return f"\ue000{len(tags) - 1}\ue001"

    shielded = _SHIELDED.sub(shield, html).replace("\x00", "")
    try:
        root = etree.fromstring(
            shielded.encode("utf-8", "replace"), etree.HTMLParser(encoding="utf-8", huge_tree=True)
        )
    except etree.XMLSyntaxError:  # recovering, the parser only gives up on an empty document
        return ""
    if root is None:
        return ""
    writer = Writer(tags, width)
    _walk(root, writer)
    return writer.finish()


def _walk(root: etree._Element, writer: Writer) -> None:
    """Tell the writer what a reader meets, without recursion: nesting may be deep."""
    skipped = 0
    spoken: etree._Element | None = None  # says its `data-text`
    for event, node in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        if event == "start":
            if skipped or _unseen(node):
                skipped += 1
                continue
            writer.start(node)
            words = node.get("data-text")
            if words is None:
                writer.text(node.text)
            else:
                writer.say(words)
                spoken, skipped = node, 1
            continue
        if event == "end":
            was_skipped = skipped > 0
            if skipped:
                skipped -= 1
            if node is spoken or not was_skipped:
                writer.end(node)
        if not skipped and node is not root:
            writer.text(node.tail)


def _unseen(node: etree._Element) -> bool:
    return (
        node.tag in _UNSEEN
        or node.get("hidden") is not None
        or node.get("aria-hidden", "").strip().lower() == "true"
        or _HIDDEN_STYLE.search(node.get("style", "")) is not None
    )
