"""What holds for every email, however it was written."""

from __future__ import annotations

import re
from collections import Counter
from html import escape

from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.plaintext import from_html

TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)

words = st.text(
    st.characters(exclude_characters="<>{}%&", exclude_categories=["Cs", "Cc"]), max_size=30
)
liquid = st.builds(
    "{{{{ {} }}}}".format,
    st.sampled_from(["address", "unsubscribe_url", 'subscriber.x | default: "<b> & y"']),
)
inline = st.lists(
    st.one_of(
        words.map(escape),
        liquid,
        st.sampled_from(["<br>", "<b>bold</b>", "&amp;", "&nbsp;", "<!-- x -->"]),
        st.builds('<a href="https://e.org/{}">w {}</a>'.format, liquid, liquid),
    ),
    max_size=6,
).map("".join)
blocks = st.recursive(
    st.builds(
        "<{0}>{1}</{0}>".format,
        st.sampled_from(["p", "h1", "h3", "div", "li", "td", "pre"]),
        inline,
    ),
    lambda inner: st.builds(
        "<{0}>{1}</{0}>".format,
        st.sampled_from(["ul", "ol", "blockquote", "table", "div", "tr", "dd", "p"]),
        st.lists(inner, max_size=4).map("".join),
    ),
    max_leaves=12,
)


@given(st.text())
def test_any_text_gives_some_text(html: str) -> None:
    assert isinstance(from_html(html), str)


@given(
    st.lists(
        st.sampled_from(
            re.findall(
                r"\S+",
                "<p> </p> <a href= <a> </a> <li> <ul> </ul> <table> <td> </table> <pre> </pre> <br <!-- "
                "--> {{ }} {% %} <blockquote> </li> &#x; &lt; \ue000 \ue0000\ue001 <?xml <dd> <q> </q> \x00 "
                "\ud800 x",
            )
        )
    ).map(" ".join)
)
def test_broken_html_gives_some_text(html: str) -> None:
    assert isinstance(from_html(html), str)


def test_deep_nesting_is_no_trouble() -> None:
    assert from_html("<div>" * 1500 + "x" + "</div>" * 1500) == "x\n"
    assert isinstance(from_html("<div>" * 50_000 + "x"), str)


@settings(max_examples=200)
@given(blocks)
def test_every_liquid_tag_comes_through_as_often_as_it_stands_there(html: str) -> None:
    assert Counter(TAG.findall(from_html(html))) == Counter(TAG.findall(html))


@settings(max_examples=200)
@given(blocks)
def test_no_markup_no_entity_and_no_two_blank_lines_are_left(html: str) -> None:
    text = TAG.sub("tag", from_html(html))
    assert not re.search(r"<(?!https://)|&(amp|nbsp);", text)
    assert "\n\n\n" not in text
    assert not re.search(r"[ \t]\n", text)
    assert text == "" or (text.endswith("\n") and not text.startswith("\n"))
