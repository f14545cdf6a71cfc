"""The wheel and the source distribution: what is in them, and that the wheel works where nothing is."""

import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from docs.session import MONDAY, ROOT, TUESDAY

pytestmark = pytest.mark.wheel


@dataclass(frozen=True)
class Installed:
    """A fresh environment that has the wheel, and a project in an otherwise empty folder."""

    python: Path
    folder: Path

    def newsletter(self, *words: str, now: str = MONDAY) -> str:
        """Call the installed program; gives what it says. It must end well."""
        done = subprocess.run(
            [self.python.parent / "newsletter", *words],
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


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    return build_wheel(ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source distribution of this checkout."""
    folder = tmp_path_factory.mktemp("sdist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(folder)]
    subprocess.run(command, check=True, cwd=ROOT, capture_output=True)
    return next(folder.glob("*.tar.gz"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel in an environment that has its dependencies, but not this checkout."""
    place = tmp_path_factory.mktemp("environment")
    venv.create(place)
    python = place / "bin" / "python"
    pip("--python", python, "install", "--no-deps", wheel)
    # Dependencies come from the environment of these tests. A path that a .pth file names
    # comes last, and .pth files inside of it (the checkout's) are not read.
    site = next(place.glob("lib/python*/site-packages"))
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    folder = tmp_path_factory.mktemp("empty")
    Installed(python, folder).newsletter("init", "--timezone", "America/New_York")
    return Installed(python, folder)


def test_the_wheel_holds_every_file_of_the_program(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    wanted = {f"newsletter/{path}" for path in files_below(ROOT / "newsletter")}
    wanted |= {f"newsletter/templates/{path}" for path in files_below(ROOT / "templates")}
    assert wanted == {name for name in names if ".dist-info/" not in name}


def test_the_wheel_carries_the_licence(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        inside = next(name for name in archive.namelist() if name.endswith("licenses/LICENSE"))
        assert archive.read(inside) == (ROOT / "LICENSE").read_bytes()
        metadata = next(name for name in archive.namelist() if name.endswith("METADATA"))
        assert "License-Expression: MIT" in archive.read(metadata).decode()


def test_the_source_distribution_holds_no_tests_and_nothing_of_this_machine(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        paths = [Path(*Path(name).parts[1:]) for name in archive.getnames()]
    top = {path.parts[0] for path in paths}
    assert {"newsletter", "templates", "LICENSE", "README.md", "pyproject.toml"} <= top
    assert not top & {"tests", "bench", "demo", "build", "issues", ".newsletter", ".env", ".venv"}
    assert not [path for path in paths if ".newsletter" in path.parts or path.suffix == ".pyc"]


def test_a_wheel_made_of_the_source_distribution_is_the_same(
    sdist: Path, wheel: Path, tmp_path: Path
) -> None:
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    again = build_wheel(next(tmp_path.glob("newsletter-*")), tmp_path)
    assert zipfile.ZipFile(again).namelist() == zipfile.ZipFile(wheel).namelist()


def test_the_program_that_runs_is_the_one_of_the_wheel(installed: Installed) -> None:
    code = "import newsletter; print(newsletter.__file__)"
    found = subprocess.run(
        [installed.python, "-c", code],
        cwd=installed.folder,
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert Path(found.stdout.strip()).is_relative_to(installed.python.parent.parent)


def test_a_new_project_is_ready_to_send(installed: Installed) -> None:
    assert "0 errors, 0 warnings. Ready to send." in installed.newsletter("check")


def test_the_built_in_look_comes_out_of_the_wheel(installed: Installed) -> None:
    installed.newsletter("build", "first")
    html = (installed.folder / "build/a-first-letter/email.html").read_text(encoding="utf-8")
    assert html.startswith("<!DOCTYPE html>")
    assert '<td class="masthead" style="' in html
    assert "prefers-color-scheme: dark" in html


def test_letters_are_scheduled_sent_and_delivered(installed: Installed) -> None:
    """Ledger, migrations, pages and the embedded server: all of it must be in the wheel."""
    installed.newsletter("new", "Walking slowly")
    assert "Scheduled" in installed.newsletter("schedule", "walking", "--at", "tue 9am")
    assert "Sent" in installed.newsletter("send", "first", "--undo", "0s")
    assert "sent: Walking slowly → 3 readers" in installed.newsletter("run", now=TUESDAY)
    assert installed.newsletter("run", now=TUESDAY) == ""
    assert "3 active readers" in installed.newsletter("subscribers", "list", now=TUESDAY)


def files_below(folder: Path) -> set[str]:
    """Every file, but for what Python leaves there."""
    return {
        file.relative_to(folder).as_posix()
        for file in folder.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
