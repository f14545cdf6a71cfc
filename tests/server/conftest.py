"""One real HTTP server for all tests here; each test has a store, a clock and an app of its own."""

import email
import email.policy
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from newsletter.database import sqlite_url
from newsletter.server.app import RequestLine, create_app
from newsletter.server.delivery import Delivered, deliver_due
from newsletter.server.embedded import serving
from newsletter.server.store import oauth
from newsletter.server.store.store import SCHEMA, Store, open_store
from tests.postgres.cluster import Cluster
from tests.postgres.fixtures import Kept, backend, cluster, postgres_database

__all__ = ["backend", "cluster", "postgres_database"]

KEY = "kit_for_tests"
PUBLIC_URL = "https://letters.example.org"
TUESDAY_NINE = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = TUESDAY_NINE

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **duration: float) -> None:
        self.now += timedelta(**duration)


@dataclass
class Stage:
    """Passes each request on to the app of the test that is running."""

    app: Starlette | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.app is not None
        await self.app(scope, receive, send)


@dataclass
class Server:
    """What a test holds of its server: the store behind it, and clients in front."""

    url: str
    store: Store
    clock: Clock
    api: httpx.Client
    web: httpx.Client
    log: list[RequestLine] = field(default_factory=list)
    bearer: str = ""

    def deliver(self, owner: str = "test") -> tuple[Delivered, ...]:
        return deliver_due(self.store, now=self.clock(), public_url=PUBLIC_URL, owner=owner)

    def add(self, *addresses: str, **values: Any) -> list[int]:
        """Subscribers, made through the API."""
        bodies = [{"email_address": each, **values} for each in addresses]
        answers = [self.api.post("/subscribers", json=body) for body in bodies]
        return [answer.json()["subscriber"]["id"] for answer in answers]

    def token(self, *, scope: str = "public", **life: float) -> str:
        """An access token made by hand; `days=1` and the like say how long it is good."""
        now = self.clock()
        expires_at = now + timedelta(**life) if life else None
        with self.store.writing() as db:
            made = oauth.issue(db, label="tests", scope=scope, expires_at=expires_at, now=now)
        return made.access_token

    def by_token(self, method: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
        """A call of the API with an access token instead of the key."""
        if not self.bearer:
            self.bearer = self.token()
        headers = {"X-Kit-Api-Key": "", "Authorization": f"Bearer {self.bearer}"}
        return self.api.request(method, path, json=body, headers=headers, **more)

    def draft(self, **values: Any) -> dict[str, Any]:
        """A broadcast with a subject and content, made through the API."""
        body = {"subject": "A letter", "content": "<p>Words</p>", **values}
        answer = self.api.post("/broadcasts", json=body)
        assert answer.status_code == 201, answer.text
        broadcast: dict[str, Any] = answer.json()["broadcast"]
        return broadcast

    def send(self, **values: Any) -> dict[str, Any]:
        """A broadcast that is due now and delivered."""
        broadcast = self.draft(send_at=self.clock().isoformat(), **values)
        self.deliver()
        return broadcast

    def outbox(self) -> list[dict[str, Any]]:
        """The delivered messages, oldest first."""
        messages: list[dict[str, Any]] = self.web.get("/outbox.json").json()["messages"]
        return messages[::-1]

    def way_out(self, recipient: str) -> str:
        """The path of a reader's link to leave, from her newest letter."""
        mine = [each for each in self.outbox() if each["recipient"] == recipient]
        return str(mine[-1]["list_unsubscribe"]).removeprefix(PUBLIC_URL)


@dataclass(frozen=True)
class Letter:
    """A message in the outbox, taken apart as a mail program does it."""

    subject: str
    html: str
    text: str


def letter_of(server: Server, number: int) -> Letter:
    """The message with this number in the outbox."""
    raw = server.web.get(f"/outbox/{number}/raw").content
    message = email.message_from_bytes(raw, _class=EmailMessage, policy=email.policy.default)
    text, html = (part.get_content() for part in message.walk() if not part.is_multipart())
    return Letter(subject=str(message["Subject"]), html=html, text=text)


ACCOUNT: dict[str, Any] = {
    "name": "Garden Notes",
    "sender_name": "Ann Lee",
    "sender_address": "ann@example.org",
    "address": "1 Elm Street, Springfield",
    "timezone": "America/New_York",
}


def configure(store: Store) -> None:
    store.configure(**ACCOUNT)


@pytest.fixture(scope="session")
def filled_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new store, made once and copied for each test."""
    path = tmp_path_factory.mktemp("server") / "server.db"
    store = open_store(sqlite_url(path), clock=Clock())
    configure(store)
    store.add_key(KEY, "tests")
    store.close()
    return path


@pytest.fixture(scope="session")
def kept_store(cluster: Cluster) -> Kept:
    """The same on PostgreSQL; each test finds it as it was."""
    url = cluster.url(cluster.new())
    store = open_store(url, clock=Clock())
    configure(store)
    store.add_key(KEY, "tests")
    store.close()
    return Kept.of(url, SCHEMA)


@dataclass
class House:
    """What is slow to make and shared: the listening server and two clients."""

    stage: Stage
    url: str
    api: httpx.Client
    web: httpx.Client


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    stage = Stage()
    with (
        serving(stage) as url,
        httpx.Client(base_url=f"{url}/v4", headers={"X-Kit-Api-Key": KEY}) as api,
        httpx.Client(base_url=url) as web,
    ):
        yield House(stage=stage, url=url, api=api, web=web)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store_url(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    if backend == "sqlite":
        path = tmp_path / "server.db"
        shutil.copyfile(request.getfixturevalue("filled_database"), path)
        return sqlite_url(path)
    kept: Kept = request.getfixturevalue("kept_store")
    kept.restore()
    return kept.url


@pytest.fixture
def store(store_url: str, clock: Clock) -> Iterator[Store]:
    store = open_store(store_url, clock=clock)
    yield store
    store.close()


@pytest.fixture
def start(house: House, store: Store, clock: Clock) -> Iterator[Callable[..., Server]]:
    """Starts the test's server; for tests that need options of `create_app`."""

    def start(**options: Any) -> Server:
        log: list[RequestLine] = []
        house.stage.app = create_app(
            store, clock=clock, public_url=PUBLIC_URL, on_request=log.append, **options
        )
        return Server(
            url=house.url, store=store, clock=clock, api=house.api, web=house.web, log=log
        )

    yield start
    house.stage.app = None


@pytest.fixture
def server(start: Callable[..., Server]) -> Server:
    return start()
