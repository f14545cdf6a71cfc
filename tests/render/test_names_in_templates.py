"""What templates have in hand, and how a name that is not there is told: file, line, and what was meant."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from newsletter.errors import InFile
from newsletter.issue.model import Issue
from newsletter.render import Look, render
from newsletter.render.model import World

Letter = Callable[..., Issue]
MakeLook = Callable[..., Look]
EXTENDS = '{% extends "builtin/email.html.j2" %}\n'


@pytest.fixture
def page(letter: Letter, look: MakeLook, tmp_path: Path) -> Callable[..., str]:
    """The text part under templates of these sources, each a path and its text."""

    def run(files: dict[str, str], *, body: str = "Hello.", **issue: object) -> str:
        for path, text in files.items():
            file = tmp_path / "templates" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        made = look(templates=(tmp_path / "templates",))
        return render(letter(body, **issue), made, World(target="kit")).text

    return run


Page = Callable[..., str]


@pytest.mark.parametrize(
    ("files", "place", "message", "hint"),
    [
        ({"email": "{% block after %}\n{{ theme.acent }}{% endblock %}"}, "email.html.j2:3", "no `acent` in `theme`", "there are:"),
        ({"email": "{% block after %}{{ theme.light.acent }}{% endblock %}"}, "email.html.j2:2", "no `acent` in `theme.light`", "`accent`"),
        ({"email": "{% block after %}{{ isue.title }}{% endblock %}"}, "email.html.j2:2", "no `isue`", "`issue`"),
        ({"email": "{% block after %}{{ issue.vars.minuts }}{% endblock %}"}, "email.html.j2:2", "no `minuts` in `issue.vars`", "`minutes`"),
        ({"email": "{% block after %}{% if issue.sbject %}x{% endif %}{% endblock %}"}, "email.html.j2:2", "no `sbject` in `issue`", "`subject`"),
        ({"email": "{% block after %}{% for x in issue.topcs %}{% endfor %}{% endblock %}"}, "email.html.j2:2", "no `topcs` in `issue`", "`topics`"),
        ({"partials/footer": "\n\n{{ kit.unsubscribe }}"}, "partials/footer.html.j2:3", "no `unsubscribe` in `kit`", "`unsubscribe_url`"),
        ({"partials/footer": "{% if newsletter.nam %}{% endif %}"}, "partials/footer.html.j2:1", "no `nam` in `newsletter`", "`name`"),
        ({"macros": "{% macro button(label, href) %}\n{{ lable }}{% endmacro %}"}, "macros.html.j2:2", "no `lable`", ""),
        ({"macros": "{% macro divider() %}{{ theme.size }}{% endmacro %}"}, "macros.html.j2:1", "no `theme`", "only what it is given"),
        ({"email": '{% block after %}{% from "macros.html.j2" import buton %}\n{{ buton("a", "b") }}{% endblock %}'}, "email.html.j2:3", "no macro `buton` in macros.html.j2", "`button`"),
        ({"email": '{% block after %}{% from "macros.html.j2" import button %}\n{{ button(issue.vars.x, "b") }}{% endblock %}'}, "email.html.j2:3", "no `x` in `issue.vars`", ""),
        ({"email": '{% block after %}{% include "partials/foter.html.j2" %}{% endblock %}'}, "email.html.j2:2", "no template", "footer"),
        ({"partials/footer": "{% if x %}\n"}, "partials/footer.html.j2:1", "`{% if x %}` is not closed", "endif"),
        ({"partials/footer": "a\n{{ x | nope }}"}, "partials/footer.html.j2:2", "nope", ""),
        ({"email": '{% block after %}{{ link("unsubscribed") }}{% endblock %}'}, "email.html.j2:2", "link() knows no", ""),
        ({"email": '{% block after %}{{ "Tuesday" | date }}{% endblock %}'}, "email.html.j2:2", "cannot read 'Tuesday'", ""),
    ],
)  # fmt: skip
def test_a_slip_is_told_with_its_file_its_line_and_what_was_meant(
    page: Page, files: dict[str, str], place: str, message: str, hint: str
) -> None:
    sources = {
        f"{path}.html.j2": (EXTENDS if path == "email" else "") + text
        for path, text in files.items()
    }
    body = "[a](https://example.org){.button}\n\n---\n\nb"
    with pytest.raises(InFile) as caught:
        page(sources, body=body, vars={"minutes": 3})
    assert caught.value.place == f"templates/{place}"
    assert message in caught.value.message
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("expression", "printed"),
    [
        ("issue.date | date", "24 November 2026"),
        ("issue.send_at | date('%Y/%m/%d %H:%M')", "2026/11/24 09:00"),
        ("none | date", ""),
        ("'A *b* \"c\"' | markdown", "A b “c”"),
        ("'A *b*' | markdown(inline=true)", "A b"),
        ("'/about' | absolute", "https://example.org/about"),
        ("'mailto:a@example.org' | absolute", "mailto:a@example.org"),
        ("target", "kit"),
        ("medium", "email"),
        ("issue.url", "https://example.org/gate"),
        ("issue.vars.minutes", "3"),
        ("issue.text | trim", "Hello."),
        ("link('unsubscribe', 'Leave & go')", "Leave & go <{{ unsubscribe_url }}>"),
        ("link('website')", "https://example.org"),
        ("link('web')", "https://example.org/gate"),
        ("reader('first_name', 'friend')", '{{ subscriber.first_name | default: "friend" }}'),
    ],
)
def test_what_is_in_hand(page: Page, expression: str, printed: str) -> None:
    text = page(
        {
            "email.html.j2": EXTENDS
            + f"{{% block after %}}<p>[{{{{ {expression} }}}}]</p>{{% endblock %}}"
        },
        date="2026-11-24",
        send_at=datetime(2026, 11, 24, 9, tzinfo=UTC),
        url="https://example.org/gate",
        vars={"minutes": 3},
    )
    inside = text.partition("[")[2].partition("]\n")[0]
    assert " ".join(inside.split()) == printed


@pytest.mark.parametrize(
    "block",
    ["head", "preheader", "header", "before", "content", "after", "signature", "footer"],
)
def test_every_block_is_changed_in_three_lines(page: Page, block: str) -> None:
    content = "{{ issue.content }}" if block == "content" else ""
    source = f"{EXTENDS}{{% block {block} %}}\n<p>MINE{content}</p>{{% endblock %}}"
    assert "MINE" in page({"email.html.j2": source})


def test_one_macro_is_changed_in_a_file_that_holds_only_that_one(page: Page) -> None:
    files = {
        "macros.html.j2": "{# ours #}{% macro button(label, href) %}<p>→ {{ label }}</p>{% endmacro %}",
        "email.html.j2": EXTENDS
        + '{% block after %}{% from "macros.html.j2" import divider, button, two_columns %}'
        + '{{ button("B", "x") }}{{ divider() }}{{ two_columns("L", "R") }}{% endblock %}',
    }
    text = page(files, body="[A](https://example.org){.button}\n\n> Q")
    assert "→ A" in text
    assert "→ B\n\n* * *\n\nL\n\nR" in text
    assert "> Q" in text


def test_a_macro_of_ones_own_can_use_the_built_in_one(page: Page) -> None:
    source = (
        '{% import "builtin/macros.html.j2" as built %}'
        "{% macro button(label, href) %}<p>see:</p>{{ built.button(label, href) }}{% endmacro %}"
    )
    text = page({"macros.html.j2": source}, body="[A](https://example.org){.button}")
    assert "see:\n\nA <https://example.org>" in text


def test_one_partial_is_changed_and_the_built_in_one_is_still_there(page: Page) -> None:
    source = '<p>Before</p>{% include "builtin/partials/footer.html.j2" %}'
    text = page({"partials/footer.html.j2": source})
    assert "Before" in text
    assert "{{ unsubscribe_url }}" in text


@pytest.mark.parametrize(
    ("call", "text"),
    [
        ('button("Go", "https://example.org")', "Go <https://example.org>"),
        ('image("https://e.example.org/a.png", "A street", caption="Behind me")', "[image: A street]\n\nBehind me"),
        ("divider()", "* * *"),
        ('two_columns("<p>L</p>" | safe, "<p>R</p>" | safe)', "L\n\nR"),
    ],
)  # fmt: skip
def test_each_macro_has_a_twin_in_the_text_part(page: Page, call: str, text: str) -> None:
    files = {
        "email.html.j2": EXTENDS
        + '{% block after %}{% import "macros.html.j2" as m %}'
        + f"{{{{ m.{call} }}}}<p>END</p>{{% endblock %}}"
    }
    assert f"{text}\n\nEND" in page(files)


@pytest.mark.parametrize(("macro", "text"), [("note", "X"), ("quote", "> X")])
def test_each_macro_with_an_inside_has_one_too(page: Page, macro: str, text: str) -> None:
    files = {
        "email.html.j2": EXTENDS
        + '{% block after %}{% import "macros.html.j2" as m %}'
        + f"{{% call m.{macro}() %}}<p>X</p>{{% endcall %}}<p>END</p>{{% endblock %}}"
    }
    assert f"{text}\n\nEND" in page(files)


def test_typography_is_switched_off_by_the_project_and_by_the_letter(
    letter: Letter, look: MakeLook
) -> None:
    body = '"a" -- b...'
    assert '"a" -- b...' in render(letter(body), look(typography=False)).text
    assert '"a" -- b...' in render(letter(body, typography=False), look()).text
    assert "“a” – b…" in render(letter(body, typography=True), look(typography=False)).text
