"""The table of faults names tests that exist, and every soak and fault test stands in it or near it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)


def functions(file: str) -> set[str]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(("file", "name"), NAMED, ids=[name for _, name in NAMED])
def test_each_test_that_the_table_names_exists(file, name):
    assert name in functions(file)


def test_every_row_names_a_test():
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and "fault |" not in line]

    assert len(rows) == len(NAMED)
    assert len(NAMED) >= 40


def test_every_soak_test_stands_in_the_table():
    soaks = {name for name in functions("tests/faults/test_soak.py") if name.startswith("test_")}

    assert soaks <= {name for _, name in NAMED}
