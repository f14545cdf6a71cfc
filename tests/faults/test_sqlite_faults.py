"""SQLite in trouble, for ledger and store: refused or waited for in clear words, and nothing lost."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from newsletter import database
from newsletter.ledger import opening as ledger
from newsletter.server.store import store

BOTH = pytest.mark.parametrize("name", ["state.db", "server.db"])
DUE = "2026-11-24T14:05:00Z"


@pytest.fixture
def due(folder: Any) -> Any:
    """A project with a letter whose time has come."""
    folder.letter(status="scheduled", send_at="2026-11-24 09:00")
    return folder


def readers_mailed(folder: Any) -> list[str]:
    return sorted(row["recipient"].partition("@")[0] for row in folder.rows("outbox", "server.db"))


def goes_on(folder: Any) -> None:
    """The next runs, with nothing in their way: every reader once, one broadcast sent."""
    for minute in (10, 15, 20):
        done = folder.call("run", now=f"2026-11-24T14:{minute}:00Z")
        assert done.code in (0, 5), done.err
    assert readers_mailed(folder) == ["ann", "ben", "dana"]
    sent = [row for row in folder.rows("broadcasts", "server.db") if row["status"] == "completed"]
    assert len(sent) == 1
    assert folder.state() == "sent"


def is_clear(done: Any, *words: str) -> None:
    """One sentence and what to do; never a traceback, SQL or a row's value."""
    assert "Traceback" not in done.err
    for foreign in ("[SQL", "sqlalche", "should not", "INSERT", "UPDATE"):
        assert foreign not in done.err
    for word in words:
        assert word in done.err


@contextlib.contextmanager
def locked(file: Path) -> Iterator[None]:
    """Another program writes, and does not end."""
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@BOTH
def test_locked_for_longer_than_we_wait_is_left_for_the_next_run(
    due: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 50)
    with locked(due.root / ".newsletter" / name):
        done = due.call("run", "-v", now=DUE)

    # A request that the embedded server could not carry out has an unknown outcome: 5.
    assert done.code in (75, 5, 1), done.err
    is_clear(done)
    assert readers_mailed(due) == []
    goes_on(due)


@BOTH
def test_locked_for_a_moment_is_waited_for(due: Any, name: str) -> None:
    file = due.root / ".newsletter" / name
    release = threading.Event()

    def hold() -> None:
        with locked(file):
            release.set()
            time.sleep(1.0)

    thread = threading.Thread(target=hold)
    thread.start()
    release.wait(5)
    done = due.call("run", now=DUE)
    thread.join()

    assert done.code == 0, done.err
    assert readers_mailed(due) == ["ann", "ben", "dana"]


LIMITED = """
    import resource, sys
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
    from newsletter.cli.app import run
    run(sys.argv[2:])
"""


@pytest.mark.parametrize("octets", [0, 8_300, 33_000, 140_000])
def test_a_full_disk_stops_cleanly_and_the_next_run_goes_on(due: Any, octets: int) -> None:
    """No file may grow past so many octets: the disk is full at another moment each time."""
    script = "\n".join(line.strip() for line in LIMITED.splitlines())
    process = subprocess.run(
        [sys.executable, "-c", script, str(octets), "-C", str(due.root), "run"],
        env=due.environment(NEWSLETTER_CLOCK=DUE),
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )

    assert process.returncode in (0, 1, 4, 5, 75), process.stderr
    for foreign in ("Traceback", "[SQL", "should not"):
        assert foreign not in process.stderr
    if octets < 8_000:
        assert process.returncode == 1
        assert "Make room on" in process.stderr
    goes_on(due)


def without_privilege() -> list[str]:
    """Root may write where it may not; without this capability it is like anybody else."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("this is root, and there is no setpriv to be less")
    caps = "-dac_override,-dac_read_search"
    return ["setpriv", f"--bounding-set={caps}", f"--inh-caps={caps}"]


@BOTH
@pytest.mark.parametrize("what", ["file", "folder"])
def test_what_may_not_be_written_to_is_told_and_left_alone(due: Any, name: str, what: str) -> None:
    folder = due.root / ".newsletter"
    file = folder / name
    before = file.read_bytes()
    modes = {file: 0o444} if what == "file" else {file: 0o444, folder: 0o555}
    old = {path: path.stat().st_mode for path in modes}
    for path, mode in modes.items():
        path.chmod(mode)
    program = Path(sys.executable).parent / "newsletter"
    process = subprocess.run(
        [*without_privilege(), str(program), "-C", str(due.root), "run"],
        env=due.environment(NEWSLETTER_CLOCK=DUE),
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )
    for path, mode in reversed(old.items()):
        path.chmod(mode)

    # A request that the embedded server refuses because it cannot write is a 5.
    assert process.returncode in (4, 5), process.stderr
    for foreign in ("Traceback", "[SQL", "should not"):
        assert foreign not in process.stderr
    assert file.read_bytes() == before
    goes_on(due)


def test_a_folder_that_is_missing_is_made(due: Any) -> None:
    """Whoever deletes it has deleted the local list, too; the letter is not sent by surprise."""
    shutil.rmtree(due.root / ".newsletter")
    done = due.call("status", now=DUE)
    assert done.code == 0, done.err
    assert due.call("run", now="2026-11-24T13:59:00Z").code == 0
    assert due.call("run", now=DUE).code == 0
    assert readers_mailed(due) == ["ann", "ben", "dana"]


def test_a_file_in_the_folders_place_is_told(due: Any) -> None:
    (due.root / ".newsletter").rename(due.root / "aside")
    (due.root / ".newsletter").write_text("no folder")
    done = due.call("run", now=DUE)

    assert done.code == 4
    is_clear(done, ".newsletter")
    (due.root / ".newsletter").unlink()
    (due.root / "aside").rename(due.root / ".newsletter")
    goes_on(due)


@BOTH
def test_a_newer_schema_is_refused_and_stays_as_it_is(due: Any, name: str) -> None:
    file = due.root / ".newsletter" / name
    change(file, "UPDATE alembic_version SET version_num = '9999'")
    done = due.call("run", now=DUE)

    assert done.code == 4
    is_clear(done, "9999", "pdate")
    newest = ledger.HEAD if name == "state.db" else store.HEAD
    assert change(file, "SELECT version_num FROM alembic_version") == [("9999",)]
    change(file, f"UPDATE alembic_version SET version_num = '{newest}'")
    goes_on(due)


@pytest.mark.parametrize(
    ("name", "migrations"), [("state.db", ledger.MIGRATIONS), ("server.db", store.MIGRATIONS)]
)
def test_an_older_schema_is_migrated_by_itself(due: Any, name: str, migrations: Path) -> None:
    file = due.root / ".newsletter" / name
    file.unlink()
    engine = database.open_engine(database.sqlite_url(file))
    database.migrate(engine, migrations, to="0001")
    engine.dispose()
    assert change(file, "SELECT version_num FROM alembic_version") == [("0001",)]
    goes_on(due)


@BOTH
@pytest.mark.parametrize("kept", [0.0, 0.5, 0.9])
def test_a_truncated_file_is_refused_or_was_empty_and_a_backup_goes_on(
    due: Any, name: str, kept: float
) -> None:
    """An empty file is a new database; anything else is damage, and nothing is sent from it."""
    file = due.root / ".newsletter" / name
    whole = file.read_bytes()
    file.write_bytes(whole[: int(len(whole) * kept)])
    if kept == 0.0:
        goes_on(due)
        return
    done = due.call("run", now=DUE)

    assert done.code in (4, 5, 1), done.err
    is_clear(done)
    for extra in (file, file.with_name(f"{name}-wal"), file.with_name(f"{name}-shm")):
        extra.unlink(missing_ok=True)
    file.write_bytes(whole)
    goes_on(due)


def change(file: Path, statement: str) -> list[Any]:
    with contextlib.closing(sqlite3.connect(file)) as db:
        rows = db.execute(statement).fetchall()
        db.commit()
        return rows
