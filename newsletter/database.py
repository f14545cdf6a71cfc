"""How the ledger and the server open their databases: one way for both.

SQLite is opened in WAL mode with a busy timeout, `synchronous=FULL` (a commit
survives power loss) and explicit `BEGIN IMMEDIATE`, so that a writer waits at the
start of its transaction instead of failing in the middle of it.

PostgreSQL is reached through psycopg. Ledger and server keep to a schema of their own,
so that one database can hold both. Whatever depends on "now" gets it as a value, from
the caller's clock, on both: the database's clock is never asked.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import (
    URL,
    Connection,
    DateTime,
    Dialect,
    Engine,
    String,
    create_engine,
    event,
    text,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.types import TypeDecorator, TypeEngine

BUSY_TIMEOUT_MS = 5_000
# How often a writer that waits for another one looks again, in seconds: soon, then less often.
LOOK_FIRST, LOOK_LAST = 0.0005, 0.005
CONNECT_TIMEOUT_S = 10
# A process that was stopped in the middle of a transaction must not hold its locks for ever.
IDLE_IN_TRANSACTION_MS = 60_000
WAL_AUTOCHECKPOINT_PAGES = 10_000
CACHE_KIB = 32_768


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. Goes in aware, comes out aware and UTC, on every database.

    SQLite keeps it as the text that SQLAlchemy's own type would write, which takes three
    times as long to do so.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(String() if dialect.name == "sqlite" else self.impl_instance)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is not UTC:
            if value.tzinfo is None:
                raise ValueError("a time without a zone cannot be stored")
            value = value.astimezone(UTC)
        if dialect.name != "sqlite":
            return value
        return value.replace(tzinfo=None).isoformat(" ", "microseconds")

    def process_result_value(self, value: Any, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        read: datetime = datetime.fromisoformat(value) if isinstance(value, str) else value
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def sqlite_url(path: Path) -> str:
    """The URL of a SQLite file."""
    return f"sqlite:///{path}"


class Kind(StrEnum):
    """What kind of trouble a database is in, as far as that decides what to do."""

    LOCKED = "locked"  # another program writes; later it will work
    UNREACHABLE = "unreachable"  # the server does not answer; later it may
    REFUSED = "refused"  # wrong user or password, no such database, no right to it
    FULL = "full"  # no room left on the disk
    READ_ONLY = "read-only"
    UNUSABLE = "unusable"  # not a database, damaged, or not ours

    @property
    def is_temporary(self) -> bool:
        """Whether trying again later may work without anybody's help."""
        return self in (Kind.LOCKED, Kind.UNREACHABLE)


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """Why a database could not be used. `words` hold no password and no value of a row."""

    kind: Kind
    words: str


def trouble_of(error: BaseException) -> Trouble:
    """What an exception of SQLAlchemy or its drivers means."""
    if isinstance(error, (ArgumentError, NoSuchModuleError)):
        # SQLAlchemy quotes the whole address, which may hold a password.
        return Trouble(kind=Kind.UNUSABLE, words="its address is not one of a database")
    origin = error.orig if isinstance(error, DBAPIError) and error.orig else error
    words = " ".join(str(origin).split("\nHINT:")[0].split())
    words = re.sub(r"^connection failed: ", "", words) or type(origin).__name__
    return Trouble(kind=_kind(origin, words.lower()), words=words.rstrip("."))


def _kind(origin: BaseException, words: str) -> Kind:
    state = str(getattr(origin, "sqlstate", None) or "")
    if state:
        return _KINDS_BY_STATE.get(state) or _KINDS_BY_STATE.get(state[:2]) or Kind.UNUSABLE
    return next((kind for kind, signs in _SIGNS if any(s in words for s in signs)), Kind.UNUSABLE)


# SQLSTATEs, or the two characters of their class: PostgreSQL's manual, appendix A.
_KINDS_BY_STATE = {
    "55P03": Kind.LOCKED,  # lock_timeout
    "40": Kind.LOCKED,  # deadlock, serialization
    "57": Kind.UNREACHABLE,  # shutting down, starting up
    "53300": Kind.UNREACHABLE,  # too many connections
    "08": Kind.UNREACHABLE,
    "53100": Kind.FULL,
    "25006": Kind.READ_ONLY,
    "28": Kind.REFUSED,
    "3D": Kind.REFUSED,
    "42501": Kind.REFUSED,
}
# What SQLite and libpq only say in words. A failed connection bears no SQLSTATE.
_SIGNS = (
    (Kind.REFUSED, ("password", "no pg_hba.conf entry", "does not exist", "role ")),
    (Kind.LOCKED, ("is locked", "busy")),
    (Kind.FULL, ("disk is full", "disk i/o error", "no space left")),
    (Kind.READ_ONLY, ("readonly", "read-only")),
    (
        Kind.UNREACHABLE,
        (
            "connection refused",
            "timeout",
            "timed out",
            "could not connect",
            "is the server running",
            "failed to resolve",
            "could not translate host",
            "closed the connection",
            "connection is lost",
            "connection is closed",
            "connection was closed",
            "terminating connection",
            "starting up",
            "accepting connections",
            "recovery mode",
            "shutting down",
            "network is unreachable",
            "no route to host",
            "connection reset",
        ),
    ),
)


def is_lost_race(error: BaseException) -> bool:
    """Whether PostgreSQL undid a transaction for another's sake: doing it again is safe."""
    state = getattr(getattr(error, "orig", None), "sqlstate", None)
    return state in ("40001", "40P01")


def open_engine(url: str, *, schema: str = "public") -> Engine:
    """An engine for `url`; a SQLite file's folder is made when it is missing.

    Connections are pooled per thread by SQLAlchemy; SQLite connections may be used
    from the thread that checked them out only. `schema` is where the tables live on
    PostgreSQL. Raises ArgumentError for an address of neither.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise ArgumentError("not an address of a database") from None
    if parsed.get_backend_name() in ("postgresql", "postgres"):
        return _open_postgresql(parsed, schema)
    if parsed.get_backend_name() != "sqlite":
        raise ArgumentError("neither SQLite nor PostgreSQL")
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        parsed, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000}, hide_parameters=True
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        # The driver must not begin transactions by itself: it would begin them as
        # readers, and a reader that turns writer fails at once under contention.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute(f"PRAGMA wal_autocheckpoint={WAL_AUTOCHECKPOINT_PAGES}")
        cursor.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get("reads_only"):
            connection.exec_driver_sql("BEGIN DEFERRED")
        else:
            _begin_writing(connection)

    return engine


def _begin_writing(connection: Connection) -> None:
    """BEGIN IMMEDIATE as soon as nobody else writes, within the busy timeout.

    SQLite would sleep up to 0.1 s between two looks, and whoever looks so rarely is
    overtaken again and again by a process that writes one transaction after the other.
    """
    driver: Any = connection.connection.driver_connection
    give_up, pause = time.monotonic() + BUSY_TIMEOUT_MS / 1000, LOOK_FIRST
    driver.execute("PRAGMA busy_timeout=0")
    try:
        while time.monotonic() < give_up:
            try:
                driver.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    break
            else:
                return
            time.sleep(pause)
            pause = min(pause * 1.5, LOOK_LAST)
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # for the error in SQLAlchemy's words
    finally:
        driver.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")


def checkpoint(engine: Engine) -> None:
    """Take what SQLite's log holds over into the database, as far as nobody is hindered.

    Left to itself, the commit that makes the log long enough does it, whosever that is.
    What cannot be done now, on a full disk say, a later one does. Nothing on PostgreSQL.
    """
    if engine.dialect.name != "sqlite":
        return
    with closing(engine.raw_connection()) as connection, suppress(sqlite3.Error):
        connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)")


def _open_postgresql(url: URL, schema: str) -> Engine:
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        connect_args={"connect_timeout": CONNECT_TIMEOUT_S, "application_name": "newsletter"},
        # A server that was restarted leaves dead connections in the pool.
        pool_pre_ping=True,
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute(f"SET search_path TO {schema}")
        cursor.execute("SET TIME ZONE 'UTC'")
        cursor.execute(f"SET lock_timeout = {BUSY_TIMEOUT_MS}")
        cursor.execute(f"SET idle_in_transaction_session_timeout = {IDLE_IN_TRANSACTION_MS}")
        cursor.close()
        connection.commit()

    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that only reads: on SQLite it takes no lock that stops writers."""
    with engine.connect().execution_options(reads_only=True) as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes; committed at the end, rolled back on an exception."""
    with engine.begin() as connection:
        yield connection


def schema_version(engine: Engine) -> str | None:
    """The Alembic revision that stands in the database, or None for a new one."""
    try:
        with reading(engine) as connection:
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except DBAPIError as error:
        is_new = getattr(error.orig, "sqlstate", "") == "42P01" or "no such table" in str(
            error.orig
        )
        if is_new:
            return None
        raise


def migrate(engine: Engine, migrations: Path, *, to: str = "head") -> None:
    """Bring the schema to a revision found in the folder `migrations`, the newest one by default.

    Others that want the same at the same time wait, and then find it done.
    """
    # Alembic takes a tenth of a second to import; most starts find the schema current.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    with _MIGRATING, writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            _take_turn(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, to)


# Alembic keeps what it works on in globals; threads take turns.
_MIGRATING = Lock()


def _take_turn(connection: Connection) -> None:
    schema = str(connection.execute(text("SHOW search_path")).scalar_one())
    key = {"key": f"newsletter migrates {schema}"}
    # Waiting for another one's migration is not the wait for a row.
    connection.execute(text("SET LOCAL lock_timeout = '10min'"))
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:key))"), key)
    is_there = text("SELECT 1 FROM pg_namespace WHERE nspname = :name")
    # Asked first: CREATE … IF NOT EXISTS wants the right to create also where nothing is made.
    if connection.execute(is_there, {"name": schema}).first() is None:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
