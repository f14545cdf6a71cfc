"""A project's template that changes the look: what would vanish from the email is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import newsletter
from newsletter.errors import InvalidTemplate
from newsletter.issue.model import Issue
from newsletter.render import Look, render

EXTENDS = '{% extends "builtin/email.html.j2" %}\n'

Render = Callable[..., str]


@pytest.fixture
def rendered(
    letter: Callable[..., Issue], look: Callable[..., Look], tmp_path: Path
) -> Callable[..., str]:
    """The HTML of a letter under `email.html.j2` with this source, and other files beside it."""

    def run(source: str, **others: str) -> str:
        folder = tmp_path / "templates"
        folder.mkdir()
        for name, text in {"email": source, **others}.items():
            (folder / f"{name}.html.j2").write_text(text, encoding="utf-8")
        return render(letter(), look(templates=(folder,))).html

    return run


@pytest.mark.parametrize(
    ("source", "line", "message", "hint"),
    [
        ("\n{% block foter %}Bye{% endblock %}", 3, "no block `foter`", "did you mean `footer`?"),
        ("{% if 1 %}\n{% block aftr %}x{% endblock %}{% endif %}", 3, "`aftr`", "`after`"),
        ("{% block zzz %}x{% endblock %}", 2, "`zzz`", "the blocks are: after, before, content"),
        ("{% block after %}x{% endblock %}\n\n<p>Bye</p>", 4, "nobody would ever see it", "block"),
        ("{# why #}\n{{ issue.title }}", 3, "outside of every block", "block"),
        ("{% if 1 %}\n\n<p>Bye</p>{% endif %}", 4, "outside of every block", "block"),
        ("{% for x in [1] %}{{ x }}{% endfor %}", 2, "outside of every block", "block"),
        ('{% include "partials/footer.html.j2" %}', 2, "outside of every block", "block"),
    ],
)
def test_what_would_vanish_is_refused_with_its_place(
    rendered: Render, source: str, line: int, message: str, hint: str
) -> None:
    with pytest.raises(InvalidTemplate) as caught:
        rendered(EXTENDS + source)
    assert caught.value.place == f"templates/email.html.j2:{line}"
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_a_template_that_extends_itself_is_told_how_to_reach_the_built_in_one(
    rendered: Render,
) -> None:
    """It is the likely slip: the built-in page has the same name, behind `builtin/`."""
    with pytest.raises(InvalidTemplate, match="extends itself") as caught:
        rendered('{% extends "email.html.j2" %}')
    assert caught.value.place == "templates/email.html.j2:1"
    assert "builtin/email.html.j2" in caught.value.hint


def test_a_template_between_is_looked_at_too(rendered: Render) -> None:
    with pytest.raises(InvalidTemplate) as caught:
        rendered('{% extends "base.html.j2" %}', base=EXTENDS + "lost")
    assert caught.value.place == "templates/base.html.j2:2"


@pytest.mark.parametrize(
    "source",
    [
        "",
        "\n{# a comment #}\n\n",
        "{% set who = 'Ann' %}{% block after %}<p>SEEN {{ who }}</p>{% endblock %}",
        "{% macro m() %}<p>SEEN</p>{% endmacro %}{% block after %}{{ m() }}{% endblock %}",
        "{% set x %}<p>SEEN</p>{% endset %}{% block after %}{{ x }}{% endblock %}",
        "{% block after %}{% block mine %}<p>SEEN</p>{% endblock %}{% endblock %}",
    ],
)
def test_what_is_seen_in_the_end_is_fine(rendered: Render, source: str) -> None:
    assert ("SEEN" in rendered(EXTENDS + source)) == ("SEEN" in source)


def test_a_block_of_the_template_between_can_be_changed(rendered: Render) -> None:
    between = EXTENDS + "{% block after %}{% block mine %}{% endblock %}{% endblock %}"
    source = '{% extends "base.html.j2" %}{% block mine %}<p>SEEN</p>{% endblock %}'
    assert "SEEN" in rendered(source, base=between)


def test_the_template_that_a_new_project_gets_is_fine(rendered: Render) -> None:
    package = Path(newsletter.__file__).parent
    starter = package / "commands" / "starter" / "email.html.j2"
    assert "<!DOCTYPE html>" in rendered(starter.read_text(encoding="utf-8"))
