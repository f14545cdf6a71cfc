"""Mistakes in Liquid are told with their place and what to write instead."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.liquid import Problem, problems, repair_quotes

MISTAKES = [
    # source, line:column, part of the message, part of the cure
    ("Hi\n  {{ subscriber.first_name", "2:3", "has no end", "}}"),
    ("{{ address Hello {{ address }}", "1:1", "has no end", "}}"),
    ("a {% if subscriber.x %} b", "1:3", "{% if %} is never closed", "{% endif %}"),
    (
        "{% if subscriber.x %}{% for i in (1..2) %}{% endif %}",
        "1:22",
        "{% for %} is never",
        "endfor",
    ),
    ("{% endif %}", "1:1", "closes nothing", "Remove it"),
    ("{% raw %} {{ a", "1:1", "{% raw %} is never closed", "endraw"),
    ("{% comment %}", "1:1", "{% comment %} is never closed", "endcomment"),
    ("x\n{% foo %}", "2:4", "no Liquid tag “foo”", "{{"),
    ('{% include "secrets" %}', "1:4", "no Liquid tag “include”", "{{"),
    ("{{ address address }}", "1:12", "does not understand", "{{"),
    ("{{ }}", "1:1", "does not understand", "{{"),
    ("{% %}", "1:1", "does not understand", "{{"),
    ("{{{ address }}}", "1:3", "does not understand", "{{"),
    ('{{ address | defalt: "x" }}', "1:14", "no filter “defalt”", "default"),
    ("{{ address | safe }}", "1:14", "no filter “safe”", ""),
    ("{{ subscriber.firstname }}", "1:4", "“subscriber.firstname”", "subscriber.first_name?"),
    ("{{ subscriber.name }}", "1:4", "“subscriber.name”", "subscriber.first_name?"),
    ("{{ subscriber.First_Name }}", "1:4", "First_Name", "subscriber.first_name?"),
    ("{{ subscriber.email }}", "1:4", "“subscriber.email”", "subscriber.email_address?"),
    ("{{ subscriber.tags }}", "1:4", "“subscriber.tags”", "audience"),
    ("{{ subscriber }}", "1:4", "whole person", "subscriber.first_name"),
    ("{{ subscriber.city.name }}", "1:4", "a dot too many", "subscriber.city"),
    ("{{ first_name }}", "1:4", "“first_name”", "subscriber.first_name?"),
    ("{{ archive_url }}", "1:4", "“archive_url”", "no address of the web page"),
    ("{{ message_content }}", "1:4", "“message_content”", "template"),
    ("{{ unsubscribe }}", "1:4", "“unsubscribe”", "unsubscribe_"),
    ("{{ weather }}", "1:4", "“weather”", "subscriber.first_name"),
    ("{% if weather %}{% endif %}", "1:7", "“weather”", ""),
    ("{{ x }}{% assign x = 1 %}", "1:4", "“x”", ""),
    ("{{ snippet }}", "1:4", "“snippet”", "snippet."),
    ("{{ address.street }}", "1:4", "“address.street”", "address"),
    ("{ { address } }", "1:1", "a blank stands between", "{{"),
    ("{ % if x % }", "1:1", "a blank stands between", "{%"),
    ("Hi {subscriber.first_name},", "1:4", "single braces", "{{ subscriber.first_name }}"),
    ("{{ 1 | divided_by: 0 }}", "1:8", "divide by 0", ""),
    ("{% for i in (1..20000) %}{% endfor %}", "1:4", "10,000 times", ""),
]


@pytest.mark.parametrize(("source", "place", "message", "cure"), MISTAKES)
def test_a_mistake_is_told_once_with_place_and_cure(
    source: str, place: str, message: str, cure: str
) -> None:
    (problem,) = problems(source)
    assert f"{problem.line}:{problem.column}" == place
    assert message in problem.message
    assert cure in problem.cure
    assert problem.cure
    assert problem.rule == "liquid-error"


@pytest.mark.parametrize(
    "source",
    [
        "",
        "No Liquid here { at } all.",
        'Hello {{ subscriber.first_name | default: "Dear One" }},',
        "{{ subscriber.email_address }} {{ subscriber.city }} {{ subscriber['last_name'] }}",
        "{{ unsubscribe_url }}{{ unsubscribe_link }}{{ address }}",
        "{{ subscriber_preferences_url }}{{ subscriber_preferences_link }}{{ snippet.about }}",
        "{% if subscriber.city == 'Bonn' %}a{% elsif subscriber.city %}b{% else %}c{% endif %}",
        "{% assign x = 'a,b' | split: ',' %}{% for y in x %}{{ y }}{{ forloop.index }}{% endfor %}",
        "{% capture c %}x{% endcapture %}{{ c }}",
        "{% unless subscriber.a %}{% case subscriber.b %}{% when 1 %}{% endcase %}{% endunless %}",
        "{% comment %} {{ nothing {% endcomment %}",
        "{% raw %}{{ nothing }}{% endraw %}",
        '{{ "now" | date: "%Y" }}',
        '{{ subscriber.first_name | default: "it’s you" }}',
        "{{- address -}}",
    ],
)
def test_what_kit_understands_is_no_problem(source: str) -> None:
    assert problems(source) == ()


def test_all_unknown_names_are_told_in_their_order() -> None:
    found = problems("{{ b }}\n{{ a }}\n{{ b | nofilter }}")
    assert [(p.line, p.column) for p in found] == [(1, 4), (2, 4), (3, 4), (3, 8)]


class TestCurlyQuotes:
    def test_they_are_a_rule_of_their_own(self) -> None:
        (problem,) = problems("Hi\n{{ subscriber.first_name | default: “Dear One” }}")
        assert (problem.rule, problem.line, problem.column) == ("liquid-curly-quotes", 2, 37)
        assert '"Dear One"' in problem.cure

    def test_other_mistakes_are_still_found_beside_them(self) -> None:
        rules = {p.rule for p in problems("{{ subscriber.firstname | default: “x” }}")}
        assert rules == {"liquid-curly-quotes", "liquid-error"}

    @pytest.mark.parametrize(
        ("source", "repaired"),
        [
            ("“Hi” {{ a | default: “b” }} ‘c’", '“Hi” {{ a | default: "b" }} ‘c’'),
            ("{{ a | default: ‘b’ }}", "{{ a | default: 'b' }}"),
            ("{{ a | default: “it’s” }}", '{{ a | default: "it’s" }}'),
            ("{{ a | default: „b“ }}", '{{ a | default: "b" }}'),
            ("{{ a | default: ”b” }}", '{{ a | default: "b" }}'),
            ('{{ a | default: “b" }}', '{{ a | default: "b" }}'),
            ('{{ a | default: "“b”" }}', '{{ a | default: "“b”" }}'),
            ("{% if a == ’b’ %}’{% endif %}", "{% if a == 'b' %}’{% endif %}"),
            ("no tags “at all”", "no tags “at all”"),
            ("{{ open “", "{{ open “"),
        ],
    )
    def test_repair_straightens_quotes_inside_tags_only(self, source: str, repaired: str) -> None:
        assert repair_quotes(source) == repaired

    @given(st.text("{}% a“”‘’'\"|:"))
    def test_repair_twice_is_repair_once(self, source: str) -> None:
        once = repair_quotes(source)
        assert repair_quotes(once) == once
        assert len(once) == len(source)


pieces = st.sampled_from(
    re.split(
        " ",
        "{{ }} {% %} { } \n if endif for endfor raw endraw comment endcomment assign x = case when i in (1..9) "
        "subscriber . first_name | default: \" ' “ ” address [ ] ( .. 1 - , % é liquid echo cycle tablerow "
        "capture # == and contains \x00 \u2028",
    )
)


@given(st.one_of(st.text(), st.lists(pieces, max_size=30).map(" ".join)))
def test_any_text_gives_problems_and_no_exception(source: str) -> None:
    for problem in problems(source):
        assert isinstance(problem, Problem)
        assert 1 <= problem.line <= source.count("\n") + 1
        assert problem.column >= 1
        assert problem.message
        assert "Traceback" not in problem.message


@pytest.mark.parametrize(
    "source",
    [
        "{{ " * 30_000,
        "{{ " + " " * 100_000 + "}}",
        "{% raw %}" * 10_000,
        "{% comment %}" * 10_000,
        "{% if subscriber.x %}" * 2_000 + "{% endif %}" * 2_000,
        "{{ subscriber" + "[subscriber" * 80 + "]" * 80 + " }}",
        "{% assign x = 'aaaaaaaaaa' %}" + "{% assign x = x | append: x %}" * 60,
        "{% assign x = '0123456789' %}"
        + "{% assign x = x | append: x %}" * 12
        + "{{ x | replace: '', x }}",
        "{% assign x = 9 %}" + "{% assign x = x | times: x %}" * 60 + "{{ x }}",
        "{{ (1..999999999) | join: 'x' }}",
        "{{ (1..999999999) | sort | first }}",
        "{% for i in (1..9999) %}{% for j in (1..9999) %}x{% endfor %}{% endfor %}",
        "{% for i in (1..9000) %}x{% endfor %}" * 2,
    ],
)
def test_hostile_texts_are_refused_soon(source: str) -> None:
    """Each of these costs minutes or gigabytes when taken as it is."""
    assert problems(source)


def test_a_text_without_liquid_does_not_load_the_library() -> None:
    """It takes a third of a second, which `--help` and an idle run cannot spare."""
    code = (
        "import sys; from newsletter import liquid; liquid.problems('plain'); "
        "liquid.compile('plain'); sys.exit('liquid' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
