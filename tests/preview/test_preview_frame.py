"""The frame's document: one light, no way out, and Liquid's trouble where it stands."""

from datetime import UTC, datetime

import pytest

from newsletter import liquid
from newsletter.preview.frame import Scheme, document, personal, policy
from newsletter.render.model import Email

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
DANA = liquid.Reader(first_name="Dana", email_address="dana@example.org")
LINKS = liquid.Links(unsubscribe_url="/nothing", preferences_url="/nothing?p", address="1 Elm St")
ON, OFF = "(min-width: 0px)", "(max-width: 0px)"


def page(head: str = "", body: str = "") -> str:
    return f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>"


def style(css: str) -> str:
    return page(f"<style>{css}</style>")


@pytest.mark.parametrize(
    ("query", "light", "dark"),
    [
        ("(prefers-color-scheme: dark)", OFF, ON),
        ("(prefers-color-scheme:dark)", OFF, ON),
        ("( PREFERS-COLOR-SCHEME : DARK )", OFF, ON),
        ("(prefers-color-scheme: light)", ON, OFF),
        (
            "screen and (prefers-color-scheme: dark) and (max-width: 600px)",
            f"screen and {OFF} and (max-width: 600px)",
            f"screen and {ON} and (max-width: 600px)",
        ),
        ("not all and (prefers-color-scheme: dark)", f"not all and {OFF}", f"not all and {ON}"),
        (
            "(prefers-color-scheme: dark), (prefers-color-scheme: light)",
            f"{OFF}, {ON}",
            f"{ON}, {OFF}",
        ),
    ],
)
def test_media_queries_are_answered_for_the_light_that_is_wanted(
    query: str, light: str, dark: str
) -> None:
    css = f"@media {query} {{ p {{ color: red }} }}"
    assert f"@media {light} {{" in document(style(css), scheme="light")
    assert f"@media {dark} {{" in document(style(css), scheme="dark")
    assert f"@media {light} {{" in document(style(css), scheme="forced")


def test_a_media_attribute_is_answered_too() -> None:
    source = page(body='<picture><source media="(prefers-color-scheme: dark)" srcset="n.png">')
    assert f'media="{ON}"' in document(source, scheme="dark")


@pytest.mark.parametrize(("scheme", "name"), [("light", "light"), ("dark", "dark")])
def test_the_document_has_one_colour_scheme(scheme: Scheme, name: str) -> None:
    source = page(
        '<meta name="color-scheme" content="light dark">'
        '<meta name="supported-color-schemes" content="light dark">'
        "<style>:root{color-scheme:light dark;supported-color-schemes:light dark}</style>",
        '<p style="color-scheme: light dark; color: red">x</p>',
    )
    shown = document(source, scheme=scheme)
    assert "light dark" not in shown.replace("supported-color-schemes:light dark", "")
    assert f'<meta name="color-scheme" content="{name}">' in shown
    assert f":root{{color-scheme:{name}" in shown
    assert f'style="color-scheme:{name}; color: red"' in shown


def test_a_letter_that_writes_about_css_keeps_its_words() -> None:
    body = (
        "<p>Say color-scheme: dark in it.</p><p>Or (prefers-color-scheme: dark).</p><p>“End”</p>"
        "<p>href='javascript:alert(1)' and &lt;base&gt;</p>"
    )
    for scheme in ("light", "dark", "forced"):
        assert body in document(page(body=body), scheme=scheme)


def test_only_forced_dark_turns_colours_round_and_pictures_back() -> None:
    assert document(page(), scheme="forced").count("invert(1)") == 2
    assert "invert" not in document(page(), scheme="light") + document(page(), scheme="dark")


def test_a_fragment_without_a_head_is_shown_as_well() -> None:
    shown = document("<p>Hello</p>", scheme="forced")
    assert shown.endswith("<p>Hello</p>")
    assert "invert(1)" in shown
    assert '<base target="_blank">' in shown


@pytest.mark.parametrize(
    "attribute",
    [
        'href="javascript:alert(1)"',
        "href='javascript:alert(1)'",
        "href=javascript:alert(1)",
        'HREF="JaVaScRiPt:alert(1)"',
        'href=" \t\njava\nscript:alert(1)"',
        'href="&#106;avascript:alert(1)"',
        'href="java&Tab;script:alert(1)"',
        'href="\x01javascript:alert(1)"',
        'href="vbscript:x"',
        'href="data:text/html,<script>alert(1)</script>"',
        'href="file:///etc/passwd"',
        'xlink:href="javascript:alert(1)"',
        'formaction="javascript:alert(1)"',
        'action="javascript:alert(1)"',
    ],
)
def test_an_address_that_would_run_something_leads_nowhere(attribute: str) -> None:
    shown = document(page(body=f'<a class="x" {attribute} title="a > b">go</a>'))
    assert "alert" not in shown
    assert "passwd" not in shown
    assert '="#"' in shown
    assert 'title="a > b">go</a>' in shown


@pytest.mark.parametrize(
    "address",
    ["https://example.org/?a=1&b=2#javascript:", "mailto:ann@example.org", "#top", "a.png"],
)
def test_other_addresses_stay(address: str) -> None:
    assert f'href="{address}"' in document(page(body=f'<a href="{address}">go</a>'))


@pytest.mark.parametrize(
    "head",
    [
        '<base href="https://evil.example.org/">',
        '<meta http-equiv="refresh" content="0;url=https://evil.example.org/">',
        "<META HTTP-EQUIV=refresh CONTENT='0;url=//evil.example.org'>",
        '<link rel="preload" href="https://evil.example.org/x" as="image">',
        '<link rel="dns-prefetch" href="//evil.example.org">',
        '<link rel="preconnect" href="//evil.example.org">',
    ],
)
def test_what_would_lead_away_or_ask_in_advance_is_left_out(head: str) -> None:
    assert "evil" not in document(page(head))


def test_the_charset_stays() -> None:
    meta = '<meta http-equiv="Content-Type" content="text/html; charset=utf-8">'
    assert meta in document(page(meta))


def test_a_very_long_document_is_rewritten_in_a_moment() -> None:
    many = "<a " * 20_000 + '<p style="' * 20_000 + "<" * 20_000 + "<style>" * 2_000
    assert document(page(body=many))


def test_the_policy_lets_nothing_run_and_nothing_out() -> None:
    rules = dict(
        rule.strip().split(" ", 1)
        for rule in policy(pictures=True, from_elsewhere=False).split(";")
    )
    assert rules["default-src"] == "'none'"
    assert rules["img-src"] == "'self' data:"
    assert rules["style-src"] == "'unsafe-inline'"
    assert rules["form-action"] == rules["base-uri"] == "'none'"
    assert rules["frame-ancestors"] == "'self'"
    assert rules["sandbox"].split() == [
        "allow-same-origin",
        "allow-popups",
        "allow-popups-to-escape-sandbox",
    ]
    assert "script-src" not in rules


def test_pictures_come_only_from_where_the_writer_lets_them() -> None:
    assert "img-src 'none'" in policy(pictures=False, from_elsewhere=True)
    assert "img-src 'self' data: https: http:" in policy(pictures=True, from_elsewhere=True)


def email(html: str = "<p>x</p>", **more: str) -> Email:
    given = {"subject": "S", "preview_text": "P", "text": "T"} | more
    return Email(
        html=html,
        subject=given["subject"],
        preview_text=given["preview_text"],
        text=given["text"],
    )


def test_the_words_are_for_one_reader_and_her_name_is_escaped() -> None:
    reader = liquid.Reader(first_name="<b>Ann</b>", email_address="a@example.org")
    hello = 'Hi {{ subscriber.first_name | default: "friend" }}'
    seen = personal(email(f"<p>{hello}</p>", subject=hello, text=hello), reader, LINKS, now=NOW)
    assert "Hi &lt;b&gt;Ann&lt;/b&gt;" in seen.html
    assert seen.subject == seen.text == "Hi <b>Ann</b>"
    assert seen.trouble is None


def test_the_preview_text_stands_hidden_at_the_top() -> None:
    seen = personal(email("<body><p>x</p></body>", preview_text="Psst"), DANA, LINKS, now=NOW)
    assert seen.html.index("Psst") < seen.html.index("<p>x</p>")


def test_liquid_that_cannot_be_read_is_marked_where_it_stands() -> None:
    html = "<body><p>one</p>\n<p>two {{ subscriber.first_name | nonsense }} three</p></body>"
    seen = personal(email(html, preview_text=""), DANA, LINKS, now=NOW)
    assert seen.trouble is not None
    assert ">{{ subscriber.first_name | nonsense }}</mark> three" in seen.html
    assert "two <mark" in seen.html


def test_liquid_inside_of_a_tag_is_not_marked_and_breaks_nothing() -> None:
    html = '<body><a href="{{ x | nonsense }}">go</a></body>'
    seen = personal(email(html, preview_text=""), DANA, LINKS, now=NOW)
    assert seen.trouble is not None
    assert seen.html == html


@pytest.mark.parametrize(
    "broken", ["{{ a", "{% if x %}never closed", "{% endif %}", "{{ | }}", "{{"]
)
def test_every_broken_liquid_gives_a_page_and_a_reason(broken: str) -> None:
    seen = personal(email(f"<body><p>a {broken}</p></body>"), DANA, LINKS, now=NOW)
    assert seen.trouble is not None
    assert "a " in seen.html


def test_liquid_trouble_in_the_subject_alone_is_told() -> None:
    seen = personal(email(subject="{{ a | nonsense }}"), DANA, LINKS, now=NOW)
    assert seen.trouble is not None
    assert seen.subject == "{{ a | nonsense }}"
