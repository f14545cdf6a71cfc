"""A person's session at a terminal, played with the real program under a pretended clock.

The README's transcript is one, and the pictures begin with one: nothing in them is typed
by hand.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = Path(sys.executable).parent / "newsletter"
SATURDAY = "2026-11-21T10:00:00-05:00"
MONDAY = "2026-11-23T09:00:10-05:00"
TUESDAY = "2026-11-24T09:00:10-05:00"
LATER = "2026-11-24T09:05:10-05:00"


class Failed(Exception):
    """A command of the session did not end well."""


@dataclass
class Session:
    """Commands typed in `folder`; `now` is the time that the program is told."""

    folder: Path
    now: str = SATURDAY

    def environment(self) -> dict[str, str]:
        """The machine's, without settings of its user, and as wide as a page."""
        own = ("NEWSLETTER_", "KIT_", "PYTHON", "COVERAGE")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(own)}
        return kept | {"NEWSLETTER_CLOCK": self.now, "COLUMNS": "96", "NO_COLOR": "1"}

    def newsletter(self, *words: str) -> str:
        """What the program says, answer and talk in the order they came. Raises Failed."""
        done = subprocess.run(
            [PROGRAM, *words],
            cwd=self.folder,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
        if done.returncode:
            raise Failed(
                f"newsletter {shlex.join(words)} ended with {done.returncode}:\n{done.stdout}"
            )
        return done.stdout
