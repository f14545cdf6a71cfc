"""Characters that harm a mail unseen: control characters, and those nobody can read in review."""

from __future__ import annotations

import re

# NUL and its like end a parser's text; U+0080 to U+009F alone make Gmail cut a mail
# with "Message clipped". Surrogates cannot be encoded, U+FFFE and U+FFFF are no text.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_UNREADABLE = re.compile("[\u00a0\u00ad\u034f\u200b-\u200f\u2007\ufeff\u00a9\u00ae\u2122]")


def without_control_characters(text: str) -> str:
    """`text` without C0 and C1 control characters; tab and line ends stay."""
    return _CONTROL.sub("", text)


def with_numeric_references(html: str) -> str:
    """`html` with blanks that cannot be seen and © ® ™ written as numeric references.

    They survive a mail that is read in the wrong charset, and a person can see them
    in the source. Style sheets are left alone: there a reference is no character.
    Takes what a serialiser wrote, with tag names in small letters.
    """
    parts: list[str] = []
    at = 0
    while (style := html.find("<style", at)) >= 0 and (end := html.find("</style>", style)) >= 0:
        parts += [_referenced(html[at:style]), html[style:end]]
        at = end
    return "".join([*parts, _referenced(html[at:])])


def _referenced(html: str) -> str:
    return _UNREADABLE.sub(lambda found: f"&#{ord(found[0])};", html)
