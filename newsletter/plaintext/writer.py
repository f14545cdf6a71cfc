"""What a reader meets in the HTML, one thing after the other, becomes lines of text.

The walk tells the writer about elements and words; the writer keeps the block
that is being filled, the lists and quotations that are open, and the notes that
a section's links left.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree

from newsletter.plaintext.elements import (
    INVISIBLE,
    address_of,
    has_next_cell,
    is_data_table,
    is_footer,
    whole_number,
    without_scheme,
)
from newsletter.plaintext.parts import Block, Frame, Link, OpenList, Target

_TOKEN = re.compile("\ue000([0-9]+)\ue001")  # a Liquid tag's place; see the package
_SPACES = re.compile(r"[^\S\u00a0\u2007\u202f]+")  # no-break spaces are not places to wrap
_NO_BREAK = re.compile(r"[\u00a0\u2007\u202f]+")

_HEADINGS = {"h1": "=", "h2": "-", "h3": "~", "h4": "~", "h5": "~", "h6": "~"}
# fmt: off
_BLOCKS = frozenset((
    *_HEADINGS, "address", "article", "aside", "blockquote", "body", "center", "dd", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "form", "header", "html", "legend", "li", "main",
    "nav", "ol", "p", "pre", "section", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
))
# fmt: on
_PAUSE = "* * *"
_SIGNATURE = "-- "  # with its blank: mail programs fold or grey what follows (RFC 3676 §4.3)


@dataclass
class Writer:
    """Collects blocks while the document is walked."""

    tags: list[str]
    width: int
    blocks: list[Block] = field(default_factory=list)
    pieces: list[str | Target] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    lists: list[OpenList] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    notes: dict[str, int] = field(default_factory=dict)
    noted: int = 0
    control: str = ""
    heading: str = ""
    pre: etree._Element | None = None
    table: etree._Element | None = None
    rows: int = 0
    footer: bool = False
    signed: bool = False

    # -- what the walk tells ------------------------------------------------

    def start(self, node: etree._Element) -> None:
        tag = node.tag
        if self.table is not None and tag not in ("tr", "br", "img", "a"):
            if tag in _BLOCKS:
                self.pieces.append(" ")
            return
        if tag in _BLOCKS or tag == "hr":
            self.flush()
        if not self.signed and is_footer(node):
            self.footer = True
        if tag in _HEADINGS:
            self.close_section()
            self.heading = _HEADINGS[tag]
        elif tag == "hr":
            self.close_section()
            self.add(_PAUSE)
        elif tag in ("ul", "ol"):
            number = whole_number(node.get("start"), 1) if tag == "ol" else None
            self.lists.append(OpenList(node, number, nested=bool(self.lists)))
        elif tag == "li":
            self.open_item(node)
        elif tag == "blockquote":
            self.frames.append(Frame(node, "> ", "> "))
        elif tag == "dd":
            self.frames.append(Frame(node, "    ", "    ", tight=True))
        elif tag == "pre":
            self.pre = node
        elif tag == "table" and is_data_table(node):
            self.table, self.rows = node, 0
        elif tag == "br":
            self.pieces.append("\n")
        elif tag == "img":
            alt = _SPACES.sub(" ", INVISIBLE.sub("", node.get("alt", ""))).strip()
            if alt:
                self.pieces.append(f"[image: {alt}]")
        elif tag == "q":
            self.pieces.append("“")
        elif tag == "a":
            self.links.append(Link(node, address_of(node), len(self.blocks), len(self.pieces)))

    def text(self, text: str | None) -> None:
        if text:
            text = INVISIBLE.sub("", text)
            self.pieces.append(text if self.pre is not None else _SPACES.sub(" ", text))

    def say(self, text: str) -> None:
        """Words that are lines of text already."""
        lines = (line.strip() for line in INVISIBLE.sub("", text).split("\n"))
        self.pieces.append((" " if self.table is not None else "\n").join(lines))

    def end(self, node: etree._Element) -> None:
        tag = node.tag
        if tag == "a":
            self.close_link(node)
        if self.table is not None:
            self.end_in_table(node)
            return
        if tag == "q":
            self.pieces.append("”")
        if tag in _BLOCKS:
            self.flush()
        if node is self.pre:
            self.pre = None
        if self.frames and self.frames[-1].node is node:
            self.frames.pop()
        if self.lists and self.lists[-1].node is node:
            self.lists.pop()

    def finish(self) -> str:
        self.flush()
        self.close_section()
        if self.control and self.blocks:
            self.blocks[-1].lines[-1] += self.control
        elif self.control:
            self.blocks.append(Block([self.control]))
        text = re.sub(r"\n{3,}", "\n\n", "\n".join(self.joined())).strip("\n")
        return self.restored(text) + "\n" if text else ""

    # -- parts of it ----------------------------------------------------------

    def open_item(self, node: etree._Element) -> None:
        marker = "- "
        parent = self.lists[-1] if self.lists else None
        if parent is not None and parent.number is not None:
            number = whole_number(node.get("value"), parent.number)
            marker, parent.number = f"{number}. ", number + 1
        loose = node.find("p") is not None
        tight = parent is not None and not loose and (parent.seen or parent.nested)
        self.frames.append(Frame(node, marker, " " * len(marker), tight=tight))
        if parent is not None:
            parent.seen = True

    def end_in_table(self, node: etree._Element) -> None:
        if node is self.table:
            self.flush()
            self.table = None
        elif node.tag in ("td", "th") and has_next_cell(node):
            self.pieces.append(" | ")
        elif node.tag in ("tr", "caption"):
            self.flush()
            self.rows += 1

    def close_link(self, node: etree._Element) -> None:
        if not self.links or self.links[-1].node is not node:
            return
        link = self.links.pop()
        flushed = len(self.blocks) != link.blocks
        words = "" if flushed else "".join(map(str, self.pieces[link.start :])).strip()
        if not link.url or (not flushed and not words and node.find(".//img") is None):
            return
        if words and without_scheme(words) == without_scheme(link.url):
            return
        while self.pieces and self.pieces[-1] == " ":
            self.pieces.pop()
        self.pieces.append(Target(link.url))

    def flush(self) -> None:
        """End the current block, if it holds anything."""
        pieces, self.pieces = self.pieces, []
        heading, self.heading = self.heading, ""
        for link in self.links:
            link.start = 0
        bare = "".join(piece if isinstance(piece, str) else "x" for piece in pieces).strip()
        if not bare:
            self.heading = heading
            return
        if self.only_control(bare):
            # Glued to the next block, so that a branch not taken leaves no gap behind;
            # notes stay on the side of the branch where their links are.
            self.close_section()
            self.control += bare
            self.heading = heading
            return
        self.begin_footer()
        text = self.written(pieces)
        if self.pre is not None:
            self.add(*[line.rstrip() for line in text.strip("\n").split("\n")])
            return
        lines = self.wrapped(text, self.width - sum(len(frame.rest) for frame in self.frames))
        if heading:
            lines.append(heading * max(3, *(self.length(line) for line in lines)))
        self.add(*lines, tight=self.table is not None and self.rows > 0)

    def written(self, pieces: list[str | Target]) -> str:
        alone = sum(isinstance(piece, Target) for piece in pieces) == 1
        parts: list[str] = []
        for piece in pieces:
            if isinstance(piece, str):
                parts.append(piece)
            elif alone:
                parts.append(f" <{piece.url}>")
            else:
                parts.append(f" [{self.note(piece.url)}]")
        return "".join(parts)

    def note(self, url: str) -> int:
        """The number of the note for `url`: a new one, or that of the section's note for it."""
        if url not in self.notes:
            self.noted += 1
            self.notes[url] = self.noted
        return self.notes[url]

    def only_control(self, text: str) -> bool:
        left = _TOKEN.sub(lambda m: "" if self.tags[int(m.group(1))][:2] == "{%" else "x", text)
        return not left.strip()

    def wrapped(self, text: str, width: int) -> list[str]:
        """Lines of at most `width` characters; breaks of the author's own are kept."""
        lines: list[str] = []
        for paragraph in text.strip().split("\n"):
            if "\ue000" not in paragraph and "  " not in paragraph:
                lines += _cut(paragraph.strip(" "), max(width, 20))
                continue
            line, length = "", 0
            for word in paragraph.strip(" ").split(" "):
                size = self.length(word)
                if line and length + 1 + size > max(width, 20):
                    lines.append(line)
                    line, length = word, size
                elif word:
                    line, length = (f"{line} {word}", length + 1 + size) if line else (word, size)
            lines.append(line)
        return [_NO_BREAK.sub(" ", line).strip() for line in lines]

    def length(self, word: str) -> int:
        return len(self.restored(word))

    def restored(self, text: str) -> str:
        return _TOKEN.sub(lambda match: self.tags[int(match.group(1))], text)

    def add(self, *lines: str, tight: bool = False) -> None:
        """Put lines behind the markers of the open items and quotations."""
        frames = tuple(self.frames)
        fresh = next((frame for frame in frames if not frame.used), None)
        tight = tight or (fresh is not None and fresh.tight)
        prefixed: list[str] = []
        for line in lines:
            before = "".join(frame.rest if frame.used else frame.first for frame in frames)
            for frame in frames:
                frame.used = True
            prefixed.append((before + line).rstrip())
        prefixed[0] = self.control + prefixed[0]
        self.control = ""
        self.blocks.append(Block(prefixed, frames, tight))

    def begin_footer(self) -> None:
        if self.footer and not self.signed:
            self.signed = True
            self.close_section()
            self.blocks.append(Block([_SIGNATURE]))

    def close_section(self) -> None:
        """Write the section's link notes."""
        if self.notes:
            notes = [f"[{number}] {url}" for url, number in self.notes.items()]
            self.blocks.append(Block(notes))
            self.notes = {}

    def joined(self) -> list[str]:
        lines: list[str] = []
        last: Block | None = None
        for block in self.blocks:
            if last is not None and not block.tight and last.lines != [_SIGNATURE]:
                open_in_both = [frame for frame in block.frames if frame in last.frames]
                lines.append("".join(frame.rest for frame in open_in_both).rstrip())
            lines.extend(block.lines)
            last = block
        return lines


def _cut(text: str, width: int) -> list[str]:
    """Lines of single-spaced text without tags; a word that is longer stands alone."""
    lines: list[str] = []
    while len(text) > width:
        at = text.rfind(" ", 0, width + 1)
        if at < 0:
            at = text.find(" ")
        if at < 0:
            break
        lines.append(text[:at])
        text = text[at + 1 :]
    return [*lines, text]
