"""Taking readers in: the ledger's mirror and a whole sync, beside bare `executemany` of the same rows.

The floor is what the database alone can do: the same number of rows with as many columns,
upserted a page at a time with the driver, on a file with the same settings.
"""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from bench.measure import Ratio, Report, Time
from newsletter.audience.listing import Listed
from newsletter.audience.model import State
from newsletter.database import sqlite_url
from newsletter.ledger import leases, readers, runs
from newsletter.ledger.opening import open_ledger

READERS = 20_000
PAGE = 1_000
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
ROUNDS = 3


def report() -> Report:
    """First take-in, unchanged take-in, and the floor, by turns."""
    taken: dict[str, list[float]] = {"bare executemany": [], "first sync": [], "unchanged": []}
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory(prefix="bench-") as name:
            for what, seconds in _round(Path(name)).items():
                taken[what].append(seconds)
    best = {what: min(times) for what, times in taken.items()}
    rates = [f"{what}: {READERS / seconds:,.0f} readers/s" for what, seconds in best.items()]
    return Report(
        title=f"taking {READERS:,} readers in, a page of {PAGE:,} at a time (no HTTP)",
        times={
            what: Time(median=sorted(times)[len(times) // 2] * 1000, least=min(times) * 1000)
            for what, times in taken.items()
        },
        ratios=[
            # Two rows a reader (mirror and event), each with its JSON, and their decisions.
            Ratio(
                what="first sync ÷ bare executemany",
                value=best["first sync"] / best["bare executemany"],
                budget=1.67,
            ),
            Ratio(
                what="unchanged ÷ first sync",
                value=best["unchanged"] / best["first sync"],
                budget=0.5,
            ),
        ],
        notes=rates,
    )


def _round(folder: Path) -> dict[str, float]:
    floor = _timed(lambda: _floor(folder))
    ledger = open_ledger(sqlite_url(folder / "state.db"), project="bench")
    runs.recognise(ledger, "local", account="1", title="Bench", now=NOW)
    lease = leases.take(ledger, "target:local", owner="here:1:1", now=NOW, is_alive=lambda _: True)

    def take() -> None:
        for page in _pages():
            readers.take_in(ledger, lease, "local", page, seen_at=NOW)

    times = {"bare executemany": floor, "first sync": _timed(take), "unchanged": _timed(take)}
    ledger.close()
    return times


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


def _floor(folder: Path) -> None:
    connection = sqlite3.connect(folder / "floor.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(
        "CREATE TABLE r (id INTEGER PRIMARY KEY, email TEXT, name TEXT, state TEXT, at TEXT)"
    )
    connection.execute("CREATE INDEX r_email ON r (email)")
    for page in _pages():
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(
            "INSERT INTO r VALUES (?,?,?,?,?) ON CONFLICT (id) DO UPDATE SET email=excluded.email",
            [(p.id, p.email_address, p.first_name, p.state, str(p.created_at)) for p in page],
        )
        connection.execute("COMMIT")
    connection.close()


def _timed(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
