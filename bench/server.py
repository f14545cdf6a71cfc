"""The embedded server with a million subscribers, and a client that takes them all in.

    python -m bench server [--readers 1000000] [--sync 200000]

Takes a few minutes, so `python -m bench` leaves it out. Server and client are processes of
their own, over loopback HTTP; one client asks, one request after the other. The floors are the
same rows in the same run: pages by keyset from the bare database, and `executemany` into a file.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

import httpx
import psycopg

from bench.hosting import KEY, hosted, rows
from bench.measure import Ratio, Report, Time
from newsletter.database import sqlite_url
from newsletter.server.api.pages import cursor
from newsletter.server.store.store import SCHEMA
from tests.postgres.cluster import programs, running

_PAGE = 1_000
_ROUNDS = 60
_SINGLE = 400

Ask = Callable[[int], object]


def reports(options: Sequence[str]) -> Iterator[Report]:
    """Requests on SQLite and on PostgreSQL, then the sync."""
    parser = argparse.ArgumentParser(prog="python -m bench server")
    parser.add_argument("--readers", type=int, default=1_000_000)
    parser.add_argument("--sync", type=int, default=200_000)
    wanted = parser.parse_args(options)
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        file = Path(name) / "server.db"
        yield _requests("SQLite", sqlite_url(file), wanted.readers, _sqlite_pages(file))
    if programs() is None:
        print("\nPostgreSQL is not installed here, so it is not measured.")
    else:
        with running() as cluster:
            url = cluster.url(cluster.new())
            yield _requests("PostgreSQL", url, wanted.readers, _postgresql_pages(url))
    yield _sync(wanted.sync)


def _requests(name: str, url: str, number: int, bare: Callable[[], Ask]) -> Report:
    """Each kind of request, and pages from one end of the list to the other by turns."""
    with (
        hosted(url, number) as address,
        httpx.Client(
            base_url=f"{address}/v4", headers={"X-Kit-Api-Key": KEY}, timeout=60, trust_env=False
        ) as api,
    ):

        def page(before: int) -> None:
            """The page of those with smaller ids: the list begins with the newest."""
            after = cursor((before,))
            answer = api.get(f"/subscribers?status=all&per_page={_PAGE}&after={after}")
            assert len(answer.json()["subscribers"]) == _PAGE, answer.text[:200]

        bare_page = bare()
        first, deepest = number + 1, _PAGE + 1
        taken: dict[str, list[float]] = {
            f"{what} page of {_PAGE:,}": []
            for what in ("first", "middle", "deepest", "deepest bare")
        }
        steps = (
            lambda: page(first),
            lambda: page(number // 2),
            lambda: page(deepest),
            lambda: bare_page(deepest),
        )
        for turn in range(_ROUNDS + 3):
            for what, step in zip(taken, steps, strict=True):
                seconds = _timed(step)
                if turn >= 3:
                    taken[what].append(seconds)

        def read(each: int) -> None:
            api.get(f"/subscribers/{1 + each * 997 % number}").raise_for_status()

        def create(each: int) -> None:
            body = {"email_address": f"new{each}@example.org"}
            api.post("/subscribers", json=body).raise_for_status()

        for what, ask in (("read one", read), ("create one", create)):
            taken[what] = [_timed(partial(ask, each)) for each in range(_SINGLE)]
    return _requests_report(name, number, taken)


def _requests_report(name: str, number: int, taken: dict[str, list[float]]) -> Report:
    first, _middle, deepest, bare = (taken[what] for what in list(taken)[:4])
    return Report(
        title=f"the server on {name}, {number:,} subscribers",
        times={
            what: Time(median=statistics.median(times) * 1000, least=min(times) * 1000)
            for what, times in taken.items()
        },
        ratios=[
            Ratio(
                what="deepest page ÷ first page",
                value=statistics.median(deepest) / statistics.median(first),
                budget=1.5,
            )
        ],
        notes=[
            f"{what}: {1 / statistics.mean(times):,.0f} a second, p50 {_at(times, 50):.1f} ms, "
            f"p99 {_at(times, 99):.1f} ms"
            for what, times in taken.items()
        ]
        + [
            f"a page through the API ÷ bare: {statistics.median(deepest) / statistics.median(bare):.1f}"
        ],
    )


def _sqlite_pages(file: Path) -> Callable[[], Ask]:
    def opened() -> Ask:
        connection = sqlite3.connect(file)
        query = "SELECT * FROM subscribers WHERE id < ? ORDER BY id DESC LIMIT ?"
        return lambda before: connection.execute(query, (before, _PAGE)).fetchall()

    return opened


def _postgresql_pages(url: str) -> Callable[[], Ask]:
    def opened() -> Ask:
        connection = psycopg.connect(url, autocommit=True)
        query = f"SELECT * FROM {SCHEMA}.subscribers WHERE id < %s ORDER BY id DESC LIMIT %s"
        return lambda before: connection.execute(query.encode(), (before, _PAGE)).fetchall()

    return opened


def _sync(number: int) -> Report:
    """A client's first sync, beside the bare database."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        with hosted(sqlite_url(folder / "server.db"), number) as address:
            walk = _timed(lambda: _walk(folder / "server.db"))
            floor = _timed(lambda: _floor(folder / "floor.db", number))
            command = [sys.executable, "-m", "bench.syncing", address, str(folder / "state.db")]
            done = subprocess.run(
                command,
                stdout=subprocess.PIPE,
                check=True,
                text=True,
                cwd=Path(__file__).parent.parent,
            )
    found = json.loads(done.stdout)
    seconds = found["seconds"]
    shares = {part: found[part] / seconds for part in ("http", "json", "sql")}
    return Report(
        title=f"a client takes {number:,} subscribers in from the server, into SQLite",
        times={
            what: Time(median=each * 1000, least=each * 1000)
            for what, each in (
                ("sync", seconds),
                ("bare executemany", floor),
                ("bare keyset walk", walk),
            )
        },
        ratios=[
            # The bar: a sync reaches 0.6 of the rate of bare executemany.
            Ratio(what="sync ÷ bare executemany", value=seconds / floor, budget=1 / 0.6),
            Ratio(what="peak memory ÷ 150 MiB", value=found["peak"] / 150, budget=1.0),
        ],
        notes=[
            f"sync: {number / seconds:,.0f} rows/s, {found['peak']:.0f} MiB at most",
            "of it "
            + ", ".join(f"{part.upper()} {share:.0%}" for part, share in shares.items())
            + f", the rest {1 - sum(shares.values()):.0%}; HTTP includes the server's work",
            f"bare executemany: {number / floor:,.0f} rows/s; keyset walk: {number / walk:,.0f}",
        ],
    )


def _walk(file: Path) -> None:
    """Every page of the bare database, from the newest to the oldest."""
    with closing(sqlite3.connect(file)) as connection:
        query = "SELECT * FROM subscribers WHERE id < ? ORDER BY id DESC LIMIT ?"
        before = 2**62
        while found := connection.execute(query, (before, _PAGE)).fetchall():
            before = found[-1][0]


def _floor(file: Path, number: int) -> None:
    """The same rows upserted a page at a time, newest first, with a unique index on the address."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA wal_autocheckpoint=10000")
        connection.execute(
            "CREATE TABLE r (id INTEGER PRIMARY KEY, email TEXT, key TEXT UNIQUE, name TEXT,"
            " state TEXT, fields TEXT, created_at TEXT, updated_at TEXT)"
        )
        everything = list(rows(number))[::-1]
        statement = (
            "INSERT INTO r VALUES (?,?,?,?,?,?,?,?)"
            " ON CONFLICT (id) DO UPDATE SET email=excluded.email"
        )
        for start in range(0, number, _PAGE):
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(statement, everything[start : start + _PAGE])
            connection.execute("COMMIT")


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _at(times: Sequence[float], percent: int) -> float:
    """A percentile, in milliseconds."""
    return sorted(times)[min(len(times) - 1, len(times) * percent // 100)] * 1000
