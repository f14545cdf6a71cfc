"""Text as people paste it becomes Markdown: what was a heading to the eye becomes one.

Everything else stays as typed, and every change that a reader could see, and every
line left out, is reported with its line in the file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from newsletter.issue import shapes
from newsletter.issue.blocks import Block, Line, Log, blocks_of
from newsletter.issue.characters import SPACES, cleaned, split_lines
from newsletter.issue.escape import escaped, escaped_line, heading_line, link_destination
from newsletter.issue.model import Change
from newsletter.issue.shortcodes import BUILTIN, FORMS, find_shortcodes


@dataclass(frozen=True, kw_only=True)
class PlainText:
    """Markdown made of pasted text; `body_lines[i]` is the file's line of `body`'s line `i`."""

    body: str
    body_lines: tuple[int, ...]
    blocks: tuple[Block, ...]
    changes: tuple[Change, ...]


def to_markdown(
    text: str, *, first_line: int = 1, shortcodes: frozenset[str] = BUILTIN
) -> PlainText:
    """Pasted plain text as Markdown. `first_line` is the text's first line in its file.

    A line that holds one of the `shortcodes` alone is left as it is.
    """
    log = Log()
    lines = _clean(split_lines(text), first_line, log)
    blocks = blocks_of(lines, log, shortcodes)
    for block in blocks:
        _report(block, log)
    body, numbers = _written(blocks)
    changes = sorted(_spaces_as_one(log.changes), key=lambda change: change.line)
    return PlainText(body=body, body_lines=numbers, blocks=tuple(blocks), changes=tuple(changes))


def _spaces_as_one(changes: Sequence[Change]) -> list[Change]:
    """The changes with those of spaces, of which a pasted page has dozens, told once."""
    spaces = [change for change in changes if change.why == SPACES]
    others = [change for change in changes if change.why != SPACES]
    if len(spaces) > 1:
        why = f"no-break spaces became spaces, here and on {len(spaces) - 1} more line"
        spaces = [replace(spaces[0], why=why + "s" * (len(spaces) > 2))]
    return others + spaces


def _clean(raw: Sequence[str], first_line: int, log: Log) -> list[Line]:
    lines: list[Line] = []
    for number, source in enumerate(raw, start=first_line):
        text, done = cleaned(source)
        for why in done:
            log.changed(number, text.strip(), why)
        words = text.strip()
        if shapes.is_web_leftover(words):
            log.removed(number, words, "left over from a web page")
            words = ""
        elif "unsubscribe" in words.lower():
            words = _without_leaving(words, number, log)
        lines.append(Line(number=number, text=words, indent=len(text) - len(text.lstrip())))
    return lines


def _without_leaving(words: str, number: int, log: Log) -> str:
    kept: list[str] = []
    for sentence in shapes.sentences(words):
        if shapes.is_leaving_sentence(sentence):
            why = "the footer has the link to unsubscribe"
            log.removed(number, sentence.strip(), why)
        else:
            kept.append(sentence)
    return "".join(kept).strip()


def _report(block: Block, log: Log) -> None:
    line = block.lines[0]
    if block.kind == "note":
        log.changed(line.number, line.text, "became a box")
    elif block.kind == "reference":
        log.changed(line.number, line.text, "became a small line; the link shows only the site")
    elif block.kind == "shortcode":
        forms = find_shortcodes(line.text, names=FORMS)
        why = "stays; in the email it becomes a button" if forms else "stays a shortcode"
        log.changed(line.number, line.text, why)
    elif block.kind == "rule":
        log.changed(line.number, line.text, "became a line across the page")


def _written(blocks: Sequence[Block]) -> tuple[str, tuple[int, ...]]:
    out: list[tuple[str, int]] = []
    previous = ""
    for block in blocks:
        if out:
            out.append(("", out[-1][1]))
        lines = _markdown(block, previous)
        previous = lines[0][0]
        out += lines
    return "\n".join(text for text, _ in out), tuple(number for _, number in out)


def _markdown(block: Block, previous: str) -> list[tuple[str, int]]:
    first = block.lines[0]
    match block.kind:
        case "heading" | "call":
            number = "" if block.ordinal is None else f"{block.ordinal}. "
            return [(f"## {number}{heading_line(first.text)}", first.number)]
        case "shortcode":
            return [(first.text, first.number)]
        case "rule":
            return [("---", first.number)]
        case "note":
            return _note(block)
        case "reference":
            return _reference(first)
        case "bullets":
            return _items(block, ["- "] * len(block.items))
        case "numbers":
            # Two ordered lists in a row would become one; another mark keeps them apart.
            mark = ")" if re.match(r"\d+\. ", previous) else "."
            numbers = range(block.start, block.start + len(block.items))
            return _items(block, [f"{number}{mark} " for number in numbers])
        case _:
            return _broken(block.lines)


def _broken(lines: Sequence[Line]) -> list[tuple[str, int]]:
    """Lines of prose; each break stays one."""
    last = len(lines) - 1
    return [
        (escaped_line(line.text) + ("\\" if at < last else ""), line.number)
        for at, line in enumerate(lines)
    ]


def _note(block: Block) -> list[tuple[str, int]]:
    first = block.lines[0]
    lead, text = shapes.note_parts(first.text) or ("", first.text)
    rest = _broken((replace(first, text=text), *block.lines[1:]))
    opening = (
        f"**{escaped(lead)}** {escaped(text)}{rest[0][0][len(escaped_line(text)) :]}",
        first.number,
    )
    return [("::: note", first.number), opening, *rest[1:], (":::", rest[-1][1])]


def _reference(line: Line) -> list[tuple[str, int]]:
    label, address = shapes.reference_parts(line.text) or ("", line.text)
    words = f"{label}: [{escaped(shapes.host_of(address))}]({link_destination(address)})"
    return [(text, line.number) for text in ("::: small", words, ":::")]


def _items(block: Block, marks: Sequence[str]) -> list[tuple[str, int]]:
    out: list[tuple[str, int]] = []
    for mark, item in zip(marks, block.items, strict=True):
        for at, (text, number) in enumerate(_broken(item)):
            out.append(((mark if at == 0 else " " * len(mark)) + text, number))
    return out
