"""What a template has in hand: the issue, the newsletter, the theme, and Kit's variables.

Liquid that a template needs is written through `kit` and `reader`, never as text, so
that Jinja2 and the inliner only ever see a shielded word.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from newsletter.issue.model import Issue
from newsletter.plaintext import from_html
from newsletter.render.markdown import Content
from newsletter.render.model import Newsletter, World
from newsletter.render.shield import Shield
from newsletter.render.theme import Theme
from newsletter.render.undefined import nearest

# Languages written from right to left, by their primary subtag (Unicode CLDR).
_RIGHT_TO_LEFT = frozenset({"ar", "dv", "fa", "he", "ks", "ku", "ps", "sd", "ug", "ur", "yi"})


@dataclass(frozen=True, kw_only=True)
class Letter:
    """The issue as a template sees it. `send_at` is in the issue's own zone, or None.

    `teaser` is the letter before `<!-- more -->`, or empty; in a shortcode, which is a part
    of the letter, `content` is empty.
    """

    slug: str
    subject: str
    title: str
    preview_text: str
    content: Markup
    teaser: Markup
    has_title: bool
    has_signature: bool
    is_typographic: bool
    language: str
    direction: str
    number: int | None
    date: str | None
    send_at: datetime | None
    public: bool
    url: str | None
    thumbnail: str | None
    thumbnail_alt: str | None
    topics: tuple[str, ...]
    vars: Mapping[str, Any]

    @property
    def text(self) -> str:
        """The letter as plain text."""
        return from_html(str(self.content))


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


class Link:
    """`link("unsubscribe", "Leave this list")`: a link of every newsletter by its name."""

    def __init__(self, kit: Kit, newsletter: Newsletter, url: str | None) -> None:
        self._places: dict[str, Callable[[], str]] = {
            "unsubscribe": lambda: kit.unsubscribe_url,
            "preferences": lambda: kit.subscriber_preferences_url,
            "website": lambda: newsletter.website,
            "web": lambda: url or "",
        }

    def __call__(self, name: str, words: str | None = None) -> str:
        """The address of that name; with `words` the whole link. Raises ValueError for
        another name and for an address that nobody has set."""
        if name not in self._places:
            near = nearest(name, self._places) or f"there are: {', '.join(self._places)}"
            raise ValueError(f"link() knows no “{name}”; {near}")
        address = self._places[name]()
        if not address:
            where = "permalink in the letter" if name == "web" else "website in newsletter.toml"
            raise ValueError(f"link() has no address for “{name}”: set {where}")
        if words is None:
            return address
        return Markup('<a href="{}">{}</a>').format(address, words)


def values_for(
    *,
    issue: Issue,
    content: Content | None,
    newsletter: Newsletter,
    theme: Theme,
    shield: Shield,
    world: World,
    is_typographic: bool,
    has_signature: bool,
) -> dict[str, Any]:
    """The names that `email.html.j2` and its parts can use; `content` is None for shortcodes."""
    language = issue.language or newsletter.language or "en"
    hidden = shield.hide_in
    letter = Letter(
        slug=issue.slug,
        subject=hidden(issue.subject),
        title="" if issue.subject_guessed else hidden(issue.title),
        preview_text=hidden(issue.preview_text),
        content=Markup(content.html if content else ""),  # noqa: S704 - the author's own letter
        teaser=Markup(content.teaser if content else ""),  # noqa: S704
        has_title=content is not None and content.has_title,
        has_signature=has_signature,
        is_typographic=is_typographic,
        language=language,
        direction="rtl" if language.lower().partition("-")[0] in _RIGHT_TO_LEFT else "ltr",
        number=issue.number,
        date=issue.date,
        send_at=issue.send_at and issue.send_at.astimezone(ZoneInfo(issue.timezone)),
        public=issue.public,
        url=issue.url,
        thumbnail=issue.thumbnail,
        thumbnail_alt=issue.thumbnail_alt,
        topics=issue.topics,
        vars=hidden(issue.vars),
    )
    kit = Kit(shield)
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
        "target": world.target,
        "medium": "email",
        "kit": kit,
        "reader": Reader(shield),
        "link": Link(kit, newsletter, issue.url),
    }
