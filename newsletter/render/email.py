"""The one function that makes an email of an issue, for preview, test and send.

The order is the point, and every step is there because the next one would do harm:
Liquid tags and shortcodes are replaced by words, the body becomes HTML, the template
runs round it, plain style rules move into the elements, unreadable characters become
references, and only then do the Liquid tags come back. That each came back exactly
once is looked at in every render.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from newsletter.errors import InvalidIssue, InvalidTemplate
from newsletter.issue.model import Issue, Kind
from newsletter.liquid import repair_quotes
from newsletter.plaintext import from_html
from newsletter.render.characters import with_numeric_references, without_control_characters
from newsletter.render.inline import inline
from newsletter.render.markdown import Content, to_html
from newsletter.render.mistake import StyleMistake
from newsletter.render.model import Email, Look
from newsletter.render.shield import TOKEN, Shield, words_in
from newsletter.render.shortcodes import hide_shortcodes
from newsletter.render.templates import SUFFIX, Templates, templates_of
from newsletter.render.theme import Theme, ThemeMistake, theme_of
from newsletter.render.values import values_for

_DOCTYPE = "<!DOCTYPE html>"


@dataclass(frozen=True, kw_only=True)
class Page:
    """The whole page before its styles are inlined, its Liquid tags still shielded."""

    html: str
    template: str
    shield: Shield
    templates: Templates


def render(issue: Issue, look: Look) -> Email:
    """The email of an issue, complete and inlined, Liquid tags as they were typed.

    Curly quotes in Liquid tags become straight. The same issue and look always give the
    same bytes. Raises InvalidIssue for a
    mistake in the author's file and InvalidTemplate for one in the look, both with
    file and line where there is one.
    """
    issue = _with_straight_quotes(issue)
    page = compose(issue, look)
    html = page.shield.show(_inlined(page, issue, look.cache))
    return Email(
        subject=issue.subject,
        preview_text=issue.preview_text,
        html=html,
        text=from_html(html),
    )


def _with_straight_quotes(issue: Issue) -> Issue:
    """The issue with straight quotes in its Liquid tags: curly ones would lose the value."""
    return replace(
        issue,
        subject=repair_quotes(issue.subject),
        preview_text=repair_quotes(issue.preview_text),
        title=repair_quotes(issue.title),
        body=repair_quotes(issue.body),
    )


def compose(issue: Issue, look: Look) -> Page:
    """The page of an issue before inlining. Raises what `render` raises."""
    theme = _theme(issue, look)
    templates = templates_of(look.templates, look.cache)
    name = _template(issue, templates)
    shield = Shield()
    body = without_control_characters(issue.body)
    _refuse_words(issue, body)

    text, embedded = hide_shortcodes(
        body, issue=issue, look=look, shield=shield, templates=templates
    )
    content = to_html(
        text,
        shield=shield,
        pieces=templates.pieces(theme.column),
        embedded=embedded,
        typographic=issue.kind is Kind.MARKDOWN,
        language=issue.language or look.newsletter.language,
    )
    expected = set(words_in(text)) - {one.word for one in embedded}
    _compare_letter(expected, content, issue, body, shield)

    values = values_for(
        issue=issue, content=content, newsletter=look.newsletter, theme=theme, shield=shield
    )
    html = without_control_characters(templates.render(name, values)).strip()
    _look_at(html, content, name, shield)
    return Page(html=shield.hide(html), template=name, shield=shield, templates=templates)


def _theme(issue: Issue, look: Look) -> Theme:
    try:
        theme = theme_of(look.theme)
    except ThemeMistake as mistake:
        raise InvalidTemplate(
            mistake.message,
            file="newsletter.toml",
            key=f"theme.{mistake.key}",
            hint=mistake.hint,
        ) from mistake
    try:
        return theme_of(look.theme, issue.theme) if issue.theme else theme
    except ThemeMistake as mistake:
        raise InvalidIssue(
            mistake.message,
            file=issue.path,
            line=issue.key_lines.get(f"theme.{mistake.key}", issue.key_lines.get("theme")),
            key=f"theme.{mistake.key}",
            hint=mistake.hint,
        ) from mistake


def _template(issue: Issue, templates: Templates) -> str:
    """The file's name of the template that the issue asks for."""
    if templates.has(issue.template):
        return issue.template + SUFFIX
    names = templates.names()
    raise InvalidIssue(
        f"there is no template `{issue.template}`",
        file=issue.path,
        line=issue.key_lines.get("template"),
        key="template",
        hint=f"there {'is' if len(names) == 1 else 'are'}: {', '.join(names)}",
    )


def _refuse_words(issue: Issue, body: str) -> None:
    """A word of the shield in the input would come out as a tag that nobody wrote."""
    for key, text in (("", body), ("subject", issue.subject), ("title", issue.title)):
        found = TOKEN.search(text)
        if found:
            line = issue.line_of(body.count("\n", 0, found.start()))
            raise InvalidIssue(
                f"the word `{found[0]}` is used inside this program and cannot stand in a letter",
                file=issue.path,
                line=issue.key_lines.get(key) if key else line,
                rule="liquid-error",
                hint="change one letter of it",
            )


def _compare_letter(
    expected: set[str], content: Content, issue: Issue, body: str, shield: Shield
) -> None:
    """Every tag of the letter stands exactly once in its HTML, but for comments and
    notes (none) and link definitions (as often as they are used)."""
    found = Counter(words_in(content.html))
    for word in sorted(expected - content.removed - content.free):
        if found[word] != 1:
            tag = shield.tag(word)
            at = body.find(tag)
            raise InvalidIssue(
                f"the tag {tag} would be printed {found[word]} times",
                file=issue.path,
                line=issue.line_of(body.count("\n", 0, at)) if at >= 0 else None,
                rule="liquid-error",
                hint="move it into running text or into a link's address",
            )


def _look_at(page: str, content: Content, name: str, shield: Shield) -> None:
    """The template begins as a page must, and prints the letter exactly once."""
    # Anything else before or in place of it puts mail programs into quirks mode, and
    # the HTML parser drops a doctype in small letters.
    if not page.startswith(_DOCTYPE):
        raise InvalidTemplate(
            f"the page begins with {page[:30]!r}",
            file=name,
            line=1,
            hint=f"nothing may stand before {_DOCTYPE}, in these very letters",
        )
    unknown = next((word for word in words_in(page) if not shield.knows(word)), None)
    if unknown:
        raise InvalidTemplate(
            f"the word `{unknown}` is used inside this program",
            file=name,
            hint="change one letter of it",
        )
    letter = content.html.strip()
    times = page.count(letter) if letter else 1
    if times != 1:
        raise InvalidTemplate(
            f"the template prints the letter {times} times",
            file=name,
            hint="print it once, unchanged, with {{ issue.content }}",
        )


def _inlined(page: Page, issue: Issue, cache: Path | None) -> str:
    try:
        html = inline(page.html, folder=cache)
    except StyleMistake as mistake:
        raise _placed(mistake, page, issue) from mistake
    before, after = words_in(page.html), words_in(html)
    if before != after:
        changed = next(
            (word for word in before if after.count(word) != before.count(word)), before[0]
        )
        raise InvalidTemplate(
            f"the tag {page.shield.tag(changed)} would not be printed exactly once",
            file=page.template,
            rule="liquid-error",
            hint="write it as text, in an address or in a plain attribute, not in a style",
        )
    if not html.startswith(_DOCTYPE):
        raise InvalidTemplate("the page lost its doctype", file=page.template, line=1)
    return with_numeric_references(html)


def _placed(mistake: StyleMistake, page: Page, issue: Issue) -> InvalidIssue | InvalidTemplate:
    """The mistake with the file and line where it stands: the letter or a template."""
    in_letter = mistake.pattern.search(issue.body)
    if in_letter:
        return InvalidIssue(
            mistake.message,
            file=issue.path,
            line=issue.line_of(issue.body.count("\n", 0, in_letter.start())),
            rule="template-error",
            hint=mistake.hint,
        )
    file, line = page.templates.place_of(mistake.pattern) or (page.template, None)
    return InvalidTemplate(mistake.message, file=file, line=line, hint=mistake.hint)
