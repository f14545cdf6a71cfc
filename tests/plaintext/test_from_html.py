"""HTML as a reader sees it becomes text as a reader likes it."""

from __future__ import annotations

import re

import pytest

from newsletter.plaintext import from_html

LAYOUT = '<table role="presentation"><tr><td>{}</td></tr></table>'


def text_of(body: str, **options: int) -> str:
    return from_html(f"<!DOCTYPE html><html><body>{body}</body></html>", **options)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<h1>Tea &amp; rest</h1><p>Words.</p>", "Tea & rest\n==========\n\nWords.\n"),
        ("<h2>Two</h2><h3>Deeper</h3>", "Two\n---\n\nDeeper\n~~~~~~\n"),
        ("<p>a  b\n c</p>", "a b c\n"),
        ("<p>a<br>b<br><br><br><br>c</p>", "a\nb\n\nc\n"),
        ("<ul><li>one</li><li>two</li></ul>", "- one\n- two\n"),
        ("<ol start=4><li>d</li><li value=9>i</li><li>j</li></ol>", "4. d\n9. i\n10. j\n"),
        ("<ol start='x'><li>a</li></ol>", "1. a\n"),
        ("<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>", "- a\n  - b\n- c\n"),
        ("<ul><li><p>a</p><p>b</p></li><li><p>c</p></li></ul>", "- a\n\n  b\n\n- c\n"),
        ("<li>alone</li>", "- alone\n"),
        ("<blockquote><p>a</p><p>b</p></blockquote><p>c</p>", "> a\n>\n> b\n\nc\n"),
        ("<p>a</p><hr><p>b</p>", "a\n\n* * *\n\nb\n"),
        ("<dl><dt>Word</dt><dd>Meaning</dd></dl>", "Word\n    Meaning\n"),
        ("<pre>a\n   b\n\n\n\nc</pre>", "a\n   b\n\nc\n"),
        ("<p>She said <q>yes</q>.</p>", "She said “yes”.\n"),
        ('<p><img src="a.jpg" alt="A quiet  street"></p>', "[image: A quiet street]\n"),
        ('<p>x<img src="a.gif" alt=""><img src="b.gif"></p>', "x\n"),
        ("<p>1&nbsp;000&nbsp;&nbsp;km</p>", "1 000 km\n"),
        ("<p>in&shy;vis&#8203;ible</p>", "invisible\n"),
        ("plain words", "plain words\n"),
        ("<p>&lt;b&gt; stays text</p>", "<b> stays text\n"),
        (LAYOUT.format("<p>a</p>" + LAYOUT.format("b")), "a\n\nb\n"),
        (
            "<table><tr><th>Day</th><th>Time</th></tr><tr><td>Mon</td><td><p>9</p></td></tr></table>",
            "Day | Time\nMon | 9\n",
        ),
        ("<table><caption>When</caption><tr><td>a</td></tr></table>", "When\na\n"),
        ("", ""),
        ("<p> </p><ul><li></li></ul>", ""),
    ],
)
def test_each_element_has_its_form_in_text(html: str, text: str) -> None:
    assert text_of(html) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ('<p>See <a href="https://e.org/a">this</a>.</p>', "See this <https://e.org/a>.\n"),
        ('<a href="https://e.org/a">https://e.org/a/</a>', "https://e.org/a/\n"),
        ('<a href="https://e.org">e.org</a>', "e.org\n"),
        ('<a href="mailto:ann@example.org">Write</a>', "Write <ann@example.org>\n"),
        ('<a href="mailto:ann@example.org">ann@example.org</a>', "ann@example.org\n"),
        ('<a href="#top">Up</a> <a name="x"></a><a href="javascript:x()">Do</a>', "Up Do\n"),
        ('<a href="https://e.org"><img alt="Logo"></a>', "[image: Logo] <https://e.org>\n"),
        ('<a href="https://e.org"><img alt=""></a>', "<https://e.org>\n"),
        ('<a href="https://e.org/ a\n<b>">x</a>', "x <https://e.org/a%3Cb%3E>\n"),
        ('<a href="https://e.org/"><p>block</p></a>', "block\n\n<https://e.org/>\n"),
        (
            LAYOUT.format('<a href="https://e.org" style="x">Read it</a>'),
            "Read it <https://e.org>\n",
        ),
    ],
)
def test_a_link_says_where_it_leads(html: str, text: str) -> None:
    assert text_of(html) == text


def test_several_links_of_a_paragraph_become_notes_at_the_end_of_the_section() -> None:
    html = (
        '<p><a href="https://a.org/1">A</a>, <a href="https://b.org/2">B</a>.</p><h2>N</h2>'
        '<p><a href="https://c.org/3">C</a> or <a href="https://d.org/4">D</a></p>'
    )
    assert text_of(html) == (
        "A [1], B [2].\n\n[1] https://a.org/1\n[2] https://b.org/2\n\nN\n---\n\n"
        "C [3] or D [4]\n\n[3] https://c.org/3\n[4] https://d.org/4\n"
    )


def test_one_address_has_one_note_in_a_section() -> None:
    pair = '<p><a href="https://a.org/1">A</a> <a href="https://a.org/1">B</a></p>'
    assert text_of(pair) == "A [1] B [1]\n\n[1] https://a.org/1\n"
    assert "B [2]\n\n[2] https://a.org/1\n" in text_of(f"{pair}<h2>N</h2>{pair}")


@pytest.mark.parametrize(
    "hidden",
    [
        "<style>p{}</style>",
        "<script>x()</script>",
        "<!-- note -->",
        "<!--[if mso]><p>Word</p><![endif]-->",
        '<div style="color:red; DISPLAY : none">x</div>',
        '<div style="mso-hide:all">x</div>',
        '<div aria-hidden="true"><p>x</p></div>',
        "<p hidden>x</p>",
        "<template><p>x</p></template>",
        "<svg><title>x</title><text>y</text></svg>",
    ],
)
def test_what_a_reader_cannot_see_is_left_out(hidden: str) -> None:
    assert text_of(f"<p>before</p>{hidden}<p>after</p>") == "before\n\nafter\n"


def test_words_after_a_hidden_element_are_kept() -> None:
    assert text_of('<p>a<span style="display:none">x</span> b<!-- c --> d</p>') == "a b d\n"


def test_the_title_in_the_head_is_no_part_of_the_letter() -> None:
    assert from_html("<html><head><title>T</title></head><body>b</body></html>") == "b\n"


@pytest.mark.parametrize("mark", ['role="contentinfo"', 'class="footer small"'])
def test_the_signature_line_stands_before_the_footer_once(mark: str) -> None:
    html = f"<p>Bye</p><div {mark}><p>Street 1</p><div class='footer'>x</div></div>"
    assert text_of(html) == "Bye\n\n-- \nStreet 1\n\nx\n"


def test_an_empty_footer_leaves_no_signature_line() -> None:
    assert text_of('<p>Bye</p><div role="contentinfo"> </div>') == "Bye\n"


def test_notes_come_before_the_footer() -> None:
    html = (
        '<p><a href="https://a.org/1">A</a> <a href="https://b.org/2">B</a></p>'
        '<div class="footer">F</div>'
    )
    assert text_of(html) == "A [1] B [2]\n\n[1] https://a.org/1\n[2] https://b.org/2\n\n-- \nF\n"


class TestWrapping:
    WORDS = " ".join(["seven77"] * 60)

    @pytest.mark.parametrize("width", [40, 72])
    def test_lines_keep_to_the_width_also_behind_markers(self, width: int) -> None:
        html = f"<p>{self.WORDS}</p><blockquote><ul><li>{self.WORDS}</li></ul></blockquote>"
        lines = text_of(html, width=width).splitlines()
        assert max(map(len, lines)) <= width
        assert max(map(len, lines)) > width - 8

    def test_later_lines_of_an_item_stand_under_its_words(self) -> None:
        lines = text_of(f"<ol start=10><li>{self.WORDS}</li></ol>").splitlines()
        assert lines[0].startswith("10. seven77")
        assert all(line.startswith("    seven77") for line in lines[1:])

    def test_a_long_address_is_not_broken(self) -> None:
        url = "https://example.org/" + "a" * 90
        assert url in text_of(f'<p>{self.WORDS} <a href="{url}">x</a></p>')

    def test_a_no_break_space_keeps_its_words_together(self) -> None:
        assert "seven77 9" not in text_of("<p>" + "a" * 66 + " 12&nbsp;345</p>")
        assert text_of("<p>" + "a" * 66 + " 12&nbsp;345</p>").splitlines()[1] == "12 345"


class TestLiquid:
    def test_a_tag_stays_as_it_is_whatever_stands_in_it(self) -> None:
        tag = '{{ subscriber.first_name | default: "Dear <b>  &amp; One" }}'
        assert text_of(f"<p>Hello {tag},</p>") == f"Hello {tag},\n"

    def test_a_tag_is_never_wrapped_in_its_middle(self) -> None:
        tag = '{{ subscriber.first_name | default: "my dear old friend from the sea" }}'
        assert tag in text_of(f"<p>{'seven77 ' * 8}{tag} {'seven77 ' * 8}</p>")

    def test_a_tag_in_an_address_is_kept(self) -> None:
        assert (
            text_of('<a href="{{ unsubscribe_url }}">Leave</a>')
            == "Leave <{{ unsubscribe_url }}>\n"
        )

    def test_a_branch_is_glued_to_its_block_so_that_it_leaves_no_gap_when_not_taken(self) -> None:
        html = "<p>a</p>{% if subscriber.vip %}<p>b</p>{% endif %}<p>c</p>"
        assert text_of(html) == "a\n\n{% if subscriber.vip %}b\n\n{% endif %}c\n"

    def test_a_branch_at_the_end_is_closed_there(self) -> None:
        assert text_of("<p>a</p>{% if b %}<p>b</p>{% endif %}") == "a\n\n{% if b %}b{% endif %}\n"

    def test_notes_stay_on_their_side_of_a_branch(self) -> None:
        """A reader without the branch must still find the addresses of the words outside."""
        pair = '<p><a href="https://a.org/{0}">A</a> <a href="https://b.org/{0}">B</a></p>'
        text = text_of(f"{pair.format(1)}{{% if x %}}{pair.format(2)}{{% endif %}}<p>z</p>")
        outside = re.sub(r"\{% if x %\}.*\{% endif %\}", "", text, flags=re.DOTALL)
        assert "[1] https://a.org/1" in outside
        assert "https://a.org/2" not in outside

    def test_only_control_tags_are_kept(self) -> None:
        assert text_of("{% assign a = 1 %}") == "{% assign a = 1 %}\n"

    def test_an_opening_without_an_end_is_only_text(self) -> None:
        assert text_of("<p>a {{ b</p><p>c }} d</p>") != ""
        assert text_of("<p>a {{ b</p><p>{{ c }} d</p>") == "a {{ b\n\n{{ c }} d\n"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (
            '<p>a</p><div data-text="B &amp; c\nd"><p>x</p><p>y</p></div><p>z</p>',
            "a\n\nB & c\nd\n\nz\n",
        ),
        ('<p>a <span data-text="b"><b>x</b></span> c</p>', "a b c\n"),
        ('<p>a</p><div data-text=""><p>x</p></div><p>b</p>', "a\n\nb\n"),
        ('<div data-text="a {{ x | default: "y" }}"><p>q</p></div>', 'a {{ x | default: "y" }}\n'),
        ('<div hidden data-text="a">b</div>c', "c\n"),
    ],
)
def test_an_element_can_say_other_words_in_the_text_part(html: str, text: str) -> None:
    assert from_html(html) == text
