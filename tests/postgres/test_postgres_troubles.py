"""PostgreSQL that does not answer, refuses, is old, or goes away in the middle (fault 12)."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, func, select, text

from newsletter import database
from newsletter.database import sqlite_url, trouble_of
from newsletter.errors import NotConfigured, TryLater
from newsletter.ledger import opening as ledger_opening
from newsletter.ledger import tables as ledger_tables
from newsletter.ledger.opening import migrate_ledger, open_ledger
from newsletter.server.store import store as store_opening
from newsletter.server.store.schema import metadata as store_metadata
from newsletter.server.store.store import StoreError, migrate_store, open_store
from newsletter.server.store.tables import account, subscribers
from tests.postgres.cluster import Cluster, running
from tests.postgres.fixtures import cluster, postgres_database
from tests.smtp.conftest import NINE, Clock, Office, configured, filled
from tests.smtp.sink import Do, Moment, sinking

__all__ = ["cluster", "filled", "postgres_database"]

pytestmark = pytest.mark.postgres


def test_one_database_holds_ledger_and_store_apart(postgres_database: str) -> None:
    ledger = open_ledger(postgres_database, project="kitchen")
    store = configured(postgres_database)
    with ledger.engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, ledger_tables.metadata) == []
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, store_metadata) == []
    ledger.close()
    store.close()


def test_eight_that_begin_at_once_make_one_of_each(postgres_database: str) -> None:
    def begin(_: int) -> str:
        ledger = open_ledger(postgres_database, project="kitchen")
        configured(postgres_database).close()
        ledger.close()
        return ledger.id

    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(begin, range(8)))
    store = open_store(postgres_database, clock=Clock())
    with store.reading() as db:
        counts = [
            db.execute(select(func.count()).select_from(table)).scalar()
            for table in (account, subscribers)
        ]
    store.close()

    assert len(ids) == 1
    assert counts == [1, 3]


def test_an_old_schema_is_refused_until_it_is_migrated(postgres_database: str) -> None:
    open_ledger(postgres_database, project="kitchen").close()
    configured(postgres_database).close()
    engine = database.open_engine(postgres_database, schema=ledger_opening.SCHEMA)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA newsletter_ledger CASCADE"))
        connection.execute(text("DROP SCHEMA newsletter_server CASCADE"))
    engine.dispose()
    for schema, migrations in (
        (ledger_opening.SCHEMA, ledger_opening.MIGRATIONS),
        (store_opening.SCHEMA, store_opening.MIGRATIONS),
    ):
        engine = database.open_engine(postgres_database, schema=schema)
        database.migrate(engine, migrations, to="0001")
        engine.dispose()

    with pytest.raises(NotConfigured, match="schema 0001") as told:
        open_ledger(postgres_database, project="kitchen")
    with pytest.raises(StoreError, match="schema 0001") as said:
        open_store(postgres_database, clock=Clock())
    assert told.value.hint == said.value.hint == "newsletter server migrate"

    assert migrate_ledger(postgres_database) == ("0001", ledger_opening.HEAD)
    assert migrate_store(postgres_database) == ("0001", store_opening.HEAD)
    assert migrate_store(postgres_database) == (store_opening.HEAD, store_opening.HEAD)
    open_ledger(postgres_database, project="kitchen").close()
    configured(postgres_database).close()


WRONG = [
    ("hush", "nobody", NotConfigured, False),  # another user's name
    ("wrong", "newsletter", NotConfigured, False),
]


@pytest.mark.parametrize(("password", "user", "error", "later"), WRONG)
def test_a_wrong_login_is_told_without_the_password(
    cluster: Cluster, password: str, user: str, error: type[Exception], later: bool
) -> None:
    url = f"postgresql://{user}:{password}@127.0.0.1:{cluster.port}/postgres"
    with pytest.raises(error) as told:
        open_ledger(url, project="kitchen")
    with pytest.raises(StoreError) as said:
        open_store(url, clock=Clock())

    assert "authentication failed" in str(told.value)
    assert password not in str(told.value) + told.value.hint  # type: ignore[attr-defined]
    assert password not in said.value.message + said.value.hint
    assert said.value.is_temporary is later
    assert "NEWSLETTER_STORE_URL" in said.value.hint


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://a:hush@127.0.0.1:1/x",
        "postgres://a:hush@127.0.0.1:1/x",
        "postgresql+psycopg://a:hush@127.0.0.1:1/x",
        "postgresql://a:hush@nowhere.invalid/x",
    ],
)
def test_a_server_that_does_not_answer_is_tried_later(url: str) -> None:
    with pytest.raises(TryLater) as told:
        open_ledger(url, project="kitchen")
    with pytest.raises(StoreError) as said:
        open_store(url, clock=Clock())

    assert told.value.error_code == "ledger-unreachable"
    assert said.value.is_temporary
    assert "hush" not in told.value.message + told.value.hint + said.value.message


@pytest.mark.parametrize(
    "url",
    ["mysql://a:hush@h/x", "postgresql://a:hush@h:port/x", "hush", "postgresql://a:hu@sh@h:x"],
)
def test_what_is_no_address_of_a_database_is_refused(url: str) -> None:
    with pytest.raises(NotConfigured) as told:
        open_ledger(url, project="kitchen")
    with pytest.raises(StoreError) as said:
        open_store(url, clock=Clock())

    assert "hush" not in told.value.message + said.value.message


def test_a_database_that_is_missing_is_a_matter_of_settings(cluster: Cluster) -> None:
    with pytest.raises(NotConfigured, match="does not exist"):
        open_ledger(cluster.url("nowhere"), project="kitchen")


def test_a_row_that_another_program_locks_is_waited_for_and_then_told(
    postgres_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 100)
    store = configured(postgres_database)
    other = create_engine(postgres_database.replace("postgresql:", "postgresql+psycopg:"))
    with other.begin() as connection:
        connection.execute(text("SELECT 1 FROM newsletter_server.account FOR UPDATE"))
        with pytest.raises(Exception, match="lock timeout") as caught, store.writing() as db:
            db.execute(account.update().values(name="x"))
    other.dispose()
    store.close()

    assert trouble_of(caught.value).kind is database.Kind.LOCKED


def test_of_two_that_block_each_other_one_is_undone_and_may_do_it_again(
    postgres_database: str,
) -> None:
    store = configured(postgres_database)
    both = threading.Barrier(2)
    undone = []

    def work(first: int, second: int) -> None:
        for turn in range(2):
            try:
                with store.writing() as db:
                    db.execute(
                        subscribers.update().where(subscribers.c.id == first).values(first_name="x")
                    )
                    if turn == 0:
                        both.wait(5)
                    db.execute(
                        subscribers.update()
                        .where(subscribers.c.id == second)
                        .values(first_name="x")
                    )
            except Exception as error:  # noqa: BLE001
                undone.append(database.is_lost_race(error))
            else:
                return

    threads = [threading.Thread(target=work, args=pair) for pair in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store.close()

    assert undone == [True]


@pytest.fixture
def private_cluster(cluster: Cluster) -> Iterator[Cluster]:
    """One that may be restarted without disturbing the other tests."""
    del cluster  # it has found out that there are programs to start
    with running() as mine:
        yield mine


def test_a_restart_in_the_middle_of_a_send_loses_nothing_and_doubles_nothing(
    private_cluster: Cluster, tmp_path: Path
) -> None:
    """Outcomes wait in memory and in the journal until the database is back."""
    url = private_cluster.url()
    store = configured(url)
    office = Office(store=store, url=url, clock=Clock(), journals=tmp_path)
    store.clock = office.clock
    office.readers(*(f"r{number}" for number in range(160)))
    office.begun()
    restarts: list[threading.Thread] = []

    def script(moment: Moment) -> Do | None:
        if moment.stage == "content" and moment.count in (20, 75, 130):
            restarts.append(threading.Thread(target=private_cluster.restart))
            restarts[-1].start()
        return Do(say="250 ok\r\n", wait=0.002) if moment.stage == "content" else None

    with sinking(script) as sink:
        office.to(sink)
        office.deliver()
    for thread in restarts:
        thread.join()
    store.close()

    assert len(restarts) == 3
    got = sink.recipients()
    assert len(got) == len(set(got)) == 160
    store = open_store(url, clock=office.clock)
    office.store = store
    assert set(office.states().values()) == {"accepted"}
    store.close()


def test_the_same_list_and_letter_go_out_on_both_databases(
    postgres_database: str, tmp_path: Path, filled: Path, record_property: Any
) -> None:
    """Not a race: both must end with everything accepted; the figures go into the report."""
    path = tmp_path / "server.db"
    shutil.copyfile(filled, path)
    configured(postgres_database).close()
    for name, url in (("sqlite", sqlite_url(path)), ("postgresql", postgres_database)):
        clock = Clock()
        store = open_store(url, clock=clock)
        office = Office(store=store, url=url, clock=clock, journals=tmp_path / name)
        office.readers(*(f"r{number}" for number in range(300)))
        office.broadcast()
        with sinking() as sink:
            office.to(sink)
            began = time.perf_counter()
            office.deliver()
            record_property(f"{name} messages/s", round(300 / (time.perf_counter() - began)))
        assert set(office.states().values()) == {"accepted"}
        assert store.clock() == NINE
        store.close()
