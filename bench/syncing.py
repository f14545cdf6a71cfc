"""One sync of everybody into a new ledger, in a process of its own, and where its time went.

`python -m bench.syncing URL LEDGER` prints, as JSON, seconds and peak memory.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import event

from bench.hosting import KEY, NOW
from newsletter.broadcast.model import Policy
from newsletter.commands.desk import Desk, Identity, working
from newsletter.commands.project import Project
from newsletter.commands.sync import sync
from newsletter.commands.target import Target
from newsletter.database import sqlite_url
from newsletter.kit import Kit, session
from newsletter.ledger import runs
from newsletter.ledger.opening import Ledger, open_ledger
from newsletter.render.model import Look, Newsletter


class Clocked:
    """Seconds spent in something."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._begun = 0.0

    def __enter__(self) -> None:
        self._begun = time.perf_counter()

    def __exit__(self, *_error: object) -> None:
        self.seconds += time.perf_counter() - self._begun


class Way(httpx.BaseTransport):
    """httpx's own way, clocked: until the whole body is there, the server's work included."""

    def __init__(self, clocked: Clocked) -> None:
        self._way = httpx.HTTPTransport()
        self._clocked = clocked

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        with self._clocked:
            answer = self._way.handle_request(request)
            answer.read()
            answer.close()
        return answer

    def close(self) -> None:
        self._way.close()


def _desk(ledger: Ledger, kit: Kit) -> Desk:
    look = Look(
        newsletter=Newsletter(
            name="Bench",
            sender_name="Ann",
            sender_address="ann@example.org",
            address="1 Elm Street",
            website="",
            language="en",
        )
    )
    project = Project(
        root=Path(),
        id="bench",
        name="Bench",
        timezone="UTC",
        slot=None,
        policy=Policy(lead=timedelta(hours=24), grace=timedelta(hours=12)),
        undo=timedelta(minutes=5),
        max_recipients=None,
        strict=False,
        ignore=frozenset(),
        look=look,
    )
    return Desk(
        project=project,
        target=Target(name="kit", kind="kit", kit=kit),
        ledger=ledger,
        clock=lambda: NOW,
        identity=Identity(owner="bench:1:1", is_alive=lambda _: True),
    )


def _clock_sql(ledger: Ledger, clocked: Clocked) -> None:
    def before(*_arguments: object) -> None:
        clocked.__enter__()

    def after(*_arguments: object) -> None:
        clocked.__exit__()

    event.listen(ledger.engine, "before_cursor_execute", before)
    event.listen(ledger.engine, "after_cursor_execute", after)
    commit = ledger.engine.dialect.do_commit

    def do_commit(connection: Any) -> None:
        with clocked:
            commit(connection)

    vars(ledger.engine.dialect)["do_commit"] = do_commit


class _Json:
    """The module `json`, its `loads` clocked."""

    def __init__(self, clocked: Clocked) -> None:
        self._clocked = clocked
        self.dumps = json.dumps

    def loads(self, text: bytes) -> Any:
        with self._clocked:
            return json.loads(text)


def _peak() -> float:
    """The most memory this program had, in MiB.

    Linux counts into `ru_maxrss` what the process was before it became this program: a copy
    of its parent, with all of the rows there. /proc counts from the program's start.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def main(url: str, file: Path) -> dict[str, float]:
    """Sync once; the time of each part, and the most memory this process had, in MiB."""
    http, sql, parsing = Clocked(), Clocked(), Clocked()
    ledger = open_ledger(sqlite_url(file), project="bench")
    runs.recognise(ledger, "kit", account="1", title="Bench", now=NOW)
    _clock_sql(ledger, sql)
    vars(session)["json"] = _Json(parsing)
    kit = Kit(api_key=KEY, base_url=f"{url}/v4", transport=Way(http), limiter=False)
    began = time.perf_counter()
    with kit, working(_desk(ledger, kit)) as desk:
        synced = sync(desk)
    whole = time.perf_counter() - began
    ledger.close()
    return {
        "seconds": whole,
        "http": http.seconds,
        "sql": sql.seconds,
        "json": parsing.seconds,
        "peak": _peak(),
        "active": synced.active,
    }


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], Path(sys.argv[2]))))
