"""Every accident people have with YAML gets a sentence of ours, its line, and its cure."""

from __future__ import annotations

import pytest

from newsletter.errors import InvalidIssue
from newsletter.issue.parse import parse_issue


def error_for(settings: str) -> InvalidIssue:
    with pytest.raises(InvalidIssue) as caught:
        parse_issue(f"---\n{settings}\n---\nHello.\n", path="issues/x.md", timezone="UTC")
    return caught.value


ACCIDENTS = [
    # settings, line, key, what is said, what is offered
    ("subject: Re: hello: world", 2, "subject", "a colon in it", 'subject: "Re: hello: world"'),
    ("subject: A letter about:", 2, "subject", "a colon in it", 'subject: "A letter about:"'),
    ("subject: 'Don't stop'", 2, "subject", "an apostrophe", 'subject: "Don\'t stop"'),
    ('subject: "She said "hi" twice"', 2, "subject", "quotes inside", r'"She said \"hi\" twice"'),
    ('subject: "Hello" to you', 2, "subject", "follow the closing quote", r'"\"Hello\" to you"'),
    ('subject: "Hello\nstatus: draft', 2, "subject", "never closed", 'subject: "Hello"'),
    ("subject: 'Hello\nstatus: 'draft'", 2, "subject", "never closed", 'subject: "Hello"'),
    (r'subject: "C:\path"', 2, "subject", "a backslash", r'subject: "C:\\path"'),
    ("subject: @home", 2, "subject", "begins with @", 'subject: "@home"'),
    ("subject: `code`", 2, "subject", "begins with `", 'subject: "`code`"'),
    ("subject: %off", 2, "subject", "begins with %", 'subject: "%off"'),
    ("subject: & more", 2, "subject", "begins with &", 'subject: "& more"'),
    ("subject: &Co rest", 2, "subject", "begins with &", 'subject: "&Co rest"'),
    ("subject: *bold* words", 2, "subject", "begins with *", 'subject: "*bold* words"'),
    ("subject: !important news", 2, "subject", "begins with !", 'subject: "!important news"'),
    ("subject: > hello", 2, "subject", "begins with >", 'subject: "> hello"'),
    ("subject: [Draft] hello", 2, "subject", "begins with [", 'subject: "[Draft] hello"'),
    ("subject: {{ subscriber.first_name }}, hi", 2, "subject", "begins with {", '"{{ subscriber'),
    ("subject: {{ subscriber.first_name }}", 2, "subject", "begins with {", "some words"),
    ("subject: - a dash", 2, "subject", "begins with -", 'subject: "- a dash"'),
    ("subject: “Re: hello”", 2, "subject", "curly quotes", 'subject: "Re: hello"'),
    ("subject: Hi\n\tstatus: draft", 3, None, "a tab", "status: draft"),
    ("theme:\n\taccent: red", 3, None, "a tab", "accent: red"),
    ("status: draft\n  subject: Hi", 3, "subject", "is indented", "left edge: subject: Hi"),
    ("status: draft\nsubject:Hi", 3, "subject", "no space after", "subject: Hi"),
    ("subject:Hi", 2, "subject", "no space after", "subject: Hi"),
    ("subject: Hi\nsubject: Ho", 3, "subject", "stands twice, on lines 2 and 3", "keep one"),
    ("theme: {accent: #7a4b2a}", 2, "theme", "a colour without quotes", '{accent: "#7a4b2a"}'),
    ("theme: {a: 1, a: 2}", 2, "theme", "stands twice in it", "take one"),
    ("theme:\n  accent: #7a4b2a", 2, "theme", "accent is empty", 'accent: "#7a4b2a"'),
    ("just words", 2, None, "not a setting of the form", "key: value"),
    ("- a\n- b", 2, None, "not a setting of the form", ""),
    ("subject: Hi\n\nHello you,\nhow are you", 4, None, "the letter seems to begin", "hyphens"),
    ("%YAML 1.2", 2, None, "begins with %", "comment"),
    ("subject: a\x00b", 2, None, "unreadable character (U+0000)", "delete it"),
    ("? [a, b]\n: c", 2, None, "a key must be one word", "key: value"),
    ("vars: " + "[" * 2000, 2, None, "nested too deep", "flatter"),
    ("theme: {{a: b}: c}", 2, "theme", "or is no word", "take one"),
    ("vars: {a: " + "[" * 300 + "]" * 300 + "}", 2, None, "nested too deep", "flatter"),
    ("subject: [one, two]", 2, "subject", "must be words, not a list", "some words"),
    ("subject:\n  a: b", 2, "subject", "must be words, not a mapping", "some words"),
    ("theme: red", 2, "theme", "needs names and values", "theme:"),
    ("vars: [1]", 2, "vars", "needs names and values", "vars:"),
    ("ignore: {a: b}", 2, "ignore", "is a list of words", "ignore: [one, two]"),
    ("number: twelve", 2, "number", "not a whole number", "number: 12"),
    ("public: maybe", 2, "public", "a yes or no", "true or false"),
    ("from: Ann Lee", 2, "from", "no email address", "<ann@example.org>"),
    ("template: ../../etc/passwd", 2, "template", "no template's name", "template: email"),
    ("date: next week", 2, "date", "not a day", "2026-11-24"),
    ("status: sent", 2, "status", "not known", "status: scheduled with a send_at"),
    ("status: “draft”", 2, "status", "not known", "status: draft"),
    ("status: scheduled\ndraft: true\nsend_at: 2026-11-24 09:00", 3, "draft", "draft says", "out"),
    ("timezone: Europe/Berlinn", 2, "timezone", "no time zone", "Europe/Berlin"),
    ('subject: "bell\\a"', 2, "subject", "control character", "by hand"),
]  # fmt: skip


@pytest.mark.parametrize(("settings", "line", "key", "says", "offers"), ACCIDENTS)
def test_an_accident_is_told_with_its_line_and_its_cure(
    settings: str, line: int, key: str | None, says: str, offers: str
) -> None:
    error = error_for(settings)
    assert (error.file, error.line, error.key) == ("issues/x.md", line, key)
    assert says in error.message
    assert offers in error.hint
    assert error.exit_code == 3


@pytest.mark.parametrize(("settings", "line", "key", "says", "offers"), ACCIDENTS)
def test_no_words_of_the_yaml_library_are_shown(
    settings: str, line: int, key: str | None, says: str, offers: str
) -> None:
    error = error_for(settings)
    for raw in ("scalar", "token", "<unicode string>", "block mapping", "flow", "column"):
        assert raw not in error.message + error.hint


@pytest.mark.parametrize(
    "offer",
    [
        'subject: "Re: hello: world"',
        'subject: "Don\'t stop"',
        r'subject: "She said \"hi\" twice"',
        r'subject: "C:\\path"',
    ],
)
def test_the_line_that_is_offered_can_be_read(offer: str) -> None:
    source = f"---\n{offer}\n---\nHello.\n"
    assert parse_issue(source, path="x.md", timezone="UTC").subject


def test_a_missing_closing_line_says_where_it_belongs() -> None:
    with pytest.raises(InvalidIssue, match="no second ---") as caught:
        parse_issue("---\nsubject: Hi\n\nHello.\n", path="x.md", timezone="UTC")
    assert caught.value.line == 3


def test_toml_is_named_and_not_sent_as_text() -> None:
    with pytest.raises(InvalidIssue, match="TOML"):
        parse_issue("+++\nsubject = 'Hi'\n+++\nHello.\n", path="x.md", timezone="UTC")


def test_an_accident_in_the_sidecar_names_the_sidecar() -> None:
    with pytest.raises(InvalidIssue) as caught:
        parse_issue(
            "Hello.", path="issues/x.txt", timezone="UTC", sidecar="status: draft\nsubject: a: b\n"
        )
    assert caught.value.place == "issues/x.yaml:2"
