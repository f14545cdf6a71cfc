"""Leaves out what an author keeps to herself: comments, and all that follows `<!-- notes -->`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from markdown_it.token import Token

from newsletter.render.shield import words_in

# Conditional comments are mail markup for Word and stay.
_COMMENT = re.compile(r"<!--(?!\[if|<!\[endif).*?(?:-->|\Z)", re.DOTALL)
_NOTES = re.compile(r"<!--\s*notes\s*-->", re.IGNORECASE)
_MORE = re.compile(r"<!--\s*more\s*-->", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What is left of a letter. `removed` are the shield words that went; the first
    `teaser` tokens stand before `<!-- more -->`, None where there is none."""

    tokens: list[Token]
    removed: list[str]
    teaser: int | None


def without_comments(tokens: Sequence[Token]) -> Kept:
    """The tokens without comments and notes.

    Looks at tokens, not at text, so that a comment shown in code stays.
    """
    kept: list[Token] = []
    removed: list[str] = []
    teaser: int | None = None
    for at, token in enumerate(tokens):
        if token.type == "html_block":
            if teaser is None and token.level == 0 and _MORE.match(token.content):
                teaser = len(kept)
            notes = _NOTES.search(token.content)
            if notes:
                removed += words_in(token.content[notes.start() :])
                token.content = _cut(token.content[: notes.start()], removed)
                kept.append(token)
                kept += _closings(tokens[at + 1 :], token.level, removed)
                break
            token.content = _cut(token.content, removed)
            if not token.content.strip():
                continue
        for child in token.children or ():
            if child.type == "html_inline":
                child.content = _cut(child.content, removed)
        kept.append(token)
    return Kept(tokens=kept, removed=removed, teaser=teaser)


def html_without_comments(text: str) -> tuple[str, str, list[str]]:
    """HTML without comments and notes, what of it stands before `<!-- more -->` (or
    nothing), and the shield words that went."""
    removed: list[str] = []
    notes = _NOTES.search(text)
    if notes:
        # What closes the page is no note.
        end = re.search(r"</body\s*>", text[notes.end() :], re.IGNORECASE)
        rest = text[notes.end() + end.start() :] if end else ""
        removed += words_in(text[notes.end() : len(text) - len(rest)])
        text = text[: notes.start()] + rest
    more = _MORE.search(text)
    teaser = _cut(text[: more.start()], []) if more else ""
    return _cut(text, removed), teaser, removed


def _cut(html: str, removed: list[str]) -> str:
    for found in _COMMENT.finditer(html):
        removed += words_in(found[0])
    return _COMMENT.sub("", html)


def _closings(rest: Sequence[Token], level: int, removed: list[str]) -> list[Token]:
    """What closes the blocks that are open at `level`; the rest is dropped."""
    closings: list[Token] = []
    for token in rest:
        if token.nesting == -1 and token.level < level:
            closings.append(token)
            level = token.level
        removed += words_in(token.content + " " + token.info)
    return closings
