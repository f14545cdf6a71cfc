"""Rules about the finished HTML: its size and its links."""

from __future__ import annotations

import re
from collections.abc import Iterator

from newsletter.check.letter import Hit, Letter
from newsletter.check.model import Severity
from newsletter.preheader import with_preheader

# Gmail cuts a message off at about 102 kB of source; names and tracked links add to ours.
_LARGE = 80_000
_CLIPPED = 100_000
_IS_LOOPBACK = re.compile(
    r"http://(?:localhost|127(?:\.\d+){3}|\[::1\])(?::\d+)?(?:/|$)", re.IGNORECASE
)


def size_clip(letter: Letter) -> Iterator[Hit]:
    email = letter.email
    size = len(with_preheader(email.html, email.preview_text).encode("utf-8", "replace"))
    if size >= _LARGE:
        clipped = size >= _CLIPPED
        yield Hit(
            message=f"The email has {size // 1000} kB; Gmail "
            + ("cuts it off, and the way to unsubscribe with it" if clipped else "cuts at 102 kB"),
            cure="Shorten the letter, or link to its second half",
            severity=Severity.ERROR if clipped else Severity.WARNING,
        )


def link_http(letter: Letter) -> Iterator[Hit]:
    if letter.page is None:
        return
    links = (link.get("href", "").strip() for link in letter.page.iter("a"))
    for url in dict.fromkeys(link for link in links if link.lower().startswith("http://")):
        if _IS_LOOPBACK.match(url):
            continue  # the embedded server's own pages: they never cross a net
        line, column = letter.place_of(url)
        yield Hit(
            message=f"{url} is not encrypted",
            cure="Try https:// in its place; nearly every site has it",
            line=line,
            column=column,
        )
