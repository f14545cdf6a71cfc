"""`check --links` with letters and pages as they are: each page asked once, each line told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from newsletter.commands.check import check
from newsletter.commands.links import with_links
from newsletter.fetch import look_at_all

LETTER = """\
---
subject: A walk along the canal
preview_text: What the herons taught me about standing still.
---
See [the heron](http://birds.example:{port}/here), [the kite](http://birds.example:{port}/gone) and

[the kite again](http://birds.example:{port}/gone#nest), [the gull](http://birds.example:{port}/shy).

<!-- ignore: link-broken -->
And [the old kite](http://birds.example:{port}/gone?old).
"""


class _Birds(BaseHTTPRequestHandler):
    def do_HEAD(self) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        status = {"/here": 200, "/shy": 403}.get(self.path.partition("?")[0], 404)
        self.send_response(status)
        self.end_headers()

    do_GET = do_HEAD  # noqa: N815

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture
def birds() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Birds)
    server.asked = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_each_page_is_asked_once_and_told_at_its_line(world, birds) -> None:
    port = birds.server_address[1]
    world.write(LETTER.format(port=port))
    (world.folder / "issues" / "second.md").write_text(LETTER.format(port=port), encoding="utf-8")
    composed = check(world.project, (), now=world.clock(), target="local", records={})
    look = partial(
        look_at_all,
        allows=lambda address: address.is_loopback,
        resolve=lambda _host, _port: ["127.0.0.1"],
    )

    first, second = with_links(world.project, composed, look_at=look)

    site = f"http://birds.example:{port}"
    told, other = (
        [
            (f.line, f.severity, f.message)
            for f in composed.findings
            if f.rule == "link-broken" and f.message.startswith(site)
        ]
        for composed in (first, second)
    )
    assert told == [
        (5, "warning", f"{site}/gone: there is no such page (404)"),
        (7, "warning", f"{site}/gone#nest: there is no such page (404)"),
        (7, "info", f"{site}/shy: the server answers 403"),
    ]
    assert other == told
    assert sorted(birds.asked) == sorted(
        ["/here", *["/gone"] * 4, *["/gone?old"] * 2, *["/shy"] * 2]
    ), "HEAD and GET of each address, and of an address with another fragment"
