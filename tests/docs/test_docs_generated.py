"""What the manual takes from the program is what the program says today."""

import re
import tomllib

import pytest

from docs import transcript
from docs.__main__ import PAGES
from docs.pictures import LARGEST
from docs.reading import ROOT, page, pages

PICTURES = sorted((ROOT / "docs" / "images").iterdir())


@pytest.mark.parametrize("path", [path for path in PAGES if path != "README.md"])
def test_generated_pages_are_up_to_date(path: str) -> None:
    there = (ROOT / path).read_text(encoding="utf-8")
    assert there == PAGES[path](), "make docs writes it anew"


def test_the_session_in_the_readme_is_what_the_program_says() -> None:
    played = page("README.md").text.split(transcript.BEGIN)[1].split(transcript.END)[0]
    assert played == f"\n\n```console\n{transcript.transcript()}```\n\n", "make docs plays it anew"


def test_every_picture_is_shown_and_small() -> None:
    shown = {
        (one.path.parent / link).resolve()
        for one in pages()
        for link in one.links()
        if link.endswith(".png")
    }
    assert set(PICTURES) == shown
    for picture in PICTURES:
        assert picture.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
        assert picture.stat().st_size < LARGEST


def test_the_changes_tell_of_this_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    versions = re.findall(r"^## \[(.+?)\] - (\S+)$", page("CHANGELOG.md").text, re.MULTILINE)
    assert versions[0][0] == project["version"]
    assert all(re.fullmatch(r"unreleased|\d{4}-\d\d-\d\d", day) for _, day in versions)
