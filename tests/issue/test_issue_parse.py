"""A file becomes an issue: keys, their other names, times, status, guesses, places."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import InvalidIssue
from newsletter.issue.model import Audience, Issue, Kind, Remark, Status
from newsletter.issue.parse import parse_issue

NEW_YORK = "America/New_York"


def markdown(settings: str, body: str = "Hello there.", path: str = "issues/x.md") -> Issue:
    return parse_issue(f"---\n{settings}\n---\n\n{body}\n", path=path, timezone=NEW_YORK)


def remark(issue: Issue, rule: str) -> Remark:
    return next(remark for remark in issue.remarks if remark.rule == rule)


def test_everything_an_author_can_set_is_read() -> None:
    issue = markdown(
        """\
subject: Walking on walls
preview_text: How it began.
send_at: 2026-11-24 09:00   # in the zone below
timezone: Europe/Berlin
status: scheduled
title: A longer title for the web
slug: On Walls
audience: {any: [tag:tea, tag:bread]}
from: Ann Lee <ann@example.org>
template: plain
public: true
thumbnail: wall.jpg
thumbnail_alt: A wall
number: 42
language: en
topics: [walls, walking]
theme: {accent: "#7a4b2a"}
vars: {minutes: 3, day: 2026-11-24, nested: [a, {b: No}]}
ignore: [preview-text-short]
note: for me""",
        path="issues/2026-11-20-walking.md",
    )
    assert issue == Issue(
        path="issues/2026-11-20-walking.md",
        slug="on-walls",
        kind=Kind.MARKDOWN,
        subject="Walking on walls",
        subject_guessed=False,
        preview_text="How it began.",
        body="Hello there.",
        body_lines=(24,),
        title="A longer title for the web",
        status=Status.SCHEDULED,
        send_at=datetime(2026, 11, 24, 8, tzinfo=UTC),
        timezone="Europe/Berlin",
        audience=Audience(group="any", tags=("tea", "bread")),
        sender="Ann Lee <ann@example.org>",
        template="plain",
        public=True,
        language="en",
        date="2026-11-20",
        thumbnail="wall.jpg",
        thumbnail_alt="A wall",
        number=42,
        topics=("walls", "walking"),
        theme={"accent": "#7a4b2a"},
        vars={"minutes": 3, "day": "2026-11-24", "nested": ["a", {"b": "No"}]},
        ignore=frozenset({"preview-text-short"}),
        note="for me",
        key_lines=issue.key_lines,
    )
    assert issue.key_lines["subject"] == 2
    assert issue.key_lines["send_at"] == 4
    assert issue.key_lines["note"] == 21


@pytest.mark.parametrize(
    ("settings", "attribute", "value"),
    [
        *[(f"subject: a\n{key}: words", "preview_text", "words")
          for key in ("preheader", "description", "excerpt", "summary")],
        ("publish_date: 2026-11-24 09:00", "send_at", datetime(2026, 11, 24, 14, tzinfo=UTC)),
        ("title: Only a title", "subject", "Only a title"),
        ("permalink: /2026/11/my-page/", "slug", "my-page"),
        ("permalink: /blog/my-page.html", "slug", "my-page"),
        ("filter: tag:vip", "audience", Audience(group="any", tags=("vip",))),
        ("email_segment: all", "audience", Audience()),
        ("from_email: ann@example.org", "sender", "ann@example.org"),
        ("email_address: ann@example.org", "sender", "ann@example.org"),
        ("layout: post", "template", "post"),
        ("email_type: public", "public", True),
        ("email_type: private", "public", False),
        ("visibility: public", "public", True),
        ("visibility: members", "public", False),
        *[(f"{key}: a.jpg", "thumbnail", "a.jpg") for key in ("image", "cover", "feature_image")],
        ("feature_image_alt: a wall", "thumbnail_alt", "a wall"),
        ("secondary_id: 7", "number", 7),
        ("lang: de", "language", "de"),
        ("tags: [a, b]\ncategories: b, c", "topics", ("a", "b", "c")),
        ("topics: [a]\ntags: [b]", "topics", ("a",)),
        ("params: {a: 1}", "vars", {"a": 1}),
        ("metadata: {a: 1}", "vars", {"a": 1}),
        ("ignore: image-alt", "ignore", frozenset({"image-alt"})),
        ("date: 2026-11-24T10:00:00Z", "date", "2026-11-24"),
        ("public: yes", "public", True),
        ("public: off", "public", False),
    ],
)  # fmt: skip
def test_names_of_other_tools_are_understood(settings: str, attribute: str, value: Any) -> None:
    issue = markdown(settings)
    assert getattr(issue, attribute) == value
    assert not [r for r in issue.remarks if r.rule == "unknown-key"]


@pytest.mark.parametrize(
    ("typed", "subject"),
    [
        ("42", "42"),
        ("9:00", "9:00"),
        ("1.50", "1.50"),
        ("No", "No"),
        ("true", "true"),
        ("2026-11-24", "2026-11-24"),
        ("Don't", "Don't"),
        ("'Don''t'", "Don't"),
        ('"Re: hello"', "Re: hello"),
        (">\n  two\n  lines", "two lines"),
        ('"a\\nb"', "a b"),
    ],
)
def test_a_subject_is_the_text_that_was_typed(typed: str, subject: str) -> None:
    """A subject is one line: a header cannot carry a break."""
    assert markdown(f"subject: {typed}").subject == subject


def test_the_sensible_defaults() -> None:
    issue = markdown("subject: Hi")
    assert issue.title == "Hi"
    assert issue.audience.is_everyone
    assert issue.status is Status.DRAFT
    assert issue.template == "email"
    assert not issue.public
    assert issue.timezone == NEW_YORK
    assert (issue.send_at, issue.sender, issue.date, issue.remarks) == (None, None, None, ())


@pytest.mark.parametrize(
    "settings",
    ["draft: false", "draft: false\ndate: 2026-11-24", "draft: true", "status: draft", "send_at: 2026-11-24 09:00"],
)  # fmt: skip
def test_only_the_word_scheduled_arms_a_file(settings: str) -> None:
    assert markdown(settings).status is Status.DRAFT


def test_scheduled_without_a_time_is_an_error_at_the_word() -> None:
    with pytest.raises(InvalidIssue, match="has no time") as caught:
        markdown("subject: Hi\nstatus: scheduled")
    assert (caught.value.rule, caught.value.line) == ("send-at-invalid", 3)


@pytest.mark.parametrize(
    ("send_at", "rule", "offers"),
    [
        ("next week", "send-at-invalid", "2026-11-24 09:00"),
        ("2026-11-24", "send-at-invalid", "2026-11-24 09:00"),
        ("[1]", "front-matter-invalid", "some words"),
        ("2027-03-14 02:30", "send-at-not-a-time", "2027-03-14 01:30 or 2027-03-14 03:30"),
    ],
)
def test_a_send_time_that_is_none_is_an_error(send_at: str, rule: str, offers: str) -> None:
    with pytest.raises(InvalidIssue) as caught:
        markdown(f"subject: Hi\nsend_at: {send_at}")
    assert (caught.value.rule, caught.value.line, caught.value.key) == (rule, 3, "send_at")
    assert offers in caught.value.hint


def test_the_doubled_hour_is_remarked_and_means_the_first() -> None:
    issue = markdown("subject: Hi\nsend_at: 2026-11-01 01:30")
    assert issue.send_at == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    assert remark(issue, "send-at-ambiguous").line == 3


def test_a_send_time_keeps_its_seconds_and_its_offset() -> None:
    issue = markdown("send_at: 2026-11-24 09:00:30+02:00")
    assert issue.send_at == datetime(2026, 11, 24, 7, 0, 30, tzinfo=UTC)


def test_an_unknown_zone_of_the_project_is_said_to_be_the_projects() -> None:
    with pytest.raises(InvalidIssue, match="the project has it"):
        parse_issue("---\nsend_at: 2026-11-24 09:00\n---\nHi.", path="x.md", timezone="Nowhere")


def test_an_unknown_key_is_named_with_the_nearest_known_one() -> None:
    issue = markdown("subject: Hi\nprevew_text: oops\nzzzz: 1\nreply_to: a@example.org")
    unknown = [r for r in issue.remarks if r.rule == "unknown-key"]
    assert [r.line for r in unknown] == [3, 4, 5]
    assert unknown[0].cure == "did you mean preview_text?"
    assert "vars" in unknown[1].cure
    assert "Kit has no field" in unknown[2].cure


def test_a_key_in_another_spelling_is_recognised() -> None:
    assert remark(markdown("Send-At: tomorrow"), "unknown-key").cure == "did you mean send_at?"


def test_words_lost_to_a_comment_are_remarked() -> None:
    """`We are #1` is `We are` to YAML."""
    issue = markdown("subject: We are #1 in soup")
    assert issue.subject == "We are"
    assert "#1 in soup" in remark(issue, "front-matter-comment").message
    assert not markdown("subject: Soup # mine").remarks


def test_curly_quotes_round_a_subject_are_remarked() -> None:
    found = remark(markdown("subject: “Soup”"), "front-matter-curly-quotes")
    assert (found.line, found.cure.endswith("subject: Soup")) == (2, True)


@pytest.mark.parametrize(
    ("body", "subject"),
    [
        ("# The *big* heading\n\nText.", "The big heading"),
        ("Hello friend,\n\nIt began with rain. Then sun.", "It began with rain"),
        ("Is it you? Yes.", "Is it you?"),
        ("[form name=main]\n\nWords *with* [a link](https://example.org).", "Words with a link"),
        ("::: note\nA boxed word.\n:::", "A boxed word"),
        ("a" * 69 + " b", "a" * 69 + "…"),
    ],
)
def test_a_markdown_letter_without_a_subject_has_one_guessed(body: str, subject: str) -> None:
    issue = markdown("status: draft", body)
    assert (issue.subject, issue.subject_guessed) == (subject, True)
    assert len(subject) <= 70
    assert issue.title == subject
    assert issue.preview_text == ""
    assert issue.body == body
    assert remark(issue, "subject-guessed").severity == "warning"


def test_plain_text_guesses_subject_and_preview_text() -> None:
    issue = parse_issue(
        "Hi all,\n\nI found a gate. It was crooked!\n\nMore.\n", path="x.txt", timezone="UTC"
    )
    assert issue.kind is Kind.PLAIN
    assert issue.subject == "I found a gate"
    assert issue.preview_text == "It was crooked! More."


@pytest.mark.parametrize(
    ("path", "sidecar_path", "cure"),
    [
        (
            "issues/2026-11-24-gate.txt",
            None,
            'newsletter schedule gate --subject "…", or `subject:` in issues/2026-11-24-gate.yaml beside it',
        ),
        (
            "issues/gate/index.txt",
            "issues/gate/index.yml",
            'newsletter schedule gate --subject "…", or `subject:` in issues/gate/index.yml beside it',
        ),
        ("issues/gate.md", None, "write `subject: …` at the top of the file"),
    ],
)
def test_a_guessed_subject_names_the_place_for_a_better_one(
    path: str, sidecar_path: str | None, cure: str
) -> None:
    """Pasted text has no top for settings; what works there is not what works in Markdown."""
    issue = parse_issue(
        "Hi.\n\nI found a gate.", path=path, timezone="UTC", sidecar_path=sidecar_path
    )
    assert remark(issue, "subject-guessed").cure == cure


def test_plain_text_takes_its_settings_from_the_sidecar() -> None:
    issue = parse_issue(
        "Hi all,\n\nI found a gate. It was crooked!\n",
        path="issues/gate.txt",
        timezone="UTC",
        sidecar="---\nsubject: The gate\nsend_at: 2026-11-24 09:00\nstatus: scheduled\nbogus: 1\n",
    )
    assert (issue.subject, issue.subject_guessed) == ("The gate", False)
    assert issue.preview_text == "I found a gate. It was crooked!"
    assert issue.status is Status.SCHEDULED
    assert issue.key_lines == {"subject": 2, "send_at": 3, "status": 4}
    unknown = remark(issue, "unknown-key")
    assert unknown.line is None
    assert "issues/gate.yaml:5" in unknown.message


def test_a_key_without_a_value_has_its_line_too() -> None:
    """A finding about the missing words points at the place to write them."""
    issue = markdown("subject: Soup\npreview_text:\nstatus: draft")
    assert issue.preview_text == ""
    assert issue.key_lines["preview_text"] == 3


def test_the_sidecar_wins_over_front_matter() -> None:
    issue = parse_issue(
        "---\nsubject: Old\nnumber: 1\n---\nHi.",
        path="x.txt",
        timezone="UTC",
        sidecar="subject: New",
    )
    assert (issue.subject, issue.number) == ("New", 1)


def test_a_row_of_hyphens_on_top_of_plain_text_is_text() -> None:
    issue = parse_issue("---\nMy letter\n---\nHi.", path="x.txt", timezone="UTC")
    assert "My letter" in issue.body


def test_a_blank_line_before_the_settings_does_no_harm() -> None:
    issue = parse_issue("\n\n---\nsubject: a\n---\nHi.", path="x.md", timezone="UTC")
    assert (issue.subject, issue.key_lines["subject"], issue.body_lines) == ("a", 4, (6,))
    rule = parse_issue("\n---\nJust a rule.\n\n---\n", path="x.md", timezone="UTC")
    assert rule.body.startswith("---")


@pytest.mark.parametrize(
    ("source", "path"),
    [("", "x.md"), ("\n \n", "x.txt"), ("---\nsubject: a\n---\n\n", "x.md"), ("Pin It on Pinterest", "x.txt")],
)  # fmt: skip
def test_a_file_without_a_letter_is_an_error(source: str, path: str) -> None:
    with pytest.raises(InvalidIssue, match="no letter") as caught:
        parse_issue(source, path=path, timezone="UTC")
    assert caught.value.rule == "body-empty"


def test_a_name_without_a_letter_is_an_error() -> None:
    with pytest.raises(InvalidIssue, match="slug"):
        parse_issue("Hi.", path="issues/!!!.md", timezone="UTC")


def test_body_lines_point_into_the_file() -> None:
    issue = parse_issue("---\nsubject: a\n---\n\n\nOne\n\n- two\n\n\n", path="x.md", timezone="UTC")
    assert issue.body == "One\n\n- two"
    assert [issue.line_of(line) for line in range(4)] == [6, 7, 8, None]


def test_line_ends_and_a_byte_order_mark_do_not_matter() -> None:
    unix = "---\nsubject: a\n---\nOne\n\ntwo\n"
    for other in (unix.replace("\n", "\r\n"), unix.replace("\n", "\r"), "\ufeff" + unix):
        read = parse_issue(other, path="x.md", timezone="UTC")
        assert read == parse_issue(unix, path="x.md", timezone="UTC")


def test_control_characters_leave_a_markdown_body_and_are_reported() -> None:
    """One U+0092 makes Gmail clip the message."""
    issue = markdown("subject: a", "It\x92s\x07 here")
    assert issue.body == "It’s here"
    assert [(change.line, change.kind) for change in issue.changes] == [(5, "changed")]


SNIPPETS = st.sampled_from(
    ["---\n", "subject: ", "status: scheduled\n", "send_at: 2026-11-24 09:00\n", "audience: [", "theme: {",
     "'", '"', ": ", "- ", "\t", "# ", "\n", "&a ", "*a ", "<<: ", "|", "> ", "1. ", "[form id=1]", "::: note\n",
     "{{ x }}", "http://", "A Note: x", "(Source: https://[x)", "\x00", "\x85", "“", "…", "Love,\n"]
)  # fmt: skip


@given(
    st.lists(SNIPPETS | st.text(max_size=6), max_size=14).map("".join),
    st.sampled_from(["x.md", "x.txt"]),
    st.none() | st.lists(SNIPPETS, max_size=6).map("".join),
)
def test_any_text_is_an_issue_or_one_error(source: str, path: str, sidecar: str | None) -> None:
    try:
        issue = parse_issue(source, path=path, timezone=NEW_YORK, sidecar=sidecar)
    except InvalidIssue as error:
        good = bool(error.message and error.hint)
    else:
        good = len(issue.body_lines) == issue.body.count("\n") + 1 and "\n" not in issue.subject
    assert good
