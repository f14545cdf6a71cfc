"""The wheel and the source distribution: what is in them, and that the wheel works where nothing is."""

import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

from docs.session import ROOT, TUESDAY
from tests.package.installing import Installed, build_wheel, environment

pytestmark = pytest.mark.wheel


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
