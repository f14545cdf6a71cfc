"""What mail programs do not support, in the HTML and CSS that an author typed.

Support is data: `support.json` beside this file holds, for each feature looked for here,
what Can I email (caniemail.com, MIT) measured in the mail programs that most readers
have. What its loss does to a letter is our own judgement, in the tables below.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from newsletter.check.letter import Hit, Letter
from newsletter.check.markup import blank, elements
from newsletter.check.model import Severity

_WORD_ENGINE = "Outlook on Windows"
_W, _I = Severity.WARNING, Severity.INFO
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)  # also what only Outlook reads
_JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_STYLE = re.compile(r"<style\b([^>]*)>(.*?)(?:</style|\Z)", re.DOTALL | re.IGNORECASE)
_TEMPLATES = (".html.j2", ".css.j2", ".html")


@dataclass(frozen=True, kw_only=True)
class Feature:
    """One thing to look for: `id` is Can I email's, `finds` a pattern, `loss` what happens.

    A warning where words or the order of the page are lost, info where only beauty is.
    """

    id: str
    finds: str
    loss: str
    severity: Severity = _W


# An element by its name.
_ELEMENTS = {
    "audio": ("html-audio", "nobody hears it", "Link to the recording"),
    "video": ("html-video", "most see nothing", "Show a picture that links to the film"),
    "svg": ("html-svg", "the drawing is taken out", "Save it as PNG"),
    "object": ("html-object", "it is taken out", "Link to it"),
    "embed": ("html-object", "it is taken out", "Link to it"),
    "link": ("html-link", "its styles do not arrive", "Write them into the template's <style>"),
    "dialog": ("html-dialog", "it is taken out or always open", "Write it as running text"),
    "meter": ("html-meter", "nothing is shown", "Write the number"),
    "progress": ("html-progress", "nothing is shown", "Write the number"),
    "marquee": ("html-marquee", "it stands still", "Write it as running text"),
}
# Every program takes these out, so that nobody has to measure it.
_NEVER = {
    "iframe": "Show a picture that links to the page or film",
    "script": "Leave it out: no mail program runs it",
    "applet": "Link to it",
    "canvas": "Save it as PNG",
}
# A declaration by its text, `name: value`.
_DECLARATIONS = (
    Feature(id="css-display-flex", finds=r"display: ?(?:inline-)?flex", loss="parts fall below each other"),
    Feature(id="css-display-grid", finds=r"display: ?(?:inline-)?grid", loss="parts fall below each other"),
    Feature(id="css-position", finds=r"position: ?(?:absolute|fixed|sticky)", loss="it stands elsewhere"),
    Feature(id="css-transform", finds=r"transform: ?(?!none)", loss="it stands as it was"),
    Feature(id="css-variables", finds=r"--[\w-]+:|[\w-]+:.*\bvar\(", loss="the value is lost"),
    Feature(id="css-unit-calc", finds=r"[\w-]+:.*\bcalc\(", loss="the value is lost"),
    Feature(id="css-function-clamp", finds=r"[\w-]+:.*\bclamp\(", loss="the value is lost"),
    Feature(id="css-function-min", finds=r"[\w-]+:.*\bmin\(", loss="the value is lost"),
    Feature(id="css-function-max", finds=r"[\w-]+:.*\bmax\(", loss="the value is lost"),
    Feature(id="css-function-light-dark", finds=r"[\w-]+:.*\blight-dark\(", loss="the colour is lost"),
    Feature(id="css-modern-color", finds=r"[\w-]+:.*\b(?:rgba?|hsla?)\([^,)]*\)|[\w-]+:.*\b(?:lab|lch|oklab|oklch|hwb|color)\(", loss="all styles of the element are lost"),
    Feature(id="css-unit-rem", finds=r"[\w-]+:.*\d\.?rem\b", loss="the size is lost"),
    Feature(id="css-unit-vw", finds=r"[\w-]+:.*\dvw\b", loss="the size is lost"),
    Feature(id="css-unit-vh", finds=r"[\w-]+:.*\dvh\b", loss="the size is lost"),
    Feature(id="css-margin-inline-start-end", finds=r"margin-inline(?:-start|-end)?:", loss="the distance is lost"),
    Feature(id="css-padding-inline-start-end", finds=r"padding-inline(?:-start|-end)?:", loss="the distance is lost"),
    Feature(id="css-inset", finds=r"inset:", loss="it stands elsewhere"),
    Feature(id="css-column-count", finds=r"(?:column-count|columns):", loss="there is one column"),
    Feature(id="css-writing-mode", finds=r"writing-mode: ?(?!horizontal)", loss="lines run the usual way"),
    Feature(id="css-visibility", finds=r"visibility: ?(?:hidden|collapse)", loss="it is seen"),
    Feature(id="css-clip-path", finds=r"clip-path: ?(?!none)", loss="it is seen whole"),
    Feature(id="css-mask-image", finds=r"mask(?:-image)?: ?(?!none)", loss="it is seen whole"),
    Feature(id="css-background-image", finds=r"background(?:-image)?:.*\burl\(", loss="the picture is missing, and words on it stand on the colour alone"),
    Feature(id="css-linear-gradient", finds=r"background(?:-image)?:.*\b(?:repeating-)?linear-gradient\(", loss="words on it stand on the colour alone"),
    Feature(id="css-radial-gradient", finds=r"background(?:-image)?:.*\b(?:repeating-)?radial-gradient\(", loss="words on it stand on the colour alone"),
    Feature(id="css-conic-gradient", finds=r"background(?:-image)?:.*\bconic-gradient\(", loss="words on it stand on the colour alone"),
    Feature(id="css-object-fit", finds=r"object-fit:", loss="pictures are stretched"),
    Feature(id="css-aspect-ratio", finds=r"aspect-ratio:", loss="its height is another"),
    Feature(id="css-border-radius", finds=r"border-radius:", loss="corners are square", severity=_I),
    Feature(id="css-box-shadow", finds=r"box-shadow:", loss="there is no shadow", severity=_I),
    Feature(id="css-text-shadow", finds=r"text-shadow:", loss="there is no shadow", severity=_I),
    Feature(id="css-animation", finds=r"animation(?:-name)?:", loss="nothing moves", severity=_I),
    Feature(id="css-transition", finds=r"transition:", loss="it changes at once", severity=_I),
    Feature(id="css-opacity", finds=r"opacity:", loss="it is opaque", severity=_I),
    Feature(id="css-filter", finds=r"filter:", loss="it is as it was", severity=_I),
    Feature(id="css-mix-blend-mode", finds=r"mix-blend-mode:", loss="nothing is mixed", severity=_I),
)  # fmt: skip
# The start of a rule that is no plain one.
_RULES = (
    Feature(id="css-at-import", finds=r"@import\b", loss="its styles do not arrive"),
    Feature(id="css-at-font-face", finds=r"@font-face\b", loss="another typeface is used", severity=_I),
    Feature(id="css-pseudo-element-before", finds=r"[^@]*::?before\b", loss="the words are missing"),
    Feature(id="css-pseudo-element-after", finds=r"[^@]*::?after\b", loss="the words are missing"),
)  # fmt: skip
FEATURES = frozenset(
    [feature.id for feature in (*_DECLARATIONS, *_RULES)] + [one[0] for one in _ELEMENTS.values()]
)
"""What `support.json` has to know."""

_COMPILED = tuple((re.compile(one.finds, re.IGNORECASE), one) for one in _DECLARATIONS)
_RULE_STARTS = tuple((re.compile(one.finds, re.IGNORECASE), one) for one in _RULES)


@dataclass(frozen=True, kw_only=True)
class Use:
    """One use of a feature in a text: what was typed, where, and what comes of it."""

    index: int
    typed: str
    missing: str
    loss: str
    cure: str
    severity: Severity


def css_unsupported(letter: Letter) -> Iterator[Hit]:
    for use in uses(letter.prose) if "<" in letter.prose else ():
        line, column = letter.place(use.index)
        yield _hit(use, line, column, None)
    for path, text in letter.context.files.items():
        if path.endswith(_TEMPLATES):
            for use in template_uses(text, is_css=".css" in path):
                line = text.count("\n", 0, use.index) + 1
                yield _hit(use, line, use.index - text.rfind("\n", 0, use.index), path)


@lru_cache(maxsize=64)
def template_uses(text: str, *, is_css: bool = False) -> tuple[Use, ...]:
    """The uses in a template, whose Jinja is passed over; a sheet of styles with `is_css`.

    Only what loses words or order: a look's beauty is not told anew with every letter.
    """
    bare = _COMMENT.sub(blank, _JINJA.sub(_filler, text))
    found = _sheet(bare, 0) if is_css else uses(bare)
    return tuple(use for use in found if use.severity is not _I)


def uses(html: str) -> tuple[Use, ...]:
    """What stands in a page or a piece of one and is not supported where it matters, in order."""
    found: list[Use] = []
    for element in elements(_STYLE.sub(blank, html)):
        if element.name in _NEVER:
            missing, loss, cure = "every mail program", "it is taken out", _NEVER[element.name]
            found.append(_use(element.start, f"<{element.name}>", missing, loss, cure, _W))
        elif element.name in _ELEMENTS:
            feature, loss, cure = _ELEMENTS[element.name]
            missing = missing_in(feature)
            if missing and _matters(element.name, element.attributes.get("rel", "")):
                found.append(_use(element.start, f"<{element.name}>", missing, loss, cure, _W))
        if "style" in element.attributes:
            style = element.attributes["style"]
            found += _declarations(style, _line_starts(style, element.places["style"]))
    for sheet in _STYLE.finditer(html):
        found += _sheet(sheet[2], sheet.start(2))
    return tuple(sorted(found, key=lambda use: use.index))


def missing_in(feature: str) -> str:
    """The mail programs, in words, in which a feature does nothing; empty for none."""
    data = _data()
    marks = data["features"][feature]
    names = [name for name, mark in zip(data["clients"], marks, strict=True) if mark == "n"]
    names = list(dict.fromkeys(names))
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def _matters(name: str, relation: str) -> bool:
    return name != "link" or "stylesheet" in relation.lower()


def _sheet(css: str, offset: int) -> Iterator[Use]:
    """Uses in a sheet of styles. What stands in a condition (`@media`, `@supports`) is an
    extra that a program may pass over, and so is a rule for states or for one program."""
    import tinycss2  # noqa: PLC0415 - few letters bring styles of their own

    starts = _line_starts(css, offset)
    for rule in tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True):
        if rule.type not in ("at-rule", "qualified-rule"):
            continue
        head = tinycss2.serialize(rule.prelude).strip()
        head = f"@{rule.at_keyword} {head}" if rule.type == "at-rule" else head
        index = starts[rule.source_line - 1] + rule.source_column - 1
        yield from _matching(_RULE_STARTS, head, index)
        if rule.type == "qualified-rule" and not re.search(r"[\[:]", head):
            yield from _declarations(rule.content, starts)


def _declarations(style: str | list[Any], starts: list[int]) -> Iterator[Use]:
    """Uses in a `style` attribute or in the tokens of a rule; `starts` are where its lines begin."""
    import tinycss2  # noqa: PLC0415

    parsed = tinycss2.parse_declaration_list(style, skip_comments=True, skip_whitespace=True)
    for one in parsed:
        if one.type == "declaration":
            index = starts[one.source_line - 1] + one.source_column - 1
            value = " ".join(tinycss2.serialize(one.value).split())
            yield from _matching(_COMPILED, f"{one.name}: {value}", index)


def _line_starts(css: str, offset: int) -> list[int]:
    return [offset, *(offset + found.end() for found in re.finditer("\n", css))]


def _matching(
    table: tuple[tuple[re.Pattern[str], Feature], ...], text: str, index: int
) -> Iterator[Use]:
    for pattern, feature in table:
        if pattern.match(text):
            missing = missing_in(feature.id)
            if missing:
                cure = "Do without it, or see that the letter is whole where it is missing"
                yield _use(index, text[:40], missing, feature.loss, cure, feature.severity)


def _use(index: int, typed: str, missing: str, loss: str, cure: str, severity: Severity) -> Use:
    # Word's engine counts as a fallback that has to be readable, not beautiful.
    severity = _I if missing == _WORD_ENGINE else severity
    return Use(index=index, typed=typed, missing=missing, loss=loss, cure=cure, severity=severity)


def _hit(use: Use, line: int | None, column: int | None, path: str | None) -> Hit:
    return Hit(
        message=f"“{use.typed}” does nothing in {use.missing}: {use.loss}",
        cure=use.cure,
        line=line,
        column=column,
        path=path,
        severity=use.severity,
    )


def _filler(found: re.Match[str]) -> str:
    """Jinja as CSS can bear it: a value for what prints, blanks for the rest."""
    blanks = blank(found)
    return f"0{blanks[1:]}" if found[0].startswith("{{") and blanks[0] != "\n" else blanks


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    text = resources.files("newsletter.check").joinpath("support.json").read_text(encoding="utf-8")
    data: dict[str, Any] = json.loads(text)
    return data
