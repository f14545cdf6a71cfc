"""A ledger in a file, and a lease on it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from newsletter.database import sqlite_url
from newsletter.ledger import leases, runs
from newsletter.ledger.leases import Lease
from newsletter.ledger.opening import Ledger, open_ledger

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def ledger_url(tmp_path: Path) -> str:
    return sqlite_url(tmp_path / "state.db")


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    opened = open_ledger(ledger_url, project="kitchen")
    runs.recognise(opened, "local", account="1", title="Kitchen", now=NOW)
    yield opened
    opened.close()


@pytest.fixture
def lease(ledger: Ledger) -> Lease:
    return leases.take(ledger, "target:local", owner="here:1:1", now=NOW, is_alive=lambda _: True)
