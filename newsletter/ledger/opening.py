"""The ledger is opened here: made when missing, migrated when old, refused when foreign."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, select
from sqlalchemy.exc import DatabaseError

from newsletter import database
from newsletter.errors import NotConfigured, TryLater
from newsletter.ledger import tables

MIGRATIONS = Path(__file__).parent / "migrations"
HEAD = "0002"


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

    Raises NotConfigured when it is not a ledger, is from a newer version, or belongs
    to another project: marks at the target would no longer be recognised, and an
    issue could go out twice. Raises TryLater while another process locks it.
    """
    engine = database.open_engine(url)
    try:
        version = database.schema_version(engine)
        if version is not None and version > HEAD:
            raise NotConfigured(
                f"The ledger is from a newer version (schema {version}; this one knows {HEAD}).",
                hint="Update newsletter on this machine.",
            )
        if version != HEAD:
            database.migrate(engine, MIGRATIONS)
        return Ledger(engine=engine, id=_known(engine, project))
    except DatabaseError as error:
        engine.dispose()
        raise _explain(error, url) from error
    except BaseException:
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
                connection.execute(tables.meta.insert(), rows)
        found = again
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


def _explain(error: DatabaseError, url: str) -> NotConfigured | TryLater:
    words = str(error.orig)
    if "locked" in words or "busy" in words:
        return TryLater("Another program is writing to the ledger.", code="ledger-locked")
    return NotConfigured(
        f"The ledger cannot be used: {words}.",
        hint=f"It is {url.removeprefix('sqlite:///')}. Put a backup there, or move it away: what was sent is found again at the target.",
        code="ledger-unusable",
    )
