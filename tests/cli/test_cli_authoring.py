"""Folders, HTML letters and the templates of the look, on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Folder
from tests.pictures import photo

PAGE = """\
<!doctype html><html><head><title>Old news</title>
<meta name="description" content="What was new.">
<script>track()</script></head><body>
<h1>The <b>gate</b></h1><p>It closes with a <a href="https://www.google.com/url?q=https://example.org/click">click</a>.</p>
<p><img src="gate.png" alt="A gate"></p>
<!-- ask Bob -->
<p onclick="x()">Rub it with chalk.</p>
</body></html>
"""


def test_a_new_folder_is_an_issue_that_is_listed_checked_and_scheduled(folder: Folder) -> None:
    made = folder.call("new", "Rest is a verb", "--date", "2026-12-01", "--folder")
    file = folder.root / "issues" / "2026-12-01-rest-is-a-verb" / "index.md"
    text = file.read_text(encoding="utf-8")
    file.write_text(
        text.replace("preview_text:", "preview_text: Rest, and nothing else, for once.")
    )

    listed = folder.call("list").out
    checked = folder.call("check", "rest")
    scheduled = folder.call("schedule", "rest", "--at", "tue 9am", "--yes")

    assert made.code == 0
    assert "rest-is-a-verb" in listed
    assert checked.code == 0, checked.out
    assert scheduled.code == 0, scheduled.err
    assert "status: scheduled\n" in file.read_text(encoding="utf-8")
    assert "send_at: 2026-11-24 09:00\n" in file.read_text(encoding="utf-8")


@pytest.mark.parametrize("has_settings", [True, False])
def test_an_html_letter_is_scheduled_in_its_settings_or_beside_it(
    folder: Folder, has_settings: bool
) -> None:
    words = "<p>" + "The gate closes with a click. " * 12 + "</p>\n"
    top = "---\nsubject: The gate once more\npreview_text: It closes now, and I can tell you how.\n---\n"
    file = folder.write("issues/once.html", top + words if has_settings else words)

    done = folder.call(
        "schedule", "once", "--at", "tue 9am", "--subject", "The gate again", "--yes"
    )

    beside = folder.root / "issues" / "once.yaml"
    holds = file if has_settings else beside
    assert done.code == 0, done.out + done.err
    assert "status: scheduled" in holds.read_text(encoding="utf-8")
    assert beside.exists() is not has_settings
    assert file.read_text(encoding="utf-8").endswith(words)
    assert folder.state("once") is not None


def test_a_whole_page_must_have_the_way_out_and_the_address(folder: Folder) -> None:
    folder.write("issues/page.html", "<html><body><p>" + "word " * 60 + "</p></body></html>")
    found = folder.call("check", "page").out
    assert "unsubscribe-missing" in found
    assert "address-missing" in found


def test_a_web_page_is_taken_over_and_what_was_left_out_is_told(
    folder: Folder, tmp_path: Path
) -> None:
    source = tmp_path / "old.html"
    source.write_text(PAGE, encoding="utf-8")
    photo(tmp_path / "gate.png", (40, 30))

    done = folder.call(
        "new", "The old gate", "--date", "2026-12-01", "--folder", "--from", str(source)
    )

    where = folder.root / "issues" / "2026-12-01-the-old-gate"
    text = (where / "index.md").read_text(encoding="utf-8")
    assert done.code == 0, done.err
    assert "preview_text: What was new." in text
    assert "# The **gate**\n\nIt closes with a [click](<https://example.org/click>)." in text
    assert "![A gate](<gate.png>)" in text
    assert (where / "gate.png").read_bytes() == (tmp_path / "gate.png").read_bytes()
    assert "line 3: “<script>” (no mail program runs a script)" in done.out
    assert "“ask Bob”" in done.out
    assert "onclick" in done.out
    assert folder.call("check", "old-gate").code in (0, 3)


def test_it_may_stay_html(folder: Folder, tmp_path: Path) -> None:
    source = tmp_path / "old.html"
    source.write_text(PAGE, encoding="utf-8")
    done = folder.call("new", "Kept", "--date", "2026-12-01", "--from", str(source), "--keep-html")
    text = (folder.root / "issues" / "2026-12-01-kept.html").read_text(encoding="utf-8")
    assert done.code == 0, done.err
    assert "<h1>The <b>gate</b></h1>" in text
    assert "script" not in text
    assert "onclick" not in text
    assert (
        folder.call("new", "No", "--from", str(folder.root / "issues/gate.md"), "--keep-html").code
        == 2
    )


def test_pictures_are_built_beside_the_email_with_what_was_saved(folder: Folder) -> None:
    photo(folder.root / "issues" / "a.png", (3000, 2000), compress_level=0)
    folder.change("issues/gate.md", "## What was wrong", "![A gate](a.png)\n\n## What was wrong")
    done = folder.call("build", "gate")
    (picture,) = (folder.root / "build" / "gate" / "pictures").iterdir()
    assert done.code == 0, done.err
    assert f"{picture.name}  (18.0 MB → {max(1, picture.stat().st_size // 1000)} kB)" in done.out


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("footer", "partials/footer.html.j2"),
        ("partials/footer", "partials/footer.html.j2"),
        ("builtin/email.html.j2", "email.html.j2"),
        ("macros", "macros.html.j2"),
        ("style", "partials/style.css.j2"),
        ("recent", "shortcodes/recent.html.j2"),
    ],
)
def test_a_built_in_template_is_printed_to_copy_from(folder: Folder, name: str, path: str) -> None:
    done = folder.call("build", "--show-template", name)
    source = (Path(__file__).parents[2] / "templates" / path).read_text(encoding="utf-8")
    assert (done.code, done.out) == (0, source)


def test_an_unknown_template_names_the_nearest_and_all(folder: Folder) -> None:
    done = folder.call("build", "--show-template", "foter")
    assert done.code == 2
    assert "did you mean footer?" in done.err
    assert all(name in done.err for name in ("email", "macros", "header", "signature", "form"))


def test_the_letters_that_were_sent_are_shown_in_the_next(folder: Folder) -> None:
    folder.change(
        "issues/gate.md",
        "status: draft",
        "status: draft\npermalink: https://example.org/letters/gate",
    )
    sent = folder.call("send", "gate", "--yes", "--undo", "0s")
    folder.write("issues/next.md", "---\nsubject: The next letter\n---\n\n[recent count=3]\n")

    folder.call("build", "next", now="2026-11-25T10:00:00-05:00")

    text = (folder.root / "build" / "next" / "email.txt").read_text(encoding="utf-8")
    assert sent.code == 0, sent.err
    assert (
        "The gate that would not close <https://example.org/letters/gate>\n23 November 2026" in text
    )
