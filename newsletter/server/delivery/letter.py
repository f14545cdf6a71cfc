"""A broadcast as a letter to many: compiled once, filled in for each reader.

Kit's Liquid stands in subject, preview text and content. The text part is derived from
the finished HTML before any name is filled in, so that every reader gets the same letter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from newsletter import liquid, plaintext
from newsletter.preheader import with_preheader
from newsletter.server.snippets import Stored, needed
from newsletter.server.store.beginnings import STARTING_POINT

_SLOT = re.compile(r"\{\{-?\s*message_content\s*-?\}\}")
_WAY_OUT = re.compile(r"\{\{-?\s*unsubscribe_(?:url|link)\b")


class BadLetter(Exception):
    """The broadcast cannot be sent as it is; the text says why and what would help."""


@dataclass(frozen=True, kw_only=True)
class Words:
    """What one reader gets."""

    subject: str
    html: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A compiled broadcast."""

    subject: liquid.Template
    html: liquid.Template
    text: liquid.Template
    snippets: Mapping[str, liquid.Snippet] = field(default_factory=dict)

    def words_for(self, reader: liquid.Reader, links: liquid.Links, *, now: datetime) -> Words:
        """Everything filled in for one reader. Raises BadLetter."""
        links = replace(links, snippets=self.snippets)
        try:
            return Words(
                subject=self.subject.render(reader, links, now=now, escape_html=False),
                html=self.html.render(reader, links, now=now, escape_html=True),
                text=self.text.render(reader, links, now=now, escape_html=False),
            )
        except liquid.LiquidError as error:
            raise BadLetter(str(error)) from error


def compiled(
    *,
    subject: str | None,
    preview_text: str | None,
    content: str | None,
    template: str,
    category: str,
    snippets: Mapping[str, Stored] | None = None,
    mark: Callable[[str], str] | None = None,
) -> Letter:
    """The letter of a broadcast on an email template. Raises BadLetter.

    `template` is the template's own HTML: an HTML template wraps the content, a Starting
    point leaves it as it is, which must then hold the way out itself. `snippets` are all
    that are stored, by key; `mark` changes the HTML, once the text part was derived from it.
    """
    if not (subject or "").strip():
        raise BadLetter("Subject can't be blank")
    if not (content or "").strip():
        raise BadLetter("Content can't be blank")
    body = content or ""
    html = body if category == STARTING_POINT else _SLOT.sub(lambda _: body, template)
    marked = html if mark is None else mark(html)
    parts = {
        "subject": template_of("Subject", subject or ""),
        "html": template_of("Content", with_preheader(marked, preview_text or "")),
        "text": template_of("Content", plaintext.from_html(html)),
    }
    pieces = needed_by(parts.values(), snippets or {})
    sources = [html, *((each.html or each.text).source for each in pieces.values())]
    if not any(_WAY_OUT.search(source) for source in sources):
        raise BadLetter(
            "A broadcast without an unsubscribe link cannot be sent. "
            "Put {{ unsubscribe_url }} into the content."
        )
    return Letter(**parts, snippets=pieces)


def needed_by(
    parts: Collection[liquid.Template], stored: Mapping[str, Stored]
) -> Mapping[str, liquid.Snippet]:
    """The snippets that these texts print, directly and through others. Raises BadLetter."""
    keys = frozenset().union(*(each.snippets for each in parts))
    try:
        return needed(keys, stored)
    except liquid.LiquidError as error:
        raise BadLetter(f"Snippet: {error}") from error


def template_of(name: str, source: str) -> liquid.Template:
    """A text ready to be filled in; raises BadLetter, which calls it by `name`."""
    try:
        return liquid.compile(source)
    except liquid.LiquidError as error:
        raise BadLetter(f"{name}: {error}") from error
