"""Snippets as letters use them: compiled, and followed from one to the next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from newsletter import liquid, plaintext

INLINE, BLOCK = "inline", "block"


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A snippet as it was written: words (`inline`) or HTML (`block`), with Liquid in them."""

    snippet_type: str
    body: str

    def compiled(self) -> liquid.Snippet:
        """The snippet ready to be filled in. Raises LiquidError."""
        if self.snippet_type == INLINE:
            return liquid.Snippet(text=liquid.compile(self.body))
        return liquid.Snippet(
            html=liquid.compile(self.body),
            text=liquid.compile(plaintext.from_html(self.body).strip("\n")),
        )


def named_in(snippet: liquid.Snippet) -> frozenset[str]:
    """The keys of the snippets that a snippet names."""
    return snippet.text.snippets | (snippet.html.snippets if snippet.html else frozenset())


def needed(keys: Iterable[str], stored: Mapping[str, Stored]) -> dict[str, liquid.Snippet]:
    """The snippets with these keys, and those that they name in turn. Raises LiquidError.

    A key that nothing is stored under is left out; `*` means all.
    """
    found: dict[str, liquid.Snippet] = {}
    waiting = set(keys)
    while waiting:
        key = waiting.pop()
        if key == "*":
            waiting |= stored.keys() - found.keys()
        elif key in stored and key not in found:
            found[key] = stored[key].compiled()
            waiting |= named_in(found[key]) - found.keys()
    return found


def names_itself(key: str, stored: Mapping[str, Stored]) -> bool:
    """Whether the snippet with this key leads back to itself. Raises LiquidError."""
    begun = named_in(stored[key].compiled())
    return key in begun or key in needed(begun - {"*"}, stored)
