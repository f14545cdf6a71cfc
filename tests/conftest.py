"""A small project of a test's own, and the program called on it: in this process, or as a real one."""

import contextlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

PROGRAM = Path(sys.executable).parent / "newsletter"
MONDAY = "2026-11-23T10:00:00-05:00"
SETTINGS = """\
name     = "Garden Notes"
project  = "garden-notes"
from     = "Ann Lee <ann@example.org>"
address  = "1 Elm Street, Springfield"
timezone = "America/New_York"
target   = "local"

[schedule]
slot = "Tue 09:00"
"""
LETTER = """\
---
subject: The gate that would not close
preview_text: A crooked gate, a borrowed plane, and an afternoon in the sun.
status: draft
---

Hello {{ subscriber.first_name | default: "friend" }},

Our garden gate has been sulking since September. I took it off its hinges and looked.

## What was wrong

Nothing was broken. The wood had drunk a whole autumn of rain and was exactly one finger too
wide. So I planed it, hung it again, and listened: it closes with a click. Rub the edge of yours
with chalk before you begin, and take off only what is marked.
"""


@dataclass(frozen=True)
class Done:
    """How a call ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on stdout."""
        return json.loads(self.out)


@dataclass
class Folder:
    """A project's folder. Calls see no settings of the machine they run on."""

    root: Path
    now: str | None = MONDAY
    env: dict[str, str] = field(default_factory=dict)

    def write(self, path: str, text: str | bytes) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    def letter(self, name: str = "gate", *, text: str = LETTER, **replaced: str) -> Path:
        """A letter `issues/NAME.md`; `status="scheduled"` and the like replace or add keys."""
        lines = text.splitlines()
        for key, value in replaced.items():
            lines = [line for line in lines if not line.startswith(f"{key}:")]
            lines.insert(1, f"{key}: {value}")
        return self.write(f"issues/{name}.md", "\n".join(lines) + "\n")

    def change(self, path: str, old: str, new: str) -> None:
        file = self.root / path
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")

    def environment(self, **more: str) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not _is_a_setting(k)}
        clock = {"NEWSLETTER_CLOCK": self.now} if self.now else {}
        return kept | clock | self.env | more

    def call(self, *words: str, now: str | None = None, env: Mapping[str, str] = {}) -> Done:
        """Call the program in this process: quick, and nobody sees a terminal."""
        out, err = io.StringIO(), io.StringIO()
        clock = {"NEWSLETTER_CLOCK": now} if now else {}
        before = dict(os.environ)
        os.environ.clear()
        os.environ.update(self.environment(**clock, **env))
        try:
            from newsletter.cli.app import run

            with (
                contextlib.redirect_stdout(out),
                contextlib.redirect_stderr(err),
                pytest.raises(SystemExit) as ended,
            ):
                run(["-C", str(self.root), *words])
        finally:
            os.environ.clear()
            os.environ.update(before)
        code = ended.value.code
        return Done(code if isinstance(code, int) else 0, out.getvalue(), err.getvalue())

    def start(self, *words: str, now: str | None = None, **options: Any) -> subprocess.Popen[str]:
        """Start the real program in this folder; the test ends it."""
        clock = {"NEWSLETTER_CLOCK": now} if now else {}
        usual = {
            "cwd": self.root,
            "env": self.environment(**clock),
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "encoding": "utf-8",
        }
        return subprocess.Popen([PROGRAM, *words], **(usual | options))

    def process(self, *words: str, now: str | None = None, **options: Any) -> Done:
        """Call the real program in this folder."""
        with self.start(*words, now=now, **options) as process:
            try:
                out, err = process.communicate(timeout=60)
            finally:
                process.kill()
        return Done(process.returncode, out, err)

    def files(self) -> dict[str, bytes]:
        """Every byte that belongs to the author."""
        kept = [self.root / "newsletter.toml", self.root / ".env"]
        kept += [*self.root.glob("issues/**/*"), *self.root.glob("templates/**/*")]
        return {str(f.relative_to(self.root)): f.read_bytes() for f in kept if f.is_file()}

    def rows(self, table: str, database: str = "state.db") -> list[dict[str, Any]]:
        """A table of the ledger, or of the server's store."""
        file = self.root / ".newsletter" / database
        if not file.is_file():
            return []
        with contextlib.closing(sqlite3.connect(file)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(f"SELECT * FROM {table} ORDER BY 1")]

    def everything(self) -> tuple[object, ...]:
        """All that a refused command must leave as it was: files, ledger, broadcasts, outbox."""
        ledger = [self.rows(table) for table in ("issues", "history", "subscribers")]
        server = [self.rows(table, "server.db") for table in ("broadcasts", "deliveries")]
        return (self.files(), *ledger, *server)

    def state(self, slug: str = "gate") -> str | None:
        """What the ledger says of an issue."""
        return next((row["state"] for row in self.rows("issues") if row["slug"] == slug), None)

    def copied(self, to: Path) -> "Folder":
        shutil.copytree(self.root, to)
        return Folder(to, now=self.now, env=dict(self.env))


def _is_a_setting(name: str) -> bool:
    return name.startswith(("NEWSLETTER_", "KIT_")) or name in ("NO_COLOR", "FORCE_COLOR")


@pytest.fixture(scope="session")
def begun_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose databases are made already; migrations run once for all tests."""
    folder = Folder(tmp_path_factory.mktemp("begun"))
    folder.write("newsletter.toml", SETTINGS)
    folder.write("issues/gate.md", LETTER)
    done = folder.call("run")
    assert done.code == 0, done.err
    return folder.root


@pytest.fixture
def folder(begun_project: Path, tmp_path: Path) -> Folder:
    """A project with one draft, three readers and a pass behind it."""
    root = tmp_path / "letters"
    shutil.copytree(begun_project, root)
    return Folder(root)
