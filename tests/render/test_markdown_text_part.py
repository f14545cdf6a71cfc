"""What the author writes, as the text part says it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from newsletter.issue.model import Issue
from newsletter.render import Look, render


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("[Read *it*](https://example.org){.button}", "Read it <https://example.org>"),
        ("![A street](https://e.example.org/a.png){width=400}", "[image: A street]"),
        ('![A street](https://e.example.org/a.png "Behind me")', "[image: A street]\n\nBehind me"),
        ("[![A](https://e.example.org/a.png)](https://example.org)", "[image: A] <https://example.org>"),
        ("![](https://e.example.org/a.png)", ""),
        ("> Rest is a verb.\n> — Ann", "> Rest is a verb.\n>\n> — Ann"),
        ("::: note\n**Good.** It is free.\n:::", "Good. It is free."),
        ("::: warning\nMind.\n:::", "Mind."),
        ("::: centre\nUntil soon\n:::", "Until soon"),
        ("::: small\n*(a book)*\n:::", "(a book)"),
        ("---", "* * *"),
        ("<!-- secret -->", ""),
        ("<!-- more -->", ""),
        ('"So" -- he said...', "“So” – he said…"),
        ("[sic]", "[sic]"),
        ("| a | b |\n|---|--:|\n| 1 | 2 |", "a | b\n1 | 2"),
    ],
)  # fmt: skip
def test_markdown_in_the_text_part(
    letter: Callable[..., Issue], look: Callable[..., Look], body: str, text: str
) -> None:
    made = render(letter(f"BEGIN\n\n{body}\n\nEND"), look()).text
    inside = made.partition("BEGIN")[2].partition("END")[0]
    assert inside.strip() == text


def test_nothing_below_notes_is_in_it(
    letter: Callable[..., Issue], look: Callable[..., Look]
) -> None:
    made = render(letter("BEGIN\n\n<!-- notes -->\n\nask Bob {{ x }}"), look()).text
    assert "Bob" not in made
    assert "{{ x }}" not in made
