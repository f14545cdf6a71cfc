"""A PostgreSQL server of the tests' own: in a temporary folder, on a free loopback port.

PostgreSQL refuses to run as root; root's tests start it as the user `postgres`, whom
Debian's package makes.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

_DEBIAN = Path("/usr/lib/postgresql")
# Nothing of it outlives the tests, so it need not survive a power loss; and nothing may
# happen in it that a test did not do.
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",
    "autovacuum": "off",
    "max_connections": "60",
    "log_min_messages": "fatal",
}


def programs() -> Path | None:
    """Where initdb and pg_ctl are, the newest ones; None when PostgreSQL is not installed."""
    on_path = shutil.which("initdb")
    if on_path and shutil.which("pg_ctl"):
        return Path(on_path).parent
    found = sorted(_DEBIAN.glob("*/bin/initdb"), key=lambda f: int(f.parents[1].name))
    return found[-1].parent if found else None


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """A running server and the password of its user `newsletter`, who may make databases."""

    folder: Path
    port: int
    password: str

    def url(self, database: str = "postgres") -> str:
        """The address of a database, as a user of newsletter writes it."""
        return f"postgresql://newsletter:{self.password}@127.0.0.1:{self.port}/{database}"

    def do(self, *statements: str) -> None:
        """Run statements outside of any transaction."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def new(self, template: str = "template1") -> str:
        """The name of a new database, a copy of `template`, to which nobody may be connected."""
        name = f"test_{secrets.token_hex(6)}"
        self.do(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever is connected."""
        self.do(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def restart(self) -> None:
        """Stop at once, as a crash would, and come back on the same port."""
        self.ctl("restart", "-m", "immediate")

    def ctl(self, *words: str) -> None:
        """Call pg_ctl on this server and wait until it is done."""
        home = programs()
        assert home is not None
        log = self.folder / "server.log"
        command = [str(home / "pg_ctl"), "-D", str(self.folder / "data"), "-w", "-t", "60"]
        _as_postgres([*command, "-l", str(log), *words])


@contextmanager
def running() -> Iterator[Cluster]:
    """A new cluster, removed at the end; needs `programs`."""
    home = programs()
    assert home is not None
    folder = Path(tempfile.mkdtemp(prefix="newsletter-postgres-"))
    password = secrets.token_hex(12)
    try:
        given = folder / "password"
        given.write_text(password)
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
            shutil.chown(given, "postgres")
        options = ["-D", str(folder / "data"), "-U", "newsletter", "--pwfile", str(given)]
        options += ["-A", "scram-sha-256", "-E", "UTF8", "--no-locale", "--no-sync"]
        _as_postgres([str(home / "initdb"), *options])
        cluster = Cluster(folder=folder, port=_free_port(), password=password)
        settings = {**_SETTINGS, "port": cluster.port, "unix_socket_directories": folder}
        lines = [f"{name} = '{value}'" for name, value in settings.items()]
        with (folder / "data" / "postgresql.conf").open("a") as config:
            config.write("\n".join(lines) + "\n")
        cluster.ctl("start")
        try:
            yield cluster
        finally:
            cluster.ctl("stop", "-m", "immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _as_postgres(command: list[str]) -> None:
    options: dict[str, Any] = {}
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        options = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    done = subprocess.run(
        command,
        cwd="/",
        # Not pipes: the server keeps what it is given, and nobody would ever see their end.
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
        **options,
    )
    assert done.returncode == 0, " ".join(command)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port
