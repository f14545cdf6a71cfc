"""Services for the examples in the documentation: our own server, and one that knows the contract's."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx

from newsletter.database import sqlite_url
from newsletter.server.app import create_app
from newsletter.server.embedded import serving
from newsletter.server.store.store import Store, open_store
from tests.contract.kit.examples import example_service

KEY = "kit_practice"
NOW = datetime(2027, 3, 2, 8, 0, tzinfo=UTC)


def practice_store(folder: Path) -> Store:
    """A new account's store, with the three sample readers and a key."""
    store = open_store(sqlite_url(folder / "practice.db"), clock=lambda: NOW)
    store.configure(
        name="Harbour Notes",
        sender_name="Ann",
        sender_address="ann@example.org",
        address="1 Main Street",
        timezone="Europe/Lisbon",
    )
    store.add_key(KEY, "practice")
    return store


@contextmanager
def practice_server(folder: Path) -> Iterator[str]:
    """The embedded server as it begins; gives its address."""
    store = practice_store(folder)
    app = create_app(store, clock=lambda: NOW, public_url="https://letters.example.org")
    with serving(app) as url:
        yield f"{url}/v4"
    store.close()


@contextmanager
def example_server() -> Iterator[str]:
    """A server on loopback that answers as the contract's examples do; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            url = f"http://{self.headers['Host']}{self.path}"
            found = example_service(httpx.Request(self.command, url, content=content))
            self.send_response(found.status_code)
            self.send_header("Content-Length", str(len(found.content)))
            self.end_headers()
            self.wfile.write(found.content)

        def log_message(self, *_args: Any) -> None:
            pass

    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        setattr(Handler, f"do_{method}", Handler.answer)
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_port}/v4"
    httpd.shutdown()
    thread.join()
    httpd.server_close()


def example_transport() -> httpx.MockTransport:
    """The same without a net."""
    return httpx.MockTransport(example_service)
