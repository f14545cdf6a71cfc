"""Eleven values, checked where they are given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from newsletter.errors import InvalidIssue, InvalidTemplate
from newsletter.issue.model import Issue
from newsletter.render import Look, contrast, render, theme_of


def test_layers_lie_over_each_other() -> None:
    theme = theme_of(
        {"accent": "#ABC", "size": 17, "dark": {"paper": "#111111"}},
        {"size": 20, "dark": {"accent": "#fff"}},
    )

    assert (theme.light.accent, theme.size) == ("#aabbcc", 20)
    assert (theme.dark.paper, theme.dark.accent) == ("#111111", "#ffffff")
    assert theme.column == theme.width - 96


def test_double_quotes_in_a_font_become_single_ones() -> None:
    """The style ends up in an attribute."""
    assert theme_of({"font": '"Segoe UI", serif'}).font == "'Segoe UI', serif"


@pytest.mark.parametrize(
    ("values", "key", "hint"),
    [
        ({"acent": "#fff"}, "acent", "did you mean `accent`?"),
        ({"x": 1}, "x", "there are: accent, background"),
        ({"accent": "red"}, "accent", "write"),
        ({"accent": "rgb(0 0 0)"}, "accent", "write"),
        ({"accent": "#11223344"}, "accent", "write"),
        ({"size": "18"}, "size", "from 14 to 24"),
        ({"size": True}, "size", "from 14 to 24"),
        ({"width": 5000}, "width", "from 320 to 800"),
        ({"font": "a;color:red"}, "font", "plain text"),
        ({"font": "</style>"}, "font", "plain text"),
        ({"dark": "#fff"}, "dark", "as in"),
        ({"dark": {"size": 3}}, "dark.size", "there are: accent"),
        ({"dark": {"papr": "#000"}}, "dark.papr", "did you mean `paper`?"),
    ],
)
def test_a_wrong_value_is_named(
    letter: Callable[..., Issue],
    look: Callable[..., Look],
    values: Mapping[str, Any],
    key: str,
    hint: str,
) -> None:
    with pytest.raises(InvalidTemplate) as of_project:
        render(letter(), look(theme=values))
    with pytest.raises(InvalidIssue) as of_issue:
        render(letter(theme=values, key_lines={"theme": 7}), look())

    assert (of_project.value.file, of_project.value.key) == ("newsletter.toml", f"theme.{key}")
    assert (of_issue.value.place, of_issue.value.key) == ("issues/gate.md:7", f"theme.{key}")
    assert hint in of_project.value.hint
    assert of_issue.value.hint == of_project.value.hint


def test_an_issue_has_colours_of_its_own(
    letter: Callable[..., Issue], look: Callable[..., Look]
) -> None:
    html = render(letter("[a](https://example.org)", theme={"accent": "#0b3d91"}), look()).html

    assert "color:#0b3d91" in html


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#000000", "#ffffff", 21.0), ("#777777", "#ffffff", 4.48), ("#abcdef", "#abcdef", 1.0)],
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.01)
    assert contrast(other, one) == contrast(one, other)
