"""Each rule notices what it is for, at its place, and nothing in a sound letter."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import newsletter
from newsletter.check import (
    RULES,
    Finding,
    Sent,
    Severity,
    finding_from,
    has_errors,
    stops,
)
from newsletter.errors import InvalidIssue, InvalidTemplate
from newsletter.issue.model import Kind, Remark
from tests.check import letters, test_check_pictures

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ADDRESS = "{{ address }}"
LEAVE = '<a href="{{ unsubscribe_url }}">Leave</a>'

Check = Any


def page(inside: str = "", *, footer: str = f"{ADDRESS} {LEAVE}") -> str:
    return f'<html lang="en"><body>{inside}<p>{footer}</p></body></html>'


# rule, severity, place, what is changed in a sound letter
NOTICED: list[tuple[str, str, str, dict[str, Any]]] = [
    ("liquid-error", "error", "9:4", {"body": "Hi\n{{ subscriber.firstname | default: 'x' }}"}),
    ("liquid-error", "error", "8:1", {"body": "{% if subscriber.city %}"}),
    ("liquid-error", "error", "2", {"subject": "A walk for {{ first_name }}"}),
    ("liquid-error", "error", "3", {"preview_text": "{{ subscriber.city | default: 1 | shout }}"}),
    ("liquid-error", "error", "5", {"title": "{{ nobody }}"}),
    ("liquid-error", "error", "-", {"html": page("{{ subscriber.email }}")}),
    (
        "liquid-curly-quotes",
        "warning",
        "8:37",
        {"body": "{{ subscriber.first_name | default: “x” }}"},
    ),
    ("unsubscribe-missing", "error", "-", {"html": page(footer=ADDRESS)}),
    (
        "unsubscribe-missing",
        "error",
        "-",
        {"html": page(footer=f'{ADDRESS}<span style="display:none">{LEAVE}</span>')},
    ),
    ("unsubscribe-missing", "error", "-", {"html": page(footer=f"{ADDRESS}<!-- {LEAVE} -->")}),
    ("address-missing", "error", "-", {"html": page(footer=LEAVE)}),
    ("address-missing", "error", "-", {"context": {"address_configured": False}}),
    ("placeholder-left", "error", "8:6", {"body": "Here TK more"}),
    ("placeholder-left", "error", "9:1", {"body": "Here\nTODO more"}),
    ("placeholder-left", "error", "8:1", {"body": "Lorem Ipsum dolor"}),
    ("placeholder-left", "error", "8:1", {"body": "[insert the story here]"}),
    ("placeholder-left", "error", "8", {"body": "\\[Insert it\\]", "kind": Kind.PLAIN}),
    ("placeholder-left", "error", "8:15", {"body": "[see](https://example.com/a)"}),
    ("placeholder-left", "error", "2", {"subject": "A walk along the TBD", "title": ""}),
    ("placeholder-left", "error", "3", {"preview_text": "FIXME " + "x" * 40}),
    (
        "already-sent",
        "error",
        "-",
        {"context": {"already_sent": Sent(sent_at=NOW, recipients=409)}},
    ),
    ("subject-missing", "error", "2", {"subject": " ", "title": ""}),
    (
        "send-at-invalid",
        "error",
        "4",
        {"send_at": NOW - timedelta(minutes=1), "context": {"scheduling": True}},
    ),
    ("subject-length", "warning", "2", {"subject": "A walk"}),
    ("subject-length", "warning", "2", {"subject": "A walk " * 12}),
    ("preview-text-missing", "warning", "3", {"preview_text": ""}),
    ("preview-text-missing", "warning", "-", {"preview_text": "", "key_lines": {}}),
    ("preview-text-short", "warning", "3", {"preview_text": "Herons."}),
    (
        "preview-text-same-as-subject",
        "warning",
        "3",
        {
            "preview_text": "a walk along the canal and back home again",
            "subject": "A walk along the canal and back home again",
        },
    ),
    ("sent-recently", "warning", "4", {"context": {"last_sent_at": NOW + timedelta(days=4)}}),
    ("name-without-fallback", "warning", "8:4", {"body": "Hi {{ subscriber.first_name }},"}),
    (
        "name-without-fallback",
        "warning",
        "2",
        {"subject": "A walk with {{ subscriber.first_name }}"},
    ),
    ("web-leftover", "warning", "8:14", {"body": "Tell me more in the comments below."}),
    ("web-leftover", "warning", "8:1", {"body": "Pin It on Pinterest"}),
    ("web-leftover", "warning", "8:1", {"body": "Share this post"}),
    ("very-short", "warning", "-", {"body": "Only a few words here.", "alone": True}),
    ("size-clip", "warning", "-", {"html": page("x" * 82_000)}),
    ("size-clip", "error", "-", {"html": page("x" * 101_000)}),
    (
        "link-http",
        "warning",
        "8:5",
        {
            "body": "[a](http://example.org/a)",
            "html": page(
                '<a href="http://example.org/a">a</a><a href="http://example.org/a">b</a>'
            ),
        },
    ),
    ("image-alt", "warning", "8:3", {"body": "x ![](street.jpg)"}),
    (
        "image-alt",
        "warning",
        "8:11",
        {"body": '<img src="a.jpg">', "html": page('<img src="a.jpg"><img src="b.jpg" alt="">')},
    ),
]


@pytest.mark.parametrize(("rule", "severity", "place", "change"), NOTICED)
def test_a_rule_notices_its_own_once_and_no_other_rule_does(
    check: Check, rule: str, severity: str, place: str, change: dict[str, Any]
) -> None:
    (finding,) = check(**change)
    assert (finding.rule, finding.severity, finding.place) == (rule, severity, place)
    assert finding.path == "issues/canal.md"
    assert finding.message
    assert finding.cure


SOUND: list[dict[str, Any]] = [
    {},
    {"body": 'Hello {{ subscriber.first_name | default: "you" }},'},
    {"body": "{% if subscriber.first_name %}Hi {{ subscriber.first_name }}{% endif %}"},
    {"body": "Write to {{ subscriber.email_address }}"},
    {"body": "<!-- TODO {{ nobody }} in the comments below -->"},
    {"body": "See https://example.org/TKs and xxx, and [insert](https://example.org)"},
    {"body": "no TKO, stk or Todos"},
    {"subject": "{{ subscriber.city | default: 'Hi' }}", "title": ""},
    {"preview_text": "{{ subscriber.city | default: 'Hi' }}"},
    {"send_at": NOW - timedelta(days=1)},
    {"send_at": NOW + timedelta(days=1), "context": {"scheduling": True}},
    {"context": {"last_sent_at": NOW}},
    {"html": page("x" * 70_000)},
    {"html": page('<img alt="" src="a"><a href="https://example.org">x</a>')},
    {"html": page(footer=f"{ADDRESS} {{{{- unsubscribe_link -}}}}")},
]


@pytest.mark.parametrize("change", SOUND)
def test_a_sound_letter_has_no_findings(check: Check, change: dict[str, Any]) -> None:
    assert check(**change) == ()


def test_what_follows_the_authors_notes_is_not_looked_at(check: Check) -> None:
    notes = "<!-- notes -->\nTK ask Ben {{ nobody }}"
    assert check(body=f"{'word ' * 60}\n\n{notes}", alone=True) == ()
    assert check(body=f"{'word ' * 20}\n\n{notes} {'more ' * 60}", alone=True) != ()


def test_pasted_text_has_lines_and_no_columns(check: Check) -> None:
    (finding,) = check(body="Here TK more", kind=Kind.PLAIN)
    assert (finding.line, finding.column) == (8, None)


def test_what_reading_noticed_becomes_findings(check: Check) -> None:
    remark = Remark(
        rule="unknown-key", message="“sendat” is not a setting", cure="Write send_at", line=3
    )
    (finding,) = check(remarks=(remark,))
    assert finding == Finding(
        rule="unknown-key",
        severity=Severity.WARNING,
        message="“sendat” is not a setting",
        path="issues/canal.md",
        line=3,
        cure="Write send_at",
    )


def test_errors_come_first_and_then_the_order_of_the_file(check: Check) -> None:
    found = check(body="in the comments below\nTK\n{{ nobody }}\nTK", preview_text="")
    assert [(f.severity, f.place) for f in found] == [
        ("error", "9:1"),
        ("error", "10:4"),
        ("error", "11:1"),
        ("warning", "3"),
        ("warning", "8:1"),
    ]


def test_times_are_told_in_the_issues_zone(check: Check) -> None:
    (finding,) = check(context={"already_sent": Sent(sent_at=NOW, recipients=1409)})
    assert "Fri 20 Nov 2026 07:00" in finding.message
    assert "1,409 readers" in finding.message


@pytest.mark.parametrize(
    ("last", "send_at", "says"),
    [
        (timedelta(minutes=-3), timedelta(0), "went out only 3 minutes earlier"),
        (timedelta(minutes=-1), timedelta(0), "went out only 1 minute earlier"),
        (timedelta(seconds=-5), timedelta(0), "went out only moments earlier"),
        (timedelta(minutes=-59), timedelta(seconds=40), "went out only 1 hour earlier"),
        (timedelta(hours=-2), timedelta(hours=1), "went out only 3 hours earlier"),
        (timedelta(hours=2), timedelta(hours=3), "goes out only 1 hour earlier"),
        (timedelta(days=1), timedelta(days=1, minutes=20), "goes out only 20 minutes earlier"),
    ],
)
def test_the_time_since_the_last_issue_is_told_in_its_own_unit_and_tense(
    check: Check, last: timedelta, send_at: timedelta, says: str
) -> None:
    (finding,) = check(send_at=NOW + send_at, context={"last_sent_at": NOW + last})
    assert finding.rule == "sent-recently"
    assert says in finding.message


def test_a_mistake_in_a_file_becomes_a_finding() -> None:
    error = InvalidIssue(
        "no such hour", file="issues/a.md", line=4, column=2, hint="choose another"
    )
    assert finding_from(error) == Finding(
        rule="front-matter-invalid",
        severity=Severity.ERROR,
        message="no such hour",
        path="issues/a.md",
        line=4,
        column=2,
        cure="choose another",
    )
    assert finding_from(InvalidTemplate("x", file="t", rule="liquid-error")).rule == "liquid-error"


def test_errors_always_stop_and_warnings_only_under_strict(check: Check) -> None:
    nothing, warning, error = check(), check(preview_text=""), check(body="TK")
    assert [has_errors(each) for each in (nothing, warning, error)] == [False, False, True]
    assert [stops(each, strict=False) for each in (nothing, warning, error)] == [False, False, True]
    assert [stops(each, strict=True) for each in (nothing, warning, error)] == [False, True, True]


def test_the_table_names_each_rule_once_with_a_sentence() -> None:
    ids = [rule.id for rule in RULES]
    assert len(ids) == len(set(ids))
    assert all(rule.reason.endswith(".") for rule in RULES)


def test_every_rule_that_looks_is_tried_here() -> None:
    """A rule without a row above would be untested."""
    looking = {rule.id for rule in RULES if rule.find}
    rows = (*NOTICED, *letters.NOTICED, *test_check_pictures.NOTICED)
    assert looking <= {"lang-missing"} | {row[0] for row in rows}


def test_every_rule_that_is_told_anywhere_is_in_the_table() -> None:
    """`check --rules` and the manual are made from it, so a rule that is missing is a secret."""
    package = Path(newsletter.__file__).parent
    told = {
        rule
        for room in ("issue", "render", "commands")
        for file in (package / room).rglob("*.py")
        for rule in re.findall(r'\brule="([a-z-]+)"', file.read_text(encoding="utf-8"))
    }
    assert told
    assert told <= {rule.id for rule in RULES}
