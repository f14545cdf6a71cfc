"""A compiled text becomes the words for one reader."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.liquid import Links, LiquidError, Reader, Snippet, compile  # noqa: A004

NOW = datetime(2026, 11, 24, 9, 5, tzinfo=timezone(timedelta(hours=-5)))
ANN = Reader(
    email_address="ann@example.org", first_name="Ann", fields={"city": "Bonn", "vip": None}
)
LINKS = Links(
    unsubscribe_url="https://example.org/u?t=1&s=2",
    preferences_url="https://example.org/p",
    address="Quay 1 & Co",
    snippets={"about": Snippet(html=compile("About <b>us</b>"), text=compile("About us"))},
)


def rendered(source: str, *, reader: Reader = ANN, escape_html: bool = False) -> str:
    return compile(source).render(reader, LINKS, now=NOW, escape_html=escape_html)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("Hi {{ subscriber.first_name }}", "Hi Ann"),
        ('{{ subscriber.nickname | default: "you" }}', "you"),
        ('{{ subscriber.vip | default: "none" }}', "none"),
        ("{{ subscriber.city | upcase }} {{ subscriber.email_address }}", "BONN ann@example.org"),
        ("[{{ nothing.at.all }}{{ subscriber.nothing }}]", "[]"),
        ("{% if subscriber.city == 'Bonn' %}near{% else %}far{% endif %}", "near"),
        ("{% for i in (1..3) %}{{ i }}{% endfor %}", "123"),
        ("{{ address }}", "Quay 1 & Co"),
        ("{{ unsubscribe_url }}", "https://example.org/u?t=1&s=2"),
        ("{{ unsubscribe_link }}", "https://example.org/u?t=1&s=2"),
        ("{{ subscriber_preferences_link }}", "https://example.org/p"),
        ("{{ snippet.about }}", "About us"),
        ("no liquid & more", "no liquid & more"),
        ("", ""),
    ],
)
def test_in_plain_text_values_stand_as_they_are(source: str, text: str) -> None:
    assert rendered(source) == text


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("<p>{{ address }}</p>", "<p>Quay 1 &amp; Co</p>"),
        ('<a href="{{ unsubscribe_url }}">', '<a href="https://example.org/u?t=1&amp;s=2">'),
        (
            "{{ unsubscribe_link }}",
            '<a href="https://example.org/u?t=1&amp;s=2">Unsubscribe</a>',
        ),
        ('{{ subscriber.none | default: "you & me" }}', "you & me"),
    ],
)
def test_in_html_values_are_escaped_and_the_authors_words_are_not(source: str, html: str) -> None:
    assert rendered(source, escape_html=True) == html


@given(
    st.text("<>&\"'ab ", min_size=1),
    st.sampled_from(
        [
            "{}",
            '{} | append: "x"',
            '{} | prepend: "<b>"',
            "{} | upcase",
            "{} | strip",
            '{} | split: "a" | join: "-"',
            '{} | replace: "b", "<i>"',
            '{} | default: "you"',
            "{} | url_encode | url_decode",
            "{} | newline_to_br",
            "{} | base64_encode | base64_decode",
            "{} | truncate: 5",
            "{} | escape",
        ]
    ),
)
def test_a_readers_name_never_becomes_markup(name: str, expression: str) -> None:
    reader = Reader(email_address="x@example.org", first_name=name)
    source = "{{ " + expression.replace("{}", "subscriber.first_name") + " }}"
    out = rendered(source, reader=reader, escape_html=True)
    for own in ("<b>", "<i>", "<br />"):
        out = out.replace(own, "")
    assert "<" not in out
    assert '"' not in out


def test_a_captured_name_is_escaped_once() -> None:
    reader = Reader(email_address="x@example.org", first_name="A & B")
    source = "{% capture c %}<b>{{ subscriber.first_name }}</b>{% endcapture %}{{ c }}"
    assert rendered(source, reader=reader, escape_html=True) == "<b>A &amp; B</b>"


def test_first_name_and_address_are_not_overridden_by_fields() -> None:
    reader = Reader(email_address="a@example.org", fields={"email_address": "evil@example.org"})
    assert rendered("{{ subscriber.email_address }}", reader=reader) == "a@example.org"


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ('{{ "now" | date: "%Y-%m-%d %H:%M %z" }}', "2026-11-24 09:05 -0500"),
        ('{{ "today" | date: "%A" }}', "Tuesday"),
        ('{{ "0" | date: "%Y-%m-%d %H" }}', "1969-12-31 19"),
        ('{{ "2026-02-03" | date: "%d.%m." }}', "03.02."),
        ('{{ "next week" | date: "%d" }}', "next week"),
        ('[{{ subscriber.none | date: "%d" }}]', "[]"),
    ],
)
def test_dates_follow_the_passed_clock_and_its_zone(source: str, text: str) -> None:
    assert rendered(source) == text


def test_a_template_is_made_once_and_serves_many_readers() -> None:
    template = compile("{% assign x = subscriber.first_name %}{{ x }}{% increment n %}")
    names = [
        template.render(
            Reader(email_address="x@example.org", first_name=name),
            LINKS,
            now=NOW.astimezone(UTC),
            escape_html=html,
        )
        for name in ("A", "B")
        for html in (True, False)
    ]
    assert names == ["A0", "A0", "B0", "B0"]


@pytest.mark.parametrize(
    ("source", "line", "column"),
    [
        ("a\n{{ b", 2, 1),
        ("a\n {% if b %}", 2, 2),
        ("{{ b c }}", 1, 6),
        ("{{ a | default: “b” }}", 1, 17),
        ("{% if a %}" * 40 + "{% endif %}" * 40, 1, None),
    ],
)
def test_what_cannot_be_read_says_where(source: str, line: int, column: int | None) -> None:
    with pytest.raises(LiquidError) as caught:
        compile(source)
    assert caught.value.line == line
    assert column is None or caught.value.column == column


@pytest.mark.parametrize(
    "source",
    [
        "a\n{{ 1 | divided_by: 0 }}",
        "a\n{{ subscriber.first_name | nofilter }}",
        "a\n{% for i in (1..99999) %}{% endfor %}",
        "a\n{{ subscriber.first_name | truncate: subscriber }}",
        "a\n{{ (1..99999999) | join }}",
    ],
)
def test_what_cannot_be_rendered_says_where(source: str) -> None:
    template = compile(source)
    with pytest.raises(LiquidError) as caught:
        template.render(ANN, LINKS, now=NOW, escape_html=True)
    assert caught.value.line == 2
    assert "line 2" in str(caught.value)


def test_output_has_a_largest_size() -> None:
    source = "{% for i in (1..9999) %}" + "x" * 500 + "{% endfor %}"
    with pytest.raises(LiquidError, match="output"):
        rendered(source)


@pytest.mark.parametrize("tag", ['{% include "a" %}', '{% render "a" %}'])
def test_no_file_can_be_included(tag: str) -> None:
    with pytest.raises(LiquidError, match="no Liquid tag"):
        compile(tag)


SNIPPETS = {
    "words": Snippet(text=compile("{{ subscriber.first_name }} & <{{ snippet.block }}>")),
    "block": Snippet(
        html=compile("<b>{{ subscriber.city }}</b>"), text=compile("*{{ subscriber.city }}*")
    ),
    "loop": Snippet(text=compile("[{{ snippet.pool }}]")),
    "pool": Snippet(text=compile("({{ snippet.loop }})")),
    "costly": Snippet(text=compile("{% for i in (1..99999) %}x{% endfor %}")),
}


@pytest.mark.parametrize(
    ("source", "text", "html"),
    [
        ("{{ snippet.block }}", "*Bonn*", "<b>Bonn</b>"),
        ("{{ snippet.words }}", "Ann & <*Bonn*>", "Ann &amp; &lt;*Bonn*&gt;"),
        ("{{ snippet['block'] }}", "*Bonn*", "<b>Bonn</b>"),
        ("{% if snippet.block %}y{% endif %}{% if snippet.no %}n{% endif %}", "y", "y"),
        ("{{ snippet.loop }}", "[()]", "[()]"),
        ("{{ snippet }}{{ snippet.no }}", "", ""),
    ],
)
def test_a_snippet_stands_where_it_is_named_and_never_inside_itself(
    source: str, text: str, html: str
) -> None:
    links = replace(LINKS, snippets=SNIPPETS)
    template = compile(source)

    assert template.render(ANN, links, now=NOW, escape_html=False) == text
    assert template.render(ANN, links, now=NOW, escape_html=True) == html


def test_what_a_snippet_costs_is_bounded_too() -> None:
    with pytest.raises(LiquidError, match="10,000"):
        compile("{{ snippet.costly }}").render(
            ANN, replace(LINKS, snippets=SNIPPETS), now=NOW, escape_html=True
        )


def test_a_text_tells_which_snippets_it_names() -> None:
    source = "{{ snippet.a-b | upcase }}{% if snippet['c'] %}{% endif %}{{ subscriber.x }}"

    assert compile(source).snippets == {"a-b", "c"}
    assert compile("{{ snippet[subscriber.x] }}").snippets == {"*"}
    assert compile("plain").snippets == frozenset()
