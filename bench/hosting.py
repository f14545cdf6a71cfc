"""A server with very many subscribers, in a process of its own, for other parts of the bench.

`python -m bench.hosting URL NUMBER` fills the database at URL, prints the server's address, and
serves until its standard input is closed.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from newsletter.server.app import create_app
from newsletter.server.embedded import serving
from newsletter.server.store.store import Store, open_store

KEY = "kit_bench_" + "0" * 32
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
_FIRST = NOW - timedelta(days=700)
_COLUMNS = (
    "id",
    "email_address",
    "email_key",
    "first_name",
    "state",
    "fields",
    "created_at",
    "updated_at",
)
_AT_ONCE = 20_000


def rows(number: int) -> Iterator[tuple[Any, ...]]:
    """So many subscribers, one a minute, as the driver takes them."""
    for each in range(1, number + 1):
        address = f"reader{each}@example.org"
        at = (_FIRST + timedelta(seconds=each)).strftime("%Y-%m-%d %H:%M:%S.000000")
        state = "cancelled" if each % 20 == 0 else "active"
        yield (each, address, address, "Ann", state, "{}", at, at)


def fill(store: Store, number: int) -> None:
    """Put `number` subscribers into an empty store, past SQLAlchemy: COPY, or `executemany`."""
    with store.engine.begin() as db:
        db.exec_driver_sql("DELETE FROM subscribers")
        driver: Any = db.connection.driver_connection
        if db.dialect.name == "postgresql":
            names = ", ".join(_COLUMNS)
            with (
                driver.cursor() as cursor,
                cursor.copy(f"COPY subscribers ({names}) FROM STDIN") as copy,
            ):
                for row in rows(number):
                    copy.write_row(row)
        else:
            marks = ", ".join("?" * len(_COLUMNS))
            statement = f"INSERT INTO subscribers ({', '.join(_COLUMNS)}) VALUES ({marks})"
            driver.executemany(statement, rows(number))
    if store.engine.dialect.name == "postgresql":
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
            db.exec_driver_sql(
                "SELECT setval(pg_get_serial_sequence('subscribers', 'id'), 100000000)"
            )
            db.exec_driver_sql("ANALYZE subscribers")


def main(url: str, number: int) -> None:
    """Fill and serve."""
    store = open_store(url, clock=lambda: NOW)
    store.configure(
        name="Bench",
        sender_name="Ann",
        sender_address="ann@example.org",
        address="1 Elm Street",
        timezone="UTC",
    )
    store.add_key(KEY, "bench")
    fill(store, number)
    with serving(create_app(store, clock=lambda: NOW, public_url="http://127.0.0.1")) as address:
        print(json.dumps(address), flush=True)
        sys.stdin.read()
    store.close()


@contextmanager
def hosted(url: str, number: int) -> Iterator[str]:
    """The address of such a server, which runs as long as the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.hosting", url, str(number)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent.parent,
    )
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(30)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
