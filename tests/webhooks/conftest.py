"""A receiver on loopback that does what it is told, and the real server that tells it things."""

from __future__ import annotations

import json
import threading
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from newsletter.server.webhooks import Told, deliver_events
from tests.server.conftest import (
    Server,
    backend,
    clock,
    cluster,
    filled_database,
    house,
    kept_store,
    postgres_database,
    start,
    store,
    store_url,
)

__all__ = [
    "backend",
    "clock",
    "cluster",
    "filled_database",
    "house",
    "kept_store",
    "postgres_database",
    "start",
    "store",
    "store_url",
]


@dataclass(frozen=True)
class Post:
    """One delivery as it came: `headers` in lower case, `body` to the byte."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def event(self) -> Any:
        """The only event in it."""
        (event,) = self.json["events"]
        return event


class Receiver(ThreadingHTTPServer):
    """Answers each POST as the next line of its script says, and with 204 when there is none."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.posts: list[Post] = []
        self._script: deque[tuple[int | None, Mapping[str, str]]] = deque()

    def answers(self, *statuses: int | None, **headers: str) -> None:
        """The next answers; None hangs up. `Retry_After="7"` is the header Retry-After."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._script.extend((status, named) for status in statuses)

    def next_answer(self) -> tuple[int | None, Mapping[str, str]]:
        return self._script.popleft() if self._script else (204, {})

    def events(self) -> list[str]:
        """The types of what came, in order."""
        return [post.event["type"] for post in self.posts]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.posts.append(Post(self.path, headers, body))
        status, more = self.server.next_answer()
        if status is None:
            self.close_connection = True
            return
        said = b"" if status == 204 else b"said \xff" + b"x" * 3000
        self.send_response(status)
        for name, value in more.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@dataclass
class Hooks:
    """The server, and the endpoints at it."""

    server: Server
    receiver: Receiver
    told: list[Told] = field(default_factory=list)

    def endpoint(self, *events: str, path: str = "/hook", **more: Any) -> dict[str, Any]:
        """An endpoint at the receiver, secret included."""
        body = {"url": self.receiver.url + path, "events": list(events), **more}
        answer = self.server.api.post("/webhook_endpoints", json=body)
        assert answer.status_code == 201, answer.text
        endpoint: dict[str, Any] = answer.json()["webhook_endpoint"]
        return endpoint

    def webhook(self, event: str, **parameter: Any) -> dict[str, Any]:
        """One of the first kind at the receiver."""
        body = {"target_url": f"{self.receiver.url}/old", "event": {"name": event, **parameter}}
        answer = self.server.api.post("/webhooks", json=body)
        assert answer.status_code == 201, answer.text
        webhook: dict[str, Any] = answer.json()["webhook"]
        return webhook

    def tell(self, **options: Any) -> list[Told]:
        """Post what is due now."""
        options = {"allow_private": True, **options}
        told = list(deliver_events(self.server.store, now=self.server.clock(), **options))
        self.told += told
        return told

    def counts(self) -> dict[str, int]:
        """How many events of each type endpoints were told."""
        posts = (post.json for post in self.receiver.posts)
        return dict(Counter(event["type"] for each in posts for event in each.get("events", ())))

    def pass_by(self, span: timedelta) -> None:
        self.server.clock.now += span

    def deliveries(self, endpoint_id: int, **query: Any) -> list[dict[str, Any]]:
        path = f"/webhook_endpoints/{endpoint_id}/deliveries"
        found: list[dict[str, Any]] = self.server.api.get(path, params=query).json()["deliveries"]
        return found


@pytest.fixture(scope="session")
def listening() -> Iterator[Receiver]:
    receiver = Receiver()
    thread = threading.Thread(target=receiver.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield receiver
    receiver.shutdown()
    receiver.server_close()
    thread.join()


@pytest.fixture
def receiver(listening: Receiver) -> Receiver:
    listening.posts.clear()
    listening._script.clear()
    return listening


@pytest.fixture
def hooks(start: Any, receiver: Receiver) -> Hooks:
    return Hooks(server=start(private_webhooks=True), receiver=receiver)
