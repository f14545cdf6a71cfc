"""What a rule looks at, and what it gives: the letter with its places, and hits.

Everything that several rules need is worked out once, when the first one asks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from lxml import etree

from newsletter import liquid
from newsletter.check.model import Severity
from newsletter.issue.model import Issue, Kind
from newsletter.render.model import Email

LIQUID = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
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
    its time: only then is a time that has passed a mistake. `last_sent_at` is when the
    issue before this one went out. `has_public_pictures`: a real target's readers can load
    the letter's own pictures. `picture_sizes` are the bytes that leave, by a picture's name.
    """

    now: datetime
    target: str
    address_configured: bool
    already_sent: Sent | None = None
    last_sent_at: datetime | None = None
    scheduling: bool = False
    has_public_pictures: bool = False
    picture_sizes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Hit:
    """One thing a rule noticed; `severity` is None for the rule's own."""

    message: str
    cure: str
    line: int | None = None
    column: int | None = None
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
        return _COMMENT.sub(_blank, _NOTES.sub(_blank, self.issue.body))

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
            (problem.rule, Hit(message=f"{problem.message} ({key})", cure=problem.cure, line=line))
            for key, text, line in self.envelope
            for problem in liquid.problems(text)
        ]
        starts = [0, *(match.end() for match in re.finditer("\n", self.body))]
        for problem in liquid.problems(self.body):
            line, column = self.place(starts[problem.line - 1] + problem.column - 1)
            hit = Hit(message=problem.message, cure=problem.cure, line=line, column=column)
            found.append((problem.rule, hit))
        return tuple(found)

    @property
    def envelope(self) -> Iterator[tuple[str, str, int | None]]:
        """Name, text and line of the words outside the body that a reader sees."""
        issue = self.issue
        for key, text in (
            ("subject", issue.subject),
            ("preview_text", issue.preview_text),
            ("title", issue.title if issue.title != issue.subject else ""),
        ):
            if text:
                yield key, text, issue.key_lines.get(key)

    def line_of(self, key: str) -> int | None:
        """The line of a front-matter key, or None when it is not set there."""
        return self.issue.key_lines.get(key)

    def place(self, index: int) -> tuple[int | None, int | None]:
        """The file's line and column, 1-based, of a character of the body.

        Pasted text has no column: its lines were changed on their way to Markdown.
        """
        body = self.issue.body
        line = self.issue.line_of(body.count("\n", 0, index))
        if self.issue.kind is Kind.PLAIN or line is None:
            return line, None
        return line, index - (body.rfind("\n", 0, index) + 1) + 1

    def place_of(self, text: str) -> tuple[int | None, int | None]:
        """The place of the first `text` in the body, or no place."""
        at = self.body.find(text)
        return self.place(at) if at >= 0 else (None, None)


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match.group())
