"""The page on the Kit client: its examples run, and it leaves no group and no error out."""

import doctest
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.reading import page, words
from newsletter import kit as room
from newsletter.kit import Kit, OAuth, Refused
from tests.kit.practice import KEY, example_server, practice_server

PAGE = page("docs/kit-client.md")
BY_TOKEN = "## OAuth\n"


@pytest.fixture
def services(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Our own server, and one that answers as the contract's examples do, for what wants a token."""
    with practice_server(tmp_path) as own, example_server() as examples:
        yield own, examples


def test_the_examples_run_from_top_to_bottom(
    services: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIT_API_KEY", KEY)
    monkeypatch.setenv("KIT_CLIENT_SECRET", "s3cret")
    parser, runner = doctest.DocTestParser(), doctest.DocTestRunner(verbose=False)
    told: list[str] = []
    line = PAGE.text.count("\n", 0, PAGE.text.index(BY_TOKEN))
    names: dict[str, object] = {}
    opened: set[Kit | OAuth] = set()
    for block in PAGE.blocks("python"):
        monkeypatch.setenv("KIT_API_URL", services[block.line > line])
        test = parser.get_doctest(block.text, names, PAGE.name, PAGE.name, block.line)
        runner.run(test, out=told.append, clear_globs=False)
        names = test.globs
        opened |= {each for each in names.values() if isinstance(each, (Kit, OAuth))}
    for each in opened:
        each.close()

    assert told == []
    assert runner.summarize(verbose=False).attempted > 40


def test_every_block_of_python_is_an_example() -> None:
    for block in PAGE.blocks("python"):
        assert textwrap.dedent(block.text).startswith(">>> "), block.line


def test_every_group_of_calls_is_in_the_table() -> None:
    groups = {
        name
        for name, each in vars(Kit(api_key="kit_example")).items()
        if type(each).__name__.endswith("Calls")
    }

    assert {name for row in PAGE.table("group") for name in words(row[0])} == groups


def test_every_kind_of_refusal_is_named() -> None:
    kinds = {
        name
        for name, each in vars(room).items()
        if isinstance(each, type) and issubclass(each, Refused) and each is not Refused
    }

    assert kinds <= PAGE.code()
