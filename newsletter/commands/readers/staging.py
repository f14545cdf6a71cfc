"""Where an import's rows wait between the dry run and the real one.

A private SQLite database that lives as long as it is open, in memory or in a temporary
file without a name: a list of any length takes the same memory, what was counted is what
is written, and nothing of it stays behind.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

NEW = "new"
KNOWN = "known"

_SCHEMA = """
CREATE TABLE people (
  n INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, email TEXT NOT NULL, name TEXT,
  inactive INTEGER NOT NULL, fields TEXT NOT NULL, line INTEGER NOT NULL, verdict TEXT NOT NULL);
CREATE TABLE unusable (line INTEGER NOT NULL, value TEXT NOT NULL, why TEXT NOT NULL);
PRAGMA journal_mode=OFF;
PRAGMA synchronous=OFF;
"""
# The first of several rows counts, but a later one that says "unsubscribed" is heard.
_INSERT = f"""
INSERT INTO people (key, email, name, inactive, fields, line, verdict) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (key) DO UPDATE SET verdict = excluded.verdict
WHERE excluded.verdict <> '{NEW}' AND people.verdict = '{NEW}'
"""  # noqa: S608  (a word of ours)


@dataclass(frozen=True, kw_only=True)
class Person:
    """A usable row. `verdict` is `new`, or a state that the file tells, like `cancelled`."""

    key: str
    email_address: str
    first_name: str | None
    is_inactive: bool
    line: int
    fields: Mapping[str, str] = field(default_factory=dict)
    verdict: str = NEW


@dataclass(frozen=True, kw_only=True)
class UnusableRow:
    """A row that cannot be imported."""

    line: int
    value: str
    why: str


class Staging:
    """The rows of one import, each address once."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, people: Sequence[Person], unusable: Sequence[UnusableRow]) -> None:
        """Keep some rows; of an address that is there already only a stop is heard."""
        rows = (
            (
                p.key,
                p.email_address,
                p.first_name,
                p.is_inactive,
                json.dumps(dict(p.fields)) if p.fields else "",
                p.line,
                p.verdict,
            )
            for p in people
        )
        self._connection.executemany(_INSERT, rows)
        self.refuse(unusable)

    def refuse(self, unusable: Iterable[UnusableRow]) -> None:
        """Keep rows that cannot be imported."""
        self._connection.executemany(
            "INSERT INTO unusable VALUES (?, ?, ?)", [(u.line, u.value, u.why) for u in unusable]
        )

    def judge(self, verdicts: Mapping[str, str]) -> None:
        """Set the verdicts of addresses, by key."""
        self._connection.executemany(
            "UPDATE people SET verdict = ? WHERE key = ?", [(v, k) for k, v in verdicts.items()]
        )

    def new(self, size: int) -> Iterator[list[Person]]:
        """Those who are still new, in the order of the file, `size` at a time."""
        after = 0
        while True:
            rows = self._connection.execute(
                "SELECT n, key, email, name, inactive, fields, line FROM people"
                " WHERE verdict = ? AND n > ? ORDER BY n LIMIT ?",
                (NEW, after, size),
            ).fetchall()
            if not rows:
                return
            yield [
                Person(
                    key=key,
                    email_address=email,
                    first_name=name,
                    is_inactive=bool(inactive),
                    line=line,
                    fields=json.loads(fields) if fields else {},
                )
                for _, key, email, name, inactive, fields, line in rows
            ]
            after = rows[-1][0]

    def counts(self) -> dict[str, int]:
        """How many people have each verdict."""
        return dict(self._connection.execute("SELECT verdict, COUNT(*) FROM people GROUP BY 1"))

    def unusable_count(self) -> int:
        """How many rows cannot be imported."""
        return int(self._connection.execute("SELECT COUNT(*) FROM unusable").fetchone()[0])

    def unusable(self, limit: int = -1) -> list[UnusableRow]:
        """Rows that cannot be imported, the first `limit` of them in the order of the file."""
        query = "SELECT line, value, why FROM unusable ORDER BY line, rowid LIMIT ?"
        return [
            UnusableRow(line=line, value=value, why=why)
            for line, value, why in self._connection.execute(query, (limit,))
        ]


@contextmanager
def staging() -> Iterator[Staging]:
    """An empty staging; what is in it goes with the end."""
    with closing(sqlite3.connect("", isolation_level=None)) as connection:
        connection.executescript(_SCHEMA)
        yield Staging(connection)
