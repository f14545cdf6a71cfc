"""Opening: made when missing, migrated when old, refused when foreign."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from newsletter import database
from newsletter.errors import NotConfigured, TryLater
from newsletter.ledger import opening, tables
from newsletter.ledger.opening import open_ledger


def test_a_missing_ledger_is_made_and_keeps_its_own_id(ledger_url):
    first = open_ledger(ledger_url, project="kitchen")
    first.close()
    again = open_ledger(ledger_url, project="kitchen")
    again.close()

    assert again.id == first.id
    assert len(first.id) == 16


def test_tables_and_migrations_agree(ledger):
    with ledger.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})

        assert compare_metadata(context, tables.metadata) == []


def test_head_is_the_newest_migration():
    """`HEAD` lets a start skip Alembic; a forgotten one would leave old ledgers as they are."""
    assert ScriptDirectory(str(opening.MIGRATIONS)).get_current_head() == opening.HEAD


def test_a_newer_ledger_is_refused_and_stays_as_it_is(ledger, ledger_url):
    with database.writing(ledger.engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(NotConfigured, match="newer version") as caught:
        open_ledger(ledger_url, project="kitchen")

    assert "Update newsletter" in caught.value.hint
    assert database.schema_version(ledger.engine) == "9999"


def test_another_project_is_refused_with_the_line_that_mends_it(ledger, ledger_url):
    """Marks would no longer be recognised, and an issue could go out twice."""
    with pytest.raises(NotConfigured, match="'kitchen'") as caught:
        open_ledger(ledger_url, project="garden")

    assert 'project = "kitchen"' in caught.value.hint


@pytest.mark.parametrize(
    "content",
    [
        b"this is no database at all, but long enough to be read",
        b"SQLite format 3\0" + b"\xff" * 200,
    ],
)
def test_a_file_that_is_no_ledger_is_refused_and_left_alone(tmp_path, content):
    file = tmp_path / "state.db"
    file.write_bytes(content)

    with pytest.raises(NotConfigured, match="cannot be used") as caught:
        open_ledger(database.sqlite_url(file), project="kitchen")

    assert "found again at the target" in caught.value.hint
    assert file.read_bytes() == content


def test_a_ledger_that_another_program_locks_is_tried_later(monkeypatch, tmp_path):
    ledger_url = database.sqlite_url(tmp_path / "state.db")
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 50)
    other = database.open_engine(ledger_url)
    with other.begin() as connection:
        connection.execute(text("CREATE TABLE held (x INTEGER)"))

        with pytest.raises(TryLater, match="writing to the ledger"):
            open_ledger(ledger_url, project="kitchen")
    other.dispose()


def test_a_folder_in_the_ledgers_place_is_refused(tmp_path):
    (tmp_path / "state.db").mkdir()

    with pytest.raises(NotConfigured, match="cannot be used"):
        open_ledger(database.sqlite_url(Path(tmp_path / "state.db")), project="kitchen")


def test_times_come_back_aware_and_utc_and_naive_ones_are_refused(ledger, now):
    from newsletter.ledger import runs

    runs.begun(ledger, "local", now=now)
    run = runs.last(ledger, "local")

    assert run is not None
    assert run.started_at == now
    assert run.started_at.tzinfo is UTC
    with pytest.raises(Exception, match="without a zone"):
        runs.begun(ledger, "local", now=now.replace(tzinfo=None))
