"""A shortcode is a file in `templates/shortcodes/`: what it has in hand, and how its mistakes are told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.errors import InFile
from newsletter.issue.model import Issue, Kind
from newsletter.issue.shortcodes import find_shortcodes
from newsletter.render import Email, Look, render
from newsletter.render.model import Recent, World

Letter = Callable[..., Issue]
MakeLook = Callable[..., Look]
RECENT = (
    Recent(slug="pot", subject="The {{ x }} pot", url="https://example.org/pot", date="2026-11-17"),
    Recent(slug="bread", subject="Bread & salt", url=None, date="2026-11-10"),
    Recent(slug="gate", subject="This one", url=None, date="2026-11-03"),
    Recent(slug="tea", subject="Tea", url=None, date="2026-10-27"),
)


@pytest.fixture
def printed(letter: Letter, look: MakeLook, tmp_path: Path) -> Callable[..., Email]:
    """The email of a body, with shortcodes of these sources."""

    def run(body: str, *, kind: Kind = Kind.MARKDOWN, **sources: str) -> Email:
        folder = tmp_path / "templates" / "shortcodes"
        folder.mkdir(parents=True, exist_ok=True)
        for name, source in sources.items():
            file, _, text = name.partition("__")
            suffix = ".txt.j2" if text else ".html.j2"
            (folder / (file + suffix)).write_text(source, encoding="utf-8")
        made = look(templates=(folder.parent,), forms={"main": "https://example.org/join"})
        return render(letter(body, kind=kind, title=""), made, World(recent=RECENT))

    return run


Printed = Callable[..., Email]


def test_args_inner_and_medium_are_in_hand(printed: Printed) -> None:
    email = printed(
        'A\n\n[box title="Tea & cake"]\n\nSome **bold** {{ address }}\n\n[/box]\n\nB',
        box='<div class="x" title="{{ args.title }}">{{ medium }} {{ place }} {{ inner }}</div>',
    )
    assert '<div class="x" title="Tea &amp; cake">email block <p' in email.html
    assert "Some <strong>bold</strong> {{ address }}</p>" in email.html
    assert "email block\n\nSome bold {{ address }}" in email.text


def test_within_a_line_the_inside_is_no_paragraph(printed: Printed) -> None:
    html = printed("A [mark]*b*[/mark] c", mark="<mark>{{ inner }}</mark>").html
    assert ">A <mark><em>b</em></mark> c</p>" in html


def test_the_text_part_has_words_of_its_own(printed: Printed) -> None:
    email = printed(
        "A\n\n[box t=1]Hi & {{ x }}[/box]\n\nA [box t=2]b[/box] c",
        box="<b>{{ inner }}</b>",
        box__text='{{ medium }} {{ args.t }} <{{ inner }}>\n"next"\n',
    )
    assert 'text 1 <Hi & {{ x }}>\n"next"\n\nA text 2 <b>\n"next" c' in email.text
    assert "Hi &amp; {{ x }}</p>" in email.html


def test_one_within_another_and_in_lists_quotes_and_notes(printed: Printed) -> None:
    body = "[box]\n\n[box]in[/box]\n\n- [box]li[/box]\n\n[/box]\n\n> [box]q[/box]\n\n::: note\n[box]n[/box]\n:::"
    html = printed(body, box="<i>{{ inner }}</i>").html
    assert html.count("<i>") == 5
    assert "[box]" not in html


@pytest.mark.parametrize(
    "body",
    ["a [sic] b", "[Box] b", "`[box]`", r"\[box] b", "[box](https://example.org)", "[/box] [sic/]"],
)
def test_any_other_bracket_word_stays_text(printed: Printed, body: str) -> None:
    email = printed(body, box="<i>SEEN</i>")
    assert "SEEN" not in email.html
    assert "[" in email.text or "box" in email.text


def test_in_html_shortcodes_work_where_text_stands(printed: Printed) -> None:
    html = printed(
        "<p>[box]<b>x</b>[/box]</p>\n<p>a [box]y[/box]</p>\n<p title='[box]'>b</p><!-- [box] --><pre>[box]</pre>",
        kind=Kind.HTML,
        box="<i>{{ place }} {{ inner }}</i>",
    ).html
    assert "<i>block <b>x</b></i>\n<p" in html
    assert "a <i>line y</i></p>" in html
    assert 'title="[box]"' in html
    assert ">[box]</pre>" in html


@pytest.mark.parametrize(
    ("body", "source", "line", "message", "hint"),
    [
        ("a\n\n[box]", "x\n{{ args.title }}", 12, "no `title` in `args` (templates/shortcodes/box.html.j2:2)", ""),
        ("[box title=a]", "{{ args.titel }}", 10, "does not know `title`", "did you mean `titel`?"),
        ("[box]", "\n{{ nwsletter.name }}", 10, "shortcodes/box.html.j2:2)", "`newsletter`"),
        ("[box]", "{{ theme.light.acent }}", 10, "no `acent` in `theme.light`", "`accent`"),
        ("[box]", "{% if x %}", 10, "shortcodes/box.html.j2:1)", "endif"),
        ("[box]x[/box]", "hi", 10, "takes nothing between [box] and [/box]", "[/box] out"),
        ("[box]\n\n[box a=1]x[/box]\n\n[/box]", "{{ inner }}", 12, "does not know `a`", "takes nothing"),
        ("[form nmae=main]", "", 10, "[form", "name"),
        ("[recent cuont=2]", "", 10, "does not know `cuont`", "did you mean `count`?"),
    ],
)  # fmt: skip
def test_a_mistake_names_the_letters_line_and_the_shortcodes_file(
    printed: Printed, body: str, source: str, line: int, message: str, hint: str
) -> None:
    with pytest.raises(InFile) as caught:
        printed(body, **({"box": source} if source else {}))
    assert (caught.value.place, caught.value.rule) == (f"issues/gate.md:{line}", "shortcode-error")
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_one_that_takes_whatever_it_is_given_is_not_asked(printed: Printed) -> None:
    html = printed(
        "[box a=1 b=2]", box="{% for k, v in args.items() %}{{ k }}{{ v }};{% endfor %}"
    ).html
    assert "a1;b2;" in html


def test_too_deep_is_one_clear_error(printed: Printed) -> None:
    with pytest.raises(InFile, match="within each other"):
        printed("[box]" * 40 + "x" + "[/box]" * 40, box="{{ inner }}")


def test_too_many_are_one_clear_error(printed: Printed) -> None:
    with pytest.raises(InFile, match="more than 500 shortcodes") as caught:
        printed("[recent]\n" * 20_000)
    assert caught.value.place == "issues/gate.md:510"


def test_a_signature_in_the_letter_replaces_the_one_below_it(printed: Printed) -> None:
    html = printed("Love,\n\n[signature]\n\nPS: one more thing").html
    assert html.count("Nora Field") == 1
    assert html.index("Nora Field") < html.index("PS: one")


def test_recent_letters_are_the_newest_but_not_this_one(printed: Printed) -> None:
    email = printed("Before\n\n[recent count=2]\n\nand [recent count=1] too")
    assert '<a class="recent-link" href="https://example.org/pot"' in email.html
    assert "The {{ x }} pot <https://example.org/pot>\n17 November 2026" in email.text
    assert "Bread & salt\n10 November 2026" in email.text
    assert "Tea" not in email.text
    assert "This one" not in email.text
    assert "and The {{ x }} pot <https://example.org/pot> too" in email.text


def test_without_any_sent_letter_nothing_is_printed(letter: Letter, look: MakeLook) -> None:
    text = render(letter("A\n\n[recent]\n\nB"), look()).text
    assert "A\n\nB" in text


def test_pairs_are_found_whatever_stands_between() -> None:
    names = frozenset({"a", "b"})
    found = find_shortcodes("[a]x[b]y[/b][/a] [b] [a/] [/b] [a]", names=names)
    assert [(one.name, one.inner) for one in found] == [
        ("a", "x[b]y[/b]"),
        ("b", " [a/] "),
        ("a", None),
    ]
