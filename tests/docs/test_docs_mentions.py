"""Nothing that the program knows is missing from the manual, and nothing else is in its tables."""

import dataclasses
import re
import tomllib

import click
import pytest

from docs.reading import ROOT, page, pages, words
from newsletter.audience.model import State as ReaderState
from newsletter.broadcast.model import State
from newsletter.check.rules import RULES
from newsletter.cli.app import EXIT_CODES, program
from newsletter.commands.cron import FORMATS
from newsletter.issue.keys import ALIASES
from newsletter.render import values
from newsletter.render.model import Newsletter
from newsletter.render.templates import builtin_templates
from newsletter.render.theme import COLOURS, DEFAULTS, Palette, Theme
from newsletter.server.api.door import OPERATIONS
from newsletter.settings import documented

HANDWRITTEN = "\n".join(one.text for one in pages() if one.is_written_by_hand)


def all_commands() -> list[tuple[str, click.Command]]:
    found: list[tuple[str, click.Command]] = [("newsletter", program)]
    for name in program.list_commands(click.Context(program)):
        command = program.get_command(click.Context(program), name)
        assert command is not None
        found.append((f"newsletter {name}", command))
        inner = getattr(command, "commands", {})
        found += [(f"newsletter {name} {sub}", one) for sub, one in inner.items()]
    return found


@pytest.mark.parametrize(("path", "command"), all_commands(), ids=lambda value: str(value))
def test_help_fits_a_terminal_and_shows_an_example_before_its_options(
    path: str, command: click.Command
) -> None:
    context = click.Context(command, info_name=path, max_content_width=80, terminal_width=80)
    text = command.get_help(context)
    assert max(map(len, text.splitlines())) <= 80
    assert "Example" in text
    before_options, _, _ = text.partition("\nOptions:")
    assert "Example" in before_options


@pytest.mark.parametrize("path", [path for path, _ in all_commands()])
def test_every_command_is_explained_by_hand(path: str) -> None:
    name = path.removeprefix("newsletter ").split()[-1]
    assert re.search(rf"`(?:newsletter (?:subscribers )?)?{name}\b|\$ {path}\b", HANDWRITTEN)


@pytest.mark.parametrize("row", documented(), ids=lambda row: row.variable)
def test_every_setting_is_in_the_manual(row) -> None:
    assert f"`{row.variable}`" in page("docs/settings.md").text
    names = [row.key.split("] ")[-1], row.variable]
    if row.variable != "NEWSLETTER_CLOCK":  # for trials; its table is enough
        assert any(name and re.search(rf"(?<![\w-]){name}(?![\w-])", HANDWRITTEN) for name in names)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_is_in_the_manual(rule) -> None:
    rows = {row[0]: row for row in page("docs/checks.md").table("rule")}
    assert rule.reason in rows[f"`{rule.id}`"][2]


def test_the_keys_of_an_issue_and_their_other_names_are_listed() -> None:
    rows = page("docs/writing.md").table("key")
    told = {words(key)[0]: tuple(words(others)) for key, others, _ in rows}
    assert told == ALIASES


def test_the_values_of_the_look_are_listed_with_their_defaults() -> None:
    told = {words(row[0])[0]: row[1] for row in page("docs/looks.md").table("value")}
    assert set(told) == {*DEFAULTS, "dark"}
    for name in (*COLOURS, "size", "width", "radius"):
        assert told[name] == f"`{DEFAULTS[name]}`"


def test_the_files_of_the_look_are_listed() -> None:
    folder = builtin_templates()
    files = {file.relative_to(folder).as_posix() for file in folder.rglob("*.j2")}
    assert {words(row[0])[0] for row in page("docs/looks.md").table("file")} == files


def test_the_blocks_of_the_look_are_listed() -> None:
    text = (builtin_templates() / "email.html.j2").read_text(encoding="utf-8")
    without_comments = re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL)
    blocks = re.findall(r"\{% block (\w+) %\}", without_comments)
    told = page("docs/looks.md").prose.partition("The blocks are")[2].partition(":")[0]
    assert words(told) == blocks


def test_the_names_that_a_template_can_use_are_listed() -> None:
    told = {words(row[0])[0]: set(words(row[1])) for row in page("docs/looks.md").table("name")}
    assert told["issue"] == _fields(values.Letter) | {"text"}
    assert told["newsletter"] == _fields(Newsletter)
    palette = {"on_accent", "line", "tint", "strong_tint", "code"}
    assert palette == {name for name, one in vars(Palette).items() if isinstance(one, property)}
    assert told["theme"] == _fields(Theme) | palette | {"gutter", "column"}
    assert told["kit"] == {
        f"kit.{name}" for name, one in vars(values.Kit).items() if isinstance(one, property)
    }


def test_the_states_are_listed() -> None:
    ledger = page("docs/ledger.md")
    assert [words(row[0])[0] for row in ledger.table("state")] == [str(state) for state in State]
    readers = ledger.prose.partition("## States of a reader")[2]
    assert {str(state) for state in ReaderState} <= set(words(readers))


def test_the_exit_statuses_are_the_programs() -> None:
    assert page("README.md").table("code") == [[str(code), told] for code, told in EXIT_CODES]


def test_what_the_server_answers_is_listed() -> None:
    rows = page("docs/server.md").table("resource")
    resources = dict.fromkeys("/" + operation.path.split("/")[1] for operation in OPERATIONS)
    assert {words(row[0])[0] for row in rows} == set(resources)


def test_every_kind_of_timer_is_named() -> None:
    assert all(
        f"`{kind}`" in HANDWRITTEN or f"--format {kind}" in HANDWRITTEN
        for kind in FORMATS
        if kind != "crontab"
    )


def test_every_room_is_described_and_stands_where_the_linter_has_it() -> None:
    architecture = page("docs/architecture.md")
    rows = {words(row[0])[0] for row in architecture.table("room")}
    folders = {file.parent.name for file in (ROOT / "newsletter").glob("*/__init__.py")}
    assert rows == folders
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = contracts["tool"]["importlinter"]["contracts"][0]["layers"]
    drawn = next(block for block in architecture.blocks("") if "cli >" in block.text)
    assert re.split(r"\s*>\s*", drawn.text.strip()) == [x for x in layers if x != "__main__"]


def _fields(kind: type) -> set[str]:
    return {field.name for field in dataclasses.fields(kind)}
