"""What the manual tells people to type does what it says."""

import contextlib
import io
import re
import shlex
import shutil
from pathlib import Path

import click
import pytest

from docs.reading import ROOT, Block, Page, page, pages
from docs.session import SATURDAY
from docs.transcript import BEGIN
from newsletter.cli.app import program, run

HANDWRITTEN = [one for one in pages() if one.is_written_by_hand]
NAMED = re.compile(r"(?:^|[;&|(]\s*|\b\w+=\S+\s+)newsletter\b((?:\"[^\"]*\"|[^;&|)\"])*)")
MAKE = re.compile(r"(?:^|`)make (\w+)", re.MULTILINE)


def typed_here(one: Page) -> list[tuple[Block, str]]:
    """What a page types into a terminal; the README's session is compared elsewhere."""
    session = one.text.find(BEGIN)
    played = one.text.count("\n", 0, session) + 3 if session >= 0 else None
    return [
        (block, line)
        for block in one.blocks("console")
        if block.line != played
        for line in block.typed
    ]


def call(line: str) -> tuple[int, str]:
    """Run a line of ours in this process; gives its status and all it said."""
    said = io.StringIO()
    with (
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(said),
        pytest.raises(SystemExit) as ended,
    ):
        run(shlex.split(line, comments=True)[1:])
    code = ended.value.code
    return code if isinstance(code, int) else 0, said.getvalue()


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An empty folder on a Saturday in November 2026, without settings of this machine."""
    import os

    for name in [name for name in os.environ if name.startswith(("NEWSLETTER_", "KIT_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("NEWSLETTER_CLOCK", SATURDAY)
    monkeypatch.chdir(tmp_path)
    return monkeypatch


def begin_project(terminal: pytest.MonkeyPatch) -> None:
    """What a page takes for granted that does not begin with `newsletter init`."""
    assert call("newsletter init my-letter --no-sample --timezone America/New_York")[0] == 0
    terminal.chdir("my-letter")
    letter = ROOT / "issues" / "the-slow-kitchen.txt"
    shutil.copy(letter, "issues/walking.txt")
    shutil.copy(letter, "draft.txt")


@pytest.mark.parametrize(
    "one", [one for one in HANDWRITTEN if typed_here(one)], ids=lambda one: one.name
)
def test_everything_typed_on_a_page_works_in_its_order(
    one: Page, terminal: pytest.MonkeyPatch
) -> None:
    steps = typed_here(one)
    if not steps[0][1].startswith("newsletter init"):
        begin_project(terminal)
    for block, line in steps:
        if line.startswith("cd "):
            terminal.chdir(line.removeprefix("cd "))
            continue
        assert line.startswith("newsletter"), f"{one.name}:{block.line}: mark this block sh: {line}"
        code, said = call(line)
        assert code == 0, f"{one.name}:{block.line}: {line}\n{said}"


@pytest.mark.parametrize(
    ("place", "line"),
    [
        pytest.param(f"{one.name}:{block.line}", line, id=f"{one.name}: {line[:40]}")
        for one in HANDWRITTEN
        for block in one.blocks("sh")
        for line in block.typed
    ],
)
def test_what_cannot_run_here_can_be_understood(place: str, line: str) -> None:
    found = [shlex.split(words, comments=True) for words in NAMED.findall(line)]
    for words in found:
        understand(words)
    for target in MAKE.findall(line):
        assert target in make_targets(), place
    assert found or line.startswith(("make ", "pipx install .", "curl ")), place


def understand(words: list[str]) -> None:
    """Raises click.UsageError where a command, an option or an argument does not exist."""
    context = program.make_context("newsletter", list(words))
    rest = [*context._protected_args, *context.args]
    command: click.Command = program
    while isinstance(command, click.Group) and rest:
        name, inner, rest = command.resolve_command(context, rest)
        assert inner is not None
        command = inner
        if not isinstance(command, click.Group):
            command.make_context(name, rest, parent=context)


def test_a_command_that_does_not_exist_would_be_noticed() -> None:
    for line in ("dashboard", "run --for-ever", "cron --format windows", "schedule"):
        with pytest.raises(click.UsageError):
            understand(shlex.split(line))


@pytest.mark.parametrize("one", HANDWRITTEN, ids=lambda one: one.name)
def test_commands_in_running_text_exist(one: Page) -> None:
    named = {word for code in one.code() for word in re.findall(r"^newsletter (\w+)", code)}
    assert named <= set(program.list_commands(click.Context(program)))
    for target in MAKE.findall(one.prose):
        assert target in make_targets()


def make_targets() -> set[str]:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^(\w+):", text, re.MULTILINE))


def test_the_crontab_line_of_the_manual_is_the_one_that_the_program_prints(
    terminal: pytest.MonkeyPatch,
) -> None:
    begin_project(terminal)
    add = next(
        line
        for block in page("docs/scheduling.md").blocks("sh")
        for line in block.typed
        if "crontab" in line
    )
    assert add in call("newsletter cron")[1]
