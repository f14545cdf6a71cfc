"""A ledger in a file or on PostgreSQL, and a lease on it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from newsletter.database import sqlite_url
from newsletter.ledger import leases, runs
from newsletter.ledger.leases import Lease
from newsletter.ledger.opening import SCHEMA, Ledger, open_ledger
from tests.postgres.cluster import Cluster
from tests.postgres.fixtures import Kept, backend, cluster

__all__ = ["backend", "cluster"]

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def kept_ledger(cluster: Cluster) -> Kept:
    """A new ledger on PostgreSQL that every test finds as it was."""
    url = cluster.url(cluster.new())
    open_ledger(url, project="kitchen").close()
    return Kept.of(url, SCHEMA)


@pytest.fixture
def ledger_url(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    if backend == "sqlite":
        return sqlite_url(tmp_path / "state.db")
    kept: Kept = request.getfixturevalue("kept_ledger")
    kept.restore()
    return kept.url


@pytest.fixture(scope="session")
def begun_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new ledger in a file; migrations run once for all tests."""
    file = tmp_path_factory.mktemp("begun-ledger") / "state.db"
    open_ledger(sqlite_url(file), project="kitchen").close()
    return file


@pytest.fixture
def ledger(ledger_url: str, begun_ledger: Path) -> Iterator[Ledger]:
    if ledger_url.startswith("sqlite:"):
        shutil.copyfile(begun_ledger, ledger_url.removeprefix("sqlite:///"))
    opened = open_ledger(ledger_url, project="kitchen")
    runs.recognise(opened, "local", account="1", title="Kitchen", now=NOW)
    yield opened
    opened.close()


@pytest.fixture
def lease(ledger: Ledger) -> Lease:
    return leases.take(ledger, "target:local", owner="here:1:1", now=NOW, is_alive=lambda _: True)
