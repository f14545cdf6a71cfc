"""Quotes and dashes as a printer would set them, for text that was typed."""

from __future__ import annotations

import re
from collections.abc import Sequence

from markdown_it.token import Token

_ENGLISH = ("“", "”", "‘", "’")
# Opening and closing, outer and inner, by the custom of each language.
_QUOTES = {
    "cs": ("„", "“", "‚", "‘"),
    "da": ("”", "”", "’", "’"),
    "de": ("„", "“", "‚", "‘"),
    "es": ("«", "»", "“", "”"),
    "fi": ("”", "”", "’", "’"),
    "fr": ("«\u00a0", "\u00a0»", "“", "”"),
    "it": ("«", "»", "“", "”"),
    "nb": ("«", "»", "‘", "’"),
    "no": ("«", "»", "‘", "’"),
    "pl": ("„", "”", "«", "»"),
    "pt": ("“", "”", "‘", "’"),
    "ru": ("«", "»", "„", "“"),
    "sv": ("”", "”", "’", "’"),
    "uk": ("«", "»", "„", "“"),
}
# markdown-it's own replacements also turn "(c)" into a copyright sign and shorten
# "!!!!", which would change what an author wrote; so only dashes and dots are here.
_RARE = re.compile(r"--|\.\.\.")
_SETTINGS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?<!\.)\.{3}(?!\.)"), "…"),
    (re.compile(r"(?<!-)---(?!-)"), "—"),
    (re.compile(r"(?<=\d)--(?=\d)"), "–"),
    (re.compile(r"(?<=\w)--(?=\w)"), "—"),
    (re.compile(r"(?<=\s)--(?=\s|$)|^--(?=\s)"), "–"),
)


def quotes_for(language: str) -> tuple[str, str, str, str]:
    """The quotation marks of a language (a BCP 47 tag); English ones for others."""
    return _QUOTES.get(language.lower().partition("-")[0], _ENGLISH)


def with_dashes(tokens: Sequence[Token]) -> None:
    """Turns typed hyphens and dots in running text into dashes and ellipses, in place."""
    for token in tokens:
        if token.type != "inline" or not _RARE.search(token.content):
            continue
        for child in token.children or ():
            if child.type == "text" and child.info != "auto":
                for pattern, sign in _SETTINGS:
                    child.content = pattern.sub(sign, child.content)
