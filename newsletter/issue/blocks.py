"""Lines of plain text become blocks: which is a heading, a list, a greeting, a note."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from newsletter.issue import shapes
from newsletter.issue.model import Change
from newsletter.issue.shortcodes import BUILTIN, is_shortcode

BlockKind = Literal[
    "greeting",
    "paragraph",
    "heading",
    "call",
    "note",
    "reference",
    "sign-off",
    "name",
    "shortcode",
    "bullets",
    "numbers",
    "rule",
]


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of the text: its words, how far it was indented, its line in the file."""

    number: int
    text: str
    indent: int = 0


@dataclass(frozen=True, kw_only=True)
class Block:
    """Lines that belong together. `items` are those of a list; `ordinal` a heading's number."""

    kind: BlockKind
    lines: tuple[Line, ...]
    items: tuple[tuple[Line, ...], ...] = ()
    start: int = 1
    ordinal: int | None = None

    @property
    def words(self) -> str:
        """The block as one line of plain words."""
        return " ".join(line.text for line in self.lines)


@dataclass(kw_only=True)
class Log:
    """What was changed or left out, as it happens."""

    changes: list[Change] = field(default_factory=list)

    def changed(self, line: int, text: str, why: str) -> None:
        self.changes.append(Change(line=line, kind="changed", text=text, why=why))

    def removed(self, line: int, text: str, why: str) -> None:
        self.changes.append(Change(line=line, kind="removed", text=text, why=why))


def blocks_of(lines: Sequence[Line], log: Log, shortcodes: frozenset[str] = BUILTIN) -> list[Block]:
    """The blocks of cleaned lines (an empty one ends a block); headings go into the log."""
    groups = [group for block in _split_blank(lines) for group in _split_shapes(block, shortcodes)]
    return _headings(_classify(_lists(groups)), log)


def _split_blank(lines: Sequence[Line]) -> list[list[Line]]:
    blocks: list[list[Line]] = [[]]
    for line in lines:
        if line.text:
            blocks[-1].append(line)
        elif blocks[-1]:
            blocks.append([])
    return [block for block in blocks if block]


def _split_shapes(lines: Sequence[Line], shortcodes: frozenset[str]) -> list[Block]:
    """A block of lines, cut where a list item, a shortcode or a rule stands in it."""
    found: list[Block] = []
    for line in lines:
        if is_shortcode(line.text, shortcodes):
            found.append(Block(kind="shortcode", lines=(line,)))
        elif shapes.is_rule(line.text):
            found.append(Block(kind="rule", lines=(line,)))
        elif (item := _item(line)) is not None:
            found.append(item)
        elif found and found[-1].items and line.indent > found[-1].lines[0].indent:
            last = found[-1]
            item_lines = (*last.items[0], replace(line, indent=0))
            found[-1] = replace(last, lines=(*last.lines, line), items=(item_lines,))
        elif found and found[-1].kind == "paragraph":
            found[-1] = replace(found[-1], lines=(*found[-1].lines, line))
        else:
            found.append(Block(kind="paragraph", lines=(line,)))
    return found


def _item(line: Line) -> Block | None:
    numbered = shapes.numbered_parts(line.text)
    if numbered is not None:
        number, _, text = numbered
        item = replace(line, text=text)
        return Block(kind="numbers", lines=(line,), items=((item,),), start=number)
    bullet = shapes.bullet_text(line.text)
    if bullet is None:
        return None
    return Block(kind="bullets", lines=(line,), items=((replace(line, text=bullet),),))


def _lists(groups: Sequence[Block]) -> list[Block]:
    """Items that follow each other become one list; one on its own is prose, as typed.

    Exception: an only numbered item stays, for the heading above may want its number.
    """
    merged: list[Block] = []
    for group in groups:
        last = merged[-1] if merged else None
        if last is not None and group.items and _continues(last, group):
            merged[-1] = replace(
                last, lines=last.lines + group.lines, items=last.items + group.items
            )
        else:
            merged.append(group)
    joined: list[Block] = []
    for block in merged:
        _join(joined, block)
    return joined


def _join(blocks: list[Block], block: Block) -> None:
    """Adds a block; prose goes back to the prose it was cut from."""
    last = blocks[-1] if blocks else None
    below = last is not None and last.lines[-1].number + 1 == block.lines[0].number
    prose_above = below and last is not None and last.kind == "paragraph" and not _is_title(last)
    only = len(block.items) == 1
    if only and (block.kind == "bullets" or prose_above):
        block = replace(block, kind="paragraph", items=())
    if last is None or not below or block.kind != "paragraph":
        blocks.append(block)
    elif prose_above:
        blocks[-1] = replace(last, lines=last.lines + block.lines)
    elif last.kind == "numbers" and len(last.items) == 1:
        item = last.items[0] + block.lines
        blocks[-1] = replace(last, lines=last.lines + block.lines, items=(item,))
    else:
        blocks.append(block)


def _is_title(block: Block) -> bool:
    return len(block.lines) == 1 and shapes.looks_like_heading(block.lines[0].text)


def _continues(last: Block, group: Block) -> bool:
    if last.kind != group.kind:
        return False
    return group.kind == "bullets" or group.start == last.start + len(last.items)


def _classify(groups: Sequence[Block]) -> list[Block]:
    blocks: list[Block] = []
    greeted = False
    for at, group in enumerate(groups):
        if group.kind != "paragraph":
            blocks.append(group)
            continue
        first = group.lines[0]
        if not greeted and at < 2 and shapes.is_greeting(first.text):
            greeted = True
            blocks.append(replace(group, kind="greeting", lines=group.lines[:1]))
            if len(group.lines) > 1:
                blocks.append(replace(group, lines=group.lines[1:]))
        else:
            late = at >= len(groups) // 2
            signed = bool(blocks) and blocks[-1].kind == "sign-off"
            blocks.append(replace(group, kind=_kind(group, late=late, signed=signed)))
    return blocks


def _kind(group: Block, *, late: bool, signed: bool) -> BlockKind:
    first = group.lines[0].text
    if late and shapes.is_sign_off(first) and len(group.lines) <= 4:
        return "sign-off"
    if signed and len(group.lines) <= 2 and all(shapes.is_name(line.text) for line in group.lines):
        return "name"
    if shapes.note_parts(first):
        return "note"
    if len(group.lines) == 1 and shapes.reference_parts(first):
        return "reference"
    if len(group.lines) == 1 and shapes.is_call(first):
        return "call"
    if _is_title(group):
        return "heading"
    return "paragraph"


def _headings(blocks: Sequence[Block], log: Log) -> list[Block]:
    """Headings that have something under them; a lone number below moves up into its heading."""
    result: list[Block] = []
    for at, block in enumerate(blocks):
        following = blocks[at + 1] if at + 1 < len(blocks) else None
        if block.kind in ("heading", "call"):
            result.append(_heading(block, _chain(blocks, at), following, log))
        elif block.kind == "numbers" and len(block.items) == 1:
            taken = bool(result) and result[-1].kind == "heading" and result[-1].ordinal is not None
            lines = block.items[0] if taken else block.lines
            result.append(replace(block, kind="paragraph", lines=lines, items=()))
        else:
            result.append(block)
    return result


def _heading(block: Block, chain: int, following: Block | None, log: Log) -> Block:
    line = block.lines[0]
    # Three title-like lines in a row are a verse or an address.
    if following is None or chain > 2:
        return replace(block, kind="paragraph")
    if block.kind == "call":
        log.changed(line.number, line.text, "read as a call to action: a heading")
        return block
    if following.kind == "numbers" and len(following.items) == 1:
        why = f"became a heading with the number of the paragraph below: {following.start}."
        log.changed(line.number, line.text, why)
        return replace(block, ordinal=following.start)
    log.changed(line.number, line.text, "read as a heading")
    return block


def _chain(blocks: Sequence[Block], at: int) -> int:
    """How many title-like blocks stand in a row around `at`; one that ends the text counts
    doubly, as there is nothing under it."""
    first = last = at
    while first > 0 and blocks[first - 1].kind == "heading":
        first -= 1
    while last + 1 < len(blocks) and blocks[last + 1].kind == "heading":
        last += 1
    return last - first + 1 + (last + 1 == len(blocks))
