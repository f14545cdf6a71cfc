"""The server's store: opened, brought to the newest schema, and told whose account it keeps."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, select, update
from sqlalchemy.exc import ArgumentError, DBAPIError

from newsletter import database
from newsletter.database import Kind
from newsletter.server.store import beginnings
from newsletter.server.store.inserting import insert_if_new
from newsletter.server.store.tables import account, api_keys

MIGRATIONS = Path(__file__).parent / "migrations"
# Every revision in MIGRATIONS, oldest first; a test compares.
REVISIONS = ("0001", "0002", "0003", "0004", "0005")
HEAD = REVISIONS[-1]
SCHEMA = "newsletter_server"  # on PostgreSQL

Clock = Callable[[], datetime]


class StoreError(Exception):
    """The store cannot be used as it is; says what is wrong (`message`) and what to do (`hint`)."""

    def __init__(self, message: str, *, hint: str = "", is_temporary: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.is_temporary = is_temporary  # trying again later may work


class Store:
    """One database with one account in it. Safe to share between threads."""

    def __init__(self, engine: Engine, *, clock: Clock) -> None:
        self.engine = engine
        self.clock = clock
        # SQLite lets one writer in at a time and makes the others sleep and try again, up to
        # 0.1 s each time; threads of one process take turns here, and wake at once.
        self._turn: AbstractContextManager[Any] = (
            Lock() if engine.dialect.name == "sqlite" else nullcontext()
        )

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads."""
        with database.reading(self.engine) as db:
            yield db

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that writes: all of it or nothing."""
        with self._turn, database.writing(self.engine) as db:
            yield db

    def configure(
        self,
        *,
        name: str,
        sender_name: str,
        sender_address: str,
        address: str,
        timezone: str,
        track_opens: bool = False,
        track_clicks: bool = False,
    ) -> None:
        """Keep the account's particulars; a new store also gets its first rows (`beginnings`).

        Writes nothing when nothing differs. `address` is postal, `timezone` an IANA name;
        `track_opens` and `track_clicks` are about letters that begin from now on.
        """
        wanted = {
            "name": name,
            "sender_name": sender_name,
            "sender_address": sender_address,
            "address": address,
            "timezone": timezone,
            "track_opens": track_opens,
            "track_clicks": track_clicks,
        }
        with self.reading() as db:
            row = db.execute(select(account)).one_or_none()
        if row is not None and all(row._mapping[key] == value for key, value in wanted.items()):
            return
        now = self.clock()
        with self.writing() as db:
            secret = secrets.token_bytes(32)
            first = {"id": 1, "token_secret": secret, "created_at": now, **wanted}
            if insert_if_new(db, account, first):
                beginnings.fill(db, form_name=name, now=now)
            else:
                db.execute(update(account).values(wanted))

    def account(self) -> Row[Any]:
        """The account's row; raises StoreError when `configure` was never called."""
        with self.reading() as db:
            return account_of(db)

    def fingerprint(self) -> str:
        """A few letters that no other store has; they tell nothing of its secret."""
        return hashlib.sha256(b"store\x00" + self.account().token_secret).hexdigest()[:12]

    def add_key(self, key: str, label: str) -> None:
        """Let `key` use the API. Only its SHA-256 digest is kept; adding it again does nothing."""
        digest = digest_of(key)
        with self.reading() as db:
            if knows_key(db, digest):
                return
        with self.writing() as db:
            row = {"digest": digest, "label": label, "created_at": self.clock()}
            insert_if_new(db, api_keys, row)

    def replace_key(self, key: str, label: str) -> None:
        """Let `key` use the API, and no other key of this label any more."""
        with self.writing() as db:
            others = (api_keys.c.label == label, api_keys.c.digest != digest_of(key))
            db.execute(delete(api_keys).where(*others))
        self.add_key(key, label)

    def has_keys(self) -> bool:
        """Whether any key may use the API."""
        with self.reading() as db:
            return db.execute(select(api_keys.c.id).limit(1)).first() is not None

    def close(self) -> None:
        """Close every connection that nobody uses."""
        self.engine.dispose()


def open_store(url: str, *, clock: Clock) -> Store:
    """The store at a database URL, made when it is missing.

    SQLite is migrated by itself. Raises StoreError when the database cannot be opened, was
    made by a newer program, or (PostgreSQL) waits for `newsletter server migrate`.
    """
    with _engine(url) as engine:
        version = _known_version(engine)
        if version != HEAD:
            if engine.dialect.name != "sqlite" and version is not None:
                raise StoreError(
                    f"the server's database has schema {version}, and {HEAD} is needed",
                    hint="newsletter server migrate",
                )
            database.migrate(engine, MIGRATIONS)
        return Store(engine, clock=clock)


def migrate_store(url: str) -> tuple[str | None, str]:
    """Bring the store at `url` to this program's schema; gives the versions before and after.

    Raises what `open_store` raises.
    """
    with _engine(url) as engine:
        before = _known_version(engine)
        if before != HEAD:
            database.migrate(engine, MIGRATIONS)
        engine.dispose()
        return before, HEAD


@contextmanager
def _engine(url: str) -> Iterator[Engine]:
    """An engine whose troubles become StoreError; closed when there are any."""
    engine: Engine | None = None
    try:
        engine = database.open_engine(url, schema=SCHEMA)
        yield engine
    except (DBAPIError, ArgumentError, OSError) as error:
        if engine is not None:
            engine.dispose()
        raise explain(error) from error
    except BaseException:
        if engine is not None:
            engine.dispose()
        raise


def _known_version(engine: Engine) -> str | None:
    version = database.schema_version(engine)
    if version is not None and version not in REVISIONS:
        raise StoreError(
            f"the server's database has schema {version}, which this program does not know",
            hint="It was made by a newer version: update the program, or use another database.",
        )
    return version


def explain(error: Exception) -> StoreError:
    """An exception of the store's database, in words."""
    trouble = database.trouble_of(error)
    match trouble.kind:
        case Kind.LOCKED:
            message = "another program is writing to the server's database"
        case Kind.UNREACHABLE:
            message = f"the server's database does not answer: {trouble.words}"
        case _:
            message = f"the server's database cannot be opened: {trouble.words}"
    return StoreError(
        message, hint=_CURES.get(trouble.kind, _CURE), is_temporary=trouble.kind.is_temporary
    )


_CURE = "Check that the place exists, may be written to, and holds a newsletter database."
_CURES = {
    Kind.LOCKED: "Try again in a moment.",
    Kind.UNREACHABLE: "Nothing was changed. NEWSLETTER_STORE_URL says where it is.",
    Kind.REFUSED: "Look at NEWSLETTER_STORE_URL in .env.",
    Kind.FULL: "Make room on the disk; what was done so far stays.",
}


def account_of(db: Connection) -> Row[Any]:
    """The account's row; raises StoreError when there is none yet."""
    row = db.execute(select(account)).one_or_none()
    if row is None:
        raise StoreError("the server's store has no account yet", hint="Call configure() first.")
    return row


def digest_of(key: str) -> str:
    """What is kept of an API key. Keys are long and random, so a plain hash is enough."""
    return hashlib.sha256(key.encode()).hexdigest()


def knows_key(db: Connection, digest: str) -> bool:
    """Whether a key with this digest may use the API."""
    found = db.execute(select(api_keys.c.id).where(api_keys.c.digest == digest)).first()
    return found is not None
