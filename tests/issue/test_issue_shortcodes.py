"""Forms in a body are found; whatever only looks like one stays text."""

from __future__ import annotations

import pytest

from newsletter.issue.shortcodes import find_shortcodes


@pytest.mark.parametrize(
    ("raw", "name", "form"),
    [
        ("[form name=main]", "form", "main"),
        ("[form id=1]", "form", "1"),
        ("[convertkit form=396627]", "convertkit", "396627"),
        ('[convertkit_form form="396627"]', "convertkit_form", "396627"),
        ("[convertkit form=“396627”]", "convertkit", "396627"),
        ("[convertkit form='12' /]", "convertkit", "12"),
        ("[convertkit]", "convertkit", ""),
    ],
)
def test_a_form_is_found_with_its_id_or_name(raw: str, name: str, form: str) -> None:
    (found,) = find_shortcodes(f"One\n\ntwo {raw} three")
    assert (found.name, found.form, found.raw, found.body_line) == (name, form, raw, 2)
    assert (found.start, found.end) == (9, 9 + len(raw))


@pytest.mark.parametrize(
    "body",
    [
        "[sic]",
        "[caption id=1]",
        "[formula x=1]",
        "[form](https://example.org)",
        "[form]: https://example.org",
        r"\[form id=1]",
        "`[form id=1]`",
        "``a ` [form id=1]``",
        "```\n[form id=1]\n```",
        "~~~\n[form id=1]",
        "> ```\n> [form id=1]\n> ```",
        "Text\n\n    [form id=1]",
        "<!-- [form id=1] -->",
    ],
)
def test_what_only_looks_like_a_form_stays_text(body: str) -> None:
    assert find_shortcodes(body) == ()


@pytest.mark.parametrize(
    "body", [r"\\[form id=1]", "a `b` [form id=1] `c`", "- [form id=1]", "\\` [form id=1] `"]
)
def test_near_code_is_not_in_code(body: str) -> None:
    assert [found.form for found in find_shortcodes(body)] == ["1"]


def test_all_are_found_in_order() -> None:
    body = "[form id=1]\n`[form id=2]`\n\n[form id=3] [convertkit form=4]"
    assert [found.form for found in find_shortcodes(body)] == ["1", "3", "4"]
