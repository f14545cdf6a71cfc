"""Hides Liquid tags from everything that would damage them, and puts them back.

Markdown curls the quotes inside a tag, Jinja2 would run it, an HTML parser drops
half of it and a serialiser escapes it. So each tag is replaced by a word of lower
case letters and digits before the first of these steps and restored after the last.
Such a word survives as text, address, attribute name, attribute value and CSS value,
and is no domain name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

# A tag may span lines, as in Kit's Liquid, but a blank line means that an opening
# brace was left alone; the rest of the letter is then no tag.
LIQUID = re.compile(r"\{\{(?:(?!\n[ \t]*\n).)*?\}\}|\{%(?:(?!\n[ \t]*\n).)*?%\}", re.DOTALL)
TOKEN = re.compile(r"lq(\d{4,})ql")
IN_BRACKETS = re.compile(r"<(/?)(?=[A-Za-z0-9-]*lq\d{4,}ql)")
"""The beginning of `<{{ subscriber.email_address }}>`, which is no element."""
_FIRST = 1000


class Shield:
    """The tags of one render and the words that stand for them. One object per render."""

    def __init__(self) -> None:
        self._kept: list[str] = []

    def keep(self, tag: str) -> str:
        """A new word that stands for `tag`."""
        self._kept.append(tag)
        return f"lq{_FIRST + len(self._kept) - 1}ql"

    def hide(self, text: str) -> str:
        """`text` with every Liquid tag replaced by a word."""
        return LIQUID.sub(lambda found: self.keep(found[0]), text)

    def hide_in(self, value: Any) -> Any:
        """A value made of strings, lists and mappings, with every tag in it replaced."""
        if isinstance(value, str):
            return self.hide(value)
        if isinstance(value, Mapping):
            return {key: self.hide_in(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.hide_in(inner) for inner in value]
        return value

    def show(self, text: str) -> str:
        """`text` with every word replaced by its tag."""
        return TOKEN.sub(lambda found: self.tag(found[0]), text)

    def tag(self, word: str) -> str:
        """The tag that a word stands for."""
        return self._kept[int(word[2:-2]) - _FIRST]

    def knows(self, word: str) -> bool:
        """Whether this shield made a word."""
        return 0 <= int(word[2:-2]) - _FIRST < len(self._kept)


def words_in(text: str) -> list[str]:
    """The words of a shield that stand in `text`, in order."""
    return [found[0] for found in TOKEN.finditer(text)]
