"""What premailer 3.10 does with each known trap, and what comes out of our pipeline.

Each row keeps a fault that was reproduced. Where `premailer` is given it is the output
of premailer with the options named, so that an upgrade of lxml, libxml2, cssutils or
cssselect shows at once what moved. `ours` is what our shield and inliner make of it.
Pages are written as a style sheet and a body, and compared as what is left of them.
"""

from __future__ import annotations

import logging
import re
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import pytest

from newsletter.render.characters import with_numeric_references, without_control_characters
from newsletter.render.inline import OPTIONS, inline
from newsletter.render.mistake import StyleMistake
from newsletter.render.shield import Shield

DEFAULT: dict[str, Any] = {"cssutils_logging_level": logging.CRITICAL}


@dataclass(frozen=True, kw_only=True)
class Row:
    id: str
    body: str
    css: str = ""
    premailer: str | type[Exception] | None = None
    options: dict[str, Any] | None = None
    ours: str | type[Exception] = ""


ROWS = [
    # Liquid
    Row(
        id="L1",
        body='<a href="{{ unsubscribe_url }}">x</a>',
        premailer='<a href="{{%20unsubscribe_url%20}}">x</a>',
        ours='<a href="{{ unsubscribe_url }}">x</a>',
    ),
    Row(
        id="L2",
        body='<a href="{{ unsubscribe_url }}">x</a>',
        options={"preserve_handlebar_syntax": True},
        premailer='<a href="{{%20unsubscribe_url%20}}">x</a>',
        ours='<a href="{{ unsubscribe_url }}">x</a>',
    ),
    Row(
        id="L3",
        body='<img src="{{ img }}.png"><a href="mailto:{{ x }}">m</a>',
        options={"preserve_handlebar_syntax": True},
        premailer="<img src='{{%20img%20}}.png\"&gt;&lt;a%20href=\"mailto:{{%20x%20}}'>m",
        ours='<img src="{{ img }}.png"><a href="mailto:{{ x }}">m</a>',
    ),
    Row(
        id="L4",
        body='<p title="{{ subscriber.first_name | default: "friend" }}">x</p>',
        premailer='<p title="{{ subscriber.first_name | default: " friend" }}">x</p>',
        ours='<p title="{{ subscriber.first_name | default: "friend" }}">x</p>',
    ),
    Row(
        id="L5",
        body="<p>{% if a > b and c < d %}x & y</p>",
        premailer="<p>{% if a &gt; b and c &lt; d %}x &amp; y</p>",
        ours="<p>{% if a > b and c < d %}x &amp; y</p>",
    ),
    Row(
        id="L6",
        body='<table><tr><td {% if x %}class="a"{% endif %}>x</td></tr></table>',
        premailer='<table><tr><td {% if x %}class="a" endif %}>x</td></tr></table>',
        ours='<table><tr><td {% if x %}class="a" {% endif %}>x</td></tr></table>',
    ),
    Row(
        id="L7",
        css="p{margin:0}",
        body='<p style="color:{{ color }}">x</p>',
        premailer='<p style="margin:0">x</p>',
        ours='<p style="margin:0; color:{{ color }}">x</p>',
    ),
    Row(
        id="L8",
        css="p{color:{{ color }};margin:0}",
        body="<p>x</p>",
        premailer='<p style="margin:0">x</p>',
        ours='<p style="color:{{ color }}; margin:0">x</p>',
    ),
    Row(
        id="L10",
        body='<a href="{{ u }}">x</a><a href="#top">y</a><a href="tel:1">z</a>',
        options={"base_url": "https://example.org/base/"},
        premailer='<a href="https://example.org/base/{{%20u%20}}">x</a>'
        '<a href="https://example.org/base/#top">y</a><a href="tel:1">z</a>',
        ours='<a href="{{ u }}">x</a><a href="#top">y</a><a href="tel:1">z</a>',
    ),
    Row(
        id="L11",
        body="<table>{% if x %}<tr><td>a</td></tr>{% endif %}</table>",
        premailer="<table>{% if x %}<tr><td>a</td></tr>{% endif %}</table>",
        ours="<table>{% if x %}<tr><td>a</td></tr>{% endif %}</table>",
    ),
    # Cascade and selectors
    Row(
        id="C1",
        css=".a{font-size:16px} @media (max-width:600px){.a{font-size:18px !important}}",
        body='<p class="a">x</p>',
        premailer="<style>@media (max-width: 600px) { .a { font-size: 18px } }</style>"
        '<p class="a" style="font-size:16px">x</p>',
        ours="<style>@media (max-width:600px){.a{font-size:18px !important}}</style>"
        '<p class="a" style="font-size:16px">x</p>',
    ),
    Row(
        id="C2",
        css="p{color:red !important}",
        body="<p>x</p>",
        premailer='<p style="color:red">x</p>',
        ours='<p style="color:red !important">x</p>',
    ),
    Row(
        id="C3",
        css="[data-ogsc] .a{color:red} [data-ogsb] .a{color:red} u + .body a{color:red} "
        "#MessageViewBody a{color:red} .ExternalClass{line-height:1}",
        body='<p class="a">x</p>',
        premailer='<p class="a">x</p>',
        ours="<style>[data-ogsc] .a{color:red} [data-ogsb] .a{color:red} "
        "u + .body a{color:red} #MessageViewBody a{color:red} .ExternalClass{line-height:1}"
        '</style><p class="a">x</p>',
    ),
    Row(
        id="C4",
        css=":root{color-scheme:light dark} a{color:blue} a:hover{color:red}",
        body="<a>x</a>",
        options={"exclude_pseudoclasses": False},
        premailer='<a style="{color:blue} :hover{color:red}">x</a>',
        ours="<style>:root{color-scheme:light dark} a:hover{color:red}</style>"
        '<a style="color:blue">x</a>',
    ),
    Row(
        id="C5",
        css="@font-face{font-family:X;src:url(x)} @keyframes k{to{color:red}} "
        "@supports (display:grid){p{color:red}} @layer a{p{color:red}}",
        body="<p>x</p>",
        premailer="<p>x</p>",
        ours="<style>@font-face{font-family:X;src:url(x)} @keyframes k{to{color:red}} "
        "@supports (display:grid){p{color:red}} @layer a{p{color:red}}</style><p>x</p>",
    ),
    Row(
        id="C6",
        css="@media screen{ @media (max-width:600px){p{color:red}} }",
        body="<p>x</p>",
        premailer=AttributeError,
        ours="<style>@media screen{ @media (max-width:600px){p{color:red}} }</style><p>x</p>",
    ),
    Row(
        id="C7",
        css="@media screen{ @supports (display:grid){.a{color:red}} }",
        body="<p>x</p>",
        premailer="<style>@media screen { @supports (display: grid) { . a { color: red } } }"
        "</style><p>x</p>",
        ours="<style>@media screen{ @supports (display:grid){.a{color:red}} }</style><p>x</p>",
    ),
    Row(
        id="C8",
        css="@media (width <= 600px){p{color:red}}",
        body="<p>x</p>",
        premailer="<style></style><p>x</p>",
        ours="<style>@media (width <= 600px){p{color:red}}</style><p>x</p>",
    ),
    # C9, C10: the template's rules avoid them, see test_style_sheet.py
    Row(
        id="C9",
        css="p{margin-top:1px} .a{margin:0} p.a{margin-top:5px}",
        body='<p class="a">x</p>',
        premailer='<p class="a" style="margin-top:5px; margin:0">x</p>',
        ours='<p class="a" style="margin-top:5px; margin:0">x</p>',
    ),
    Row(
        id="C10",
        css="p{color:red !important}",
        body='<p style="color:blue">x</p>',
        premailer='<p style="color:blue">x</p>',
        ours='<p style="color:blue">x</p>',
    ),
    Row(
        id="C11",
        css="p[class]{color:red} p{color:blue}",
        body='<p class="a">x</p>',
        premailer='<p class="a" style="color:blue">x</p>',
        ours='<style>p[class]{color:red}</style><p class="a" style="color:blue">x</p>',
    ),
    Row(
        id="C12",
        css='a[href*="x"]{color:red} a[title="x,y"]{color:red}',
        body='<a href="x">x</a>',
        premailer=SyntaxError,
        ours='<style>a[href*="x"]{color:red} a[title="x,y"]{color:red}</style><a href="x">x</a>',
    ),
    Row(
        id="C13",
        css="p:not(.b){color:red} td:nth-child(2){color:red} p:is(a,b){color:red}",
        body="<p>x</p>",
        premailer="<style>p:not(.b) {color:red} td:nth-child(2) {color:red}</style><p>x</p>",
        ours="<style>p:not(.b){color:red} td:nth-child(2){color:red} p:is(a,b){color:red}"
        "</style><p>x</p>",
    ),
    Row(
        id="C14",
        css=":root{--c:#f00} .a{color:var(--c)}",
        body='<p class="a">x</p>',
        premailer='<style>:root {--c:#f00}</style><p class="a" style="color:var(--c)">x</p>',
        ours='<style>:root{--c:#f00}</style><p class="a" style="color:var(--c)">x</p>',
    ),
    Row(
        id="C15",
        css=".a{color:blue; &:hover{color:red} .b{color:green}}",
        body='<p class="a">x</p>',
        premailer='<p class="a" style="color:blue">x</p>',
        ours='<style>.a{color:blue; &:hover{color:red} .b{color:green}}</style><p class="a">x</p>',
    ),
    Row(
        id="C16",
        css="p{background:#fff;background:linear-gradient(red,blue);font-size:16px;font-size:1rem}",
        body="<p>x</p>",
        premailer='<p style="background:linear-gradient(red, blue); font-size:1rem">x</p>',
        ours='<p style="background:linear-gradient(red, blue); font-size:1rem">x</p>',
    ),
    Row(
        id="C17",
        css="p{color:#11223344;background-color:rgb(0 0 0 / 80%);margin:0}",
        body="<p>x</p>",
        premailer='<p style="margin:0">x</p>',
        ours='<p style="margin:0">x</p>',
    ),
    Row(
        id="C18",
        css="p{color:red}",
        body="<!--[if mso]><p>x</p><![endif]--><p>y</p>",
        premailer='<!--[if mso]><p>x</p><![endif]--><p style="color:red">y</p>',
        ours='<!--[if mso]><p>x</p><![endif]--><p style="color:red">y</p>',
    ),
    # HTML
    Row(
        id="H2",
        css="img{width:100%;height:auto}",
        body='<img width="600" height="300">',
        premailer='<img width="100%" height="auto" style="width:100%; height:auto">',
        ours='<img width="600" height="300" style="width:100%; height:auto">',
    ),
    Row(
        id="H3",
        css="td{background-color:rgba(255,255,255,.5)}",
        body='<table><tr><td bgcolor="#ffffff">x</td></tr></table>',
        premailer='<table><tr><td bgcolor="rgba(255, 255, 255, 0.5)" '
        'style="background-color:rgba(255, 255, 255, 0.5)">x</td></tr></table>',
        ours='<table><tr><td bgcolor="rgba(255, 255, 255, 0.5)" '
        'style="background-color:rgba(255, 255, 255, 0.5)">x</td></tr></table>',
    ),
    Row(
        id="H4",
        body='<a href="x"><table><tr><td>a</td></tr></table></a>',
        premailer='<a href="x"></a><table><tr><td>a</td></tr></table>',
        ours='<a href="x"></a><table><tr><td>a</td></tr></table>',
    ),
    Row(
        id="H5",
        body="<![if !mso]><p>x</p><![endif]><!--[if !mso]><!--><p>y</p><!--<![endif]-->",
        premailer="<!--[if !mso]--><p>x</p><!--[endif]-->"
        "<!--[if !mso]><!--><p>y</p><!--<![endif]-->",
        ours="<!--[if !mso]--><p>x</p><!--[endif]--><!--[if !mso]><!--><p>y</p><!--<![endif]-->",
    ),
    Row(
        id="H8",
        body="<p>a&nbsp;&zwnj;&#847;&shy;&copy;&reg;&trade;&mdash;</p>",
        premailer="<p>a\u00a0\u200c\u034f\u00ad\u00a9\u00ae\u2122\u2014</p>",
        ours="<p>a&#160;&#8204;&#847;&#173;&#169;&#174;&#8482;\u2014</p>",
    ),
    Row(
        id="H9",
        body="<p>a\x00b\x0bc\x92</p>",
        premailer="<p>a\ufffdb\x0bc\x92</p>",
        ours="<p>abc</p>",
    ),
    Row(
        id="H10",
        css="p{font-family:'Segoe UI';color:#FFFFFF}",
        body="<p>a<br/>x & y</p>",
        premailer="<p style='font-family:\"Segoe UI\"; color:#FFF'>a<br>x &amp; y</p>",
        ours="<p style='font-family:\"Segoe UI\"; color:#FFF'>a<br>x &amp; y</p>",
    ),
    # Safety
    Row(
        id="S1",
        body='<link rel="stylesheet" href="http://127.0.0.1:9/x.css"><p>x</p>',
        options={"allow_network": False},
        premailer='<link rel="stylesheet" href="http://127.0.0.1:9/x.css"><p>x</p>',
        ours=StyleMistake,
    ),
    Row(
        id="S2",
        css="@import url(http://127.0.0.1:9/x.css); p{color:red}",
        body="<p>x</p>",
        options={"allow_network": False},
        premailer=AssertionError,  # from the fetcher that must not be asked
        ours=StyleMistake,
    ),
    Row(
        id="S3",
        css="p{color:red}",
        body='<p style="p">x</p>',
        premailer=TypeError,
        ours='<p style="color:red">x</p>',
    ),
    Row(
        id="S8",
        css="img{float:right}",
        body="<img>",
        premailer='<img style="float:right" align="right">',
        ours='<img style="float:right">',
    ),
]


def page(row: Row) -> str:
    style = f"<style>{row.css}</style>" if row.css else ""
    return f"<!DOCTYPE html><html><head>{style}</head><body>{row.body}</body></html>"


def essence(html: str) -> str:
    """A page without what all pages have; blanks that do not matter as one."""
    html = re.sub(r"<!DOCTYPE html>|</?(html|head|body)>", "", html)
    return re.sub(r"\s+(?=<)|(?<=>)\s+", "", re.sub(r"[ \n]+", " ", html)).strip(" ")


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.premailer is not None], ids=lambda row: row.id
)
def test_premailer_itself_still_does_this(row: Row) -> None:
    from premailer import Premailer

    def transform() -> str:
        return str(Premailer(**{**DEFAULT, **(row.options or {})}).transform(page(row)))

    if isinstance(row.premailer, type):
        with pytest.raises(row.premailer):
            transform()
    else:
        assert essence(transform()) == row.premailer


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_our_pipeline_makes_this_of_it(row: Row) -> None:
    shield = Shield()

    def transform() -> str:
        hidden = shield.hide(without_control_characters(page(row)))
        return shield.show(with_numeric_references(inline(hidden, folder=None)))

    if isinstance(row.ours, type):
        with pytest.raises(row.ours):
            transform()
    else:
        assert essence(transform()) == essence(row.ours)


def test_s5_nothing_is_written_to_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    css = "td{mso-padding-alt:0;-webkit-text-size-adjust:100%;color:nonsense(1)}"

    inline(page(Row(id="", css=css, body="<table><tr><td>x</td></tr></table>")), folder=None)

    assert capfd.readouterr() == ("", "")


def test_s4_premailers_cache_is_large_enough_for_many_style_sheets() -> None:
    """Premailer reads the size once, when it is imported: so in a process of its own."""
    code = (
        "from newsletter.render.inline import inline\n"
        "inline('<!DOCTYPE html><style>p{color:red}</style><p>x', folder=None)\n"
        "from premailer.cache import cache\n"
        "print(cache.maxsize)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert int(done.stdout) >= 4096


def test_s7_a_second_run_over_the_output_would_change_it() -> None:
    """The mark on the second style sheet is gone after the first run, so run once."""
    css = "p{color:red} [data-ogsc] p{color:blue}"
    once = inline(page(Row(id="", css=css, body="<p>x</p>")), folder=None)

    from premailer import Premailer

    assert "[data-ogsc]" in once
    assert "[data-ogsc]" not in Premailer(**OPTIONS).transform(once)


def test_h7_no_blanks_are_added_between_elements() -> None:
    body = "<div class=c>a</div><div class=c>b</div><table><tr><td><img><br></td></tr></table>"

    html = inline(page(Row(id="", body=body)), folder=None)

    assert '</div><div class="c">b</div><table><tr><td><img><br></td>' in html


@pytest.mark.parametrize(
    ("begin", "kept"),
    [
        ("<!DOCTYPE html>", True),
        ("<!doctype html>", False),
        ("<!-- c --><!DOCTYPE html>", False),
        ('<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional //EN"\n"x">', False),
        ('{% layout "x" %}<!DOCTYPE html>', False),
    ],
)
def test_h1_and_l9_only_the_exact_doctype_at_the_very_start_is_kept(begin: str, kept: bool) -> None:
    html = inline(f"{begin}<html><head></head><body><p>x</p></body></html>", folder=None)

    assert html.startswith("<!DOCTYPE html>") is kept


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE html><html></html>', ValueError),
        ("", Exception),
    ],
)
def test_h6_premailer_refuses_xml_declarations_and_nothing(
    text: str, error: type[Exception]
) -> None:
    """Neither can reach it: a page that does not begin with its doctype is refused before."""
    from premailer import Premailer

    with pytest.raises(error):
        Premailer(**OPTIONS).transform(text)


def test_h11_autoescape_would_break_a_style_sheet() -> None:
    """So the partial with the styles switches it off for itself."""
    css = "p{font-family:&#39;A&#39;;color:red}"

    html = inline(page(Row(id="", css=css, body="<p>x</p>")), folder=None)

    assert "font-family" not in html
