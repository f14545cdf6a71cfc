"""The store: opened anywhere, migrated by itself, configured once, never confused about its schema."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import bindparam, func, select, text

from newsletter.database import (
    UtcDateTime,
    migrate,
    open_engine,
    schema_version,
    sqlite_url,
    writing,
)
from newsletter.server.store import posts
from newsletter.server.store import store as store_module
from newsletter.server.store.store import Store, StoreError, migrate_store, open_store
from newsletter.server.store.tables import (
    account,
    api_keys,
    email_templates,
    forms,
    metadata,
    subscribers,
)

ACCOUNT: dict[str, Any] = {
    "name": "Garden Notes",
    "sender_name": "Ann Lee",
    "sender_address": "ann@example.org",
    "address": "1 Elm Street",
    "timezone": "Europe/Berlin",
}


@pytest.fixture
def new(tmp_path: Path, clock: Any) -> Any:
    store = open_store(sqlite_url(tmp_path / "folder" / "new.db"), clock=clock)
    yield store
    store.close()


def count(store: Store, table: Any) -> int:
    with store.reading() as db:
        return db.execute(select(func.count()).select_from(table)).scalar_one()


def test_the_newest_migration_is_the_one_the_program_asks_for(new: Store) -> None:
    """Most starts only compare HEAD with the database, without importing Alembic."""
    script = ScriptDirectory(str(store_module.MIGRATIONS))
    known = [each.revision for each in script.walk_revisions()][::-1]

    assert script.get_current_head() == store_module.HEAD == schema_version(new.engine)
    assert known == list(store_module.REVISIONS)


def test_migrations_make_the_very_tables_the_queries_are_written_for(new: Store) -> None:
    with new.engine.connect() as db:
        assert compare_metadata(MigrationContext.configure(db), metadata) == []


def test_a_store_of_a_newer_program_is_refused_with_advice(new: Store, clock: Any) -> None:
    with new.writing() as db:
        db.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(StoreError, match="schema 9999") as caught:
        open_store(str(new.engine.url), clock=clock)

    assert "update the program" in caught.value.hint


@pytest.mark.parametrize("url", ["sqlite:////proc/no/such.db", "nonsense", "sqlite:////proc"])
def test_a_place_that_cannot_hold_a_store_is_one_clear_error(url: str, clock: Any) -> None:
    with pytest.raises(StoreError, match="cannot be opened") as caught:
        open_store(url, clock=clock)

    assert caught.value.hint


def test_a_file_that_is_no_database_is_one_clear_error(tmp_path: Path, clock: Any) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear reader, this is not a database.\n" * 100)

    with pytest.raises(StoreError, match="cannot be opened"):
        open_store(sqlite_url(path), clock=clock)


def test_a_new_store_begins_with_readers_templates_and_a_form(new: Store) -> None:
    new.configure(**ACCOUNT)

    with new.reading() as db:
        readers = db.execute(select(subscribers.c.email_address, subscribers.c.state)).all()
        templates = db.execute(
            select(email_templates.c.name, email_templates.c.category, email_templates.c.is_default)
        ).all()
        form = db.execute(select(forms)).one()
    assert [tuple(each) for each in readers] == [
        ("ann@example.org", "active"),
        ("ben@example.org", "active"),
        ("dana@example.org", "active"),
    ]
    assert [tuple(each) for each in templates] == [
        ("Text only", "HTML", True),
        ("Starting point", "Starting point", False),
    ]
    assert (form.id, form.type) == (1, "hosted")


def test_configuring_again_updates_the_account_and_nothing_else(new: Store) -> None:
    new.configure(**ACCOUNT)
    secret = new.account().token_secret

    new.configure(**{**ACCOUNT, "name": "Kitchen Notes"})

    assert new.account().name == "Kitchen Notes"
    assert new.account().token_secret == secret
    assert count(new, subscribers) == 3
    assert len(secret) == 32


def test_configuring_with_nothing_new_writes_nothing(new: Store) -> None:
    """`newsletter run` configures on every pass, and cron runs it every minute."""
    new.configure(**ACCOUNT)
    with new.engine.connect() as other:
        before = other.exec_driver_sql("PRAGMA data_version").scalar_one()

        new.configure(**ACCOUNT)

        assert other.exec_driver_sql("PRAGMA data_version").scalar_one() == before


def test_of_a_key_only_its_digest_is_kept(new: Store) -> None:
    assert not new.has_keys()

    new.add_key("kit_secret", "laptop")
    new.add_key("kit_secret", "laptop again")

    assert new.has_keys()
    with new.reading() as db:
        rows = db.execute(select(api_keys.c.digest, api_keys.c.label)).all()
    assert [tuple(each) for each in rows] == [(hashlib.sha256(b"kit_secret").hexdigest(), "laptop")]


def test_an_account_that_was_never_configured_is_asked_for(new: Store) -> None:
    with pytest.raises(StoreError, match="no account"):
        new.account()


def test_several_processes_may_open_and_configure_a_new_store_at_once(
    tmp_path: Path, clock: Any
) -> None:
    url = sqlite_url(tmp_path / "shared.db")

    def begin(_: int) -> None:
        store = open_store(url, clock=clock)
        store.configure(**ACCOUNT)
        store.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(begin, range(4)))

    store = open_store(url, clock=clock)
    assert (count(store, account), count(store, subscribers)) == (1, 3)
    store.close()


def test_letters_that_were_public_before_have_a_web_side_and_are_no_news(
    backend: str, tmp_path: Path, clock: Any, request: pytest.FixtureRequest
) -> None:
    url = sqlite_url(tmp_path / "old.db")
    if backend == "postgresql":
        url = request.getfixturevalue("postgres_database")
    engine = open_engine(url, schema=store_module.SCHEMA)
    migrate(engine, store_module.MIGRATIONS, to="0004")
    with writing(engine) as db:
        db.execute(
            text(
                "INSERT INTO email_templates (name, is_default, category, html) "
                "VALUES ('Text only', true, 'HTML', 'x')"
            )
        )
        for public in ("true", "false"):
            db.execute(
                text(
                    "INSERT INTO broadcasts (created_at, updated_at, subject, public, published_at, "
                    "email_template_id, subscriber_filter, status) VALUES "
                    f"(:at, :at, 'Old', {public}, :at, 1, '[]', 'completed')"
                ).bindparams(bindparam("at", clock(), UtcDateTime()))
            )
    engine.dispose()
    migrate_store(url)
    store = open_store(url, clock=clock)

    with store.reading() as db:
        rows = db.execute(posts.all_posts()).all()
        is_news = posts.is_to_announce(db, now=clock())
    store.close()
    assert [(row.id, row.slug, row.subject) for row in rows] == [(1, "letter-1", "Old")]
    assert is_news is False


def test_a_key_that_is_replaced_opens_nothing_any_more(server: Any) -> None:
    def status(key: str) -> int:
        return int(server.web.get("/v4/tags", headers={"X-Kit-Api-Key": key}).status_code)

    server.store.replace_key("kit_first", "own")
    server.store.replace_key("kit_second", "own")

    assert [status(each) for each in ("kit_first", "kit_second")] == [401, 200]
    assert server.api.get("/tags").status_code == 200, "keys of other labels stay"
