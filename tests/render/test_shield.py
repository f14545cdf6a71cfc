"""Liquid tags come out as they went in, whatever stands around them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from newsletter.errors import InvalidIssue
from newsletter.issue.model import Audience, Issue, Kind, Status
from newsletter.render import Look, Newsletter, render
from newsletter.render.shield import LIQUID, Shield

TAGS = [
    "{{ subscriber.first_name }}",
    '{{ subscriber.first_name | default: "Dear One" }}',
    "{{ a*b*c }}",
    "{{- x -}}",
    "{{subscriber.id}}",
    '{% if a > b and c < "d" %}',
    "{% endif %}",
    "{%- assign x = 'it''s' -%}",
    "{{ x |\n default: 'y' }}",
    "{{ \"quoted\" | append: '&' }}",
]
AROUND = [
    "A {} word.",
    "*{}*",
    '"{}" said *she*',
    "[a link]({})",
    "[{}](https://example.org)",
    "![{}](https://example.org/a.png)",
    "# {}",
    "- {}",
    "> {}",
    "| a |\n|---|\n| {} |",
    "`{}`",
    "~~~\n{}\n~~~",
    "<p title='{}'>x</p>",
    '<table><tr><td {}class="a">x</td></tr></table>',
    "<div>\n{}\n</div>",
    "::: note\n{}\n:::",
    "{}",
    "Write to Ann <{}>, please.",
    "<{}>",
    "<b{}>",
    "see <https://example.org/{}>",
    "<{}>\n\nand more",
    "https://example.org/?id={}",
    "[b]({}){{.button}}",
]


def liquid(text: str) -> list[str]:
    return LIQUID.findall(text)


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("tag", TAGS)
def test_a_tag_survives_in_every_place(
    letter: Callable[..., Issue], look: Callable[..., Look], around: str, tag: str
) -> None:
    body = around.replace("{{.", "{.").replace(".button}}", ".button}").replace("{}", tag)

    html = render(letter(body), look()).html

    assert html.count(tag) == 1


_text = st.text(st.sampled_from("ab *_`~[]()<>#|-\n\"'&!\\.:1é\u00a0—"), max_size=30)


@settings(max_examples=150, deadline=None)
@given(parts=st.lists(st.tuples(_text, st.sampled_from(TAGS)), max_size=6), last=_text)
def test_the_tags_of_the_output_are_those_of_the_input_in_order(
    parts: list[tuple[str, str]], last: str
) -> None:
    """For any document without comments and link definitions, which print no tag."""
    body = "\n".join(text + tag for text, tag in parts) + last
    assume("<!--" not in body and "]:" not in body)

    found = liquid(render(plain_letter(body), _LOOK).html)

    assert found[-2:] == ["{{ unsubscribe_url }}", "{{ address }}"]
    # A link's address is printed before its words, so within a link the order may differ.
    assert sorted(found[:-2]) == sorted(liquid(body))
    if "](" not in body:
        assert found[:-2] == liquid(body)


def test_a_word_of_the_shield_in_a_letter_is_refused_with_its_line(
    letter: Callable[..., Issue], look: Callable[..., Look]
) -> None:
    with pytest.raises(InvalidIssue) as caught:
        render(letter("Hello.\n\nSee lq1000ql."), look())

    assert caught.value.place == "issues/gate.md:12"


def test_braces_that_are_never_closed_hide_nothing() -> None:
    shield = Shield()

    assert shield.hide("a {{ b\n\nc }} d") == "a {{ b\n\nc }} d"
    assert shield.show(shield.hide("{{ a\n b }}")) == "{{ a\n b }}"


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("{% if vip %}\n\nHello.\n\n{% endif %}", "\n{% if vip %}\n<p"),
        ("a\n\n{% if x %} {% else %}\n{% endif %}\n\nb", "\n{% if x %} {% else %}\n{% endif %}\n"),
    ],
)
def test_a_paragraph_of_control_tags_loses_its_element(
    letter: Callable[..., Issue], look: Callable[..., Look], body: str, html: str
) -> None:
    """Else the branch that is not taken leaves an empty paragraph."""
    assert html in render(letter(body), look()).html


def test_a_tag_in_a_link_definition_may_be_used_twice(
    letter: Callable[..., Issue], look: Callable[..., Look]
) -> None:
    html = render(letter("[a][u] and [b][u]\n\n[u]: {{ my_url }}"), look()).html

    assert html.count('href="{{ my_url }}"') == 2


def plain_letter(body: str) -> Issue:
    # A fixture made once for a function would be shared by all examples of a property.
    return Issue(
        path="issues/a.md",
        slug="a",
        kind=Kind.MARKDOWN,
        subject="A",
        subject_guessed=False,
        preview_text="",
        body=body,
        body_lines=tuple(range(1, body.count("\n") + 2)),
        title="A",
        status=Status.DRAFT,
        send_at=None,
        timezone="UTC",
        audience=Audience(),
        sender=None,
        template="email",
        public=False,
        language=None,
        date=None,
        thumbnail=None,
        thumbnail_alt=None,
        number=None,
        topics=(),
    )


_LOOK = Look(
    newsletter=Newsletter(
        name="N", sender_name="S", sender_address="", address="", website="", language="en"
    ),
)
