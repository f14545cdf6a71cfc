"""Remembering rules changes how long it takes, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.issue.model import Issue
from newsletter.render import Look, render
from newsletter.render.compiled import compiled_templates
from newsletter.render.email import compose
from newsletter.render.inline import OPTIONS, inline, prepared
from newsletter.render.rules import Rule, Sheet, load, save

LETTER = Path(__file__).parents[2] / "bench" / "letter.md"
PAGE = "<!DOCTYPE html><html><head><style>{}</style></head><body>{}</body></html>"
SHEET = Sheet(
    plain="p{color:red}",
    rest="@media print{p{color:blue}}",
    rules=(Rule((0, 0, 0, 1, 0, 0), "p", "color:red"),),
    declarations={"color:red": [("color", "red")]},
)


@pytest.mark.parametrize("theme", [{}, {"size": 20, "accent": "#0b3d91"}])
def test_the_output_is_that_of_plain_premailer_byte_for_byte(
    letter: Callable[..., Issue], look: Callable[..., Look], theme: dict[str, object]
) -> None:
    from premailer import Premailer

    body = LETTER.read_text(encoding="utf-8") + "\n\n<p style='margin:0;COLOR:red'>x</p>"
    page = compose(letter(body, theme=theme), look()).html

    plain = Premailer(**OPTIONS).transform(prepared(page, None), pretty_print=False)

    assert inline(page, folder=None) == plain
    assert inline(page, folder=None) == plain


def test_several_style_sheets_keep_their_order() -> None:
    from premailer import Premailer

    page = PAGE.format("p{color:red}</style><style>p{color:blue} b{margin:0}", "<p><b>x</b></p>")

    html = inline(page, folder=None)

    assert html == Premailer(**OPTIONS).transform(page, pretty_print=False)
    assert '<p style="color:blue">' in html


def test_rules_come_back_from_disk_as_they_were(tmp_path: Path) -> None:
    save(tmp_path, "css", "versions", SHEET)

    assert load(tmp_path, "css", "versions") == SHEET
    assert load(tmp_path, "other css", "versions") is None
    assert load(tmp_path, "css", "other versions") is None
    assert load(None, "css", "versions") is None


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[:-20],
        lambda text: text.replace("red", "rad", 1),
        lambda text: "",
        lambda text: "{}",
        lambda text: "\x00\xff",
        lambda text: _signed("[]"),
        lambda text: _signed('{"plain": 1}'),
        lambda text: _signed('{"plain": "", "rest": "", "rules": 3, "declarations": {}}'),
    ],
    ids=["cut", "changed", "empty", "unsigned", "binary", "list", "few keys", "wrong types"],
)
def test_a_damaged_file_is_ignored_and_written_anew(
    tmp_path: Path, damage: Callable[[str], str]
) -> None:
    save(tmp_path, "css", "versions", SHEET)
    (file,) = tmp_path.iterdir()
    file.write_text(damage(file.read_text(encoding="utf-8")), encoding="utf-8")

    assert load(tmp_path, "css", "versions") is None

    save(tmp_path, "css", "versions", SHEET)
    assert load(tmp_path, "css", "versions") == SHEET
    assert list(tmp_path.iterdir()) == [file]


def _signed(text: str) -> str:
    import hashlib

    return f"{hashlib.sha256(text.encode()).hexdigest()}\n{text}"


def test_the_folder_does_not_grow_for_ever(tmp_path: Path) -> None:
    for number in range(40):
        save(tmp_path, f"css {number}", "versions", SHEET)

    assert len(list(tmp_path.iterdir())) == 32
    assert load(tmp_path, "css 39", "versions") == SHEET


def test_a_folder_that_cannot_be_made_only_costs_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    save(tmp_path / "file" / "rules", "css", "versions", SHEET)

    assert load(tmp_path / "file" / "rules", "css", "versions") is None


def test_a_new_process_gives_the_same_bytes_from_disk(tmp_path: Path) -> None:
    """Three processes: without a folder, the first with one, the next that reads it."""
    page = tmp_path / "page.html"
    page.write_text(PAGE.format("p{color:red;margin:0 1px} a:hover{color:blue}", "<p>x</p>"))
    code = (
        "import sys, pathlib; from newsletter.render.inline import inline\n"
        "folder = pathlib.Path(sys.argv[2]) if sys.argv[2] else None\n"
        "print(inline(pathlib.Path(sys.argv[1]).read_text(), folder=folder))\n"
    )

    def run(folder: str) -> str:
        words = [sys.executable, "-c", code, str(page), folder]
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout

    outputs = {run(""), run(str(tmp_path / "rules")), run(str(tmp_path / "rules"))}

    assert len(outputs) == 1
    assert len(list((tmp_path / "rules").iterdir())) == 1


def test_a_render_with_a_folder_leaves_rules_and_compiled_templates(
    letter: Callable[..., Issue], look: Callable[..., Look], tmp_path: Path
) -> None:
    here = letter(theme={"size": 15})  # a style sheet that no other test has

    with_folder = render(here, look(cache=tmp_path))

    assert with_folder == render(here, look())
    names = sorted(path.name.split("-")[0] for path in tmp_path.iterdir())
    assert names == ["css", "templates"]


def test_compiled_templates_are_only_kept_where_nobody_else_can_write(tmp_path: Path) -> None:
    """They are code."""
    assert compiled_templates(None, {}) is None
    kept = compiled_templates(tmp_path, {})
    assert kept is not None

    Path(kept.directory).chmod(0o770)

    assert compiled_templates(tmp_path, {}) is None


def test_templates_compiled_under_other_options_are_not_taken(tmp_path: Path) -> None:
    one = compiled_templates(tmp_path, {"autoescape": True})
    other = compiled_templates(tmp_path, {"autoescape": False})

    assert one is not None
    assert other is not None
    assert one.directory != other.directory
