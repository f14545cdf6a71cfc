"""Our mark in a broadcast's description."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.broadcast.mark import Mark, read_mark

MARK = Mark(project="slow-kitchen", slug="the-blue-pot", digest="0123456789abcdef0123")
words = st.from_regex(r"[a-z0-9]+(-[a-z0-9]+)*", fullmatch=True)


def test_a_mark_shows_project_issue_and_twelve_digits_of_the_digest():
    assert str(MARK) == "[nl:slow-kitchen:the-blue-pot:0123456789ab]"


@given(project=words, slug=words, digest=st.text("0123456789abcdef", min_size=12, max_size=64))
def test_what_was_written_is_read_again_wherever_it_stands(project, slug, digest):
    mark = Mark(project=project, slug=slug, digest=digest)

    found = read_mark(f"my own note {mark} and more")

    assert mark.is_same_issue(found)
    assert found == Mark(project=project, slug=slug, digest=digest[:12])


def test_another_version_is_the_same_issue_and_another_project_is_not():
    other_version = Mark(project="slow-kitchen", slug="the-blue-pot", digest="f" * 12)
    other_project = Mark(project="fast-kitchen", slug="the-blue-pot", digest=MARK.digest)

    assert MARK.is_same_issue(other_version)
    assert not MARK.is_same_issue(other_project)
    assert not MARK.is_same_issue(None)


@pytest.mark.parametrize(
    "text", [None, "", "Intro email", "[nl:a:b]", "[nl:a:b:short]", "nl:a:b:0123456789ab"]
)
def test_other_descriptions_bear_no_mark(text):
    assert read_mark(text) is None


def test_a_slug_with_letters_of_another_alphabet_is_read_again():
    mark = Mark(project="kitchen", slug="суп", digest="0" * 12)

    assert mark.is_same_issue(read_mark(str(mark)))
