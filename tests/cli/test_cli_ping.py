"""The dead man's switch hears of every run, and never makes one fail."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from newsletter.cli.ping import ping_end, ping_start


@pytest.fixture
def switch() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """A listening switch: its address, and what it was told."""
    told: list[tuple[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            told.append((self.path, body))
            self.send_response(500 if "broken" in self.path else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", told
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("code", "path"), [(0, "/abc"), (75, "/abc"), (1, "/abc/1"), (5, "/abc/5")]
)
def test_the_end_is_told_with_its_status_and_the_runs_lines(switch, code, path):
    url, told = switch
    complaints: list[str] = []

    ping_start(f"{url}/abc", complaints.append)
    ping_end(f"{url}/abc", code, ["sent: Töpfe → 3 readers"], complaints.append)

    assert told == [("/abc/start", ""), (path, "sent: Töpfe → 3 readers")]
    assert complaints == []


@pytest.mark.parametrize("path", ["/broken"])
def test_a_switch_that_fails_is_tried_twice_and_complained_of_without_its_address(switch, path):
    url, told = switch
    complaints: list[str] = []

    ping_end(f"{url}{path}", 0, [], complaints.append)

    assert len(told) == 2
    assert len(complaints) == 1
    assert "500" in complaints[0]
    assert url not in complaints[0]


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/x", "not an address", "http://["])
def test_a_switch_that_is_not_there_is_only_complained_of(url):
    complaints: list[str] = []

    ping_start(url, complaints.append)

    assert len(complaints) == 1
