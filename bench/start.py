"""How long the program takes to start, and an idle pass with 500 issues: real processes.

Cron starts the program every five minutes, a person many times an hour.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.measure import Ratio, Report, by_turns

ROUNDS = 7
ISSUES = 500
NEWSLETTER = str(Path(sys.executable).parent / "newsletter")
LETTER = """\
---
subject: Letter {number}
preview_text: One of many that lie in the folder, waiting for their day to come.
status: draft
---
Hello {{{{ subscriber.first_name | default: "friend" }}}},

this is letter number {number}, and nobody has scheduled it yet.
"""


def report() -> Report:
    """Start of the interpreter, of `--help`, and of an idle `run`, by turns."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        _call(NEWSLETTER, "init", str(folder / "p"))()
        project = folder / "p"
        for number in range(ISSUES):
            file = project / "issues" / f"letter-{number}.md"
            file.write_text(LETTER.format(number=number), encoding="utf-8")
        _call(NEWSLETTER, "-C", str(project), "run")()
        times = by_turns(
            {
                "python -c pass": _call(sys.executable, "-c", "pass"),
                "newsletter --help": _call(NEWSLETTER, "--help"),
                f"idle run, {ISSUES} issues": _call(NEWSLETTER, "-C", str(project), "run"),
            },
            rounds=ROUNDS,
        )
    run = times[f"idle run, {ISSUES} issues"]
    return Report(
        title="starting",
        times=times,
        ratios=[
            Ratio(
                what="--help, seconds", value=times["newsletter --help"].least / 1000, budget=0.15
            ),
            Ratio(
                what=f"idle run with {ISSUES} issues, seconds", value=run.least / 1000, budget=0.6
            ),
        ],
    )


def _call(*words: str) -> Callable[[], object]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("NEWSLETTER_", "KIT_"))}
    return lambda: subprocess.run(words, check=True, capture_output=True, env=kept)
