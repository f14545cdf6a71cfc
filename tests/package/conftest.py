"""The wheel of this checkout, and an environment that has it."""

import subprocess
import sys
from pathlib import Path

import pytest

from docs.session import ROOT
from tests.package.installing import Installed, build_wheel, install


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    return build_wheel(ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source distribution of this checkout."""
    folder = tmp_path_factory.mktemp("sdist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(folder)]
    subprocess.run(command, check=True, cwd=ROOT, capture_output=True)
    return next(folder.glob("*.tar.gz"))


@pytest.fixture(scope="session")
def program(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The installed program, called in an empty folder."""
    python = install(wheel, tmp_path_factory.mktemp("environment"))
    return Installed(python, tmp_path_factory.mktemp("nothing"))


@pytest.fixture(scope="session")
def installed(program: Installed, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The installed program in a project that it made."""
    here = program.at(tmp_path_factory.mktemp("empty"))
    here.newsletter("init", "--timezone", "America/New_York")
    return here
