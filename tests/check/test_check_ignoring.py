"""An author can silence what she knows better, and not what the law or Kit wants."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from newsletter.check import RULES, Sent

Check = Any


def rules(found: Any) -> list[str]:
    return [finding.rule for finding in found]


def test_front_matter_silences_a_rule_everywhere(check: Check) -> None:
    ignore = frozenset({"placeholder-left", "preview-text-missing"})
    assert rules(check(body="TK\nTK", preview_text="", ignore=ignore)) == []


@pytest.mark.parametrize(
    "body",
    [
        "<!-- ignore: placeholder-left -->\nTK",
        "<!-- ignore: placeholder-left -->\n\nTK",
        "<!--ignore:web-leftover, placeholder-left-->\nTK",
        "<!-- ignore: web-leftover -->\n<!-- ignore: placeholder-left -->\nTK",
        "TK <!-- ignore: placeholder-left -->",
    ],
)
def test_a_comment_silences_a_rule_on_the_next_line(check: Check, body: str) -> None:
    assert rules(check(body=body)) == []


@pytest.mark.parametrize(
    "body",
    [
        "<!-- ignore: web-leftover -->\nTK",
        "<!-- ignore: placeholder-left -->\nfine\nTK",
        "TK\n<!-- ignore: placeholder-left -->",
    ],
)
def test_it_silences_no_other_rule_and_no_other_line(check: Check, body: str) -> None:
    assert rules(check(body=body)) == ["placeholder-left"]


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("liquid-error", {"body": "{{ nobody }}"}),
        ("unsubscribe-missing", {"html": '<html lang="en"><p>{{ address }}</p></html>'}),
        ("address-missing", {"context": {"address_configured": False}}),
        ("already-sent", {"context": {"already_sent": Sent(sent_at=datetime.now(UTC))}}),
    ],
)
def test_what_must_not_be_sent_cannot_be_silenced(
    check: Check, rule: str, change: dict[str, Any]
) -> None:
    assert rules(check(ignore=frozenset({rule}), **change)) == [rule, "ignore-without-effect"]


def test_only_placeholders_and_size_are_errors_that_can_be_silenced() -> None:
    """Each of the others stops a letter that nobody could want to go out."""
    assert [r.id for r in RULES if r.severity == "error" and r.ignorable] == ["placeholder-left"]


def test_a_letter_that_gmail_cuts_off_can_go_out_if_wanted(check: Check) -> None:
    html = f'<html lang="en">{"x" * 120_000} {{{{ address }}}} {{{{ unsubscribe_url }}}}</html>'
    assert rules(check(html=html)) == ["size-clip"]
    assert rules(check(html=html, ignore=frozenset({"size-clip"}))) == []
