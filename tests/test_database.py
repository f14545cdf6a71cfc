"""What ledger and server share of their databases: times as text, turns to write, the log."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Column, DateTime, Engine, Integer, MetaData, Table, insert, select, text

from newsletter.database import UtcDateTime, checkpoint, open_engine, reading, sqlite_url, writing

NINE = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TABLE = Table("t", MetaData(), Column("id", Integer, primary_key=True), Column("at", UtcDateTime))


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    opened = open_engine(sqlite_url(tmp_path / "t.db"))
    with writing(opened) as db:
        db.execute(text("CREATE TABLE t (id INTEGER PRIMARY KEY, at DATETIME)"))
    return opened


@pytest.mark.parametrize(
    "at",
    [
        NINE,
        NINE.replace(microsecond=7),
        NINE.astimezone(timezone(timedelta(hours=10, minutes=30))),
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        None,
    ],
)
def test_a_time_is_kept_as_sqlalchemys_own_type_would_and_comes_back(engine, at):
    """Databases that were written before must sort and compare with what is written now."""
    naive = None if at is None else at.astimezone(UTC).replace(tzinfo=None)
    own = DateTime().dialect_impl(engine.dialect).bind_processor(engine.dialect)
    assert own is not None
    with writing(engine) as db:
        db.execute(insert(TABLE).values(id=1, at=at))

    with reading(engine) as db:
        assert db.execute(text("SELECT at FROM t")).scalar_one() == own(naive)
        assert db.execute(select(TABLE.c.at)).scalar_one() == at


def test_a_time_without_a_zone_is_refused(engine):
    with pytest.raises(Exception, match="without a zone"), writing(engine) as db:
        db.execute(insert(TABLE).values(id=1, at=NINE.replace(tzinfo=None)))


def test_a_writer_waits_until_another_program_is_done(engine, tmp_path):
    with closing(sqlite3.connect(tmp_path / "t.db", check_same_thread=False)) as other:
        other.isolation_level = None
        other.execute("BEGIN IMMEDIATE")
        done = threading.Timer(0.3, lambda: other.execute("COMMIT"))
        done.start()
        with writing(engine) as db:
            is_done = not other.in_transaction
            db.execute(insert(TABLE).values(id=1, at=NINE))
        done.join()

    assert is_done


def test_after_a_checkpoint_the_file_alone_holds_everything(engine, tmp_path):
    with writing(engine) as db:
        db.execute(insert(TABLE).values(id=1, at=NINE))

    checkpoint(engine)

    shutil.copyfile(tmp_path / "t.db", tmp_path / "copy.db")
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("SELECT count(*) FROM t").fetchone() == (1,)
