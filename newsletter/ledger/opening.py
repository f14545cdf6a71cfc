"""The ledger is opened here: made when missing, migrated when old, refused when foreign."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, select
from sqlalchemy.exc import ArgumentError, DBAPIError

from newsletter import database
from newsletter.database import Kind
from newsletter.errors import NewsletterError, NotConfigured, NotNow, TryLater
from newsletter.ledger import tables
from newsletter.ledger.upserting import insert_into

MIGRATIONS = Path(__file__).parent / "migrations"
HEAD = "0002"
SCHEMA = "newsletter_ledger"  # on PostgreSQL


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """An open ledger. `id` is its own, so that two ledgers can be told apart."""

    engine: Engine
    id: str

    def close(self) -> None:
        """Give its connections back."""
        self.engine.dispose()


def open_ledger(url: str, *, project: str) -> Ledger:
    """The ledger at `url`, for the project `project`.

    A new one is made; an old one is migrated by itself on SQLite. Raises NotConfigured
    when it is not a ledger, is from a newer version, waits for `newsletter server migrate`
    (PostgreSQL), or belongs to another project: marks at the target would no longer be
    recognised, and an issue could go out twice. Raises TryLater while another process
    locks it or it does not answer.
    """
    with _open(url) as engine:
        version = database.schema_version(engine)
        if version is not None and version > HEAD:
            raise NotConfigured(
                f"The ledger is from a newer version (schema {version}; this one knows {HEAD}).",
                hint="Update newsletter on this machine.",
            )
        if version != HEAD:
            if engine.dialect.name != "sqlite" and version is not None:
                raise NotConfigured(
                    f"The ledger has schema {version}, and {HEAD} is needed.",
                    hint="newsletter server migrate",
                    code="old-schema",
                )
            database.migrate(engine, MIGRATIONS)
        return Ledger(engine=engine, id=_known(engine, project))


def migrate_ledger(url: str) -> tuple[str | None, str]:
    """Bring the ledger at `url` to this program's schema; gives the versions before and after.

    Raises what `open_ledger` raises.
    """
    with _open(url) as engine:
        before = database.schema_version(engine)
        if before is None or before < HEAD:
            database.migrate(engine, MIGRATIONS)
        after = database.schema_version(engine) or HEAD
        engine.dispose()
        return before, after


@contextmanager
def _open(url: str) -> Iterator[Engine]:
    """An engine whose troubles are told in words; closed when there are any."""
    engine: Engine | None = None
    try:
        engine = database.open_engine(url, schema=SCHEMA)
        yield engine
    except (DBAPIError, ArgumentError, OSError) as error:
        if engine is not None:
            engine.dispose()
        raise explain(error, url) from error
    except BaseException:
        if engine is not None:
            engine.dispose()
        raise


def _known(engine: Engine, project: str) -> str:
    found = _meta(engine)
    if "id" not in found:
        with database.writing(engine) as connection:
            again = dict(connection.execute(select(tables.meta.c.key, tables.meta.c.value)).all())
            if "id" not in again:
                again = {"id": secrets.token_hex(8), "project": project}
                rows = [{"key": key, "value": value} for key, value in again.items()]
                insert = insert_into(connection, tables.meta).on_conflict_do_nothing()
                connection.execute(insert, rows)
        found = _meta(engine)
    if found["project"] != project:
        raise NotConfigured(
            f"This ledger belongs to the project {found['project']!r}, and newsletter.toml now says {project!r}.",
            hint=f'Put  project = "{found["project"]}"  into newsletter.toml; the name may change, this may not.',
            code="other-project",
        )
    return found["id"]


def _meta(engine: Engine) -> dict[str, str]:
    with database.reading(engine) as connection:
        return dict(connection.execute(select(tables.meta.c.key, tables.meta.c.value)).all())


def explain(error: Exception, url: str) -> NewsletterError:
    """An exception of the ledger's database, as something to tell the user."""
    trouble = database.trouble_of(error)
    if trouble.kind is Kind.LOCKED:
        return TryLater("Another program is writing to the ledger.", code="ledger-locked")
    if trouble.kind is Kind.UNREACHABLE:
        return TryLater(
            f"The ledger's database does not answer: {trouble.words}.",
            hint="Nothing was changed. NEWSLETTER_LEDGER_URL says where it is.",
            code="ledger-unreachable",
        )
    if trouble.kind is Kind.FULL:
        return NotNow(
            f"The ledger cannot be written: {trouble.words}.",
            hint="Make room on the disk. What was done so far is kept.",
            code="disk-full",
        )
    is_file = url.startswith("sqlite:")
    hint = _CURES.get(trouble.kind, "") if is_file else "Look at NEWSLETTER_LEDGER_URL in .env."
    return NotConfigured(
        f"The ledger cannot be used: {trouble.words}.",
        hint=hint or _move_away(url),
        code="ledger-unusable",
    )


_CURES = {
    Kind.READ_ONLY: "Give the user that runs newsletter the right to write there.",
}


def _move_away(url: str) -> str:
    place = url.removeprefix("sqlite:///")
    return f"It is {place}. Put a backup there, or move it away: what was sent is found again at the target."
