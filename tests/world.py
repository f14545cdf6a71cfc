"""A real project over the real server, and a net that fails on purpose: fixtures for several rooms."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from newsletter.broadcast.model import Policy
from newsletter.commands.desk import Desk, Identity
from newsletter.commands.project import Project
from newsletter.commands.target import Target
from newsletter.database import sqlite_url
from newsletter.kit import Kit
from newsletter.kit.broadcasts import BroadcastCalls
from newsletter.ledger.opening import Ledger, open_ledger
from newsletter.render.model import Look, Newsletter
from newsletter.server.app import create_app
from newsletter.server.delivery import deliver_due
from newsletter.server.embedded import serving
from newsletter.server.store.store import Store, open_store
from tests import loopback

KEY = "kit_local_" + "0" * 32
PUBLIC = "http://127.0.0.1:8710"
MONDAY = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
LETTER = """\
---
subject: The blue pot
preview_text: It simmers while we read, and nobody has to stir.
status: scheduled
send_at: 2026-11-24 09:00
---
Hello {{ subscriber.first_name | default: "friend" }},

the blue pot is on the stove again, and the house smells of bread and barley. There is nothing
to do but read, and to lift the lid once in a while, and to write to you about it in peace.

Until soon,

Mira
"""


class Clock:
    """Time that goes on only when it is told to."""

    def __init__(self) -> None:
        self.now = MONDAY

    def __call__(self) -> datetime:
        return self.now

    def goes_on(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class Net(httpx.BaseTransport):
    """The way to the server; `fate` says what happens to each request.

    `ok`, `never` (not a byte leaves), `lost` (it is applied, the answer is cut off), `fault`
    (it is applied, and answered with 500), `html` (it is applied, and a page comes back),
    `busy` (it is refused with 429, as plain text).
    """

    fate: Callable[[httpx.Request, int], str] = lambda _request, _number: "ok"
    requests: list[httpx.Request] = field(default_factory=list)
    way: httpx.HTTPTransport = field(default_factory=loopback.transport)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        number = len(self.requests)
        self.requests.append(request)
        fate = self.fate(request, number)
        if fate == "never":
            raise httpx.ConnectError("no route", request=request)
        if fate == "busy":
            return httpx.Response(429, text="Retry later", request=request)
        answer = self.way.handle_request(request)
        if fate == "ok":
            return answer
        answer.read()
        answer.close()
        if fate == "html":
            return httpx.Response(200, html="<h1>Sorry</h1>", request=request)
        if fate == "fault":
            return httpx.Response(500, request=request)
        raise httpx.ReadTimeout("cut off", request=request)

    def close(self) -> None:
        self.way.close()


@dataclass
class World:
    """One project, one server, and as many desks at it as a test wants."""

    folder: Path
    store: Store
    url: str
    clock: Clock
    project: Project
    begun: Path
    ledgers: dict[str, Ledger] = field(default_factory=dict)

    @contextmanager
    def desk(
        self,
        net: Net | None = None,
        *,
        ledger: str = "state.db",
        owner: str = "a:1:1",
        stage: Callable[[str], None] = lambda _: None,
        remote: bool = False,
    ) -> Iterator[Desk]:
        opened = self.ledger(ledger)
        with Kit(
            api_key=KEY,
            base_url=f"{self.url}/v4",
            transport=net or Net(),
            limiter=False,
            sleep=lambda _: None,
        ) as kit:
            target = Target(name="local", kind="local", kit=kit, deliver=self.deliver)
            if remote:
                target = Target(name="kit", kind="kit", kit=kit)
            identity = Identity(owner=owner, is_alive=lambda _: False)
            yield Desk(
                project=self.project,
                target=target,
                ledger=opened,
                clock=self.clock,
                identity=identity,
                stage=stage,
            )
        opened.close()

    def ledger(self, name: str = "state.db") -> Ledger:
        """The ledger of that name, made when it is missing; closed, it opens itself again."""
        if name not in self.ledgers:
            file = self.folder / name
            shutil.copyfile(self.begun / "state.db", file)
            with closing(sqlite3.connect(file)) as db, db:
                db.execute("DELETE FROM meta")  # each ledger has an id of its own
            self.ledgers[name] = open_ledger(sqlite_url(file), project=self.project.id)
        return self.ledgers[name]

    def deliver(self, now: datetime) -> object:
        return deliver_due(self.store, now=now, public_url=PUBLIC, owner="server")

    def broadcasts(self) -> list[tuple[str, datetime | None]]:
        """Status and send time of every broadcast at the server, oldest first."""
        with Kit(api_key=KEY, base_url=f"{self.url}/v4", limiter=False) as kit:
            found = sorted(kit.broadcasts.list(), key=lambda b: b.id)
        return [(str(b.status), b.send_at) for b in found]

    def mail(self) -> list[str]:
        """Who got a message, a line each."""
        answer = httpx.get(
            f"{self.url}/outbox.json", params={"per_page": 1000}, verify=loopback.NO_TLS
        )
        return sorted(m["recipient"] for m in answer.json()["messages"])

    def write(self, text: str = LETTER) -> None:
        (self.folder / "issues" / "pot.md").write_text(text, encoding="utf-8")


@pytest.fixture(scope="session")
def begun_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new ledger and a new store; migrations run once for all tests."""
    folder = tmp_path_factory.mktemp("begun-world")
    open_ledger(sqlite_url(folder / "state.db"), project="kitchen").close()
    store = open_store(sqlite_url(folder / "server.db"), clock=Clock())
    store.configure(
        name="The Slow Kitchen",
        sender_name="Mira",
        sender_address="letters@example.org",
        address="12 Harbour Lane",
        timezone="America/New_York",
    )
    store.add_key(KEY, label="test")
    store.close()
    return folder


@pytest.fixture
def world(begun_world: Path, tmp_path: Path) -> Iterator[World]:
    clock = Clock()
    (tmp_path / "issues").mkdir()
    shutil.copyfile(begun_world / "server.db", tmp_path / "server.db")
    store = open_store(sqlite_url(tmp_path / "server.db"), clock=clock)
    project = Project(
        root=tmp_path,
        id="kitchen",
        name="The Slow Kitchen",
        timezone="America/New_York",
        slot="Tue 09:00",
        policy=Policy(lead=timedelta(hours=24), grace=timedelta(hours=12)),
        undo=timedelta(minutes=5),
        strict=False,
        ignore=frozenset(),
        look=Look(
            newsletter=Newsletter(
                name="The Slow Kitchen",
                sender_name="Mira",
                sender_address="letters@example.org",
                address="12 Harbour Lane",
                website="https://example.org",
                language="en",
            ),
            form_fallback=f"{PUBLIC}/forms/{{id}}",
        ),
    )
    with serving(create_app(store, clock=clock, public_url=PUBLIC)) as url:
        world = World(
            folder=tmp_path,
            store=store,
            url=url,
            clock=clock,
            project=project,
            begun=begun_world,
        )
        world.write()
        yield world
    store.close()


@pytest.fixture
def net_of() -> Callable[[dict[int, str]], Net]:
    """A net that fails the requests with these numbers, each in its way."""
    return lambda fates: Net(fate=lambda _request, number: fates.get(number, "ok"))


@pytest.fixture
def net_of_writes() -> Callable[[str], Net]:
    """A net on which every POST, PUT and DELETE meets the same fate."""
    return lambda fate: Net(fate=lambda request, _number: "ok" if request.method == "GET" else fate)


@pytest.fixture
def hidden_lists(
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[World], AbstractContextManager[None]]:
    """While it lasts, the list of broadcasts shows none, as Kit's may for some minutes."""

    @contextmanager
    def hide(_world: World) -> Iterator[None]:
        with monkeypatch.context() as patch:
            patch.setattr(BroadcastCalls, "list", lambda *_args, **_kwargs: iter(()))
            yield

    return hide
