"""Cleaned HTML becomes Markdown: headings, lists, links, pictures, quotes and tables of words."""

from __future__ import annotations

import re

from lxml import etree

from newsletter.issue.characters import cleaned
from newsletter.issue.escape import escaped, escaped_label, escaped_start, link_destination
from newsletter.issue.model import Change
from newsletter.issue.shapes import is_leaving_sentence, is_web_leftover
from newsletter.issue.shortcodes import find_shortcodes

_DEEPEST = 80
_HEADINGS = {f"h{level}": "#" * level for level in range(1, 7)}
# fmt: off
_BLOCKS = frozenset((
    *_HEADINGS, "address", "article", "aside", "blockquote", "body", "center", "dd", "div", "dl", "dt", "fieldset",
    "figcaption", "figure", "footer", "header", "hr", "html", "li", "main", "nav", "ol", "p", "pre", "section",
    "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
))
# fmt: on
_MARKS = {"strong": "**", "b": "**", "em": "*", "i": "*", "s": "~~", "del": "~~", "strike": "~~"}
_BOLD = re.compile(r"font-weight\s*:\s*(?:bold|[6-9]00)", re.IGNORECASE)
_ITALIC = re.compile(r"font-style\s*:\s*italic", re.IGNORECASE)
_BREAK = "\\\n"
_LINE_ENDS = str.maketrans("\t\r\n\f", "    ")


def to_markdown(body: etree._Element, changes: list[Change], *, first_line: int = 1) -> str:
    """The Markdown of a cleaned body. What is left out on the way is added to `changes`."""
    writer = _Writer(changes, first_line)
    return "\n\n".join(writer.flow(body, 0)).strip()


class _Writer:
    def __init__(self, changes: list[Change], first_line: int) -> None:
        self._changes = changes
        self._first = first_line

    def flow(self, node: etree._Element, depth: int) -> list[str]:
        """The blocks inside an element; words between them are paragraphs."""
        if depth > _DEEPEST:
            words = " ".join("".join(node.itertext()).split())
            return [escaped_start(escaped(words))] if words else []
        blocks: list[str] = []
        inline: list[str] = [_words(node.text)]

        def end_paragraph() -> None:
            text = _tidy("".join(inline))
            inline.clear()
            if text and not self._is_leftover(text, node):
                blocks.append("\n".join(escaped_start(line) for line in text.split("\n")))

        for child in node:
            if child.tag in _BLOCKS or _holds_blocks(child):
                end_paragraph()
                blocks += self._block(child, depth + 1)
            else:
                inline.append(self._inline(child, depth + 1))
            inline.append(_words(child.tail))
        end_paragraph()
        return blocks

    def _block(self, node: etree._Element, depth: int) -> list[str]:
        tag = node.tag
        if tag in _HEADINGS:
            words = _tidy(self._inside(node, depth)).replace(_BREAK, " ")
            return [f"{_HEADINGS[tag]} {words}"] if words else []
        if tag == "hr":
            return ["---"]
        if tag in ("ul", "ol"):
            return self._list(node, depth)
        if tag == "blockquote":
            inner = "\n\n".join(self.flow(node, depth))
            return ["\n".join(f"> {line}".rstrip() for line in inner.split("\n"))] if inner else []
        if tag == "pre":
            text = "".join(node.itertext()).strip("\n")
            return [f"```\n{text}\n```"] if text and "```" not in text else []
        if tag == "figure" or "wp-caption" in node.get("class", "").split():
            return self._figure(node, depth)
        if tag == "table" and _is_data(node):
            return self._table(node, depth)
        return self.flow(node, depth)

    def _list(self, node: etree._Element, depth: int) -> list[str]:
        number = int(start) if (start := node.get("start", "1")).isdecimal() else 1
        items: list[str] = []
        is_loose = False
        for child in node:
            blocks = self.flow(child, depth + 1) if child.tag == "li" else self._block(child, depth)
            if not blocks:
                continue
            mark = "- " if node.tag == "ul" else f"{number}. "
            number += 1
            is_loose = is_loose or sum(not re.match(r"(?:-|\d+\.) ", b) for b in blocks) > 1
            tight = all(re.match(r"(?:-|\d+\.) ", block) for block in blocks[1:])
            inner = ("\n" if tight else "\n\n").join(blocks)
            items.append(mark + inner.replace("\n", "\n" + " " * len(mark)))
        lines = ("\n\n" if is_loose else "\n").join(items)
        return [re.sub(r"[ \t]+$", "", lines, flags=re.MULTILINE)] if items else []

    def _figure(self, node: etree._Element, depth: int) -> list[str]:
        images = list(node.iter("img"))
        captions = [
            one
            for one in node.iter(etree.Element)
            if one.tag == "figcaption" or "wp-caption-text" in one.get("class", "").split()
        ]
        if len(images) != 1:
            return self.flow(node, depth)
        caption = " ".join("".join(captions[0].itertext()).split()) if captions else ""
        link = next((one for one in images[0].iterancestors("a")), None)
        picture = _picture(images[0], caption)
        if not picture:
            return []
        href = link.get("href", "") if link is not None else ""
        return [f"[{picture}]({link_destination(href)})" if href else picture]

    def _table(self, node: etree._Element, depth: int) -> list[str]:
        rows = [
            [_tidy(self._inside(cell, depth)).replace(_BREAK, " ") for cell in row]
            for row in node.iter("tr")
        ]
        wide = max(len(row) for row in rows)
        lines = ["| " + " | ".join([*row, *[""] * (wide - len(row))]) + " |" for row in rows]
        return ["\n".join([lines[0], "|" + "---|" * wide, *lines[1:]])]

    def _inside(self, node: etree._Element, depth: int) -> str:
        if depth > _DEEPEST:
            return _words("".join(node.itertext()))
        parts = [_words(node.text)]
        for child in node:
            parts += [self._inline(child, depth + 1), _words(child.tail)]
        return "".join(parts)

    def _inline(self, node: etree._Element, depth: int) -> str:
        tag = node.tag
        if tag == "br":
            return _BREAK
        if tag == "img":
            return _picture(node, "")
        if tag == "code":
            text = " ".join("".join(node.itertext()).split())
            return f"`{text}`" if text and "`" not in text else escaped(text)
        if tag == "a":
            return self._link(node, depth)
        text = self._inside(node, depth)
        mark = _MARKS.get(tag, "") if isinstance(tag, str) else ""
        style = node.get("style", "")
        if not mark and _BOLD.search(style):
            text = _marked(text, "**")
        if not mark and _ITALIC.search(style):
            mark = "*"
        return _marked(text, mark) if mark else text

    def _link(self, node: etree._Element, depth: int) -> str:
        href = node.get("href", "").strip()
        words = _tidy(self._inside(node, depth))
        plain = " ".join("".join(node.itertext()).split())
        if not href or href.startswith("#"):
            return words
        if not words:
            return ""
        if plain == href and re.match(r"https?://", href):
            return f"<{href}>"
        if node.find(".//img") is None and not re.search(r"[*`~]", words):
            words = escaped_label(plain)
        return f"[{words}]({link_destination(href)})"

    def _is_leftover(self, text: str, node: etree._Element) -> bool:
        plain = " ".join(text.replace("\\", "").split())
        why = ""
        if is_web_leftover(plain):
            why = "left over from a web page"
        elif is_leaving_sentence(plain):
            why = "the footer has the link to unsubscribe"
        if why:
            line = (node.sourceline or 1) + self._first - 1
            self._changes.append(Change(line=line, kind="removed", text=plain, why=why))
        return bool(why)


def _holds_blocks(node: etree._Element) -> bool:
    """Whether something that stands within a line holds a block, as a link round a heading may."""
    return isinstance(node.tag, str) and any(
        inner.tag in _BLOCKS for inner in node.iterdescendants()
    )


def _words(text: str | None) -> str:
    """Words as Markdown shows them; shortcodes stay what they are."""
    if not text:
        return ""
    # `cleaned` takes blanks at the end away, and here they part words: a sign holds the place.
    text = cleaned(f"{text.translate(_LINE_ENDS)}|")[0][:-1]
    text = re.sub(r" +", " ", text)
    parts: list[str] = []
    at = 0
    for one in find_shortcodes(text):
        parts += [escaped(text[at : one.start]), one.raw]
        at = one.end
    return "".join([*parts, escaped(text[at:])])


def _tidy(text: str) -> str:
    """Inline Markdown without blanks at its lines' ends, and no break at its own."""
    text = re.sub(r" *\\\n *", lambda _: _BREAK, re.sub(r"[ \t]+", " ", text))
    return re.sub(r"^\s*(?:\\\n\s*)+|(?:\s*\\\n)+\s*$", "", text).strip()


def _marked(text: str, mark: str) -> str:
    inner = text.strip()
    if not inner or inner.startswith(mark) or _BREAK in inner:
        return text
    before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    return f"{before}{mark}{inner}{mark}{after}"


def _picture(node: etree._Element, caption: str) -> str:
    source = node.get("src", "").strip()
    if not source:
        return ""
    alt = escaped_label(" ".join(node.get("alt", "").split()))
    title = ' "{}"'.format(caption.replace("\\", "\\\\").replace('"', '\\"')) if caption else ""
    return f"![{alt}]({link_destination(source.replace(' ', '%20'))}{title})"


def _is_data(table: etree._Element) -> bool:
    """A table of words, and none that was there to lay something out."""
    if table.get("role") in ("presentation", "none") or table.find(".//table") is not None:
        return False
    rows = [[cell for cell in row if cell.tag in ("td", "th")] for row in table.iter("tr")]
    return (
        len(rows) > 1
        and all(len(row) > 1 for row in rows)
        and not any(_holds_more(cell) for row in rows for cell in row)
    )


def _holds_more(cell: etree._Element) -> bool:
    return any(inner.tag in _BLOCKS or inner.tag == "img" for inner in cell.iterdescendants())
