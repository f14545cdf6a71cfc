"""A tag without its end is told where it begins, with the tag to add."""

from __future__ import annotations

import jinja2
import pytest

from newsletter.render.unclosed import explained


@pytest.mark.parametrize(
    ("source", "line", "message", "hint"),
    [
        ("a\n{% block footer %}\nx\n\n", 2, "`{% block footer %}` is not closed", "add {% endblock %} where it ends"),
        ("{% if a %}\n{%- for x in y -%}\n z", 2, "`{% for x in y %}` is not closed", "add {% endfor %} where it ends"),
        ("{% block a %}\n{% if b %}\n{% endif %}", 1, "`{% block a %}`", "add {% endblock %}"),
        ("{% if a %}\n{% else %}\nx", 1, "`{% if a %}`", "add {% endif %}"),
        ("{% if a %}{% elif b %}x", 1, "`{% if a %}`", "add {% endif %}"),
        ("{% for a in b %}{% else %}x", 1, "`{% for a in b %}`", "add {% endfor %}"),
        ("{% macro b() %}x", 1, "`{% macro b() %}`", "add {% endmacro %}"),
        ("{% call b() %}x", 1, "`{% call b() %}`", "add {% endcall %}"),
        ("{% filter upper %}x", 1, "`{% filter upper %}`", "add {% endfilter %}"),
        ("{% with a=1 %}x", 1, "`{% with a=1 %}`", "add {% endwith %}"),
        ("{% autoescape true %}x", 1, "`{% autoescape true %}`", "add {% endautoescape %}"),
        ("{% set y = 1 %}\n{% set x %}y", 2, "`{% set x %}`", "add {% endset %}"),
        ("{% block a %}\n{% set y = 1 %}", 1, "`{% block a %}`", "add {% endblock %}"),
        ("{% block a %}\n{% if b %}\n\n{% endblock %}", 2, "`{% if b %}`", "add {% endif %} before {% endblock %} on line 4"),
        ("{% block a %}\n{% endfor %}", 2, "`{% endfor %}` closes nothing", "take {% endfor %} out"),
        ("x\n{% endblock %}", 2, "`{% endblock %}` closes nothing", "take {% endblock %} out"),
        ("x\n{% else %}", 2, "unknown tag 'else'", "inside {% if"),
        ("x\n{% blok a %}{{ ' }}", 2, "there is no tag `blok`", "did you mean `block`?"),
        ("x\n{% blok a %}", 2, "there is no tag `blok`", "did you mean `block`?"),
        ("x\n{% block a %}{% endblok %}", 2, "there is no tag `endblok`", "did you mean `endblock`?"),
        ("x\n{% raw %}\n x", 2, "`{% raw %}` is not closed", "add {% endraw %}"),
        ("x\n{# abc", 2, "`{#` is not closed", "add #}"),
        ("x\n{{ a ", 2, "`{{` is not closed", "add }}"),
        ("x\n{% if a", 2, "`{%` is not closed", "add %}"),
        ("x\n{% if %}", 2, "Expected an expression", ""),
    ],
)  # fmt: skip
def test_what_is_not_closed_is_told_with_its_cure(
    source: str, line: int, message: str, hint: str
) -> None:
    environment = jinja2.Environment(trim_blocks=True, lstrip_blocks=True, autoescape=True)
    with pytest.raises(jinja2.TemplateSyntaxError) as caught:
        environment.from_string(source)
    found = explained(caught.value, environment)
    assert found.line == line
    assert message in found.message
    assert hint in found.hint
