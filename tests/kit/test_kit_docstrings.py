"""The examples in the client's docstrings do what they show: most of them at our own server."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from collections.abc import Iterator

import pytest

import newsletter.kit
from newsletter.kit import Kit
from tests.kit.practice import KEY, example_transport, practice_server

MODULES = sorted(each.name for each in pkgutil.iter_modules(newsletter.kit.__path__))
# Their examples want a token, or an account with a history: they run on the contract's answers.
WITH_HISTORY = {"bulk", "posts", "purchases", "sequence_emails", "sequences", "snippets"}


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    with (
        practice_server(tmp_path_factory.mktemp("practice")) as url,
        Kit(api_key=KEY, base_url=url) as client,
    ):
        yield client


def examples_of(module: str, kit: Kit | None) -> list[doctest.DocTest]:
    found = doctest.DocTestFinder().find(
        importlib.import_module(f"newsletter.kit.{module}"), extraglobs={"kit": kit}
    )
    return [test for test in found if test.examples]


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_of_a_module_run(module: str, kit: Kit) -> None:
    used: Kit = kit
    if module in WITH_HISTORY:
        used = Kit(access_token="token_example", transport=example_transport())
    told: list[str] = []
    runner = doctest.DocTestRunner(verbose=False)
    for test in examples_of(module, used):
        runner.run(test, out=told.append)

    assert told == []


def test_every_group_of_calls_and_every_way_in_has_an_example() -> None:
    documented = {test.name for module in MODULES for test in examples_of(module, None)}
    groups = {
        f"{type(group).__module__}.{type(group).__name__}"
        for group in vars(Kit(api_key="kit_example")).values()
        if type(group).__name__.endswith("Calls")
    }

    assert len(groups) == 16
    assert groups <= documented
    doors = {"client.Kit", "oauth.OAuth", "token.Grant", "signature.verify", "bulk.read_callback"}
    assert {f"newsletter.kit.{door}" for door in doors} <= documented
