"""A small letter as it leaves, reviewed like prose.

After a change that is meant: `ACCEPT=1 pytest tests/render/test_golden_email.py`, then
read the difference of the files in `tests/golden/render/` before it is committed.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.issue.model import Issue
from newsletter.render import Look, render

GOLDEN = Path(__file__).parents[1] / "golden" / "render"


@pytest.mark.parametrize("part", ["html", "txt"])
def test_a_small_letter_leaves_as_it_was_reviewed(
    letter: Callable[..., Issue], look: Callable[..., Look], part: str
) -> None:
    body = (GOLDEN / "gate.md").read_text(encoding="utf-8")
    forms = {"main": "https://example.org/join"}

    email = render(letter(body, number=7), look(forms=forms))

    made = email.html if part == "html" else email.text
    file = GOLDEN / f"gate.{part}"
    if os.environ.get("ACCEPT"):
        file.write_text(made, encoding="utf-8")
    assert made == file.read_text(encoding="utf-8")
