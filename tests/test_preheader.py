"""The preview text is the first thing in the mail, and is not seen in it."""

from __future__ import annotations

import re
from html import escape, unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.plaintext import from_html
from newsletter.preheader import with_preheader

PAGE = (
    '<!DOCTYPE html><html><head><title>T</title></head><body class="x">\n<p>Hello</p></body></html>'
)


def hidden(html: str) -> str:
    """The words in the hidden block, as an inbox shows them."""
    found = re.search(r'<div aria-hidden="true"[^>]*>(.*?)</div>', html, re.DOTALL)
    assert found is not None
    return unescape(found.group(1)).rstrip("\u034f\u200c\u00a0")


def test_it_stands_first_in_the_body() -> None:
    before, _, after = with_preheader(PAGE, "What I saw").partition('<body class="x">')
    assert after.startswith('<div aria-hidden="true" style="display:none')
    assert before in PAGE
    assert hidden(after) == "What I saw"


@pytest.mark.parametrize("preview_text", ["", "  ", "\n"])
def test_without_words_nothing_changes(preview_text: str) -> None:
    assert with_preheader(PAGE, preview_text) == PAGE


def test_a_fragment_without_a_body_gets_it_at_its_start() -> None:
    assert with_preheader("<p>Hello</p>", "Hi").startswith("<div aria-hidden")


def test_filler_keeps_the_letters_first_lines_out_of_the_inbox() -> None:
    assert with_preheader(PAGE, "Hi").count("&#847;&zwnj;&nbsp;") >= 40


def test_it_does_not_reach_the_text_part() -> None:
    assert from_html(with_preheader(PAGE, "What I saw")) == from_html(PAGE) == "Hello\n"


@pytest.mark.parametrize(
    "tag", ['{{ subscriber.first_name | default: "you & <me>" }}', "{% if subscriber.a < 3 %}"]
)
def test_liquid_is_left_as_it_is(tag: str) -> None:
    assert f"A &amp; B {tag} &lt;c&gt;" in with_preheader(PAGE, f"A & B {tag} <c>")


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs", "Mn", "Cf"]) | st.just(" ")))
def test_any_words_are_hidden_and_never_markup(words: str) -> None:
    if not words.strip() or "{{" in words or "{%" in words:
        return
    html = with_preheader(PAGE, words)
    assert hidden(html) == words.strip()
    assert escape(words.strip(), quote=False) in html
    assert len(re.findall(r"<\w", html)) == len(re.findall(r"<\w", PAGE)) + 1
