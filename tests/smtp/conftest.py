"""A store with readers who have real-looking addresses, a sink, and a certificate for it."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from newsletter.database import sqlite_url
from newsletter.server.delivery import Delivered, Post, deliver_due
from newsletter.server.delivery.line import Timeouts
from newsletter.server.delivery.relay import parse
from newsletter.server.store import broadcasts
from newsletter.server.store.audience import freeze
from newsletter.server.store.store import SCHEMA, Store, open_store
from newsletter.server.store.tables import deliveries, email_templates, subscribers
from tests.postgres.cluster import Cluster
from tests.postgres.fixtures import Kept, backend, cluster
from tests.smtp.sink import Sink

__all__ = ["backend", "cluster"]

PUBLIC_URL = "https://letters.example.org"
NINE = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
QUICK = Timeouts(connect=5, command=5, data=5, content=5, dot=5)
CONTENT = """\
<p>Hello {{ subscriber.first_name | default: "friend" }},</p>
<p>.a line that begins with a dot, and Umlaute: äöü</p>
<p><a href="{{ unsubscribe_url }}">leave</a> {{ address }}</p>"""


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = NINE

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **duration: float) -> None:
        self.now += timedelta(**duration)


@dataclass
class Office:
    """A store, its clock, and how its mail leaves."""

    store: Store
    url: str
    clock: Clock
    journals: Path
    sink: Sink | None = None
    smtp_url: str = ""
    timeouts: Timeouts = QUICK
    reports: list[Delivered] = field(default_factory=list)

    def to(self, sink: Sink, smtp_url: str = "") -> None:
        """From now on mail goes there."""
        self.sink = sink
        self.smtp_url = smtp_url or sink.url

    def post(self) -> Post:
        relay = parse(self.smtp_url)
        return Post(relay=relay, journals=self.journals, timeouts=self.timeouts)

    def deliver(self, owner: str = "test", **options: Callable[[], bool]) -> tuple[Delivered, ...]:
        done = deliver_due(
            self.store,
            now=self.clock(),
            public_url=PUBLIC_URL,
            owner=owner,
            post=self.post(),
            **options,
        )
        self.reports += done
        return done

    def readers(self, *names: str, domain: str = "post.internal", state: str = "active") -> None:
        """Subscribers with these names before the @."""
        rows = [
            {
                "email_address": name if "@" in name else f"{name}@{domain}",
                "email_key": (name if "@" in name else f"{name}@{domain}").casefold(),
                "first_name": name.title(),
                "state": state,
                "fields": {},
                "created_at": self.clock(),
                "updated_at": self.clock(),
            }
            for name in names
        ]
        with self.store.writing() as db:
            db.execute(insert(subscribers), rows)

    def broadcast(self, *, subject: str = "A letter", content: str = CONTENT) -> int:
        """A broadcast that is due now."""
        with self.store.writing() as db:
            template = db.execute(
                select(email_templates.c.id).where(email_templates.c.category == "Starting point")
            ).scalar_one()
            values = {
                "subject": subject,
                "content": content,
                "public": False,
                "send_at": self.clock(),
                "email_template_id": template,
                "subscriber_filter": [{"all": []}],
                "status": "scheduled",
            }
            return broadcasts.create(db, values, now=self.clock())

    def begun(self) -> int:
        """The same, with its audience frozen."""
        number = self.broadcast()
        with self.store.writing() as db:
            freeze(db, number, now=self.clock())
        return number

    def states(self) -> dict[str, str]:
        """The state of every delivery by the name of its reader, sample readers left out."""
        rows = (
            select(subscribers.c.email_address, deliveries.c.state)
            .join(subscribers, subscribers.c.id == deliveries.c.subscriber_id)
            .where(subscribers.c.email_address.not_like("%@example.org"))
            .order_by(deliveries.c.id)
        )
        with self.store.reading() as db:
            return {row[0].partition("@")[0]: row[1] for row in db.execute(rows)}

    def reader(self, name: str) -> str:
        """The state of a subscriber."""
        address = f"{name}@post.internal"
        with self.store.reading() as db:
            return str(
                db.execute(
                    select(subscribers.c.state).where(subscribers.c.email_address == address)
                ).scalar_one()
            )

    def status(self, number: int = 1) -> str:
        with self.store.reading() as db:
            row = broadcasts.by_id(db, number, now=self.clock())
        assert row is not None
        return str(row.status)

    def paused(self, number: int = 1) -> str | None:
        """Why a broadcast is paused."""
        with self.store.reading() as db:
            row = broadcasts.by_id(db, number, now=self.clock())
        assert row is not None
        return None if row.paused_reason is None else str(row.paused_reason)

    def journal_files(self) -> list[Path]:
        return sorted(self.journals.rglob("*.journal"))


def configured(url: str) -> Store:
    store = open_store(url, clock=Clock())
    store.configure(
        name="Garden Notes",
        sender_name="Ann Lee",
        sender_address="ann@letters.internal",
        address="1 Elm Street, Springfield",
        timezone="America/New_York",
    )
    return store


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("smtp") / "server.db"
    configured(sqlite_url(path)).close()
    return path


@pytest.fixture(scope="session")
def kept(cluster: Cluster) -> Kept:
    url = cluster.url(cluster.new())
    configured(url).close()
    return Kept.of(url, SCHEMA)


def _office(url: str, tmp_path: Path) -> Iterator[Office]:
    clock = Clock()
    store = open_store(url, clock=clock)
    yield Office(store=store, url=url, clock=clock, journals=tmp_path / "journals")
    store.close()


@pytest.fixture
def office(filled: Path, tmp_path: Path) -> Iterator[Office]:
    """On SQLite."""
    path = tmp_path / "server.db"
    shutil.copyfile(filled, path)
    yield from _office(sqlite_url(path), tmp_path)


@pytest.fixture
def either_office(
    backend: str, filled: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Office]:
    """On SQLite, and again on PostgreSQL."""
    if backend == "sqlite":
        path = tmp_path / "server.db"
        shutil.copyfile(filled, path)
        url = sqlite_url(path)
    else:
        there: Kept = request.getfixturevalue("kept")
        there.restore()
        url = there.url
    yield from _office(url, tmp_path)


@dataclass(frozen=True)
class Certificate:
    """A certificate for 127.0.0.1 and localhost, which is its own authority."""

    file: Path
    context: ssl.SSLContext


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl to make a certificate with")
    folder = tmp_path_factory.mktemp("certificate")
    file, key = folder / "cert.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout", str(key)]
    command += ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-out", str(file)]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file, key)
    return Certificate(file=file, context=context)
