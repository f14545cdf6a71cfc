"""The filters that templates have beside Jinja2's own: `date`, `markdown`, `absolute`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import jinja2
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from newsletter.render.markdown import plain_parser
from newsletter.render.typography import quotes_for

_USUAL = "%-d %B %Y"


def as_date(value: Any, pattern: str = _USUAL) -> str:
    """A date or a time as `24 November 2026`, or by a pattern of strftime; nothing for None.

    Raises ValueError for what is no date.
    """
    if value is None or value == "":
        return ""
    moment = value
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError(f"`date` cannot read {value!r}; give 2026-11-24") from None
    if not isinstance(moment, date):
        raise ValueError(f"`date` takes a date, not {value!r}")
    # Not every system's strftime knows %-d.
    return moment.strftime(pattern.replace("%-d", str(moment.day)))


@pass_context
def as_markdown(context: Context, text: Any, *, inline: bool = False) -> Markup:
    """Markdown as HTML, by the rules of a letter; `inline` for words within a line."""
    issue = context.get("issue")
    typographic = getattr(issue, "is_typographic", True)
    parser = plain_parser(typographic, quotes_for(getattr(issue, "language", "en")))
    html = parser.renderInline(str(text)) if inline else parser.render(str(text))
    return Markup(html)  # noqa: S704 - the author's own words


@pass_context
def as_absolute(context: Context, address: Any) -> str:
    """An address with its host: relative ones begin at the newsletter's website.

    Raises ValueError where there is no website to begin at.
    """
    text = str(address)
    if urlsplit(text).scheme or text.startswith("lq"):
        return text
    newsletter = context.get("newsletter")
    website = getattr(newsletter, "website", "")
    if not website:
        raise ValueError(f"`absolute` cannot complete {text!r}: set website in newsletter.toml")
    return urljoin(website.rstrip("/") + "/", text)


FILTERS: dict[str, Callable[..., Any]] = {
    "date": as_date,
    "markdown": as_markdown,
    "absolute": as_absolute,
}


def add_filters(environment: jinja2.Environment) -> None:
    """Put them into an environment."""
    environment.filters.update(FILTERS)
