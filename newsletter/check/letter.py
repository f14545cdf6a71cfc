"""What a rule looks at, and what it gives: the letter with its places, and hits.

Everything that several rules need is worked out once, when the first one asks.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from lxml import etree

from newsletter import liquid
from newsletter.check.markup import Element, blank, elements, without_code
from newsletter.check.model import Severity
from newsletter.issue.model import Issue, Kind
from newsletter.render.model import Email
from newsletter.render.theme import Theme, theme_of

# No tag is longer: `newsletter.liquid` refuses it, and looking on would take the square of a letter.
LIQUID = re.compile(r"\{\{.{0,1000}?\}\}|\{%.{0,1000}?%\}", re.DOTALL)
_WORD = re.compile(r"[^\W\d_]+(?:[’'-][^\W\d_]+)*")
_MARKUP = re.compile(r"\]\([^()]*\)|<[^<>\n]*>|\{[^{}\n]*\}|https?://\S+")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_NOTES = re.compile(r"<!--\s*notes\s*-->.*", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Sent:
    """An earlier sending of the same issue to the same target; times are UTC."""

    sent_at: datetime | None
    recipients: int | None = None


@dataclass(frozen=True, kw_only=True)
class Context:
    """What the checks must know beside the letter. Times are aware.

    `target` is "local" or "kit". `scheduling` is true while somebody gives the issue
    its time: only then is a time that has passed a mistake. `last_sent_at` and
    `last_subject` are of the issue before this one, `tags` those that the target is
    known to have; None or empty where nobody knows. `ignore` are rules that the whole
    project silences, `theme` is the project's, `files` are its own templates and
    settings, text by path. `has_public_pictures`: a real target's readers can load the
    letter's own pictures. `picture_sizes` are the bytes that leave, by a picture's name.
    """

    now: datetime
    target: str
    address_configured: bool
    already_sent: Sent | None = None
    last_sent_at: datetime | None = None
    last_subject: str | None = None
    tags: Collection[str] = ()
    scheduling: bool = False
    ignore: frozenset[str] = frozenset()
    theme: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    has_public_pictures: bool = False
    picture_sizes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Hit:
    """One thing a rule noticed; `severity` is None for the rule's own.

    It stands at `line` and `column` of the letter, at the setting `key` of the issue,
    or in another file of the project, `path`.
    """

    message: str
    cure: str
    line: int | None = None
    column: int | None = None
    key: str | None = None
    path: str | None = None
    severity: Severity | None = None


@dataclass(frozen=True, kw_only=True)
class Letter:
    """One issue with its email, and what is known about the world."""

    issue: Issue
    email: Email
    context: Context

    @cached_property
    def body(self) -> str:
        """The body with comments and notes blanked out; every place stays where it was."""
        return _COMMENT.sub(blank, _NOTES.sub(blank, self.issue.body))

    @cached_property
    def prose(self) -> str:
        """The body without comments, notes and code; every place stays where it was."""
        return self.body if self.issue.kind is Kind.HTML else without_code(self.body)

    @cached_property
    def words(self) -> int:
        """How many words a reader reads."""
        return len(_WORD.findall(_MARKUP.sub(" ", LIQUID.sub(" ", self.body))))

    @cached_property
    def elements(self) -> tuple[Element, ...]:
        """The HTML that the author typed, in the order of the file."""
        return elements(self.prose)

    @cached_property
    def theme(self) -> Theme:
        """The colours and sizes of this letter."""
        return theme_of(self.context.theme, self.issue.theme)

    @cached_property
    def html(self) -> str:
        """The email's HTML without comments: what a mail program may show."""
        return _COMMENT.sub("", self.email.html)

    @cached_property
    def page(self) -> etree._Element | None:
        """The email's elements, or None where there are none. Liquid may be garbled here."""
        try:
            parser = etree.HTMLParser(encoding="utf-8", huge_tree=True)
            return etree.fromstring(self.email.html.encode("utf-8", "replace"), parser)
        except etree.XMLSyntaxError:  # recovering, the parser only gives up on an empty page
            return None

    @cached_property
    def liquid_mistakes(self) -> tuple[tuple[str, Hit], ...]:
        """What is wrong with the author's Liquid, each with its rule."""
        found = [
            (problem.rule, Hit(message=f"{problem.message} ({key})", cure=problem.cure, key=key))
            for key, text in self.envelope
            for problem in liquid.problems(text)
        ]
        for problem in liquid.problems(self.body):
            line, column = self.place(self._line_starts[problem.line - 1] + problem.column - 1)
            hit = Hit(message=problem.message, cure=problem.cure, line=line, column=column)
            found.append((problem.rule, hit))
        return tuple(found)

    @property
    def envelope(self) -> Iterator[tuple[str, str]]:
        """Name and text of the words outside the body that a reader sees."""
        issue = self.issue
        for key, text in (
            ("subject", issue.subject),
            ("preview_text", issue.preview_text),
            ("title", issue.title if issue.title != issue.subject else ""),
        ):
            if text:
                yield key, text

    def place(self, index: int) -> tuple[int | None, int | None]:
        """The file's line and column, 1-based, of a character of the body.

        Pasted text has no column: its lines were changed on their way to Markdown.
        """
        number = bisect_right(self._line_starts, index) - 1
        line = self.issue.line_of(number)
        if self.issue.kind is Kind.PLAIN or line is None:
            return line, None
        return line, index - self._line_starts[number] + 1

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(found.end() for found in re.finditer("\n", self.issue.body))]

    def hit(self, index: int, *, message: str, cure: str) -> Hit:
        """Something noticed at a character of the body."""
        line, column = self.place(index)
        return Hit(message=message, cure=cure, line=line, column=column)

    def place_of(self, text: str) -> tuple[int | None, int | None]:
        """The place of the first `text` in the body, or no place."""
        at = self.body.find(text)
        return self.place(at) if at >= 0 else (None, None)
