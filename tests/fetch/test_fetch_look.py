"""Looking at linked pages: real servers on loopback, and a guard that is told to let them through."""

from __future__ import annotations

import ipaddress
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from newsletter.fetch import Bounds, Look, Verdict, look_at_all

HOST = "birds.example"


class Site(ThreadingHTTPServer):
    """Answers by its path; keeps what it was asked, and how many asked at once."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Page)
        self.asked: list[str] = []
        self.hosts: set[str] = set()
        self.sent = 0
        self.now = self.most = 0
        self.lock = threading.Lock()
        self.end = threading.Event()

    def url(self, path: str, host: str = HOST) -> str:
        return f"http://{host}:{self.server_address[1]}{path}"


class _Page(BaseHTTPRequestHandler):
    server: Site

    def answer(self) -> None:
        site = self.server
        with site.lock:
            site.asked.append(f"{self.command} {self.path}")
            site.hosts.add(self.headers["Host"])
            site.now += 1
            site.most = max(site.most, site.now)
        try:
            self._answer(self.path.partition("?")[0])
        except OSError:
            return  # whoever asked has gone, which is the point
        finally:
            with site.lock:
                site.now -= 1

    def _answer(self, path: str) -> None:
        status, headers, body = 200, {}, b"Hello"
        if path.startswith("/status/"):
            status = int(path.rpartition("/")[2])
        elif path == "/drip":
            for _ in range(200):  # a byte now and then meets no limit of a client
                self.wfile.write(b"H")
                if self.server.end.wait(0.3):
                    return
            return
        elif path == "/no-head":
            status = 405 if self.command == "HEAD" else 200
        elif path == "/moved":
            status, headers = 301, {"Location": "/here"}
        elif path == "/moved-to-nothing":
            status, headers = 302, {"Location": "/status/404"}
        elif path == "/round":
            status, headers = 302, {"Location": "/round"}
        elif path == "/inside":
            status, headers = 302, {"Location": "http://10.0.0.7/secret"}
        elif path == "/elsewhere":
            status, headers = 302, {"Location": "ftp://birds.example/"}
        elif path == "/slow":
            self.server.end.wait(5)
        elif path == "/short":
            time.sleep(0.05)
        elif path == "/garbage":
            self.wfile.write(b"\0\1\2 nonsense\r\n\r\n")
            return
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if path == "/endless" and self.command == "GET":
            while not self.server.end.is_set():
                self.wfile.write(b"x" * 65536)
                self.server.sent += 65536
        elif self.command == "GET":
            self.wfile.write(body)

    do_GET = do_HEAD = answer  # noqa: N815

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[Site]:
    server = Site()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.end.set()
    server.shutdown()
    thread.join()
    server.server_close()


def here(host: str, _port: int) -> list[str]:
    """A resolver by which every name is this computer, but for the literal ones."""
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        return ["127.0.0.1"]


def loopback(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return address.is_loopback


def look(url: str, **bounds: float) -> Look:
    looks = look_at_all([url], bounds=Bounds(**bounds), allows=loopback, resolve=here)  # type: ignore[arg-type]
    return looks[url]


@pytest.mark.parametrize(
    ("path", "verdict", "why"),
    [
        ("/here", Verdict.ANSWERS, ""),
        ("/here?a=1#part", Verdict.ANSWERS, ""),
        ("/no-head", Verdict.ANSWERS, ""),
        ("/moved", Verdict.ANSWERS, ""),
        ("/status/404", Verdict.BROKEN, "there is no such page (404)"),
        ("/status/410", Verdict.BROKEN, "there is no such page (410)"),
        ("/moved-to-nothing", Verdict.BROKEN, "there is no such page at "),
        ("/round", Verdict.BROKEN, "without an end"),
        ("/inside", Verdict.BROKEN, "not public"),
        ("/elsewhere", Verdict.BROKEN, "must begin with https://"),
        ("/status/403", Verdict.UNKNOWN, "the server answers 403"),
        ("/status/429", Verdict.UNKNOWN, "the server answers 429"),
        ("/status/500", Verdict.UNKNOWN, "the server answers 500"),
        ("/garbage", Verdict.UNKNOWN, "no answer (RemoteProtocolError)"),
    ],
)
def test_a_page_answers_is_gone_or_says_neither(
    site: Site, path: str, verdict: Verdict, why: str
) -> None:
    found = look(site.url(path))
    assert found.verdict is verdict, found
    assert why in found.why
    assert site.hosts == {f"{HOST}:{site.server_address[1]}"}


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/here",
        "http://localhost:{port}/here",
        "http://[::1]:{port}/here",
        "http://2130706433:{port}/here",
        "http://user:word@birds.example:{port}/here",
    ],
)
def test_a_private_address_is_never_asked(site: Site, url: str) -> None:
    url = url.format(port=site.server_address[1])
    assert look_at_all([url])[url].verdict is not Verdict.ANSWERS
    assert site.asked == []


def test_a_name_that_leads_inside_is_never_asked(site: Site) -> None:
    url = site.url("/here")
    assert look_at_all([url], resolve=here)[url].verdict is Verdict.BROKEN
    assert site.asked == []


def test_a_page_without_an_end_is_left_after_its_head(site: Site) -> None:
    assert look(site.url("/endless")).verdict is Verdict.ANSWERS
    assert site.sent < 10_000_000


def test_a_slow_page_costs_no_more_than_its_time(site: Site) -> None:
    began = time.monotonic()
    assert "no answer within 0.2 seconds" in look(site.url("/slow"), each=0.2).why
    assert time.monotonic() - began < 2


def test_all_pages_together_cost_no_more_than_the_whole_time(site: Site) -> None:
    urls = [site.url(f"/slow?{n}") for n in range(6)]
    began = time.monotonic()
    looks = look_at_all(urls, bounds=Bounds(each=0.2, total=0.5), allows=loopback, resolve=here)
    assert time.monotonic() - began < 3
    assert [each.verdict for each in looks.values()] == [Verdict.UNKNOWN] * 6
    assert looks[urls[-1]].why == "the time for all links was over"


def test_a_host_is_asked_one_thing_at_a_time_and_hosts_at_once(site: Site) -> None:
    one = [site.url(f"/short?{n}") for n in range(4)]
    look_at_all(one, allows=loopback, resolve=here)
    assert site.most == 1
    several = [site.url("/short", host=f"h{n}.example") for n in range(4)]
    look_at_all(several, allows=loopback, resolve=here)
    assert site.most > 1


def test_no_more_addresses_are_asked_than_the_bounds_say_and_none_twice(site: Site) -> None:
    urls = [site.url(f"/here?{n}") for n in range(5)]
    looks = look_at_all([*urls, *urls], bounds=Bounds(addresses=3), allows=loopback, resolve=here)
    assert len(site.asked) == 3
    assert [each.verdict for each in looks.values()] == [Verdict.ANSWERS] * 3 + [
        Verdict.UNKNOWN
    ] * 2


def _no_such_name(_host: str, _port: int) -> list[str]:
    import socket

    raise socket.gaierror(socket.EAI_NONAME, "no such name")


def _no_resolver(_host: str, _port: int) -> list[str]:
    import socket

    raise socket.gaierror(socket.EAI_AGAIN, "try again")


@pytest.mark.parametrize(
    ("resolve", "verdict", "why"),
    [
        (_no_such_name, Verdict.BROKEN, "no such host"),
        (_no_resolver, Verdict.UNKNOWN, "is this computer online?"),
    ],
)
def test_a_name_that_is_not_there_is_broken_and_a_missing_net_is_not(
    resolve: Callable[[str, int], list[str]], verdict: Verdict, why: str
) -> None:
    found = look_at_all(["https://birds.example/"], resolve=resolve)["https://birds.example/"]
    assert found.verdict is verdict
    assert why in found.why


def test_a_server_that_is_gone_is_broken(site: Site) -> None:
    site_port = site.server_address[1]
    port = 1 if site_port != 1 else 2  # nothing listens on a port that only root may have
    assert look(f"http://{HOST}:{port}/").why == "no server answers there"


def test_a_server_that_drips_keeps_nobody_waiting(site: Site) -> None:
    began = time.monotonic()
    found = look(site.url("/drip"), each=0.5, total=1.0)
    site.end.set()
    assert found.verdict is Verdict.UNKNOWN
    assert time.monotonic() - began < 10


def test_a_name_in_other_letters_is_asked_by_its_ascii_form(site: Site) -> None:
    assert look(site.url("/here", host="müller.example")).verdict is Verdict.ANSWERS
    assert site.hosts == {f"xn--mller-kva.example:{site.server_address[1]}"}
