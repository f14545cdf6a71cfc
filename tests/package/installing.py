"""Building the wheel, and installing it where nothing else of ours is."""

import os
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass, replace
from pathlib import Path

from docs.session import MONDAY


@dataclass(frozen=True)
class Installed:
    """A fresh environment that has the wheel, and the folder in which its program is called."""

    python: Path
    folder: Path

    @property
    def program(self) -> Path:
        return self.python.parent / "newsletter"

    def at(self, folder: Path) -> "Installed":
        """The same program, called in another folder."""
        return replace(self, folder=folder)

    def newsletter(self, *words: str, now: str = MONDAY) -> str:
        """Call the installed program; gives what it says. It must end well."""
        done = subprocess.run(
            [self.program, *words],
            cwd=self.folder,
            env=environment() | {"NEWSLETTER_CLOCK": now},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, f"newsletter {words}: {done.stdout}{done.stderr}"
        return done.stdout


def environment() -> dict[str, str]:
    own = ("NEWSLETTER_", "KIT_", "PYTHON", "VIRTUAL_ENV", "COVERAGE")
    return {name: value for name, value in os.environ.items() if not name.startswith(own)}


def pip(*words: str | Path) -> None:
    """Call pip; it asks no index and says nothing."""
    quiet = {"PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_QUIET": "1"}
    command = [sys.executable, "-m", "pip", *map(str, words)]
    subprocess.run(command, check=True, env=environment() | quiet)


def build_wheel(source: Path, folder: Path) -> Path:
    pip("wheel", "--no-build-isolation", "--no-deps", "-w", folder, source)
    return next(folder.glob("*.whl"))


def install(wheel: Path, place: Path) -> Path:
    """The Python of a new environment in `place` that has the wheel, but not this checkout."""
    venv.create(place)
    python = place / "bin" / "python"
    pip("--python", python, "install", "--no-deps", wheel)
    # Dependencies come from the environment of these tests. A path that a .pth file names
    # comes last, and .pth files inside of it (the checkout's) are not read.
    site = next(place.glob("lib/python*/site-packages"))
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return python
