"""The built-in style sheet keeps to the rules that mail programs and premailer set."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import css_inline
import pytest
import tinycss2
from lxml import html as parser

from newsletter.issue.model import Issue
from newsletter.render import Look, builtin_templates, contrast, render, theme_of
from newsletter.render.css import split
from newsletter.render.email import compose
from newsletter.render.inline import inline
from newsletter.render.theme import READABLE, Palette

LETTER = Path(__file__).parents[2] / "bench" / "letter.md"


@pytest.fixture
def sheets(letter: Callable[..., Issue], look: Callable[..., Look]) -> tuple[str, str]:
    """The plain rules of the built-in look, and the rest."""
    page = compose(letter(), look()).html
    return split(re.search(r"<style>\n(.*?)</style>", page.split("<![endif]-->")[1], re.S)[1])  # type: ignore[index]


def rules(css: str) -> list[tuple[str, list[tuple[str, str, bool]]]]:
    found = []
    for rule in tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True):
        declared = tinycss2.parse_blocks_contents(rule.content, skip_whitespace=True)
        pairs = [
            (one.lower_name, tinycss2.serialize(one.value).strip(), one.important)
            for one in declared
        ]
        found.append((tinycss2.serialize(rule.prelude).strip(), pairs))
    return found


def test_what_is_inlined_has_no_important_and_one_value_a_property(
    sheets: tuple[str, str],
) -> None:
    for selector, declared in rules(sheets[0]):
        names = [name for name, _, _ in declared]

        assert not any(important for _, _, important in declared), selector
        assert len(names) == len(set(names)), selector


def test_colours_that_are_inlined_are_six_digits(sheets: tuple[str, str]) -> None:
    for selector, declared in rules(sheets[0]):
        for name, value, _ in declared:
            assert not re.search(r"rgb|hsl|var\(|rem\b|calc", value), (selector, name)
            for colour in re.findall(r"#\w+", value):
                assert re.fullmatch(r"#[0-9a-f]{6}", colour), (selector, name)


def test_no_shorthand_meets_its_long_form_on_one_element(
    letter: Callable[..., Issue], look: Callable[..., Look]
) -> None:
    """premailer keeps a property at its first place, so the wrong one would win."""
    body = LETTER.read_text(encoding="utf-8")
    tree = parser.document_fromstring(render(letter(body), look()).html)

    for element in tree.iter():
        names = [part.split(":")[0].strip() for part in (element.get("style") or "").split(";")]
        for name in names:
            for short in ("margin", "padding", "border", "background", "font"):
                if name == short:
                    longer = [one for one in names if one.startswith(short + "-")]
                    sides = [one for one in longer if one not in ("border-radius", "border-top")]
                    assert not sides, (element.tag, names)


def test_the_rest_fits_where_gmail_cuts_and_has_nothing_nested(sheets: tuple[str, str]) -> None:
    """Gmail takes 16 KB of styles, and drops a sheet with an at-rule in an at-rule."""
    assert len(sheets[1].encode()) < 12_000
    for rule in tinycss2.parse_stylesheet(sheets[1], skip_whitespace=True):
        if rule.type == "at-rule":
            assert "@" not in tinycss2.serialize(rule.content)


def test_what_stays_in_the_head_wins_over_what_was_inlined(sheets: tuple[str, str]) -> None:
    flat = re.sub(r"@media[^{]*\{\n(.*?)\n\}", r"\1", sheets[1], flags=re.DOTALL)

    for selector, declared in rules(flat):
        if not selector.startswith((":root", ".ExternalClass")):
            assert all(important for _, _, important in declared), selector


def test_dark_colours_are_the_same_behind_both_hooks(sheets: tuple[str, str]) -> None:
    dark = sheets[1].split("prefers-color-scheme: dark")[1]
    media, hooks = dark.split("[data-ogsc]", 1)
    hooks = "[data-ogsc]" + hooks
    by_media: dict[tuple[str, str], set[str]] = defaultdict(set)
    by_hook: dict[tuple[str, str], set[str]] = defaultdict(set)
    for found, kept in ((media, by_media), (hooks, by_hook)):
        pattern = r"([^{}\n]+)\{ ((?:background-)?color): (#\w{6}) !important"
        for selectors, name, colour in re.findall(pattern, found):
            for one in selectors.split(","):
                kept[name, colour].add(re.sub(r"\[data-ogs[cb]\] ", "", one).strip())

    assert by_media
    assert by_media == by_hook


PAIRS = [
    ("text", "paper"),
    ("text", "background"),
    ("text", "tint"),
    ("text", "strong_tint"),
    ("text", "code"),
    ("muted", "paper"),
    ("muted", "background"),
    ("muted", "tint"),
    ("muted", "strong_tint"),
    ("accent", "paper"),
    ("accent", "background"),
    ("accent", "tint"),
    ("accent", "strong_tint"),
    ("on_accent", "accent"),
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("words", "ground"), PAIRS)
def test_words_can_be_read_on_their_ground(scheme: str, words: str, ground: str) -> None:
    palette: Palette = getattr(theme_of(), scheme)

    assert contrast(getattr(palette, words), getattr(palette, ground)) >= READABLE


@pytest.mark.parametrize("accent", ["#000000", "#7a4b2a", "#0b3d91", "#ffd400", "#ff00aa"])
def test_an_accent_of_ones_own_can_be_read_in_the_dark_and_on_a_button(accent: str) -> None:
    theme = theme_of({"accent": accent})

    assert contrast(theme.dark.accent, theme.dark.paper) >= READABLE
    for palette in (theme.light, theme.dark):
        assert contrast(palette.on_accent, palette.accent) >= READABLE


def test_buttons_are_high_enough_for_a_finger(sheets: tuple[str, str]) -> None:
    """44 CSS pixels, with the padding above and below."""
    button = {name: value for name, value, _ in dict(rules(sheets[0]))["a.button"]}

    top = int(button["padding"].split("px")[0])
    assert 2 * top + int(button["line-height"].removesuffix("px")) >= 44


def test_every_class_of_the_templates_has_a_rule_and_every_rule_a_class(
    sheets: tuple[str, str],
) -> None:
    used: set[str] = set()
    for file in builtin_templates().rglob("*.html.j2"):
        for names in re.findall(r'class="([^"{]+)"', file.read_text(encoding="utf-8")):
            used |= set(names.split())
    # What is left is named by Markdown, or by the kind of a note.
    used |= {"data", "cell", "right", "center", "attribution", "note", "warning", "centre", "small"}
    styled = set(re.findall(r"\.([a-z][\w-]*)", " ".join(s for s, _ in rules(sheets[0]))))

    assert styled == used - {"title"}


def test_a_different_inliner_comes_to_the_same_declarations(
    letter: Callable[..., Issue], look: Callable[..., Look]
) -> None:
    """css-inline as a second opinion: for every element the same values in the end."""
    page = compose(letter(LETTER.read_text(encoding="utf-8")), look()).html
    ours = parser.document_fromstring(inline(page, folder=None))
    theirs = parser.document_fromstring(
        css_inline.CSSInliner(load_remote_stylesheets=False).inline(page)
    )

    def declared(tree: parser.HtmlElement) -> list[tuple[str, dict[str, str]]]:
        return [
            (str(one.get("class") or one.tag), values(one.get("style") or ""))
            for one in tree.body.iter()
            if isinstance(one.tag, str) and one.tag != "tbody"
        ]

    assert declared(ours) == declared(theirs)


def values(style: str) -> dict[str, str]:
    pairs = (part.partition(":") for part in style.split(";") if part.strip())
    return {
        name.strip(): re.sub(r"\b0px", "0", re.sub(r"\s+", " ", value.replace('"', "'"))).strip()
        for name, _, value in pairs
    }
