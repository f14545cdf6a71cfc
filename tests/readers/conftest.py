"""A desk at the real server, over a net that fails when it is told to."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from newsletter.audience.model import State
from newsletter.broadcast.model import Policy
from newsletter.commands.desk import Desk, Identity, working
from newsletter.commands.outcome import Synced
from newsletter.commands.project import Project
from newsletter.commands.readers import people
from newsletter.commands.sync import sync
from newsletter.commands.target import Target
from newsletter.database import sqlite_url
from newsletter.kit import Kit
from newsletter.ledger import mirror
from newsletter.ledger.opening import Ledger, open_ledger
from newsletter.render.model import Look, Newsletter
from newsletter.server.app import create_app
from newsletter.server.embedded import serving
from newsletter.server.store import leaving
from newsletter.server.store import subscribers as store_subscribers
from newsletter.server.store.store import Store, open_store
from newsletter.server.store.tables import subscribers as server_table
from tests import loopback

KEY = "kit_local_" + "0" * 32
PUBLIC = "http://127.0.0.1:8710"
START = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


@dataclass
class Clock:
    """Time that goes on only when it is told to."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def goes_on(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class Net(httpx.BaseTransport):
    """The way to the server; `fate` says of each request what happens to it.

    `ok`, `never` (not a byte leaves), `lost` (applied, the answer is cut off).
    """

    fate: Callable[[httpx.Request, int], str] = lambda _request, _number: "ok"
    requests: list[httpx.Request] = field(default_factory=list)
    way: httpx.HTTPTransport = field(default_factory=loopback.transport)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        fate = self.fate(request, len(self.requests) - 1)
        if fate == "never":
            raise httpx.ConnectError("no route", request=request)
        answer = self.way.handle_request(request)
        if fate == "ok":
            return answer
        answer.read()
        answer.close()
        raise httpx.ReadTimeout("cut off", request=request)

    def close(self) -> None:
        self.way.close()

    def written(self) -> list[str]:
        """The writes that were tried, as method and path."""
        return [f"{r.method} {r.url.path}" for r in self.requests if r.method != "GET"]


@dataclass
class Service:
    """The service: its store, and hands that change it behind the ledger's back."""

    store: Store
    clock: Clock

    def add(self, address: str, *, state: str = "active", name: str | None = None) -> int:
        with self.store.writing() as db:
            store_subscribers.create(
                db, address=address, first_name=name, state=state, fields={}, now=self.clock()
            )
            row = store_subscribers.by_address(db, address)
            assert row is not None
            return int(row.id)

    def add_many(self, number: int) -> None:
        rows: list[dict[str, object]] = [
            {
                "email_address": f"r{n}@example.org",
                "email_key": f"r{n}@example.org",
                "first_name": None,
                "state": "active",
                "fields": {},
                "created_at": self.clock(),
                "updated_at": self.clock(),
            }
            for n in range(number)
        ]
        with self.store.writing() as db:
            db.execute(server_table.insert(), rows)

    def leave(self, number: int) -> None:
        with self.store.writing() as db:
            assert leaving.leave(db, number, how="link", now=self.clock())

    def take_back(self, number: int) -> None:
        with self.store.writing() as db:
            assert leaving.take_back(db, number, now=self.clock())

    def delete(self, number: int) -> None:
        """As the owner of an account can, in Kit's own pages."""
        with self.store.writing() as db:
            db.execute(server_table.delete().where(server_table.c.id == number))

    def states(self) -> dict[str, str]:
        with self.store.reading() as db:
            columns = (server_table.c.email_address, server_table.c.state)
            found = db.execute(server_table.select().with_only_columns(*columns))
            return {row.email_address: row.state for row in found}


@dataclass
class Place:
    """One ledger, one service, and desks between them."""

    ledger: Ledger
    service: Service
    url: str
    clock: Clock
    project: Project

    def desk(self, net: Net | None = None, *, kind: str = "local") -> Desk:
        kit = Kit(
            api_key=KEY,
            base_url=f"{self.url}/v4",
            transport=net or Net(),
            limiter=False,
            sleep=lambda _: None,
        )
        self.kits.append(kit)
        return Desk(
            project=self.project,
            target=Target(name="local", kind="kit" if kind == "kit" else "local", kit=kit),
            ledger=self.ledger,
            clock=self.clock,
            identity=Identity(owner="a:1:1", is_alive=lambda _: False),
        )

    kits: list[Kit] = field(default_factory=list)

    def sync(self, net: Net | None = None, *, kind: str = "local") -> Synced:
        desk = self.desk(net, kind=kind)
        people.recognise(desk)
        with working(desk) as held:
            return sync(held)

    def state_of(self, address: str) -> tuple[State, bool] | None:
        """By the mirror: her state, and whether the target still lists her."""
        found = mirror.by_address(self.ledger, "local", address)
        return (found.state, found.vanished_at is None) if found else None

    def mirrored(self) -> dict[str, str]:
        """Everybody in the mirror whom the target lists, with the state."""
        return {s.email_address: s.state.value for s in mirror.walk(self.ledger, "local")}


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Databases without anybody in them; migrations run once for all tests."""
    folder = tmp_path_factory.mktemp("begun-readers")
    store = open_store(sqlite_url(folder / "server.db"), clock=Clock())
    store.configure(
        name="Harbour Notes",
        sender_name="Mira",
        sender_address="letters@example.org",
        address="12 Harbour Lane",
        timezone="America/New_York",
    )
    store.add_key(KEY, label="test")
    with store.writing() as db:
        db.execute(server_table.delete())  # the sample readers
    store.close()
    open_ledger(sqlite_url(folder / "state.db"), project="harbour").close()
    return folder


@pytest.fixture
def place(begun: Path, tmp_path: Path) -> Iterator[Place]:
    clock = Clock()
    for file in begun.iterdir():
        shutil.copy(file, tmp_path)
    store = open_store(sqlite_url(tmp_path / "server.db"), clock=clock)
    newsletter = Newsletter(
        name="Harbour Notes",
        sender_name="Mira",
        sender_address="letters@example.org",
        address="12 Harbour Lane",
        website="https://example.org",
        language="en",
    )
    project = Project(
        root=tmp_path,
        id="harbour",
        name="Harbour Notes",
        timezone="America/New_York",
        slot="Tue 09:00",
        policy=Policy(lead=timedelta(hours=24), grace=timedelta(hours=12)),
        undo=timedelta(minutes=5),
        strict=False,
        ignore=frozenset(),
        look=Look(newsletter=newsletter),
    )
    ledger = open_ledger(sqlite_url(tmp_path / "state.db"), project="harbour")
    with serving(create_app(store, clock=clock, public_url=PUBLIC)) as url:
        place = Place(
            ledger=ledger,
            service=Service(store=store, clock=clock),
            url=url,
            clock=clock,
            project=project,
        )
        yield place
        for kit in place.kits:
            kit.close()
    ledger.close()
    store.close()


@pytest.fixture
def net_that() -> Callable[[str, str], Net]:
    """A net on which every request with a method meets one fate."""
    return lambda method, fate: Net(fate=lambda r, _number: fate if r.method == method else "ok")


@pytest.fixture
def failing_net() -> Callable[[Callable[[httpx.Request, int], str]], Net]:
    """A net with the given fates."""
    return lambda fate: Net(fate=fate)
