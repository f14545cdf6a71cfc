"""Rules over letters as they are: read from a file's text, rendered with the real look."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from newsletter.check import Context, Finding, Severity, check_audience, check_issue
from newsletter.issue.parse import parse_issue
from newsletter.render import render
from newsletter.render.model import Look, Newsletter
from newsletter.render.templates import builtin_templates
from tests.check.letters import NOTICED, SOUND

ROOT = Path(__file__).parent.parent.parent
WORDS = " ".join(["quiet morning walks along the old canal"] * 10)
HOUSE = Newsletter(
    name="The Canal",
    sender_name="Ann",
    sender_address="ann@example.org",
    address="1 Lock Lane",
    website="https://canal.example",
    language="en",
)
CONTEXT = Context(
    now=datetime(2026, 11, 20, 12, tzinfo=UTC), target="local", address_configured=True
)


def look(theme: dict[str, Any] | None = None) -> Look:
    return Look(
        newsletter=HOUSE, theme=theme or {}, form_fallback="http://127.0.0.1:8710/forms/{id}"
    )


def findings(
    body: str = "",
    *,
    subject: str = "A walk along the canal",
    more: str = "note: for me",
    target: str = "local",
    context: dict[str, Any] | None = None,
    theme: dict[str, Any] | None = None,
    files: dict[str, str] | None = None,
    **_: Any,
) -> tuple[Finding, ...]:
    extra = "".join(f"{line}\n" for line in more.splitlines()[1:])
    text = (
        f'---\nsubject: "{subject}"\npreview_text: What the herons taught me about standing still.\n'
        f"slug: canal\n{more.splitlines()[0]}\n{extra}---\n{body}\n\n{WORDS}\n"
    )
    issue = parse_issue(text, path="issues/canal.md", timezone="UTC")
    email = render(issue, look(theme))
    known = replace(CONTEXT, target=target, theme=theme or {}, files=files or {}, **(context or {}))
    return check_issue(issue, email, context=known)


@pytest.mark.parametrize(("rule", "severity", "place", "body", "setting"), NOTICED)
def test_a_rule_notices_what_it_is_for_at_its_place(
    rule: str, severity: str, place: str, body: str, setting: dict[str, Any]
) -> None:
    found = findings(body, **setting)
    assert {each.rule for each in found} == {rule}, found
    assert (found[0].severity, found[0].place) == (severity, place)
    assert setting.get("more_than_one") or len(found) == 1, found
    elsewhere = [*setting.get("files", {})]
    assert found[0].path == (elsewhere[0] if elsewhere else "issues/canal.md")
    assert found[0].message
    assert found[0].cure


@pytest.mark.parametrize(("rule", "body", "setting"), SOUND)
def test_what_looks_like_it_and_is_right_is_left_alone(
    rule: str, body: str, setting: dict[str, Any]
) -> None:
    assert rule not in {each.rule for each in findings(body, **setting)}


def test_every_rule_has_a_case_that_is_right_too() -> None:
    assert {row[0] for row in NOTICED} == {row[0] for row in SOUND}


def test_the_built_in_look_asks_nothing_of_mail_programs_that_they_do_not_do() -> None:
    """A project may copy it whole, and must not be warned of what it did not write."""
    folder = builtin_templates()
    files = {
        f"templates/{f.relative_to(folder)}": f.read_text("utf-8") for f in folder.rglob("*.j2")
    }
    found = findings(files=files)
    assert [each for each in found if each.severity is not Severity.INFO] == []


@pytest.mark.parametrize("file", sorted((ROOT / "issues").glob("*.*")), ids=lambda f: f.name)
def test_the_letters_of_the_sample_project_have_few_findings_and_sensible_ones(file: Path) -> None:
    issue = parse_issue(file.read_text("utf-8"), path=f"issues/{file.name}", timezone="UTC")
    found = check_issue(issue, render(issue, look()), context=CONTEXT)
    told = [(each.rule, each.line) for each in found]
    expected = {
        "the-garden-gate.md": [],
        "the-slow-kitchen.txt": [("subject-guessed", 1), ("web-leftover", 35)],
    }
    assert told == expected[file.name]


@pytest.mark.parametrize(
    ("readers", "last", "is_told"),
    [
        (400, 200, True),
        (399, 200, False),
        (100, 200, True),
        (101, 200, False),
        (19, 1, False),
        (None, 200, False),
        (500, None, False),
        (500, 0, False),
    ],
)
def test_half_or_double_the_readers_is_told(
    readers: int | None, last: int | None, is_told: bool
) -> None:
    text = f"---\nsubject: A walk\naudience: tag:hips\n---\n{WORDS}"
    issue = parse_issue(text, path="issues/canal.md", timezone="UTC")
    found = check_audience(issue, readers=readers, last=last)
    assert [(each.rule, each.line) for each in found] == [("audience-jump", 3)] * is_told
    assert check_audience(issue, readers=readers, last=last, ignore=["audience-jump"]) == ()


def test_settings_beside_a_text_are_named_with_their_own_file_and_line() -> None:
    issue = parse_issue(
        f"Hello,\n\n{WORDS}",
        path="issues/canal.txt",
        timezone="UTC",
        sidecar="# settings\nsubject: Walk\npreview_text: Short.\nignore: [preview-text-short, nonsense]\n",
        sidecar_path="issues/canal.yaml",
    )
    found = check_issue(issue, render(issue, look()), context=CONTEXT)
    assert [(each.rule, each.path, each.line) for each in found] == [
        ("subject-length", "issues/canal.yaml", 2),
        ("ignore-without-effect", "issues/canal.yaml", 4),
    ]


def test_the_whole_project_can_silence_a_rule_and_not_a_firm_one() -> None:
    def told(*ignore: str) -> list[str]:
        context = {"ignore": frozenset(ignore), "already_sent": None}
        return [each.rule for each in findings("TK {{ nobody }}", context=context)]

    assert told() == ["placeholder-left", "liquid-error"]
    assert told("placeholder-left", "liquid-error") == ["liquid-error"]


def test_curly_quotes_in_tags_are_sent_straight() -> None:
    text = (
        "---\nsubject: 'For {{ subscriber.first_name | default: “you” }}'\n---\n"
        "Dear {{ subscriber.first_name | default: “it’s you” }}, “hello”"
    )
    issue = parse_issue(text, path="issues/canal.md", timezone="UTC")
    email = render(issue, look())
    assert email.subject == 'For {{ subscriber.first_name | default: "you" }}'
    assert 'Dear {{ subscriber.first_name | default: "it’s you" }}' in email.html
    assert "“hello”" in email.html


def test_an_email_that_does_not_tell_its_language_is_noticed() -> None:
    issue = parse_issue(f"---\nsubject: A walk\n---\n{WORDS}", path="a.md", timezone="UTC")
    email = render(issue, look())
    bare = replace(email, html=email.html.replace('<html lang="en"', "<html"))
    rules = [each.rule for each in check_issue(issue, bare, context=CONTEXT)]
    assert "lang-missing" in rules
    rules = [each.rule for each in check_issue(issue, email, context=CONTEXT)]
    assert "lang-missing" not in rules


PAGE = """\
<!DOCTYPE html>
<html>
<head><title>A walk</title></head>
<body>
<p style="color:#bbbbbb">{words}</p>
<!-- ignore: link-http -->
<p><a href="http://birds.example/heron">The heron</a></p>
        <p><a href="http://birds.example/kite">The `kite`</a>
        <video src="https://birds.example/a.mp4"></video></p>
<p># 1 and -- 2
---</p>
<p>{{{{ address }}}} <a href="{{{{ unsubscribe_url }}}}">Leave</a></p>
</body>
</html>
"""


def test_a_whole_page_of_html_is_looked_at_by_its_own_lines() -> None:
    issue = parse_issue(PAGE.format(words=WORDS), path="issues/canal.html", timezone="UTC")
    found = check_issue(issue, render(issue, look()), context=CONTEXT)
    told = {(each.rule, each.line) for each in found} - {("subject-guessed", 1)}
    assert {rule for rule, _ in told} >= {
        "lang-missing",
        "contrast",
        "link-http",
        "css-unsupported",
    }
    assert ("lang-missing", 2) in told
    assert ("contrast", 5) in told
    assert [line for rule, line in sorted(told) if rule == "link-http"] == [8]
    assert ("css-unsupported", 9) in told
    assert "heading-order" not in {rule for rule, _ in told}
