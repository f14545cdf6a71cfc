"""A small HTTP server on loopback that follows a script, also a bad one, and a clock to wait with."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from newsletter.kit import Kit

READ: dict[str, Callable[[Kit], object]] = {"GET": lambda kit: kit.account.get()}
WRITES: dict[str, Callable[[Kit], object]] = {
    "POST": lambda kit: kit.broadcasts.create(subject="Tides", content="<p>High at nine</p>"),
    "PUT": lambda kit: kit.broadcasts.update(7, send_at=None),
    "DELETE": lambda kit: kit.broadcasts.delete(7),
    "POST without result": lambda kit: kit.subscribers.unsubscribe(7),
    "bulk DELETE": lambda kit: kit.bulk.untag_subscribers([{"tag_id": 4, "subscriber_id": 7}]),
}
KEY = "kit_0123456789abcdef"


@dataclass
class Clock:
    """Time that passes only while somebody sleeps."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@dataclass(frozen=True)
class Seen:
    """One request as it came over the wire, read to its last byte."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


class ScriptedServer:
    """Answers each request with the next act of its script and remembers what it read."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.connections = 0
        self.hung_up = threading.Event()
        self._acts: deque[Callable[[BaseHTTPRequestHandler], None]] = deque()
        self._released = threading.Event()
        self._httpd = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._httpd.daemon_threads = True
        self._thread = threading.Thread(
            target=self._httpd.serve_forever, kwargs={"poll_interval": 0.01}
        )
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._httpd.server_port}/v4"

    @property
    def port(self) -> int:
        return self._httpd.server_port

    def stop(self) -> None:
        self._released.set()
        self._httpd.shutdown()
        self._thread.join()
        self._httpd.server_close()

    def answers(
        self,
        status: int = 200,
        answer: object = None,
        *,
        raw: bytes | None = None,
        content_type: str = "application/json",
        headers: Mapping[str, str] | None = None,
        then_hangs_up: bool = False,
    ) -> None:
        """Answer in full; `then_hangs_up` closes the connection without announcing it."""
        content = raw if raw is not None else b"" if answer is None else json.dumps(answer).encode()

        def act(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(status)
            handler.send_header("Content-Type", content_type)
            for name, value in (headers or {}).items():
                handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(content)))
            handler.end_headers()
            handler.wfile.write(content)
            handler.wfile.flush()
            if then_hangs_up:
                _close(handler)
                self.hung_up.set()

        self._acts.append(act)

    def hangs_up(self) -> None:
        """Read the request, and close without a word."""
        self._acts.append(_close)

    def resets(self) -> None:
        """Read the request, and break the connection with a RST."""

        def act(handler: BaseHTTPRequestHandler) -> None:
            linger = struct.pack("ii", 1, 0)
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            _close(handler)

        self._acts.append(act)

    def hangs(self) -> None:
        """Read the request, and never answer."""

        def act(handler: BaseHTTPRequestHandler) -> None:
            self._released.wait(10)
            _close(handler)

        self._acts.append(act)

    def cuts(self, raw: bytes = b'{"account": {"id"') -> None:
        """Promise more than is sent, then close."""

        def act(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(200)
            handler.send_header("Content-Type", "application/json")
            handler.send_header("Content-Length", "5000")
            handler.end_headers()
            handler.wfile.write(raw)
            handler.wfile.flush()
            _close(handler)

        self._acts.append(act)

    def says(self, raw: bytes) -> None:
        """Send exactly these bytes, which need not be HTTP, then close."""

        def act(handler: BaseHTTPRequestHandler) -> None:
            handler.wfile.write(raw)
            handler.wfile.flush()
            _close(handler)

        self._acts.append(act)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                server.connections += 1
                super().setup()

            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                headers = {name.lower(): value for name, value in self.headers.items()}
                server.seen.append(Seen(self.command, self.path, headers, body))
                server._acts.popleft()(self)

            def do_POST(self) -> None:
                self.do_GET()

            def do_PUT(self) -> None:
                self.do_GET()

            def do_DELETE(self) -> None:
                self.do_GET()

            def log_message(self, *_args: Any) -> None:
                pass

        return Handler


def _close(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True
    handler.wfile.flush()
    handler.connection.close()
    # The reader and writer hold the descriptor open until they are closed too.
    handler.rfile.close()


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    scripted = ScriptedServer()
    yield scripted
    scripted.stop()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def kit(server: ScriptedServer, clock: Clock) -> Iterator[Kit]:
    """A client for the scripted server that waits without losing time."""
    with Kit(
        api_key=KEY,
        base_url=server.url,
        timeout=0.3,
        monotonic=clock.monotonic,
        sleep=clock.sleep,
        random=lambda: 0.5,
    ) as client:
        yield client


@pytest.fixture
def kit_over(clock: Clock) -> Callable[[Callable[[httpx.Request], httpx.Response]], Kit]:
    """Makes clients over a net that is a function, where loopback cannot show the fault."""

    def over(net: Callable[[httpx.Request], httpx.Response]) -> Kit:
        return Kit(
            api_key=KEY,
            transport=httpx.MockTransport(net),
            monotonic=clock.monotonic,
            sleep=clock.sleep,
            random=lambda: 0.5,
        )

    return over


@pytest.fixture(params=list(WRITES))
def write(request: pytest.FixtureRequest) -> Callable[[Kit], object]:
    """One call of every kind that changes something."""
    return WRITES[request.param]


@pytest.fixture(params=list(READ | WRITES))
def method(request: pytest.FixtureRequest) -> str:
    """The kind of call that `call` makes."""
    return str(request.param)


@pytest.fixture
def call(method: str) -> Callable[[Kit], object]:
    """One call of every kind."""
    return (READ | WRITES)[method]
