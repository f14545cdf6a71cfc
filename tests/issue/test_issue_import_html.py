"""HTML from elsewhere becomes Markdown; what has no business in a letter is taken out, and told."""

from __future__ import annotations

import pytest

from newsletter.errors import InvalidIssue
from newsletter.issue.new import import_text


def markdown(html: str) -> str:
    return import_text(html, suffix=".html").body


@pytest.mark.parametrize(
    ("html", "body"),
    [
        ("<h1>A</h1><h3>B</h3><p>c</p>", "# A\n\n### B\n\nc"),
        ("<p>a <b>b</b><i> c </i>d <s>e</s> <code>f_g</code></p>", "a **b** *c* d ~~e~~ `f_g`"),
        ("<p><strong><b>a</b></strong></p>", "**a**"),
        ("<p>a<br>b<br></p>", "a\\\nb"),
        ("<p>2 * 3 [x] _y_</p>", "2 \\* 3 \\[x\\] \\_y\\_"),
        ("<p>1. a</p><p># b</p><p>- c</p><p>&gt; d</p>", "1\\. a\n\n\\# b\n\n\\- c\n\n\\> d"),
        ("<p>a&nbsp;b\u200bc</p>", "a bc"),
        ("<p>{{ subscriber.first_name | default: \"x\" }}</p>", '{{ subscriber.first_name | default: "x" }}'),
        ("<p>[convertkit form=3]</p>", "[convertkit form=3]"),
        ("<ul><li>a</li><li>b<ol start='4'><li>c</li></ol></li></ul>", "- a\n- b\n  4. c"),
        ("<ul><li><p>a</p><p>b</p></li></ul>", "- a\n\n  b"),
        ("<blockquote><p>a</p><p>— B</p></blockquote>", "> a\n>\n> — B"),
        ("<hr>", "---"),
        ("<pre>a\n  b</pre>", "```\na\n  b\n```"),
        ('<a href="https://e.org/(x)">a [b]</a>', "[a \\[b\\]](<https://e.org/(x)>)"),
        ('<a href="https://e.org">https://e.org</a>', "<https://e.org>"),
        ('<a href="#top">up</a>', "up"),
        ('<a href="https://www.google.com/url?q=https://e.org/a&amp;sa=D">a</a>', "[a](<https://e.org/a>)"),
        ('<p><a href="https://e.org"><img src="a b.jpg" alt="A"></a></p>', "[![A](<a%20b.jpg>)](<https://e.org>)"),
        ('<figure><img src="a.jpg" alt="A"><figcaption>Say "b"</figcaption></figure>', '![A](<a.jpg> "Say \\"b\\"")'),
        ('<div class="wp-caption"><img src="a.jpg" alt=""><p class="wp-caption-text">B</p></div>', '![](<a.jpg> "B")'),
        ("<table><tr><th>a</th><th>b</th></tr><tr><td>1|2</td><td></td></tr></table>", "| a | b |\n|---|---|\n| 1\\|2 |  |"),
        ("<table><tr><td><table><tr><td>a</td></tr></table></td><td>b</td></tr></table>", "a\n\nb"),
        ('<span style="font-weight:700">a</span> <span style="font-weight:400">b</span>', "**a** b"),
        ("<style>.c1{font-weight:700}.c2{font-style:italic}</style><p class='c1'>x</p><span class='c2'>y</span>", "x\n\n*y*"),
        ("<div>a<p>b</p>c</div>", "a\n\nb\n\nc"),
        ("<form><p>a</p></form>", "a"),
    ],
)  # fmt: skip
def test_html_becomes_markdown(html: str, body: str) -> None:
    assert markdown(html) == body


@pytest.mark.parametrize(
    ("html", "text", "why"),
    [
        ("\n<script>x()</script>", "<script>", "runs a script"),
        ("\n<p onclick='x()'>a</p>", "onclick=…", "runs a script"),
        ("\n<a href='javascript:x()'>a</a>", "javascript:x()", "follows it"),
        ("\n<a href=' JAVASCRIPT:x()'>a</a>", " JAVASCRIPT:x()", "follows it"),
        ("\n<style>p{}</style>", "p{}", "styles"),
        ("\n<div style='display: none'>psst</div>", "psst", "hidden"),
        ("\n<!-- ask Bob -->", "ask Bob", "a comment"),
        ("\n<img src='https://t.example.org/x' width=1 height=1>", "<img>", "watch readers"),
        ("\n<input name=a>", "<input>", "a form"),
        ("\n<object>o</object>", "o", "shows it"),
        ("\n<svg><text>s</text></svg>", "s", "PNG"),
        ("\n<meta http-equiv=refresh content='0;url=https://e.org'>", "<meta>", "another page"),
        ("\n<p>Pin It on Pinterest</p>", "Pin It on Pinterest", "web page"),
        ("\n<p>You can unsubscribe at any time.</p>", "You can unsubscribe at any time.", "footer"),
    ],
)
def test_what_is_taken_out_is_told_with_its_line(html: str, text: str, why: str) -> None:
    done = import_text(f"<p>Hello</p>{html}", suffix=".html")
    assert [(change.line, change.kind, change.text) for change in done.changes] == [
        (2, "removed", text)
    ]
    assert why in done.changes[0].why
    assert "psst" not in done.body
    assert "Bob" not in done.body


def test_a_film_becomes_a_link() -> None:
    done = import_text('<iframe src="https://e.org/v" title="My film"></iframe>', suffix=".htm")
    assert done.body == "[My film](<https://e.org/v>)"
    assert [change.kind for change in done.changes] == ["changed"]


def test_kept_as_html_it_is_clean_and_has_its_styles() -> None:
    source = (
        "<html><head><style>p{color:#112234}</style><script>x</script></head><body>Hi "
        "<p onclick='x' style='margin:0'>a</p><!-- b --></body></html>"
    )
    done = import_text(source, suffix=".html", keeps_html=True)
    assert done.body == '<style>p{color:#112234}</style>Hi <p style="margin:0">a</p>'
    assert done.suffix == ".html"


def test_title_and_description_become_subject_and_preview_text() -> None:
    done = import_text(
        "<title>A\n title</title><meta name=Description content=' B '><p>c</p>", suffix=".html"
    )
    assert (done.subject, done.preview_text) == ("A title", "B")


@pytest.mark.parametrize("html", ["", "<script>x</script>", "<p> </p>", "<div>" * 5000 + "a"])
def test_a_file_without_words_is_one_clear_error(html: str) -> None:
    with pytest.raises(InvalidIssue) as caught:
        import_text(html, suffix=".html", path="old.html")
    assert caught.value.file == "old.html"
    assert caught.value.hint


def test_taking_over_what_was_taken_over_changes_nothing() -> None:
    html = "<h2>A</h2><p>1. b <b>c</b> [d] https://e.org/x.</p><ul><li>e</li></ul>"
    once = import_text(html, suffix=".html")
    again = import_text(once.body, suffix=".md")
    assert (again.body, again.changes) == (once.body, ())
