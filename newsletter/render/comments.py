"""Leaves out what an author keeps to herself: comments, and all that follows `<!-- notes -->`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from markdown_it.token import Token

from newsletter.render.shield import words_in

# Conditional comments are mail markup for Word and stay.
_COMMENT = re.compile(r"<!--(?!\[if|<!\[endif).*?(?:-->|\Z)", re.DOTALL)
_NOTES = re.compile(r"<!--\s*notes\s*-->", re.IGNORECASE)


def without_comments(tokens: Sequence[Token]) -> tuple[list[Token], list[str]]:
    """The tokens without comments and notes, and the shield words that went with them.

    Looks at tokens, not at text, so that a comment shown in code stays.
    """
    kept: list[Token] = []
    removed: list[str] = []
    for at, token in enumerate(tokens):
        if token.type == "html_block":
            notes = _NOTES.search(token.content)
            if notes:
                removed += words_in(token.content[notes.start() :])
                token.content = _cut(token.content[: notes.start()], removed)
                kept.append(token)
                return kept + _closings(tokens[at + 1 :], token.level, removed), removed
            token.content = _cut(token.content, removed)
            if not token.content.strip():
                continue
        for child in token.children or ():
            if child.type == "html_inline":
                child.content = _cut(child.content, removed)
        kept.append(token)
    return kept, removed


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
