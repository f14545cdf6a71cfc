"""The whole way of an issue, and each mistake with its place."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lxml import html as parser

from newsletter.errors import InFile, InvalidIssue, InvalidTemplate
from newsletter.issue.model import Issue
from newsletter.plaintext import from_html
from newsletter.preheader import with_preheader
from newsletter.render import Look, Newsletter, builtin_templates, render

Letter = Callable[..., Issue]
MakeLook = Callable[..., Look]


def test_an_email_is_complete(letter: Letter, look: MakeLook) -> None:
    email = render(letter("Hello, *you*."), look())

    assert email.subject == "The gate"
    assert email.preview_text == "A crooked gate."
    assert email.html.startswith('<!DOCTYPE html>\n<html lang="en" dir="ltr"')
    assert email.html.count("{{ unsubscribe_url }}") == 1
    assert email.html.count("{{ address }}") == 1
    assert email.text == from_html(email.html)


def test_the_preview_text_travels_in_its_own_field(letter: Letter, look: MakeLook) -> None:
    html = render(letter(), look()).html

    assert "A crooked gate." not in html
    assert with_preheader(html, "A crooked gate.").count("A crooked gate.") == 1


def test_the_same_issue_gives_the_same_bytes(letter: Letter, look: MakeLook) -> None:
    assert render(letter("a {{ x }}"), look()) == render(letter("a {{ x }}"), look())


def test_every_layout_table_says_so_and_every_data_table_does_not(
    letter: Letter, look: MakeLook
) -> None:
    html = render(letter("> a\n\n| a |\n|---|\n| b |\n\n[c](https://example.org){.button}"), look())
    tree = parser.document_fromstring(html.html)

    for table in tree.iter("table"):
        assert (table.get("role") == "presentation") is not bool(
            table.findall("./thead/tr/th[@scope]")
        )


def test_the_wrapper_repeats_what_webmail_takes_from_the_html_element(
    letter: Letter, look: MakeLook
) -> None:
    tree = parser.document_fromstring(render(letter(language="ar"), look()).html)
    article = tree.find(".//div[@role='article']")

    assert (tree.get("lang"), tree.get("dir")) == ("ar", "rtl")
    assert (article.get("lang"), article.get("dir")) == ("ar", "rtl")
    assert article.get("aria-label") == "The gate"


def test_a_right_to_left_letter_is_set_from_the_right(letter: Letter, look: MakeLook) -> None:
    html = render(letter("- a\n\n> b", language="he"), look()).html

    assert "text-align:left" not in html.split('<td class="footer"')[0]
    assert "padding-right:26px" in html
    assert "border-right:3px solid" in html


def test_liquid_in_the_subject_reaches_the_title(letter: Letter, look: MakeLook) -> None:
    subject = 'For {{ subscriber.first_name | default: "you" }} & me'

    html = render(letter(subject=subject, title=subject), look()).html

    assert '<title>For {{ subscriber.first_name | default: "you" }} &amp; me</title>' in html


def test_a_guessed_subject_is_no_headline(letter: Letter, look: MakeLook) -> None:
    assert "<h1" not in render(letter(subject_guessed=True), look()).html


def test_a_headline_in_the_letter_is_not_doubled(letter: Letter, look: MakeLook) -> None:
    assert render(letter("# Mine\n\na"), look()).html.count("<h1") == 1


def test_a_logo_takes_the_place_of_the_name(letter: Letter, look: MakeLook) -> None:
    html = render(letter(), look(theme={"logo": "https://example.org/a.png?b&c"})).html

    assert 'src="https://example.org/a.png?b&amp;c" alt="Slow Garden Letters"' in html


def test_a_newsletter_without_a_website_has_no_empty_links(letter: Letter, look: MakeLook) -> None:
    nobody = Newsletter(
        name="A & B", sender_name="", sender_address="", address="", website="", language=""
    )

    tree = parser.document_fromstring(render(letter(), look(newsletter=nobody)).html)

    assert [link.get("href") for link in tree.iter("a")] == ["{{ unsubscribe_url }}"]
    assert tree.get("lang") == "en"


def test_threads_do_not_disturb_each_other(letter: Letter, look: MakeLook) -> None:
    """S6: without a lock, cssutils' global indentation leaked from one into the other."""
    letters = [letter(f"Letter {n} {{{{ x{n} }}}}", theme={"size": 16 + n}) for n in range(4)]
    alone = [render(one, look()).html for one in letters]
    together: dict[int, set[str]] = {n: set() for n in range(4)}

    def run(n: int) -> None:
        for _ in range(5):
            together[n].add(render(letters[n], look()).html)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [together[n] for n in range(4)] == [{html} for html in alone]


@pytest.mark.parametrize("module", ["newsletter.render", "newsletter.render.model"])
def test_importing_the_room_costs_nothing(module: str) -> None:
    """An idle run and `--help` never render."""
    code = (
        f"import sys, {module}\n"
        "print([m for m in ('premailer', 'cssutils', 'jinja2', 'lxml', 'markdown_it', 'tinycss2')"
        " if m in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_premailer_is_only_imported_when_something_is_rendered() -> None:
    code = "import sys; from newsletter.render import render; print('premailer' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"


# Shortcodes


def test_a_form_becomes_a_button_to_its_page(letter: Letter, look: MakeLook) -> None:
    forms = {"main": "https://example.org/join?a=1&b=2"}

    html = render(letter("Join!\n\n[form name=main]"), look(forms=forms)).html

    assert '<a class="button" href="https://example.org/join?a=1&amp;b=2"' in html
    assert ">Sign up for Slow Garden Letters</a>" in html


def test_a_form_that_is_not_mapped_leads_to_the_fallback(letter: Letter, look: MakeLook) -> None:
    html = render(
        letter("[convertkit form=396627]"), look(form_fallback="https://example.org/forms/{id}")
    ).html

    assert 'href="https://example.org/forms/396627"' in html


def test_a_form_within_a_sentence_is_a_link(letter: Letter, look: MakeLook) -> None:
    body = 'Do [form name=main label="join us"] and `[form name=main]`.'

    html = render(letter(body), look(forms={"main": "https://example.org"})).html

    assert ">join us</a> and" in html
    assert ">[form name=main]</code>" in html


def test_a_form_inside_a_liquid_tag_is_liquids(letter: Letter, look: MakeLook) -> None:
    body = "{% assign a = '[form name=none]' %}{{ a }}"

    assert body in render(letter(body), look()).html


# Mistakes


def caught(issue: Issue, look: Look) -> InFile:
    with pytest.raises(InFile) as error:
        render(issue, look)
    return error.value


@pytest.mark.parametrize(
    ("body", "place", "message", "hint"),
    [
        ("a\n\n[convertkit form=7]", "12", "where should form 7 lead?", "[forms]"),
        ("a\n{{ b\nc }}\n\n[form]", "14", "[form] does not say which form", "name=main"),
        ("a\n\n<style>@import url(x);</style>", "12", "`@import`", "copy the rules"),
        ("<link rel='stylesheet' href='x'>", "10", "<link>", "copy its rules"),
    ],
)
def test_a_mistake_in_the_letter_names_its_line(
    letter: Letter, look: MakeLook, body: str, place: str, message: str, hint: str
) -> None:
    error = caught(letter(body), look())

    assert isinstance(error, InvalidIssue)
    assert error.place == f"issues/gate.md:{place}"
    assert message in error.message
    assert hint in error.hint


def test_a_template_that_does_not_exist_is_named_with_those_that_do(
    letter: Letter, look: MakeLook, tmp_path: Path
) -> None:
    (tmp_path / "winter.html.j2").write_text("x")

    error = caught(letter(template="emial", key_lines={"template": 4}), look(templates=(tmp_path,)))

    assert isinstance(error, InvalidIssue)
    assert (error.place, error.key) == ("issues/gate.md:4", "template")
    assert error.hint == "did you mean `email`? there are: email, winter"


@pytest.mark.parametrize("name", ["../email", "/etc/passwd", "macros", ""])
def test_a_template_is_a_name_and_no_path(letter: Letter, look: MakeLook, name: str) -> None:
    assert isinstance(caught(letter(template=name), look()), InFile)


@pytest.mark.parametrize(
    ("source", "line", "message", "hint"),
    [
        (
            '{% extends "builtin/email.html.j2" %}\n{% block after %}\n{{ isue.title }}',
            2,
            "`{% block after %}` is not closed",
            "add {% endblock %}",
        ),
        ("<!DOCTYPE html>\n{{ isue.title }}", 2, "there is no `isue`", "`issue`"),
        ("<!DOCTYPE html>\n\n{{ issue.titel }}", 3, "no `titel`", "`title`"),
        ("<!DOCTYPE html>\n{{ kit.unsubscribe }}", 2, "no `unsubscribe`", "`unsubscribe_url`"),
        ("<!DOCTYPE html>\n{{ theme.light.acent }}", 2, "no `acent`", "`accent`"),
        ("<!DOCTYPE html>\n{% if %}", 2, "Expected an expression", ""),
        ("<!DOCTYPE html>\n{{ 1 | dat }}", 2, "dat", ""),
        ("<!DOCTYPE html>\n{{ 1 / 0 }}", 2, "division by zero", ""),
        ('<!DOCTYPE html>\n{% include "partials/foter.html.j2" %}', 2, "no template", "footer"),
        ('<!DOCTYPE html>\n{{ reader("first name") }}', 2, "first_name", ""),
        ("""<!DOCTYPE html>\n{{ reader("a", "'" ~ '"') }}""", 2, "Liquid string", ""),
        ('{% extends "bultin/email.html.j2" %}', 1, "no template", "builtin/email.html.j2"),
    ],
)
def test_a_mistake_in_a_template_names_file_and_line(
    letter: Letter,
    look: MakeLook,
    tmp_path: Path,
    source: str,
    line: int,
    message: str,
    hint: str,
) -> None:
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "email.html.j2").write_text(source)

    error = caught(letter(), look(templates=(folder,)))

    assert isinstance(error, InvalidTemplate)
    assert error.place == f"templates/email.html.j2:{line}"
    assert message in error.message
    assert hint in error.hint


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("<!doctype html><html>{{ issue.content }}", "the page begins with '<!doctype html>"),
        ("<html>{{ issue.content }}", "the page begins with '<html>"),
        ("<!DOCTYPE html><html></html>", "prints the letter 0 times"),
        ("<!DOCTYPE html>{{ issue.content }}{{ issue.content }}", "prints the letter 2 times"),
        ("<!DOCTYPE html>lq9999ql{{ issue.content }}", "`lq9999ql` is used inside"),
        ("<!DOCTYPE html><style>p{color:red}{{ issue.content }}", "not closed"),
        (
            (
                "<!DOCTYPE html><style>td{margin:0}</style>{{ issue.content }}<table><tr>"
                '<td style="background-color:{{ kit.address }}">x</table>'
            ),
            "{{ address }} would not be printed exactly once",
        ),
    ],
)
def test_a_page_that_would_harm_the_letter_is_refused(
    letter: Letter, look: MakeLook, tmp_path: Path, source: str, message: str
) -> None:
    (tmp_path / "email.html.j2").write_text(source)

    error = caught(letter(), look(templates=(tmp_path,)))

    assert isinstance(error, InvalidTemplate)
    assert message in error.message


def test_an_import_in_a_template_is_found_in_its_file(
    letter: Letter, look: MakeLook, tmp_path: Path
) -> None:
    parts = tmp_path / "templates" / "partials"
    parts.mkdir(parents=True)
    (parts / "style.css.j2").write_text("p { color: red; }\n@import url(https://example.org/a);")

    error = caught(letter(), look(templates=(parts.parent,)))

    assert error.place == "templates/partials/style.css.j2:2"


# Templates of one's own


def test_one_block_is_changed_in_three_lines(
    letter: Letter, look: MakeLook, tmp_path: Path
) -> None:
    (tmp_path / "email.html.j2").write_text(
        '{% extends "builtin/email.html.j2" %}\n'
        '{% block after %}<p>Bye, {{ reader("first_name", "friend") }}.</p>{% endblock %}\n'
    )

    html = render(letter(), look(templates=(tmp_path,))).html

    assert 'Bye, {{ subscriber.first_name | default: "friend" }}.' in html
    assert "{{ unsubscribe_url }}" in html


def test_a_partial_of_ones_own_can_hold_the_built_in_one(
    letter: Letter, look: MakeLook, tmp_path: Path
) -> None:
    (tmp_path / "partials").mkdir()
    (tmp_path / "partials" / "footer.html.j2").write_text(
        '<p>Before.</p>{% include "builtin/partials/footer.html.j2" %}'
    )

    html = render(letter(), look(templates=(tmp_path,))).html

    assert html.index("Before.") < html.index("{{ unsubscribe_url }}")


def test_a_macro_of_ones_own_changes_every_letter(
    letter: Letter, look: MakeLook, tmp_path: Path
) -> None:
    builtin = (builtin_templates() / "macros.html.j2").read_text()
    (tmp_path / "macros.html.j2").write_text(builtin.replace('class="pause"', 'class="pause mine"'))

    assert "pause mine" in render(letter("a\n\n---\n\nb"), look(templates=(tmp_path,))).html


def test_a_changed_template_is_seen_by_the_next_render(
    letter: Letter, look: MakeLook, tmp_path: Path
) -> None:
    """The preview keeps one process for hours."""
    file = tmp_path / "email.html.j2"
    file.write_text("<!DOCTYPE html><html><body>one {{ issue.content }}</body></html>")
    render(letter(), look(templates=(tmp_path,)))

    file.write_text("<!DOCTYPE html><html><body>two {{ issue.content }} now</body></html>")

    assert "two" in render(letter(), look(templates=(tmp_path,))).html


def test_liquid_that_a_template_writes_as_text_survives(
    letter: Letter, look: MakeLook, tmp_path: Path
) -> None:
    (tmp_path / "email.html.j2").write_text(
        '{% extends "builtin/email.html.j2" %}{% block after %}'
        '{% raw %}<a href="{{ x | default: "y" }}">z</a>{% endraw %}{% endblock %}'
    )

    assert '<a href="{{ x | default: "y" }}"' in render(letter(), look(templates=(tmp_path,))).html


def test_values_of_the_front_matter_reach_the_template(
    letter: Letter, look: MakeLook, tmp_path: Path
) -> None:
    (tmp_path / "email.html.j2").write_text(
        '{% extends "builtin/email.html.j2" %}{% block after %}'
        "{{ issue.vars.minutes }} {{ issue.vars.who }} {{ issue.vars.list[1] }}{% endblock %}"
    )
    values: dict[str, Any] = {"minutes": 3, "who": '{{ x | default: "<y>" }}', "list": ["a", "<b>"]}

    html = render(letter(vars=values), look(templates=(tmp_path,))).html

    assert '3 {{ x | default: "<y>" }} &lt;b&gt;' in html
