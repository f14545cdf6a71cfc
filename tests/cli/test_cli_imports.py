"""What a quick command must not load: each of these costs a tenth of a second or more."""

import json
import subprocess
import sys

import pytest

from newsletter.cli.app import COMMANDS

HEAVY = (
    "premailer",
    "lxml",
    "sqlalchemy",
    "pydantic",
    "jinja2",
    "httpx",
    "starlette",
    "uvicorn",
    "apscheduler",
    "alembic",
    "liquid",
    "dateparser",
    "rich",
)

CALL_AND_TELL = """
import contextlib, io, json, sys
from newsletter.cli.app import run
calls, names, loaded = json.loads(sys.argv[1]), json.loads(sys.argv[2]), {}
for words in calls:
    out = io.StringIO()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            run(words)
    except SystemExit as end:
        assert not end.code, out.getvalue()
    loaded[" ".join(words)] = [name for name in names if name in sys.modules]
print(json.dumps(loaded))
"""


def loaded_by(*calls: list[str], names: tuple[str, ...], env=None) -> dict[str, list[str]]:
    done = subprocess.run(
        [sys.executable, "-c", CALL_AND_TELL, json.dumps(calls), json.dumps(names)],
        capture_output=True,
        text=True,
        env=env,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def loaded_by_helps() -> dict[str, list[str]]:
    """What is in memory after each help, in one process: what one loads, the later ones show."""
    names = [name for group in COMMANDS.values() for name in group]
    helps = [[name, "--help"] for name in names]
    helps += [["subscribers", "list", "--help"], ["subscribers", "show", "--help"]]
    return loaded_by(["--help"], ["--version"], *helps, names=HEAVY)


def test_the_help_loads_no_heavy_module(loaded_by_helps):
    assert loaded_by_helps["--help"] == []


def test_the_version_loads_no_heavy_module(loaded_by_helps):
    assert loaded_by_helps["--version"] == []


def test_no_help_of_a_command_loads_a_heavy_module(loaded_by_helps):
    assert {call: names for call, names in loaded_by_helps.items() if names} == {}


def test_an_idle_run_never_loads_premailer(folder):
    """Neither with a draft alone, nor with a letter that waits, nor with one that is sent."""
    assert folder.call("send", "gate", "--undo", "0s").code == 0
    folder.letter("later", status="scheduled", send_at="2026-12-24 09:00")
    folder.letter("draft")
    call = ["-C", str(folder.root), "run"]
    loaded = loaded_by(call, names=("premailer", "cssutils"), env=folder.environment())
    assert loaded == {" ".join(call): []}


def test_an_idle_run_with_drafts_alone_loads_nothing_that_renders_or_checks(folder):
    folder.letter("another")
    renderer = ("premailer", "jinja2", "markdown_it", "ruamel", "newsletter.render.email")
    others = ("newsletter.check", "alembic", "apscheduler", "dateparser", "psycopg")
    call = ["-C", str(folder.root), "run"]
    loaded = loaded_by(call, names=(*renderer, *others), env=folder.environment())
    assert loaded == {" ".join(call): []}


def test_the_program_leaves_the_command_of_httpx_where_it_is(folder):
    """With it came Rich and Pygments, in every run."""
    words = ["newsletter", "-C", str(folder.root), "run"]
    code = f"""
import atexit, sys
from newsletter.cli import main
atexit.register(lambda: print([n for n in ("httpx", "rich", "pygments") if n in sys.modules]))
sys.argv = {words!r}
main()
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=folder.environment(),
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "['httpx']\n", "")
