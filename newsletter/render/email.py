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
from functools import cached_property
from pathlib import Path
from typing import Any

from newsletter.errors import InvalidIssue, InvalidTemplate
from newsletter.issue.model import Issue, Kind
from newsletter.liquid import repair_quotes
from newsletter.plaintext import from_html
from newsletter.render.characters import with_numeric_references, without_control_characters
from newsletter.render.fragment import from_fragment, whole_page
from newsletter.render.inline import inline
from newsletter.render.macros import MacroPieces
from newsletter.render.markdown import Content, Embedded, Place, to_html, to_line
from newsletter.render.mistake import StyleMistake
from newsletter.render.model import Email, Look, World
from newsletter.render.pictures import Placed, Placing
from newsletter.render.shield import TOKEN, Shield, words_in
from newsletter.render.shortcodes import Printing, hide_shortcodes, uses_signature
from newsletter.render.templates import SUFFIX, Templates, templates_of
from newsletter.render.theme import Theme, ThemeMistake, theme_of
from newsletter.render.undefined import nearest
from newsletter.render.values import values_for

_DOCTYPE = "<!DOCTYPE html>"
_THUMBNAIL = 600  # CSS pixels: what archives and feeds show of it, at the most


@dataclass(frozen=True, kw_only=True)
class Page:
    """The whole page before its styles are inlined, its Liquid tags still shielded.

    `template` is the file that it came from: a template, or the letter itself.
    """

    html: str
    template: str
    shield: Shield
    templates: Templates
    pictures: tuple[Placed, ...]
    thumbnail: str | None


def render(issue: Issue, look: Look, world: World = World()) -> Email:  # noqa: B008 - frozen
    """The email of an issue, complete and inlined, Liquid tags as they were typed.

    Curly quotes in Liquid tags become straight. The same issue, look and world always give
    the same bytes. Raises InvalidIssue for a mistake in the author's file and
    InvalidTemplate for one in the look, both with file and line where there is one.
    """
    issue = _with_straight_quotes(issue)
    page = compose(issue, look, world)
    html = page.shield.show(_inlined(page, issue, look.cache))
    return Email(
        subject=issue.subject,
        preview_text=issue.preview_text,
        html=html,
        text=from_html(html),
        pictures=page.pictures,
        thumbnail=page.thumbnail,
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


def compose(issue: Issue, look: Look, world: World = World()) -> Page:  # noqa: B008 - frozen
    """The page of an issue before inlining. Raises what `render` raises."""
    theme = _theme(issue, look)
    templates = templates_of(look.templates, look.cache)
    shield = Shield()
    body = without_control_characters(issue.body)
    _refuse_words(issue, body)
    placing = Placing(pictures=world.pictures, letter=body)
    letter = _Letter(issue, look, world, theme, templates, shield, placing)
    content = letter.content(body)
    if issue.kind is Kind.PAGE:
        placed = placing.place_all(
            whole_page(content.html), widest=theme.width, in_letter=True, is_page=True
        )
        return letter.page(placed, issue.path)

    name = _template(issue, templates)
    placed = placing.place_all(content.html, widest=theme.column, in_letter=True)
    content = replace(content, html=placed)
    html = without_control_characters(templates.render(name, letter.values(content))).strip()
    _look_at(html, content, name, shield)
    around = html.partition(placed.strip()) if placed.strip() else ("", "", html)
    before, after = (
        placing.place_all(part, widest=theme.width, usual=theme.column, in_letter=False)
        for part in (around[0], around[2])
    )
    return letter.page(f"{before}{around[1]}{after}", name)


class _Letter:
    """One letter on its way to HTML, with all that its parts need."""

    def __init__(
        self,
        issue: Issue,
        look: Look,
        world: World,
        theme: Theme,
        templates: Templates,
        shield: Shield,
        placing: Placing,
    ) -> None:
        self._issue = issue
        self._look = look
        self._world = world
        self._theme = theme
        self._templates = templates
        self._shield = shield
        self._placing = placing
        wanted = look.typography if issue.typography is None else issue.typography
        self._typographic = issue.kind is not Kind.PLAIN and wanted
        self._has_signature = False

    def content(self, body: str) -> Content:
        """The letter as HTML, every tag of it exactly once."""
        recent = [
            {**vars(one), "subject": self._shield.hide(one.subject)}
            for one in self._world.recent
            if one.slug != self._issue.slug
        ]
        printing = Printing(
            issue=self._issue,
            look=self._look,
            shield=self._shield,
            templates=self._templates,
            values={**self.values(None), "recent": recent},
            inner=self._inner,
        )
        self._has_signature = uses_signature(body, printing)
        text, embedded = hide_shortcodes(body, printing)
        if self._issue.kind.is_html:
            content = from_fragment(text, embedded=embedded)
        else:
            content = to_html(text, embedded=embedded, **self._options())
        expected = set(words_in(text)) - {one.word for one in embedded}
        _compare_letter(expected, content, self._issue, body, self._shield)
        return content

    def values(self, content: Content | None) -> dict[str, Any]:
        """The names that templates can use."""
        return values_for(
            issue=self._issue,
            content=content,
            newsletter=self._look.newsletter,
            theme=self._theme,
            shield=self._shield,
            world=self._world,
            is_typographic=self._typographic,
            has_signature=self._has_signature,
        )

    def page(self, html: str, name: str) -> Page:
        return Page(
            html=self._shield.hide(html),
            template=name,
            shield=self._shield,
            templates=self._templates,
            thumbnail=self._placing.address_of(
                self._issue.thumbnail if self._issue.public else None, shown=_THUMBNAIL
            ),
            pictures=tuple(self._placing.placed),
        )

    def _inner(self, text: str, embedded: tuple[Embedded, ...], place: Place) -> str:
        if self._issue.kind.is_html:
            return from_fragment(text, embedded=embedded).html
        if place == "block":
            return to_html(text, embedded=embedded, **self._options()).html
        return to_line(text, embedded=embedded, **self._options())

    @cached_property
    def _pieces(self) -> MacroPieces:
        return self._templates.pieces(self._theme.column, self._placing)

    def _options(self) -> dict[str, Any]:
        return {
            "shield": self._shield,
            "pieces": self._pieces,
            "typographic": self._typographic,
            "language": self._issue.language or self._look.newsletter.language,
        }


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
    listed = f"there {'is' if len(names) == 1 else 'are'}: {', '.join(names)}"
    raise InvalidIssue(
        f"there is no template `{issue.template}`",
        file=issue.path,
        line=issue.key_lines.get("template"),
        key="template",
        hint=" ".join(filter(None, (nearest(issue.template, names), listed))),
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
