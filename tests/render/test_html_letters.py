"""A letter in HTML: the look goes round a fragment and nothing round a page; both are inlined."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from newsletter.errors import InvalidIssue
from newsletter.issue.model import Kind
from newsletter.issue.parse import parse_issue
from newsletter.render import Email, Look, render

MakeLook = Callable[..., Look]
LEAVE = '<a href="{{ unsubscribe_url }}">Leave</a> {{ address }}'


@pytest.fixture
def html_letter(look: MakeLook) -> Callable[..., Email]:
    def run(source: str, **more: str) -> Email:
        issue = parse_issue(source, path="issues/gate.html", timezone="UTC")
        return render(issue, look(**more))

    return run


HtmlLetter = Callable[..., Email]


def test_the_look_goes_round_a_fragment(html_letter: HtmlLetter) -> None:
    email = html_letter(
        '---\nsubject: Hi there\n---\n<p>Hello {{ subscriber.first_name | default: "you" }}</p>'
        "<!-- secret --><!--[if mso]><b>W</b><![endif]-->\n<!-- notes -->\n<p>private {{ x }}</p>"
    )
    assert (
        '<p style="margin:0 0 20px">Hello {{ subscriber.first_name | default: "you" }}</p>'
        in email.html
    )
    assert "secret" not in email.html
    assert "private" not in email.html
    assert "<!--[if mso]><b>W</b><![endif]-->" in email.html
    assert "{{ unsubscribe_url }}" in email.html
    assert "Hi there\n========\n\nHello" in email.text


@pytest.mark.parametrize(
    "start",
    [
        "<!doctype html>",
        '<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://x">',
        "<!-- hello -->\n\n<!DOCTYPE html>",
        "",
    ],
)
def test_a_whole_page_stands_alone_and_is_inlined(html_letter: HtmlLetter, start: str) -> None:
    email = html_letter(
        f"{start}<html><head><title>Own page</title><style>p{{color:#112234}} "
        "@media (max-width:600px){p{color:#000000 !important}}</style></head>"
        f"<body><p>Hello</p><p>{LEAVE}</p><!-- notes --> hidden</body></html>"
    )
    assert email.html.startswith("<!DOCTYPE html>\n<html>")
    assert email.html.count("<!DOCTYPE") == 1
    assert email.subject == "Own page"
    assert '<p style="color:#112234">Hello</p>' in email.html
    assert "@media (max-width:600px)" in email.html
    assert 'class="paper"' not in email.html
    assert "hidden" not in email.html
    assert email.html.rstrip().endswith("</html>")


def test_a_pages_style_sheet_behind_a_link_is_told_with_its_line(html_letter: HtmlLetter) -> None:
    with pytest.raises(InvalidIssue) as caught:
        html_letter(
            '<html><head>\n<link rel="stylesheet" href="x.css"></head><body>Hi</body></html>'
        )
    assert caught.value.place == "issues/gate.html:2"


@pytest.mark.parametrize(
    ("source", "kind", "subject"),
    [
        ("<p>Hello Ann,</p><p>The gate is open. Come in.</p>", Kind.HTML, "The gate is open"),
        ("<h1>The <i>gate</i></h1><p>Hi</p>", Kind.HTML, "The gate"),
        ("<html><body><p>One. Two.</p></body></html>", Kind.PAGE, "One"),
        ("<HEAD><title>T</title></HEAD><p>x</p>", Kind.PAGE, "T"),
        ("<div><!-- a --></div><p>x [form name=a]</p>", Kind.HTML, "x [form name=a]"),
    ],
)
def test_what_it_is_and_what_it_may_be_called(source: str, kind: Kind, subject: str) -> None:
    issue = parse_issue(source, path="issues/gate.html", timezone="UTC")
    assert (issue.kind, issue.subject, issue.subject_guessed) == (kind, subject, True)


def test_settings_stand_on_top_or_in_a_yaml_beside_it() -> None:
    on_top = parse_issue("---\nsubject: A\n---\n<p>x</p>", path="a.html", timezone="UTC")
    beside = parse_issue("<p>x</p>", path="a.html", timezone="UTC", sidecar="subject: B\n")
    assert (on_top.subject, beside.subject) == ("A", "B")
    assert on_top.body_lines == (4,)


def test_a_liquid_tag_of_a_fragment_is_there_exactly_once(html_letter: HtmlLetter) -> None:
    html = html_letter(
        "---\nsubject: Hi\n---\n<table>{% if a > b %}<tr><td>x</td></tr>{% endif %}</table><p {{ y }}>z</p>"
    ).html
    assert [html.count(tag) for tag in ("{% if a > b %}", "{% endif %}", "{{ y }}")] == [1, 1, 1]


def test_what_stands_before_the_fold_is_remembered(
    look: MakeLook, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("t")
    (folder / "email.html.j2").write_text(
        '<!DOCTYPE html><html><body>{{ issue.content }}<hr id="fold">{{ issue.teaser }}</body></html>'
    )
    for name, body in {
        "a.md": "| a |\n|--:|\n| 1 |\n\n{{ x }}\n\n<!-- more -->\n\nafter",
        "a.html": "<p>1</p>{{ x }}<!-- more --><p>after</p>",
    }.items():
        issue = parse_issue(f"---\nsubject: Hello\n---\n{body}", path=name, timezone="UTC")
        whole, _, teaser = render(issue, look(templates=(folder,))).html.partition('id="fold"')
        assert "after" in whole
        assert "after" not in teaser
        assert "{{ x }}" in teaser
        assert ("right" in teaser) == (name == "a.md")
