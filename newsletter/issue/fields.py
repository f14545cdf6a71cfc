"""The settings with a shape of their own: audience, sender, template, date, topics, theme."""

from __future__ import annotations

import re
from datetime import date
from email.utils import parseaddr

from newsletter.issue.audience import UnreadableAudience, read_audience
from newsletter.issue.model import Audience
from newsletter.issue.values import Values


def audience_of(values: Values) -> Audience:
    """Who gets it; everyone when nothing is said. Raises InvalidIssue."""
    if values.is_blank("audience"):
        raise values.error(
            "audience", "the audience is empty", hint="write audience: everyone, or take the line out",
            rule="audience-unsupported",
        )  # fmt: skip
    value = values.data("audience")
    if value is None:
        return Audience()
    try:
        return read_audience(value)
    except UnreadableAudience as error:
        raise values.error(
            "audience", error.reason, hint=error.hint, rule="audience-unsupported"
        ) from None


def sender_of(values: Values) -> str | None:
    """`Ann Lee <ann@example.org>`, or None for the project's sender."""
    text = values.text("from")
    if text is not None and not re.fullmatch(r"[^@\s]+@[^@\s]+", parseaddr(text)[1]):
        raise values.error(
            "from", f"“{text}” holds no email address", hint="write from: Ann Lee <ann@example.org>"
        )
    return text


def template_of(values: Values) -> str:
    """The name of the template, without its suffixes."""
    name = values.text("template") or "email"
    if not re.fullmatch(r"\w[\w.-]*(?:/\w[\w.-]*)*", name):
        raise values.error(
            "template", f"“{name}” is no template's name", hint="write template: email"
        )
    return name


def date_of(values: Values) -> str | None:
    """The day for lists and the archive, as `YYYY-MM-DD`. It never sends anything."""
    text = values.text("date")
    if text is None:
        return None
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        raise values.error(
            "date", f"“{text}” is not a day", hint="write date: 2026-11-24"
        ) from None


def topics_of(values: Values) -> tuple[str, ...]:
    """Topics for the archive, also from `tags` and `categories`."""
    return values.words("topics")


def theme_of(values: Values) -> dict[str, object]:
    """This issue's own colours and the like."""
    theme = dict(values.mapping("theme"))
    empty = next((name for name, value in theme.items() if value is None), None)
    if empty is not None:
        raise values.error(
            "theme",
            f"the theme's {empty} is empty",
            hint=f'a colour needs quotes: {empty}: "#7a4b2a"',
        )
    return theme
