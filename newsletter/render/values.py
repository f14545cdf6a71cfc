"""What a template has in hand: the issue, the newsletter, the theme, and Kit's variables.

Liquid that a template needs is written through `kit` and `reader`, never as text, so
that Jinja2 and the inliner only ever see a shielded word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from newsletter.issue.model import Issue
from newsletter.render.markdown import Content
from newsletter.render.model import Newsletter
from newsletter.render.shield import Shield
from newsletter.render.theme import Theme

# Languages written from right to left, by their primary subtag (Unicode CLDR).
_RIGHT_TO_LEFT = frozenset({"ar", "dv", "fa", "he", "ks", "ku", "ps", "sd", "ug", "ur", "yi"})


@dataclass(frozen=True, kw_only=True)
class Letter:
    """The issue as a template sees it. `send_at` is in the issue's own zone, or None."""

    slug: str
    subject: str
    title: str
    preview_text: str
    content: Markup
    has_title: bool
    language: str
    direction: str
    number: int | None
    date: str | None
    send_at: datetime | None
    public: bool
    topics: tuple[str, ...]
    vars: Mapping[str, Any]


class Kit:
    """Kit's Liquid variables: each use gives a shielded word of its own."""

    def __init__(self, shield: Shield) -> None:
        self._shield = shield

    @property
    def unsubscribe_url(self) -> str:
        """The address that ends a subscription, for an `href`; a mail must have it."""
        return self._shield.keep("{{ unsubscribe_url }}")

    @property
    def address(self) -> str:
        """The sender's postal address; a mail must have it."""
        return self._shield.keep("{{ address }}")

    @property
    def subscriber_preferences_url(self) -> str:
        """The address of the reader's own page, for an `href`."""
        return self._shield.keep("{{ subscriber_preferences_url }}")


class Reader:
    """`reader("first_name", "friend")`: a field of the subscriber, with a word for when it is empty."""

    def __init__(self, shield: Shield) -> None:
        self._shield = shield

    def __call__(self, field: str, fallback: str | None = None) -> str:
        """A shielded word for the Liquid of one subscriber field. Raises ValueError
        for a name or a fallback that Liquid cannot express."""
        if not field.isidentifier():
            raise ValueError(f"reader() takes a field's key such as first_name, not {field!r}")
        if fallback is None:
            return self._shield.keep(f"{{{{ subscriber.{field} }}}}")
        # A Liquid string knows no escapes: only the other kind of quote helps.
        quote = "'" if '"' in fallback else '"'
        if quote in fallback or "}}" in fallback or "\n" in fallback:
            raise ValueError(f"reader() cannot write {fallback!r} as a Liquid string")
        return self._shield.keep(
            f"{{{{ subscriber.{field} | default: {quote}{fallback}{quote} }}}}"
        )


def values_for(
    *,
    issue: Issue,
    content: Content,
    newsletter: Newsletter,
    theme: Theme,
    shield: Shield,
) -> dict[str, Any]:
    """The names that `email.html.j2` and its parts can use."""
    language = issue.language or newsletter.language or "en"
    hidden = shield.hide_in
    letter = Letter(
        slug=issue.slug,
        subject=hidden(issue.subject),
        title="" if issue.subject_guessed else hidden(issue.title),
        preview_text=hidden(issue.preview_text),
        content=Markup(content.html),  # noqa: S704 - the author's own letter
        has_title=content.has_title,
        language=language,
        direction="rtl" if language.lower().partition("-")[0] in _RIGHT_TO_LEFT else "ltr",
        number=issue.number,
        date=issue.date,
        send_at=issue.send_at and issue.send_at.astimezone(ZoneInfo(issue.timezone)),
        public=issue.public,
        topics=issue.topics,
        vars=hidden(issue.vars),
    )
    return {
        "issue": letter,
        "newsletter": Newsletter(
            name=hidden(newsletter.name),
            sender_name=hidden(newsletter.sender_name),
            sender_address=newsletter.sender_address,
            address=hidden(newsletter.address),
            website=hidden(newsletter.website),
            language=newsletter.language,
        ),
        "theme": theme,
        "kit": Kit(shield),
        "reader": Reader(shield),
    }
