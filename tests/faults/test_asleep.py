"""A run is stopped (SIGSTOP) outside of a transaction, its lease runs out, others finish, it wakes.

A laptop that sleeps stops every process at once; this is one that another run overtakes.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import time
from pathlib import Path

import pytest

NINE = "2026-11-24T09:00:30-05:00"
READERS = ["ann@example.org", "ben@example.org", "dana@example.org"]
TABLES = ("issues", "history", "subscribers", "subscriber_events", "consents", "targets", "leases")
DATABASES = ("state.db", "server.db")


def ledger(folder):
    return {table: folder.rows(table) for table in TABLES}


def stopped(process):
    """Stop the process; False when it had ended already."""
    if process.poll() is not None:
        return False
    process.send_signal(signal.SIGSTOP)
    stat = Path(f"/proc/{process.pid}/stat")
    while True:
        state = stat.read_text().rpartition(")")[2].split()[0]
        if state in "TZX":
            return state == "T"
        time.sleep(0.001)


def is_locked(folder):
    """Whether somebody is writing to one of the folder's databases."""
    for name in DATABASES:
        file = f"file:{folder.root / '.newsletter' / name}?mode=rw"
        probe = sqlite3.connect(file, uri=True, timeout=0, isolation_level=None)
        with contextlib.closing(probe) as db:
            try:
                db.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return True
            db.execute("ROLLBACK")
    return False


def falls_asleep(folder, stage):
    """A run that was stopped after it named `stage`, with no database locked; None if it was too quick."""
    process = folder.start("run", "-v", now=NINE)
    named = (line.strip() for line in process.stderr)
    assert stage in named
    while stopped(process):
        if not is_locked(folder):
            return process
        process.send_signal(signal.SIGCONT)
        time.sleep(0.0005)
    process.communicate()
    return None


def wakes(process):
    """Let it go on; gives what it said until it ended."""
    os.kill(process.pid, signal.SIGCONT)
    _, err = process.communicate(timeout=60)
    return err


@pytest.mark.parametrize(
    "stage", ["freeze", "look", "create", "record", "arm", "verify", "outcome", "deliver"]
)
def test_a_run_that_sleeps_past_its_lease_writes_nothing_when_it_wakes(folder, tmp_path, stage):
    folder.letter(status="scheduled", send_at="2026-11-24 09:00")
    attempts = (folder.copied(tmp_path / f"attempt-{number}") for number in range(20))
    asleep = ((mine, falls_asleep(mine, stage)) for mine in attempts)
    mine, sleeper = next((mine, process) for mine, process in asleep if process)
    for minute in (7, 8):
        done = mine.call("run", now=f"2026-11-24T09:0{minute}:30-05:00")
        assert done.code == 0, done
    assert mine.state() == "sent"
    before = ledger(mine)

    err = wakes(sleeper)

    assert sleeper.returncode == 75, err
    assert ledger(mine) == before
    assert mine.outbox() == READERS
    states = [row["status"] for row in mine.rows("broadcasts", "server.db")]
    assert [state for state in states if state != "draft"] == ["completed"]


@pytest.mark.parametrize(
    ("request_line", "has_draft"),
    [
        ("POST /v4/broadcasts", False),
        ("GET /v4/broadcasts/", True),
        ("PUT /v4/broadcasts/", True),
        ("GET /v4/subscribers", True),
    ],
)
def test_the_same_at_a_service_far_away_while_a_request_is_on_its_way(
    folder, service, request_line, has_draft
):
    """The request arrives when the others are done: it may leave a draft, and mails nobody."""
    folder.env |= service.env
    folder.letter(status="scheduled", send_at="2026-11-24 09:00")
    if has_draft:  # a new ledger leaves one, and arms it ten minutes later
        assert folder.call("run", now="2026-11-23T10:00:00-05:00").code == 0
    service.net.hang_at(request_line)
    sleeper = folder.start("run", now="2026-11-23T10:11:00-05:00")
    assert service.net.hangs.wait(30)
    service.net.hang_on = None
    assert stopped(sleeper)
    for minute in (20, 31, 42):
        done = folder.call("run", now=f"2026-11-23T10:{minute}:00-05:00")
        assert done.code == 0, done
    assert folder.state() == "handed_over"
    before = ledger(folder)

    service.net.let_go()
    err = wakes(sleeper)

    assert sleeper.returncode == 75, err
    assert ledger(folder) == before
    service.deliver(NINE)
    assert folder.call("run", now=NINE).code == 0
    assert folder.state() == "sent"
    assert service.outbox() == READERS
    states = [row["status"] for row in service.broadcasts()]
    assert [state for state in states if state != "draft"] == ["completed"]
