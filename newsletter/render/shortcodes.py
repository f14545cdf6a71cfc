"""Shortcodes in a letter: a sign-up form becomes a link to the form's page.

A form does nothing in a mail program, so `[form name=main]` and the old WordPress
forms of it are printed by `shortcodes/form.html.j2` as a button.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from newsletter.errors import InvalidIssue
from newsletter.issue.model import Issue
from newsletter.issue.shortcodes import Shortcode, find_shortcodes
from newsletter.render.markdown import Embedded, Place
from newsletter.render.model import Look
from newsletter.render.shield import LIQUID, Shield
from newsletter.render.templates import SUFFIX, Templates


def hide_shortcodes(
    body: str, *, issue: Issue, look: Look, shield: Shield, templates: Templates
) -> tuple[str, tuple[Embedded, ...]]:
    """The body with shortcodes and Liquid tags replaced by words, and the shortcodes.

    Both are found in the body as it was written, so that their lines are those of the file.
    """
    tags = [found.span() for found in LIQUID.finditer(body)]
    parts: list[str] = []
    embedded: list[Embedded] = []
    at = 0
    for one in find_shortcodes(body):
        if any(start < one.end and one.start < end for start, end in tags):
            continue  # inside a Liquid tag: it is Liquid's
        word = shield.keep(one.raw)
        embedded.append(
            Embedded(word=word, raw=one.raw, html=_printer(one, issue, look, templates))
        )
        parts += [shield.hide(body[at : one.start]), word]
        at = one.end
    parts.append(shield.hide(body[at:]))
    return "".join(parts), tuple(embedded)


def _printer(
    shortcode: Shortcode, issue: Issue, look: Look, templates: Templates
) -> Callable[[Place], str]:
    """Prints one shortcode when the letter shows it; one in a note is never asked for."""

    def html(place: Place) -> str:
        values = {
            "args": shortcode.args,
            "href": form_address(shortcode, issue, look),
            "place": place,
            "newsletter": look.newsletter,
        }
        return templates.render(f"shortcodes/form{SUFFIX}", values).strip()

    return html


def form_address(shortcode: Shortcode, issue: Issue, look: Look) -> str:
    """Where a form's button leads. Raises InvalidIssue when nobody has said so."""
    form = shortcode.form
    if form in look.forms:
        return look.forms[form]
    line = issue.line_of(shortcode.body_line)
    if not form:
        raise InvalidIssue(
            f"{shortcode.raw} does not say which form",
            file=issue.path,
            line=line,
            rule="shortcode-error",
            hint="write [form name=main]",
        )
    if look.form_fallback is None:
        raise InvalidIssue(
            f"where should form {form} lead?",
            file=issue.path,
            line=line,
            rule="shortcode-error",
            hint=f'put {form} = "https://…" under [forms] in newsletter.toml',
        )
    return look.form_fallback.format(id=quote(form, safe=""))
