"""A text with Liquid, compiled once and rendered for each reader."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING, Any

from newsletter.liquid.tags import broken, curly_quotes, place

if TYPE_CHECKING:
    from liquid import BoundTemplate


NOW = " now"  # the passed clock's place among the values; the blank keeps it out of texts


class LiquidError(Exception):
    """A text's Liquid cannot be read or rendered. `line` and `column` are 1-based."""

    def __init__(self, message: str, *, line: int = 1, column: int = 1) -> None:
        super().__init__(f"{message} (line {line}, column {column})")
        self.message = message
        self.line = line
        self.column = column


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Whom the text is for. `fields` holds custom fields by Kit's key."""

    email_address: str
    first_name: str | None = None
    fields: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Links:
    """What stands in every mail: where to leave, where to change, the postal address."""

    unsubscribe_url: str
    preferences_url: str
    address: str
    snippets: Mapping[str, Snippet] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Snippet:
    """A stored piece of a letter: what stands for it in HTML, and in subjects and text parts.

    Without `html` it is words only, which HTML shows as they are.
    """

    text: Template
    html: Template | None = None


class Template:
    """A compiled text. Make one with `compile`; it may be shared between threads."""

    def __init__(
        self, source: str, html: BoundTemplate | None = None, text: BoundTemplate | None = None
    ) -> None:
        self.source = source
        self._html = html
        self._text = text

    @property
    def snippets(self) -> frozenset[str]:
        """The keys of the snippets it names; `*` where it names one by a value."""
        if self._html is None:
            return frozenset()
        named = self._html.analyze(include_partials=False).globals.get("snippet", ())
        return frozenset(
            each.segments[1] if isinstance(each.segments[1], str) else "*"
            for each in named
            if len(each.segments) > 1
        )

    def render(self, reader: Reader, links: Links, *, now: datetime, escape_html: bool) -> str:
        """The text for one reader.

        With `escape_html` every value is escaped where it is printed; without, line
        breaks in values are kept: a header's caller removes them. `now` is what
        `"now" | date` shows, in its own zone. Names that are not known print nothing.
        Raises LiquidError when the text asks for something impossible or too costly.
        """
        if self._html is None:
            return self.source
        values = _values(reader, links, now, escape_html=escape_html)
        return self.filled(values, escape_html=escape_html)

    def filled(self, values: Mapping[str, Any], *, escape_html: bool) -> str:
        """The text with these values, which `render` makes. Raises LiquidError."""
        template = self._html if escape_html else self._text
        if template is None:
            return self.source
        try:
            return template.render(values)
        except LiquidError:
            raise
        except Exception as error:  # a text can trip any filter; none may leak
            raise as_liquid_error(self.source, error) from error


def compile(source: str) -> Template:  # noqa: A001
    """`source` made ready for rendering; raises LiquidError when it cannot be read."""
    if "{{" not in source and "{%" not in source:
        return Template(source)
    problem = broken(source) or next(curly_quotes(source), None)
    if problem is not None:
        raise LiquidError(problem.message, line=problem.line, column=problem.column)
    from newsletter.liquid import dialect  # noqa: PLC0415 - a third of a second

    try:
        nodes = dialect.parse(source)
    except dialect.LiquidError as error:
        raise as_liquid_error(source, error) from error
    return Template(
        source,
        dialect.bind(nodes, escape_html=True),
        dialect.bind(nodes, escape_html=False),
    )


def as_liquid_error(source: str, error: Exception) -> LiquidError:
    """Any error of the library as ours: one sentence and a place in `source`."""
    token = getattr(error, "token", None)
    index = token.start_index if token is not None and token.source == source else 0
    line, column = place(source, index)
    message = str(getattr(error, "message", None) or error)
    unknown = re.fullmatch(r"unexpected tag '(\w+)'", message)
    if unknown:
        message = f"There is no Liquid tag “{unknown.group(1)}”"
    elif isinstance(error, RecursionError) or message == "unexpected liquid parsing error":
        message = "This Liquid is nested too deeply, or a number in it is too long"
    else:
        message = f"Liquid does not understand this: {message}"
    return LiquidError(message, line=line, column=column)


def _values(reader: Reader, links: Links, now: datetime, *, escape_html: bool) -> dict[str, Any]:
    values: dict[str, Any] = {
        "subscriber": {
            **reader.fields,
            "first_name": reader.first_name,
            "email_address": reader.email_address,
        },
        "unsubscribe_url": links.unsubscribe_url,
        "unsubscribe_link": links.unsubscribe_url,
        "subscriber_preferences_url": links.preferences_url,
        "subscriber_preferences_link": links.preferences_url,
        "address": links.address,
        NOW: now,
    }
    words = None
    if escape_html and links.snippets:
        words = _values(reader, links, now, escape_html=False)["snippet"]
    values["snippet"] = _Snippets(links.snippets, values, words)
    if escape_html:
        values["unsubscribe_link"] = _Anchor(links.unsubscribe_url, "Unsubscribe")
        values["subscriber_preferences_link"] = _Anchor(links.preferences_url, "Preferences")
    return values


class _Snippets(Mapping[str, str]):
    """The snippets as one reader gets them, each filled in once, when it is first asked for."""

    def __init__(
        self,
        stored: Mapping[str, Snippet],
        values: Mapping[str, Any],
        words: Mapping[str, str] | None,
    ) -> None:
        """`values` are those of the text around; `words` the same snippets in plain text."""
        self._stored = stored
        self._values = values
        self._words = words
        self._filled: dict[str, str] = {}

    def __getitem__(self, key: str) -> str:
        if key not in self._filled:
            snippet = self._stored[key]
            self._filled[key] = ""  # what it prints inside itself
            self._filled[key] = self._fill(key, snippet)
        return self._filled[key]

    def _fill(self, key: str, snippet: Snippet) -> str:
        if self._words is None:
            return snippet.text.filled(self._values, escape_html=False)
        if snippet.html is None:
            return str(self._words[key])
        return _Markup(snippet.html.filled(self._values, escape_html=True))

    def __iter__(self) -> Iterator[str]:
        return iter(self._stored)

    def __len__(self) -> int:
        return len(self._stored)

    def __str__(self) -> str:
        return ""


class _Markup(str):
    """Finished words; `__html__` is how the library knows that they need no escaping."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


class _Anchor(_Markup):
    """A ready-made link."""

    __slots__ = ()

    def __new__(cls, url: str, words: str) -> _Anchor:
        return super().__new__(cls, f'<a href="{escape(url)}">{words}</a>')
