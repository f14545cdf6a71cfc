"""What the author writes becomes what a mail needs."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from newsletter.issue.model import Issue, Kind
from newsletter.render import Look, render
from newsletter.render.email import compose

Make = Callable[..., Issue]


@pytest.fixture
def content(letter: Make, look: Callable[..., Look]) -> Callable[..., str]:
    """The letter's own HTML, before styles are moved into it."""

    def of(body: str, **more: object) -> str:
        page = compose(letter(body, title="", **more), look())
        inside = page.html.split('<td class="letter">\n', 1)[1]
        return page.shield.show(inside.split('<table role="presentation" class="signature"')[0])

    return of


def squeezed(html: str) -> str:
    return re.sub(r"\s*\n\s*", "", html)


@pytest.mark.parametrize(
    ("body", "html"),
    [
        (
            "[Read *it*](https://example.org){.button}",
            (
                '<table role="presentation" class="button-table" align="center" border="0" cellpadding="0" '
                'cellspacing="0"><tr><td class="button-cell"><a class="button" '
                'href="https://example.org">Read <em>it</em></a></td></tr></table>'
            ),
        ),
        (
            "Or [read it](https://example.org){.button} here.",
            '<p>Or <a href="https://example.org" class="button">read it</a> here.</p>',
        ),
        (
            "![A street](https://example.org/a.png){width=400}",
            (
                '<div class="figure"><img class="picture" src="https://example.org/a.png" '
                'alt="A street" width="400"></div>'
            ),
        ),
        (
            '![A street](https://example.org/a.png "Behind me")',
            (
                '<div class="figure"><img class="picture" src="https://example.org/a.png" '
                'alt="A street" width="504"><p class="caption">Behind me</p></div>'
            ),
        ),
        (
            "[![A](https://example.org/a.png){width=2000}](https://example.org)",
            (
                '<div class="figure"><a href="https://example.org"><img class="picture" '
                'src="https://example.org/a.png" alt="A" width="504"></a></div>'
            ),
        ),
        (
            "In ![a](https://example.org/a.png) text.",
            '<p>In <img src="https://example.org/a.png" alt="a" /> text.</p>',
        ),
        (
            "> Rest is a verb.\n> — Ann *Lee*",
            (
                '<table role="presentation" class="box" width="100%" border="0" cellpadding="0" '
                'cellspacing="0"><tr><td class="quote"><blockquote class="words"><p>Rest is a verb.'
                '</p><p class="attribution">— Ann <em>Lee</em></p></blockquote></td></tr></table>'
            ),
        ),
        (
            "> Rest.\n>\n> — Ann",
            (
                '<table role="presentation" class="box" width="100%" border="0" cellpadding="0" '
                'cellspacing="0"><tr><td class="quote"><blockquote class="words"><p>Rest.'
                '</p><p class="attribution">— Ann</p></blockquote></td></tr></table>'
            ),
        ),
        (
            "::: note\nMind *this*.\n:::",
            (
                '<table role="presentation" class="box" width="100%" border="0" cellpadding="0" '
                'cellspacing="0"><tr><td class="note"><p>Mind <em>this</em>.</p></td></tr></table>'
            ),
        ),
        (
            ":::: warning\n::: small\na\n:::\n::::",
            (
                '<table role="presentation" class="box" width="100%" border="0" cellpadding="0" '
                'cellspacing="0"><tr><td class="warning"><div class="small"><p>a</p></div></td></tr></table>'
            ),
        ),
        ("::: center\na\n:::", '<div class="centre"><p>a</p></div>'),
        ("::: small\na\n:::", '<div class="small"><p>a</p></div>'),
        ("::: nothing\na\n:::", "<p>::: nothinga:::</p>"),
        ("a\n\n---\n\nb", '<p>a</p><hr class="pause"><p>b</p>'),
        (
            "| a | b |\n|---|--:|\n| 1 | 2 |",
            (
                '<table class="data"><thead><tr><th class="cell" scope="col">a</th>'
                '<th class="cell right" scope="col">b</th></tr></thead><tbody><tr>'
                '<td class="cell">1</td><td class="cell right">2</td></tr></tbody></table>'
            ),
        ),
        ("~~gone~~ and <b>raw</b>", "<p><s>gone</s> and <b>raw</b></p>"),
        ("[sic] stays", "<p>[sic] stays</p>"),
    ],
)
def test_markdown_becomes_mail(content: Callable[..., str], body: str, html: str) -> None:
    assert squeezed(content(body)) == html


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("\"He said 'yes',\" she wrote", "“He said ‘yes’,” she wrote"),
        ("don't", "don’t"),
        ("wait... for it", "wait… for it"),
        ("one --- two", "one — two"),
        ("one--two", "one—two"),
        ("one -- two", "one – two"),
        ("1990--1999", "1990–1999"),
        ("Yes!!!! (c) 5 +- 1", "Yes!!!! (c) 5 +- 1"),
        ('`"code" -- ...`', "<code>&quot;code&quot; -- ...</code>"),
        ('{{ a | default: "b" }}', '{{ a | default: "b" }}'),
        ("newsletter --help", "newsletter --help"),
    ],
)
def test_typed_signs_become_those_of_a_printer(
    content: Callable[..., str], typed: str, printed: str
) -> None:
    assert content(typed).strip() == f"<p>{printed}</p>"


@pytest.mark.parametrize(
    ("language", "printed"),
    [("de", "„a ‚b‘“"), ("de-CH", "„a ‚b‘“"), ("fr", "«\u00a0a “b”\u00a0»"), ("tlh", "“a ‘b’”")],
)
def test_quotes_follow_the_language_of_the_letter(
    content: Callable[..., str], language: str, printed: str
) -> None:
    assert content("\"a 'b'\"", language=language).strip() == f"<p>{printed}</p>"


def test_plain_text_is_printed_as_it_was_typed(content: Callable[..., str]) -> None:
    assert content('"a" -- ...', kind=Kind.PLAIN).strip() == "<p>&quot;a&quot; -- ...</p>"


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("a <!-- b --> c", "<p>a  c</p>"),
        ("a\n\n<!-- b\n\n{{ x }} -->\n\nc", "<p>a</p><p>c</p>"),
        ("a\n\n<!-- never closed\n\nb", "<p>a</p>"),
        ("a\n\n<!-- notes -->\n\nb {{ x }}\n\n[form name=none]", "<p>a</p>"),
        ("- a\n\n  <!-- Notes -->\n\n  b\n- c", "<ul><li><p>a</p></li></ul>"),
        ("`<!-- a -->`", "<p><code>&lt;!-- a --&gt;</code></p>"),
        ("~~~\n<!-- notes -->\n~~~", "<pre><code>&lt;!-- notes --&gt;</code></pre>"),
        ("<div><!-- a -->b</div>", "<div>b</div>"),
        ("<!--[if mso]><b>w</b><![endif]-->", "<!--[if mso]><b>w</b><![endif]-->"),
    ],
)
def test_comments_and_notes_stay_at_home(content: Callable[..., str], body: str, html: str) -> None:
    assert squeezed(content(body)) == html


def test_control_characters_of_a_letter_are_left_out(
    letter: Make, look: Callable[..., Look]
) -> None:
    email = render(letter("a\x00b\x0bc\x85d\x92e", subject="x\x07y"), look())

    assert "abcde" in email.html
    assert "<title>xy</title>" in email.html


def test_no_comment_of_an_author_is_in_the_page(letter: Make, look: Callable[..., Look]) -> None:
    html = render(letter("Hello.\n\n<!-- ask Bob -->"), look()).html

    assert re.findall(r"<!--(?!\[if mso\]|<!\[endif\])", html) == []
