"""Rules about the letter's bones: its size, headings, language, and what a mail cannot hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from newsletter import liquid
from newsletter.check.letter import Hit, Letter
from newsletter.check.model import Severity
from newsletter.issue.model import Kind
from newsletter.preheader import with_preheader

# Gmail cuts a message off at about 102 kB of source; tracked links add to ours.
_LARGE = 80_000
_CLIPPED = 100_000
_HEADING = re.compile(r"h([1-6])")
_ATX = re.compile(r"^ {0,3}(#{1,6})(?=[ \t]|$)", re.MULTILINE)
_SETEXT = re.compile(
    r"^(?! {0,3}(?:[-*+>#|:]|\d+[.)])) {0,3}\S[^\n]*\n {0,3}(=+|-+)[ \t]*$", re.MULTILINE
)
_FIELDS = frozenset({"form", "input", "select", "textarea", "button"})


def size_clip(letter: Letter) -> Iterator[Hit]:
    email = letter.email
    size = liquid.largest(with_preheader(email.html, email.preview_text))
    if size >= _LARGE:
        clipped = size >= _CLIPPED
        yield Hit(
            message=f"The email has {size // 1000} kB for the reader who gets most; Gmail "
            + ("cuts it off, and the way to unsubscribe with it" if clipped else "cuts at 102 kB"),
            cure="Shorten the letter, or link to its second half",
            severity=Severity.ERROR if clipped else Severity.WARNING,
        )


def heading_order(letter: Letter) -> Iterator[Hit]:
    found = _headings(letter)
    firsts = [index for level, index in found if level == 1]
    for index in firsts[1:]:
        yield letter.hit(
            index,
            message="There is a second heading of the first level; screen readers expect one",
            cure="Write ## for the parts of the letter",
        )
    # Without a # of its own the letter's title is the first heading.
    for (above, _), (level, index) in pairwise([(1, 0), *found]):
        if level > above + 1:
            yield letter.hit(
                index,
                message=f"A heading of level {level} follows one of level {above}",
                cure=f"Write {'#' * (above + 1)} here; readers find their way by these levels",
            )


def lang_missing(letter: Letter) -> Iterator[Hit]:
    root = letter.page
    if root is None or root.tag != "html":
        return
    if not (root.get("lang") or "").strip():
        line, column = letter.place_of("<html")
        yield Hit(
            message="The email does not say its language; screen readers would guess",
            cure='Write <html lang="en"> at the top of the page or template',
            line=line,
            column=column,
        )


def form_in_email(letter: Letter) -> Iterator[Hit]:
    typed = [each for each in letter.elements if each.name in _FIELDS]
    shown = [each for each in typed if each.name == "form"] or typed[:1]
    for element in shown:
        line, column = letter.place(element.start)
        yield _form(element.name, line, column)
    if not shown and letter.page is not None:
        for found in letter.page.iter("form"):
            yield _form(str(found.tag), None, None)


def _form(name: str, line: int | None, column: int | None) -> Hit:
    return Hit(
        message=f"<{name}> does not work in a mail: most programs take it out or warn of it",
        cure="Link to the form's page: [form name=…], or [Join](https://…){.button}",
        line=line,
        column=column,
    )


def _headings(letter: Letter) -> list[tuple[int, int]]:
    """Level and place of each heading that the author typed, in order."""
    text = "" if letter.issue.kind is Kind.HTML else letter.prose
    found = [(len(one[1]), one.start(1)) for one in _ATX.finditer(text)]
    found += [(1 if one[1][0] == "=" else 2, one.start()) for one in _SETEXT.finditer(text)]
    for element in letter.elements:
        level = _HEADING.fullmatch(element.name)
        if level:
            found.append((int(level[1]), element.start))
    return sorted(found, key=lambda one: one[1])
