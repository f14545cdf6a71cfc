"""Pasted text: its shapes are seen, everything else stays as typed, every change is told."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from mdit_py_plugins.attrs import attrs_plugin
from mdit_py_plugins.container import container_plugin

from newsletter.issue.characters import cleaned
from newsletter.issue.escape import LIQUID
from newsletter.issue.plain import to_markdown

STORY = "The kettle sang, and so did I."


class _Visible(HTMLParser):
    """What a reader sees of a page, without its tags."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def shown(markdown: str) -> str:
    """The visible text of Markdown with everything on that a letter may use."""
    renderer = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    renderer.use(attrs_plugin).use(container_plugin, "note").use(container_plugin, "small")
    page = _Visible()
    page.feed(renderer.render(markdown))
    return "".join(page.words)


def body(text: str) -> str:
    return to_markdown(text).body


@pytest.mark.parametrize(
    "line",
    [
        "5 * 3 * 2 and *stars* and **more**",
        "some _low_ lines and snake_case_names and __init__",
        "# not a heading, just a hash",
        "#1 in soup",
        "> an arrow at the start",
        "a < b, a<b>c</b>, <script>x</script> and <!-- a comment -->",
        "`ticks` and ``` fences",
        "[brackets] and [a link](https://is.not) and ![an image](x)",
        "back\\slash and \\* and a last one\\",
        "&amp; &copy; &#169; AT&T",
        "1986. What a year.",
        "1) only one of them",
        "- a dash before a name",
        "+ a plus",
        "* not medical advice",
        "=====x",
        "| a | b |",
        "~~struck~~ and ~one~",
        "{.button} and {curly}",
        "::: note",
        ": a colon first",
        "“Curly” quotes – and dashes — stay… as they’re typed",
        "[sic] and [convertkit form=1] inside a line",
        "Look![x] and !www",
        "a trailing hash #",
    ],
)
def test_what_markdown_would_read_stays_as_typed(line: str) -> None:
    plain = to_markdown(f"{STORY}\n\n{line}\n\n{STORY}")
    assert shown(plain.body).split("\n")[1] == line
    assert plain.changes == ()


def test_line_breaks_inside_a_block_are_kept() -> None:
    assert body("Roses are red,\nviolets are blue.\n\n\nEnd.") == (
        "Roses are red,\\\nviolets are blue.\n\nEnd."
    )


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("See https://example.org/a_b*c.", "See <https://example.org/a_b*c>."),
        ("(see https://example.org/a)", "(see <https://example.org/a>)"),
        ("https://example.org/a_(b), yes", "<https://example.org/a_(b)>, yes"),
        ("“https://example.org/?a=1&b=2”!", "“<https://example.org/?a=1&b=2>”!"),
        ("Visit www.example.org/x, soon", "Visit [www.example.org/x](<https://www.example.org/x>), soon"),
        ("Look!www.example.org", "Look\\![www.example.org](<https://www.example.org>)"),
        ("Write to ann@example.org.", "Write to <ann@example.org>."),
        ("https://example.org/{{ subscriber.id }}.", "<https://example.org/{{ subscriber.id }}>."),
        ("https:// alone", "https:// alone"),
    ],
)  # fmt: skip
def test_bare_addresses_become_links_without_the_punctuation(text: str, link: str) -> None:
    assert body(text) == link


def test_liquid_is_left_as_it_is() -> None:
    line = 'Dear {{ subscriber.first_name | default: "my_dear *friend*" }}, {% if x < y %}*hi*{% endif %}'
    assert body(line).startswith(
        'Dear {{ subscriber.first_name | default: "my_dear *friend*" }}, {% if x < y %}\\*hi'
    )


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("Bring:\n- a pot\n- a spoon\nThanks!", "Bring:\n\n- a pot\n- a spoon\n\nThanks!"),
        ("• one\n\n• two", "- one\n- two"),
        ("* one\n* two", "- one\n- two"),
        ("1. one\n2. two\n3) three", "1. one\n2. two\n3. three"),
        ("3. three\n\n4. four", "3. three\n4. four"),
        ("1. one\n   and more\n2. two", "1. one\\\n   and more\n2. two"),
        ("1. a\n2. b\n\n1. c\n2. d", "1. a\n2. b\n\n1) c\n2) d"),
        ("1. one\n3. three", "1\\. one\n\n3\\. three"),
        ("- only one", "\\- only one"),
        (
            "It was in\n1986. Then\n- as now -\nit rained.",
            "It was in\\\n1986\\. Then\\\n\\- as now -\\\nit rained.",
        ),
        ("A Fine Day\n1. one\ntwo", "## 1. A Fine Day\n\none\\\ntwo"),
    ],
)
def test_real_lists_are_lists_and_an_only_item_is_not(text: str, markdown: str) -> None:
    assert body(text) == markdown


def test_a_number_below_a_heading_moves_into_it() -> None:
    plain = to_markdown(
        f"Bright Mornings\n\n1. {STORY}\n\nQuiet Evenings\n\n2. {STORY}\n\nMore of it."
    )
    assert plain.body == (
        f"## 1. Bright Mornings\n\n{STORY}\n\n## 2. Quiet Evenings\n\n{STORY}\n\nMore of it."
    )
    assert [(change.line, change.kind) for change in plain.changes] == [
        (1, "changed"),
        (5, "changed"),
    ]


def test_a_list_below_a_heading_keeps_its_numbers() -> None:
    assert body("Three Good Things\n\n1. tea\n\n2. bread\n\n3. rain") == (
        "## Three Good Things\n\n1. tea\n2. bread\n3. rain"
    )


@pytest.mark.parametrize(
    ("line", "is_heading"),
    [
        ("Less Strain on the Back and a Lighter Step", True),
        ("WHAT TO BRING", True),
        ("Part 2", True),
        ("Why Tea? (And When)", True),
        ("This is just a short line", False),
        ("A Sentence With Capitals.", False),
        ("Here Is What She Said:", False),
        ("Good Grief!", False),
        ("Join Our Long Table!", True),
        ("www.Example.org Is New", False),
        ("A Very Long Heading That Goes On And On And Never Seems To End", False),
    ],
)
def test_what_is_a_heading(line: str, is_heading: bool) -> None:
    found = body(f"{STORY}\n\n{line}\n\n{STORY}").split("\n")[2]
    assert found.startswith("## ") is is_heading


def test_a_title_like_line_with_nothing_below_is_none() -> None:
    assert "##" not in body(f"{STORY}\n\nAnn Lee")


@pytest.mark.parametrize(
    ("line", "is_greeting"),
    [
        ("Hello Dear One:", True),
        ("Good morning", True),
        ("Happy Monday, friends!", True),
        ('Hi {{ subscriber.first_name | default: "friend" }}', True),
        ("Happy Trails", False),
        ("Hello was the first word she said to me.", False),
        ("Hiking is good,", False),
    ],
)
def test_what_is_a_greeting(line: str, is_greeting: bool) -> None:
    first = to_markdown(f"{line}\n\n{STORY}").blocks[0]
    assert (first.kind == "greeting") is is_greeting


def test_a_greeting_without_a_blank_line_below_is_no_subject() -> None:
    plain = to_markdown(f"Hi all,\n{STORY}")
    assert [block.kind for block in plain.blocks] == ["greeting", "paragraph"]


def test_three_title_like_lines_are_an_address() -> None:
    assert "##" not in body(f"Ann Lee\n\nThe Old Mill\n\nSpringfield\n\n{STORY}")


def test_the_name_below_a_sign_off_is_no_heading() -> None:
    plain = to_markdown(f"{STORY}\n\n{STORY}\n\nWith love,\n\nAnn Lee\n\nPS: {STORY}")
    assert [block.kind for block in plain.blocks][2:4] == ["sign-off", "name"]
    assert "##" not in plain.body


@pytest.mark.parametrize(
    "lead",
    [
        "A Note of Caution:",
        "Note:",
        "One small word of advice:",
        "PLEASE NOTE:",
        "A Quick Tip for Cooks:",
    ],
)
def test_a_note_becomes_a_box_with_a_bold_lead(lead: str) -> None:
    plain = to_markdown(f"{lead} start slowly.\nAnd stop *early*.")
    assert plain.body == f"::: note\n**{lead}** start slowly.\\\nAnd stop \\*early\\*.\n:::"
    assert plain.body_lines == (1, 1, 2, 2)
    assert [change.why for change in plain.changes] == ["became a box"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("(Reference:  https://www.example.org/a/b.html)", "Reference: [example.org](<https://www.example.org/a/b.html>)"),
        ("Source: https://example.org/x.", "Source: [example.org](<https://example.org/x>)"),
    ],
)  # fmt: skip
def test_a_reference_becomes_a_small_line(text: str, words: str) -> None:
    assert body(text) == f"::: small\n{words}\n:::"


def test_a_reference_to_no_site_stays_text() -> None:
    assert ":::" not in body("(Source: https://[x)")


def test_a_form_stays_and_is_told() -> None:
    plain = to_markdown(f"{STORY}\n[convertkit form=12]\n{STORY}")
    assert plain.body == f"{STORY}\n\n[convertkit form=12]\n\n{STORY}"
    assert [(change.line, change.why) for change in plain.changes] == [
        (2, "stays; in the email it becomes a button")
    ]


@pytest.mark.parametrize(
    "line",
    [
        "Pin It on Pinterest",
        "Share this on Facebook",
        "Facebook | Twitter | LinkedIn",
        "Leave a Comment",
        "Your email address will not be published. Required fields are marked *",
        "The post Slow pots appeared first on My Kitchen.",
        "I hope you like it, but you can unsubscribe at any time.",
        "To unsubscribe, click the link below.",
        "Unsubscribe here.",
    ],
)
def test_what_a_web_page_left_behind_is_dropped_and_told(line: str) -> None:
    plain = to_markdown(f"{STORY}\n\n{line}")
    assert plain.body == STORY
    assert [(change.line, change.kind, change.text) for change in plain.changes] == [
        (3, "removed", line)
    ]


def test_only_the_sentence_about_leaving_goes() -> None:
    plain = to_markdown(f"{STORY} You can unsubscribe at any time. Promise!")
    assert plain.body == f"{STORY} Promise!"


@pytest.mark.parametrize(
    "line",
    [
        "I unsubscribed from forty newsletters this week and felt light.",
        "We share this garden with two hens.",
        "Pin it on the wall, I said.",
        "To unsubscribe from the noise, go for a walk.",
    ],
)
def test_a_story_about_such_things_stays(line: str) -> None:
    assert to_markdown(line).changes == ()


def test_odd_characters_are_told_with_their_line() -> None:
    plain = to_markdown("one\u00a0\n\ntwo\u200bthree\nIt\x92s\x00", first_line=10)
    assert plain.body == "one\n\ntwothree\\\nIt’s"
    assert [
        (change.line, change.why.split(" became")[0].split(" was")[0]) for change in plain.changes
    ] == [
        (10, "a no-break space"),
        (12, "an invisible character"),
        (13, "a control character"),
    ]


def test_spaces_that_became_plain_are_told_once_with_the_count_of_lines() -> None:
    """A page copied from a browser has them everywhere; fourteen such lines hide the others."""
    plain = to_markdown("Hi.\n\none\u00a0two\u00a0\n\nthree\u202ffour\n\nfive\u200b\n\nsix\u3000")
    assert [(change.line, change.text, change.why) for change in plain.changes] == [
        (3, "one two", "no-break spaces became spaces, here and on 2 more lines"),
        (7, "five", "an invisible character was taken out"),
    ]
    two = to_markdown("one\u00a0\n\ntwo\u00a0").changes
    assert [change.why for change in two] == [
        "no-break spaces became spaces, here and on 1 more line"
    ]


def test_emoji_keep_their_joiners() -> None:
    assert body("A family: 👩\u200d👧") == "A family: 👩\u200d👧"


def test_clean_text_is_reported_unchanged() -> None:
    text = f"Hello friends,\n\n{STORY} {STORY}\n\nSee https://example.org.\n\n- one\n- two\n\nWith love,\nAnn"
    assert to_markdown(text).changes == ()


WORDS = st.sampled_from(
    ["Hello you,", "The Old Mill", "1. one", "2. two", "- a", "* b", "Note: x", "(Source: https://example.org/a_b)",
     "[form id=1]", "[x](y)", "---", "Love,", "Join Us!", "Pin It", "you can unsubscribe anytime", "a_b", "*x*", "`c`",
     "<b>", "&lt;", "https://example.org/(a)", "www.example.org", "a@example.org", "{{ x }}", "{% y %}", "{{", "\\",
     "#", "##", ">", "| - |", "===", "~~~", ":::", "  ", "\t", "\u00a0", "\u200b", "\u2028", "\r", "!", "word."]
)  # fmt: skip
TEXTS = st.lists(
    WORDS | st.text(max_size=8) | st.sampled_from(["\n", "\n\n", " "]), max_size=24
).map("".join)


def words_of(text: str) -> Counter[str]:
    return Counter(re.findall(r"[^\W_]+", text))


@given(TEXTS)
@example("1. a\n\n\n1. b")
def test_every_word_survives_or_is_reported_removed(text: str) -> None:
    plain = to_markdown(text)
    assert len(plain.body_lines) == (plain.body.count("\n") + 1 if plain.body else 0)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    typed = words_of("\n".join(cleaned(line)[0] for line in lines))
    removed = words_of(
        "\n".join(change.text for change in plain.changes if change.kind == "removed")
    )
    assert typed - removed - words_of(plain.body) == Counter()


@given(TEXTS)
@example("{{{{ x }}")
def test_a_reader_sees_what_was_typed(text: str) -> None:
    """To the letter, where no list, box or heading takes a mark away."""
    plain = to_markdown(text)
    kinds = {block.kind for block in plain.blocks}
    if kinds <= {"paragraph", "greeting", "sign-off", "name", "shortcode", "call"}:
        typed = "".join("".join(line.text for line in block.lines) for block in plain.blocks)
        seen = shown(re.sub(LIQUID, "LIQUID", plain.body))
        expected = re.sub(LIQUID, "LIQUID", typed)
        assert re.sub(r"\s", "", seen) == re.sub(r"\s", "", expected)


@given(TEXTS)
def test_reading_cleaned_text_again_reports_no_odd_characters(text: str) -> None:
    lines = text.split("\n")
    once = [cleaned(line)[0] for line in lines]
    assert [cleaned(line) for line in once] == [(line, ()) for line in once]
