"""The letter itself: its lines without what should not travel, and its words for a guess."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

from newsletter.issue.characters import without_controls
from newsletter.issue.guess import guess_subject, opening
from newsletter.issue.model import Change
from newsletter.issue.plain import PlainText, to_markdown
from newsletter.issue.shapes import is_greeting
from newsletter.issue.shortcodes import BUILTIN, is_shortcode

_SILENT = frozenset({"greeting", "shortcode", "rule", "reference", "sign-off", "name"})


@dataclass(frozen=True, kw_only=True)
class Body:
    """A letter as Markdown. `subject` and `preview_text` are guesses from its words;
    `opening` is how it begins, and empty for Markdown, whose author writes one."""

    text: str
    lines: tuple[int, ...]
    changes: tuple[Change, ...]
    subject: str
    preview_text: str
    opening: str


def read_plain(
    lines: Sequence[str], *, first_line: int, shortcodes: frozenset[str] = BUILTIN
) -> Body:
    """Pasted text; `first_line` is the file's line that `lines` begin with."""
    plain = to_markdown("\n".join(lines), first_line=first_line, shortcodes=shortcodes)
    texts = _plain_texts(plain)
    subject, preview_text = guess_subject(texts)
    return Body(
        text=plain.body,
        lines=plain.body_lines,
        changes=plain.changes,
        subject=subject,
        preview_text=preview_text,
        opening=opening(texts),
    )


def _plain_texts(plain: PlainText) -> list[str]:
    spoken = [block.words for block in plain.blocks if block.kind not in _SILENT]
    return spoken or [block.words for block in plain.blocks]


def read_markdown(
    lines: Sequence[str], *, first_line: int, shortcodes: frozenset[str] = BUILTIN
) -> Body:
    """A Markdown body, as it is but for control characters and blank lines around it."""
    text, numbers, changes = as_typed(lines, first_line)
    subject = _markdown_subject(text, shortcodes)
    return Body(
        text=text, lines=numbers, changes=changes, subject=subject, preview_text="", opening=""
    )


def as_typed(
    lines: Sequence[str], first_line: int
) -> tuple[str, tuple[int, ...], tuple[Change, ...]]:
    """Lines without control characters and blank lines around them, their numbers, and what was done."""
    kept: list[tuple[str, int]] = []
    changes: list[Change] = []
    for number, source in enumerate(lines, start=first_line):
        line, done = without_controls(source)
        kept.append((line, number))
        changes += [Change(line=number, kind="changed", text=line.strip(), why=why) for why in done]
    while kept and not kept[0][0].strip():
        kept.pop(0)
    while kept and not kept[-1][0].strip():
        kept.pop()
    text = "\n".join(line for line, _ in kept)
    return text, tuple(number for _, number in kept), tuple(changes)


def _markdown_subject(text: str, shortcodes: frozenset[str]) -> str:
    tokens = MarkdownIt("commonmark").parse(text)
    inline = [token for token in tokens if token.type == "inline"]
    if tokens and tokens[0].type == "heading_open" and tokens[0].tag == "h1":
        return " ".join(_plain_words(inline[0]).split())
    texts = [_plain_words(token) for token in inline]
    texts = [words for words in texts if words and not is_shortcode(words, shortcodes)]
    return guess_subject([words for words in texts if not is_greeting(words)] or texts)[0]


def _plain_words(inline: Token) -> str:
    parts: list[str] = []
    for child in inline.children or ():
        if child.type in ("softbreak", "hardbreak"):
            parts.append("\n")
        elif child.type == "image":
            parts.append(" ")
        else:
            parts.append(child.content if child.type != "html_inline" else "")
    lines = "".join(parts).split("\n")
    return " ".join(line.strip() for line in lines if not line.lstrip().startswith(":::")).strip()
