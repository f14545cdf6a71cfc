"""Writing a setting into an author's file changes that line and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import InvalidIssue, WrongUsage
from newsletter.issue.edit import set_front_matter, set_sidecar
from newsletter.issue.new import import_text, new_issue
from newsletter.issue.parse import parse_issue

LETTER = """\
---
# mine
subject:   'The gate'      # a working title
send_at: 2026-11-01 09:00  # Tuesday

vars:
    a:  1
    # inside
preview_text: >
  two
  lines

# the end
---

Body  with\ttrailing blanks\x20\x20
and no newline at the end"""


def test_one_line_changes_and_its_comment_stays() -> None:
    edited = set_front_matter(LETTER, {"send_at": "2026-11-24 09:00"})
    assert edited == LETTER.replace("2026-11-01 09:00  #", "2026-11-24 09:00  #")


def test_quotes_stay_the_authors_own() -> None:
    edited = set_front_matter(LETTER, {"subject": "Don't"})
    assert "subject: 'Don''t'      # a working title\n" in edited
    assert set_front_matter('---\nsubject: "a"\n---\nx', {"subject": "b"}) == (
        '---\nsubject: "b"\n---\nx'
    )


def test_a_value_of_several_lines_is_replaced_whole() -> None:
    edited = set_front_matter(LETTER, {"preview_text": "One line: now"})
    assert edited == LETTER.replace(
        "preview_text: >\n  two\n  lines\n", 'preview_text: "One line: now"\n'
    )


def test_a_key_is_removed_with_its_value() -> None:
    edited = set_front_matter(LETTER, {"vars": None, "subject": None, "absent": None})
    assert edited == LETTER.replace("vars:\n    a:  1\n    # inside\n", "").replace(
        "subject:   'The gate'      # a working title\n", ""
    )


def test_new_keys_are_added_at_the_end_of_the_settings() -> None:
    edited = set_front_matter(LETTER, {"status": "scheduled", "public": True})
    assert edited == LETTER.replace(
        "# the end\n---", "# the end\nstatus: scheduled\npublic: true\n---"
    )


def test_settings_are_made_where_there_are_none() -> None:
    assert (
        set_front_matter("Hello.\n", {"status": "draft"}) == "---\nstatus: draft\n---\n\nHello.\n"
    )
    assert set_front_matter("Hello.\n", {"status": None}) == "Hello.\n"


def test_line_ends_and_a_byte_order_mark_are_kept() -> None:
    edited = set_front_matter("\ufeff---\r\nsubject: a\r\n---\r\nx\r\n", {"status": "draft"})
    assert edited == "\ufeff---\r\nsubject: a\r\nstatus: draft\r\n---\r\nx\r\n"


def test_scheduling_takes_the_draft_mark_out() -> None:
    """Otherwise the file would say both, which is an error."""
    edited = set_front_matter(
        "---\ndraft: true\nsubject: a\n---\nx",
        {"status": "scheduled", "send_at": "2026-11-24 09:00"},
    )
    assert edited == "---\nsubject: a\nstatus: scheduled\nsend_at: 2026-11-24 09:00\n---\nx"


def test_a_key_of_another_tool_is_replaced_by_ours_and_removed_with_it() -> None:
    source = "---\npublish_date: 2026-11-01 09:00\nsubject: a\n---\nx"
    assert set_front_matter(source, {"send_at": "2026-11-24 09:00"}) == (
        "---\nsend_at: 2026-11-24 09:00\nsubject: a\n---\nx"
    )
    assert set_front_matter(source, {"send_at": None}) == "---\nsubject: a\n---\nx"


def test_an_empty_value_is_filled_and_keeps_its_comment() -> None:
    source = "---\npreview_text:  # later\nsubject:\n---\nx"
    assert set_front_matter(source, {"preview_text": "Words", "subject": "a"}) == (
        "---\npreview_text: Words  # later\nsubject: a\n---\nx"
    )


@pytest.mark.parametrize("source", ["---\n{subject: a}\n---\nx", "---\nsubject: a: b\n---\nx"])
def test_what_cannot_be_edited_line_by_line_is_refused(source: str) -> None:
    with pytest.raises(InvalidIssue):
        set_front_matter(source, {"subject": "b"})


def test_a_sidecar_is_made_and_changed() -> None:
    made = set_sidecar(None, {"send_at": "2026-11-24 09:00", "status": "scheduled"})
    assert made == "send_at: 2026-11-24 09:00\nstatus: scheduled\n"
    assert set_sidecar("# mine\nstatus: draft", {"status": "scheduled", "number": 3}) == (
        "# mine\nstatus: scheduled\nnumber: 3\n"
    )


def test_values_of_another_sort_are_a_mistake_of_the_caller() -> None:
    with pytest.raises(TypeError, match="list"):
        set_front_matter("x", {"topics": ["a"]})


ONE_LINE = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), min_size=1, max_size=30)


@given(
    st.sampled_from(["", "status: draft\n", "subject: 'x'\n", 'subject: "x" # c\n', "subject: >\n  a\n  b\n"]),
    st.sampled_from(["- ", "“", "'", '"', "#", " #", ": ", "no", "1.0", "2026-11-24", "@", "{", "null", ""]).flatmap(
        lambda start: ONE_LINE.map(lambda rest: start + rest)
    ),
)  # fmt: skip
def test_any_setting_reads_back(settings: str, value: str) -> None:
    edited = set_front_matter(f"---\n{settings}---\nHello.\n", {"note": value, "subject": value})
    assert edited.endswith("---\nHello.\n")
    once = set_front_matter(edited, {"note": value, "subject": value})
    assert once == edited
    words = " ".join(value.split())
    if words and words.isprintable():
        read = parse_issue(edited, path="x.md", timezone="UTC")
        assert (read.subject, read.note) == (words, words)


@given(st.text(max_size=40))
def test_any_letter_keeps_its_bytes(letter: str) -> None:
    source = f"---\nsubject: a\n---\n{letter}"
    assert set_front_matter(source, {"subject": "b"}) == f"---\nsubject: b\n---\n{letter}"


def test_a_new_letter_is_a_draft_with_three_settings() -> None:
    issue = parse_issue(new_issue(subject="Soup: a story"), path="x.md", timezone="UTC")
    assert issue.subject == "Soup: a story"
    assert list(issue.key_lines) == ["subject", "preview_text", "status"]
    assert issue.status == "draft"
    assert '{{ subscriber.first_name | default: "friend" }}' in issue.body
    assert new_issue(subject="a", preview_text="b", body="\nWords.\n\n") == (
        "---\nsubject: a\npreview_text: b\nstatus: draft\n---\n\nWords.\n"
    )


def test_plain_text_is_taken_over_with_what_changed() -> None:
    taken = import_text("Hi all,\n\nIt began. *Yes!*\n\nPin It\n", suffix=".TXT")
    assert (taken.subject, taken.preview_text) == ("It began", "*Yes!*")
    assert taken.body == "Hi all,\n\nIt began. \\*Yes!\\*"
    assert [(change.line, change.kind) for change in taken.changes] == [(5, "removed")]


def test_markdown_is_taken_over_as_it_is() -> None:
    taken = import_text(
        "---\nsubject: Tea\nsend_at: 2026-11-24 09:00\n---\n\n*Yes!*\n", suffix=".md"
    )
    assert (taken.subject, taken.preview_text, taken.body) == ("Tea", "", "*Yes!*")
    assert [(change.line, change.text) for change in taken.changes] == [(3, "send_at")]


def test_another_kind_of_file_is_refused() -> None:
    with pytest.raises(WrongUsage, match="docx"):
        import_text("x", suffix=".docx")
