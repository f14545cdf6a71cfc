"""Fixtures that run a test on SQLite and on PostgreSQL alike; conftest files import them.

The PostgreSQL half bears the marker `postgres`. Without PostgreSQL's programs it skips,
unless NEWSLETTER_TESTS_REQUIRE names `postgres`: then it fails.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest

from tests.postgres.cluster import Cluster, programs, running

BACKENDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """The PostgreSQL server that all tests share."""
    if programs() is None:
        missing = "PostgreSQL is not installed (Debian: apt-get install postgresql)"
        if "postgres" in os.environ.get("NEWSLETTER_TESTS_REQUIRE", "").split(","):
            pytest.fail(missing)
        pytest.skip(missing)
    with running() as cluster:
        yield cluster


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """Which database the test runs on."""
    return str(request.param)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A schema with its rows, to which a test's database goes back in a few milliseconds.

    A database of its own takes a test a tenth of a second, TRUNCATE as much.
    """

    url: str
    back: str

    @classmethod
    def of(cls, url: str, schema: str) -> Kept:
        """Remember the rows that `schema` holds now."""
        with psycopg.connect(url, autocommit=True) as db:
            found = db.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [schema])
            tables = [f"{schema}.{name}" for (name,) in found]
            found = db.execute(
                "SELECT sequencename FROM pg_sequences WHERE schemaname = %s", [schema]
            )
            sequences = [f"{schema}.{name}" for (name,) in found]
            # Foreign keys are not asked meanwhile, so the order of tables does not matter.
            steps = ["SET session_replication_role = replica"]
            db.execute("CREATE SCHEMA kept")
            for table in tables:
                copy = f"kept.{table.partition('.')[2]}"
                db.execute(f"CREATE TABLE {copy} AS TABLE {table}".encode())
                steps += [f"DELETE FROM {table}", f"INSERT INTO {table} TABLE {copy}"]
            for sequence in sequences:
                row = db.execute(
                    f"SELECT last_value, is_called FROM {sequence}".encode()
                ).fetchone()
                assert row is not None
                steps.append(f"SELECT setval('{sequence}', {row[0]}, {row[1]})")
        return cls(url=url, back=";".join(steps))

    def restore(self) -> None:
        """Go back to the rows that were remembered."""
        with psycopg.connect(self.url) as db:
            db.execute(self.back.encode())


@pytest.fixture
def postgres_database(cluster: Cluster) -> Iterator[str]:
    """The address of an empty PostgreSQL database, removed at the end."""
    name = cluster.new()
    yield cluster.url(name)
    cluster.drop(name)
