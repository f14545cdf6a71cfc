"""The project's own letters, and a pasted letter of their shape."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsletter.issue.parse import parse_issue
from newsletter.issue.plain import to_markdown
from newsletter.issue.shortcodes import find_shortcodes

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "issue"
SLOW_KITCHEN = ROOT / "issues" / "the-slow-kitchen.txt"
GARDEN_GATE = ROOT / "issues" / "the-garden-gate.md"


def test_the_pasted_letter_becomes_the_reviewed_markdown() -> None:
    issue = parse_issue(SLOW_KITCHEN.read_text("utf-8"), path=SLOW_KITCHEN.name, timezone="UTC")
    assert issue.body + "\n" == (GOLDEN / "the-slow-kitchen.md").read_text("utf-8")
    assert issue.subject == "I came to slow cooking by way of a missed bus"


def test_the_pasted_letter_has_every_shape_it_should() -> None:
    plain = to_markdown(SLOW_KITCHEN.read_text("utf-8"))
    assert [block.kind for block in plain.blocks] == [
        "greeting",
        *["paragraph"] * 3,
        "note",
        "paragraph",
        *["heading", "paragraph"] * 5,
        "reference",
        "paragraph",
        "sign-off",
        "call",
        "paragraph",
        "shortcode",
    ]
    assert [block.ordinal for block in plain.blocks if block.kind == "heading"] == [1, 2, 3, 4, 5]


def test_every_change_to_the_pasted_letter_is_told_with_its_line() -> None:
    source = SLOW_KITCHEN.read_text("utf-8")
    plain = to_markdown(source)
    lines = source.split("\n")
    odd = {number for number, line in enumerate(lines, start=1) if "\u00a0" in line}
    (spaces,) = [change for change in plain.changes if "no-break" in change.why]
    assert spaces.line == min(odd)
    assert f"on {len(odd) - 1} more lines" in spaces.why
    removed = [lines[change.line - 1] for change in plain.changes if change.kind == "removed"]
    assert [line[:6] for line in removed] == ["Should", "Pin It"]
    told = {line for change in plain.changes if (line := lines[change.line - 1])}
    for shape in ("Older Than", "A Word of Warning", "(Reference", "Join Our", "[convertkit"):
        assert any(line.startswith(shape) for line in told)


def test_lines_of_the_markdown_point_to_the_pasted_lines() -> None:
    issue = parse_issue(SLOW_KITCHEN.read_text("utf-8"), path=SLOW_KITCHEN.name, timezone="UTC")
    source = SLOW_KITCHEN.read_text("utf-8").split("\n")
    (form,) = find_shortcodes(issue.body)
    line = issue.line_of(form.body_line)
    assert line is not None
    assert source[line - 1] == form.raw
    for at, text in enumerate(issue.body.split("\n")):
        if text[:1].isalpha():
            assert text[:20].split(":")[0] in source[issue.body_lines[at] - 1]


def test_the_markdown_letter_needs_no_remark() -> None:
    issue = parse_issue(GARDEN_GATE.read_text("utf-8"), path=GARDEN_GATE.name, timezone="UTC")
    assert issue.remarks == ()
    assert issue.slug == "the-garden-gate"
    for shape in ("## ", "\n- ", "{.button}", "::: note", "\n> ", "| default:", "|---|"):
        assert shape in issue.body


@pytest.mark.parametrize("path", [SLOW_KITCHEN, GARDEN_GATE])
def test_the_letters_hold_no_placeholder(path: Path) -> None:
    words = path.read_text("utf-8").lower()
    for placeholder in ("todo", "tk ", "xxx", "lorem", "example.com", "[insert"):
        assert placeholder not in words
