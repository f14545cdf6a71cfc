"""What a file's name says."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from newsletter.issue.name import slug_and_date
from newsletter.issue.parse import is_issue_file


@pytest.mark.parametrize(
    ("path", "slug", "date"),
    [
        ("issues/2026-11-24-walking-backwards.md", "walking-backwards", "2026-11-24"),
        ("issues/2026-12-01-rest-is-a-verb/index.md", "rest-is-a-verb", "2026-12-01"),
        ("issues/Walking Backwards.txt", "walking-backwards", None),
        ("issues/2026-11-24.md", "2026-11-24", "2026-11-24"),
        ("issues/2026-13-40-odd.md", "2026-13-40-odd", None),
        ("issues/Über Ann's Café.md", "uber-anns-cafe", None),
        ("issues/привет, мир.md", "привет-мир", None),
        ("issues/!!!.md", "", None),
    ],
)
def test_slug_and_date_come_from_the_name(path: str, slug: str, date: str | None) -> None:
    assert slug_and_date(path) == (slug, date)


@pytest.mark.parametrize(
    ("path", "is_issue"),
    [
        ("issues/a.md", True),
        ("issues/a.TXT", True),
        ("issues/README.md", True),
        ("issues/trip/index.md", True),
        ("../project/issues/a.md", True),
        ("issues/_notes.md", False),
        ("issues/_old/a.md", False),
        ("/home/ann/.letters/issues/a.md", True),
        ("issues/.draft.md", False),
        ("issues/a.yaml", False),
        ("issues/a.html", True),
        ("issues/a", False),
    ],
)
def test_which_files_are_letters(path: str, is_issue: bool) -> None:
    assert is_issue_file(PurePosixPath(path)) is is_issue
