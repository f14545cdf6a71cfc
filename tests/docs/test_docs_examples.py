"""The examples of settings, letters and templates in the manual are taken by the program."""

import tomllib
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from docs.reading import ROOT, Block, page, pages
from newsletter.issue.parse import parse_issue
from newsletter.render import render
from newsletter.render.model import Look, Newsletter
from newsletter.render.templates import shortcode_names
from newsletter.settings import load

LETTER = (ROOT / "issues" / "the-garden-gate.md").read_text(encoding="utf-8")


def examples(kind: str) -> list[ParameterSet]:
    return [
        pytest.param(block, id=f"{one.name}:{block.line}")
        for one in pages()
        for block in one.blocks(kind)
    ]


def look(*templates: Path) -> Look:
    about = Newsletter(
        name="Harbour Notes",
        sender_name="Ann",
        sender_address="ann@example.org",
        address="1 Main Street",
        website="",
        language="en",
    )
    return Look(newsletter=about, templates=templates, form_fallback="https://example.org/{id}")


@pytest.mark.parametrize("block", examples("toml"))
def test_settings_in_the_manual_are_known(block: Block, tmp_path: Path) -> None:
    assert tomllib.loads(block.text)
    (tmp_path / "newsletter.toml").write_text(block.text, encoding="utf-8")
    load(tmp_path)


@pytest.mark.parametrize("block", examples("ini"))
def test_what_stands_in_dotenv_is_read(block: Block, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(block.text, encoding="utf-8")
    assert load(tmp_path).kit_key().startswith("kit_")


def test_every_audience_in_the_manual_is_understood() -> None:
    lines = [
        line
        for block in page("docs/writing.md").blocks("yaml")
        for line in block.text.splitlines()
        if line.startswith("audience:")
    ]
    assert len(lines) == 4
    for line in lines:
        parse_issue(f"---\nsubject: Hello\n{line}\n---\nText\n", path="a.md", timezone="UTC")


def test_the_front_matter_in_the_manual_says_nothing_unknown() -> None:
    block = page("docs/writing.md").blocks("yaml")[0]
    issue = parse_issue(f"{block.text}\nText\n", path="a.md", timezone="UTC")
    assert issue.remarks == ()


def test_the_markdown_in_the_manual_becomes_what_it_says() -> None:
    block = page("docs/writing.md").blocks("markdown")[0]
    issue = parse_issue(f"---\nsubject: Hello\n---\n{block.text}", path="a.md", timezone="UTC")
    html = render(issue, look()).html
    for piece in ("See the drawings", "A caption", "Good to know", "The one who said it"):
        assert piece in html
    assert "https://example.org/main" in html
    assert "stays with you" not in html
    assert ":::" not in html


@pytest.mark.parametrize("block", examples("jinja"))
def test_templates_in_the_manual_render(block: Block, tmp_path: Path) -> None:
    names = {
        "macro button": "macros",
        "args.": "shortcodes/box",
        "builtin/partials/footer": "partials/footer",
    }
    name = next((name for sign, name in names.items() if sign in block.text), "email")
    file = tmp_path / f"{name}.html.j2"
    file.parent.mkdir(exist_ok=True)
    file.write_text(block.text, encoding="utf-8")
    letter = LETTER + ("\n[box title=Mind]*this*[/box]\n" if "args." in block.text else "")
    issue = parse_issue(
        letter, path="gate.md", timezone="UTC", shortcodes=shortcode_names((tmp_path,))
    )
    html = render(issue, look(tmp_path)).html
    assert ("<strong>Mind</strong>" in html) == ("args." in block.text)
    for piece in ("See you on Tuesday.", "→</strong>"):
        assert (piece in html) == (piece in block.text)
    assert "The hens have been escorted home" in html
