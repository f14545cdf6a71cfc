"""Taking readers in: the first sync of a list, and a file; each beside the bare database in the same run.

The floors are what SQLite does alone: the driver's `executemany` of rows that are made
already, into the same tables with the same indexes and settings, a page a transaction.
Times are the processor's: on a busy machine a longer piece of work is interrupted more often.
"""

from __future__ import annotations

import csv
import json
import multiprocessing
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import event

from bench.lists import filled_store
from bench.measure import Ratio, Report, Time
from newsletter.audience.listing import Listed, from_listing
from newsletter.audience.model import State
from newsletter.broadcast.model import Policy
from newsletter.commands.desk import Desk, Identity, working
from newsletter.commands.project import Project
from newsletter.commands.readers import importing
from newsletter.commands.readers.people import recognise
from newsletter.commands.sync import sync
from newsletter.commands.target import Target
from newsletter.database import sqlite_url
from newsletter.kit import Kit
from newsletter.ledger import leases, mirror, readers, runs
from newsletter.ledger.leases import Lease
from newsletter.ledger.opening import Ledger, open_ledger
from newsletter.render.model import Look, Newsletter
from newsletter.server.app import create_app
from newsletter.server.embedded import serving

READERS = 20_000
PAGE = 1_000
ROUNDS = 3
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
KEY = "kit_local_" + "0" * 32
FLOOR, SQL = "bare executemany", "the statements of a first take-in"
WRITTEN = "values made for the database, too"
TAKEN, UNCHANGED = "first take-in, decisions too", "take-in, nothing changed"
FILE_FLOOR, FILE = "csv module → bare executemany", "import's dry run of the file"


def report() -> Report:
    """The mirror and a file by turns; then one whole sync over HTTP, with what takes its time."""
    taken: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory(prefix="bench-") as name:
            for what, seconds in {**_mirror(Path(name)), **_file(Path(name))}.items():
                taken.setdefault(what, []).append(seconds)
    best = {what: min(times) for what, times in taken.items()}
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        whole, shares = _whole_sync(Path(name))
    shares["SQL"] = best[SQL]
    shares["values for SQL"] = best[WRITTEN] - best[SQL]
    shares["decisions"] = best[TAKEN] - best[WRITTEN]
    shares["reading answers, the rest"] = whole - sum(shares.values())
    told = ", ".join(f"{what} {part / whole:.0%}" for what, part in shares.items())
    return Report(
        title=f"taking {READERS:,} readers in, a page of {PAGE:,} at a time",
        times={
            what: Time(median=sorted(times)[len(times) // 2] * 1000, least=min(times) * 1000)
            for what, times in taken.items()
        },
        ratios=[
            # At 0.6 of the floor's speed or better. What is above it is JSON, times and decisions.
            Ratio(what=f"{SQL} ÷ bare", value=best[SQL] / best[FLOOR], budget=1.67),
            Ratio(what=f"{WRITTEN} ÷ bare", value=best[WRITTEN] / best[FLOOR], budget=4.0),
            Ratio(what=f"{TAKEN} ÷ bare", value=best[TAKEN] / best[FLOOR], budget=8.0),
            Ratio(what="nothing changed ÷ first", value=best[UNCHANGED] / best[TAKEN], budget=0.8),
            # The floor looks at no address and forgets every line.
            Ratio(what="dry run ÷ bare file", value=best[FILE] / best[FILE_FLOOR], budget=20.0),
        ],
        notes=[
            *(f"{what}: {READERS / seconds:,.0f} readers/s" for what, seconds in best.items()),
            f"a whole first sync over HTTP: {READERS / whole:,.0f} readers/s; of its time: {told}",
        ],
    )


def _mirror(folder: Path) -> dict[str, float]:
    """The same rows: by the driver alone, from what was decided, and from the listing."""
    pages = list(_pages())
    statements: list[tuple[str, Sequence[Any]]] = []
    with closing(open_ledger(sqlite_url(folder / "rows.db"), project="bench")) as ledger:
        _watch(ledger, lambda statement, values, _seconds: statements.append((statement, values)))
        _take(ledger, pages)
    open_ledger(sqlite_url(folder / "floor.db"), project="bench").close()
    floor = _floor(folder / "floor.db", statements)
    with closing(open_ledger(sqlite_url(folder / "sql.db"), project="bench")) as ledger:
        told = [[from_listing(None, row, seen_at=NOW) for row in page] for page in pages]
        written = _timed(lambda: _write(ledger, told))
    with closing(open_ledger(sqlite_url(folder / "state.db"), project="bench")) as ledger:
        seconds: list[float] = []
        _watch(ledger, lambda _statement, _values, took: seconds.append(took))
        first = _timed(lambda: _take(ledger, pages))
        sql = sum(seconds)
        again = _timed(lambda: _take(ledger, pages))
    return {FLOOR: floor, SQL: sql, WRITTEN: written, TAKEN: first, UNCHANGED: again}


def _watch(ledger: Ledger, tell: Callable[[str, Sequence[Any], float], None]) -> None:
    """Tell each `executemany` of the driver, and how many seconds it took."""
    began = 0.0

    @event.listens_for(ledger.engine, "before_cursor_execute")
    def begin(*_told: Any) -> None:
        nonlocal began
        began = time.process_time()

    @event.listens_for(ledger.engine, "after_cursor_execute")
    def end(*told: Any) -> None:
        _connection, _cursor, statement, values, _context, is_many = told
        if is_many:
            tell(statement, values, time.process_time() - began)


def _take(ledger: Ledger, pages: Sequence[Sequence[Listed]]) -> None:
    lease = _lease(ledger)
    for page in pages:
        readers.take_in(ledger, lease, "local", page, seen_at=NOW)


def _lease(ledger: Ledger) -> Lease:
    runs.recognise(ledger, "local", account="1", title="Bench", now=NOW)
    return leases.take(ledger, "target:local", owner="here:1:1", now=NOW, is_alive=lambda _: False)


def _write(ledger: Ledger, told: Sequence[Sequence[Any]]) -> None:
    for page in told:
        people = [person for person, _ in page]
        events = [event for _, events in page for event in events]
        with ledger.engine.begin() as connection:
            readers.write(connection, "local", people, events, seen_at=NOW)


def _floor(file: Path, statements: Sequence[tuple[str, Sequence[Any]]]) -> float:
    """Seconds within `executemany`, two of which are a page: its events and its people."""
    seconds = 0.0
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        for setting in ("journal_mode=WAL", "synchronous=FULL", "wal_autocheckpoint=10000"):
            connection.execute(f"PRAGMA {setting}")
        connection.execute("PRAGMA cache_size=-32768")
        for start in range(0, len(statements), 2):
            connection.execute("BEGIN IMMEDIATE")
            began = time.process_time()
            for statement, values in statements[start : start + 2]:
                connection.executemany(statement, values)
            seconds += time.process_time() - began
            connection.execute("COMMIT")
    return seconds


def _pages() -> Iterator[list[Listed]]:
    for start in range(0, READERS, PAGE):
        yield [
            Listed(
                id=number,
                email_address=f"reader{number}@example.org",
                first_name="Ann",
                state=State.ACTIVE,
                created_at=NOW,
            )
            for number in range(start, start + PAGE)
        ]


def _file(folder: Path) -> dict[str, float]:
    """A CSV file through the csv module into a bare table, and as an import counts it."""
    file = folder / "readers.csv"
    with file.open("w", newline="", encoding="utf-8") as out:
        rows = csv.writer(out)
        rows.writerow(["email", "first name"])
        rows.writerows([f"reader{number}@example.org", "Ann"] for number in range(READERS))
    with closing(open_ledger(sqlite_url(folder / "import.db"), project="bench")) as ledger:

        def count() -> None:
            with importing.read(file, {}) as plan, Kit(api_key=KEY) as kit:
                importing.compare(_desk(folder, ledger, kit), plan, is_dry=True)
                if plan.counted().new != READERS:
                    raise RuntimeError("an import counted wrong")

        return {FILE_FLOOR: _timed(lambda: _bare_file(file, folder)), FILE: _timed(count)}


def _bare_file(file: Path, folder: Path) -> None:
    with (
        file.open(newline="", encoding="utf-8") as lines,
        closing(sqlite3.connect(folder / "bare.db", isolation_level=None)) as connection,
    ):
        connection.execute("CREATE TABLE r (email TEXT PRIMARY KEY, name TEXT)")
        connection.execute("BEGIN")
        rows = csv.reader(lines)
        connection.executemany("INSERT INTO r VALUES (?, ?) ON CONFLICT DO NOTHING", rows)
        connection.execute("COMMIT")


class _Way(httpx.BaseTransport):
    """The net, with a watch: how long answers took to come, and what they said."""

    def __init__(self) -> None:
        self.seconds = self.processor_seconds = 0.0
        self.answers: list[bytes] = []
        self._way = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        began, worked = time.perf_counter(), time.process_time()
        answer = self._way.handle_request(request)
        content = answer.read()
        self.seconds += time.perf_counter() - began
        self.processor_seconds += time.process_time() - worked
        self.answers.append(content)
        return answer

    def close(self) -> None:
        self._way.close()


def _whole_sync(folder: Path) -> tuple[float, dict[str, float]]:
    """Seconds of a first sync from a server in another process, and of its HTTP and JSON.

    The wait for answers as the clock has it, everything else as the processor has it.
    """
    spawn = multiprocessing.get_context("spawn")
    address, end = spawn.Queue(), spawn.Event()
    server = spawn.Process(target=_serve, args=(folder / "server.db", address, end))
    server.start()
    way = _Way()
    try:
        url = str(address.get(timeout=120))
        with (
            closing(open_ledger(sqlite_url(folder / "state.db"), project="bench")) as ledger,
            Kit(api_key=KEY, base_url=f"{url}/v4", transport=way, limiter=False) as kit,
        ):
            desk = _desk(folder, ledger, kit)
            recognise(desk)
            with working(desk) as held:
                way.seconds, way.processor_seconds, way.answers = 0.0, 0.0, []
                whole = _timed(lambda: sync(held)) - way.processor_seconds + way.seconds
            if mirror.count(ledger, "local") != READERS:
                raise RuntimeError("a sync lost somebody")
    finally:
        end.set()
        server.join(60)
    parsed = _timed(lambda: [json.loads(answer) for answer in way.answers])
    return whole, {"HTTP and the server": way.seconds, "JSON": parsed}


def _serve(file: Path, address: multiprocessing.Queue[str], end: Event) -> None:
    store = filled_store(file, READERS, now=NOW)
    store.add_key(KEY, label="bench")
    with serving(create_app(store, clock=lambda: NOW, public_url="https://example.org")) as url:
        address.put(url)
        end.wait()
    store.close()


def _desk(folder: Path, ledger: Ledger, kit: Kit) -> Desk:
    newsletter = Newsletter(
        name="Bench",
        sender_name="Ann",
        sender_address="ann@example.org",
        address="1 Elm Street",
        website="https://example.org",
        language="en",
    )
    project = Project(
        root=folder,
        id="bench",
        name="Bench",
        timezone="UTC",
        slot=None,
        policy=Policy(lead=timedelta(hours=24), grace=timedelta(hours=12)),
        undo=timedelta(minutes=5),
        strict=False,
        ignore=frozenset(),
        look=Look(newsletter=newsletter),
    )
    return Desk(
        project=project,
        target=Target(name="local", kind="local", kit=kit),
        ledger=ledger,
        clock=lambda: NOW,
        identity=Identity(owner="here:1:1", is_alive=lambda _: False),
    )


def _timed(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began
