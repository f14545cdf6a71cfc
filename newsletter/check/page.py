"""Rules about the finished HTML: its pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator

from newsletter.check.letter import Hit, Letter

_NO_ALT = re.compile(r"!\[\s*\]\(")


def image_alt(letter: Letter) -> Iterator[Hit]:
    for found in _NO_ALT.finditer(letter.body):
        line, column = letter.place(found.start())
        yield _without_alt("A picture", line, column)
    if letter.page is None:
        return
    for image in letter.page.iter("img"):
        if image.get("alt") is None:
            source = image.get("src", "")
            yield _without_alt(f"The picture {source}", *letter.place_of(source or "<img"))


def _without_alt(which: str, line: int | None, column: int | None) -> Hit:
    return Hit(
        message=f"{which} says nothing to readers who do not see it",
        cure='Describe it: ![what it shows](file.jpg), or alt="" in HTML for decoration',
        line=line,
        column=column,
    )
