"""Does a page answer? Asked of many pages at once, each host only once at a time.

Every address, and every one that a redirect leads to, is looked up and must be public;
the connection goes to the address that was looked at (`newsletter.guard`). Nothing of an
answer but its head is read. An answer that says neither yes nor no is said to be that:
many sites refuse programs and welcome readers.
"""

from __future__ import annotations

import queue
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urljoin, urlsplit

import httpx

from newsletter import guard

_GONE = frozenset({404, 410})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# Some servers refuse HEAD, or answer it otherwise than GET.
_ASK_AGAIN = frozenset({400, 403, 404, 405, 406, 410, 500, 501, 503})
_NO_SUCH_NAME = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})
_AGENT = "Mozilla/5.0 (compatible; newsletter link check)"


class Verdict(StrEnum):
    """What became of an address."""

    ANSWERS = "answers"
    BROKEN = "broken"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Look:
    """What was found at an address; `why` is for people, empty where it answers."""

    verdict: Verdict
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """How much may be asked; times are seconds. `total` begins with the first address."""

    addresses: int = 200
    redirects: int = 5
    each: float = 10.0
    total: float = 60.0
    at_once: int = 8


@dataclass(frozen=True, kw_only=True)
class _Visit:
    client: httpx.Client
    allows: guard.Allows
    resolve: guard.Resolve | None
    bounds: Bounds
    ends_at: float
    hosts: Mapping[str, threading.Lock] = field(default_factory=lambda: defaultdict(threading.Lock))

    def seconds(self) -> float:
        """How long a request may take now."""
        return min(self.bounds.each, self.ends_at - time.monotonic())


def look_at_all(
    urls: Iterable[str],
    *,
    bounds: Bounds | None = None,
    allows: guard.Allows = guard.is_public,
    resolve: guard.Resolve | None = None,
) -> dict[str, Look]:
    """What each address answers. Never raises; takes `bounds.total` seconds and one request more.

    `allows` says which IP addresses may be asked, `resolve` gives those of a host and port
    in place of the system's resolver.
    """
    bounds = bounds or Bounds()
    wanted = list(dict.fromkeys(urls))
    asked, left = wanted[: bounds.addresses], wanted[bounds.addresses :]
    limits = httpx.Limits(max_connections=bounds.at_once, max_keepalive_connections=0)
    headers = {"User-Agent": _AGENT, "Accept": "text/html,*/*;q=0.8", "Accept-Encoding": "identity"}
    with httpx.Client(trust_env=False, headers=headers, limits=limits) as client:
        ends_at = time.monotonic() + bounds.total
        visit = _Visit(
            client=client, allows=allows, resolve=resolve, bounds=bounds, ends_at=ends_at
        )
        found = _looks(visit, _by_host(asked))
    over = _unknown("the time for all links was over")
    skipped = _unknown(f"only {bounds.addresses} addresses are looked at")
    return {url: found.get(url, over) for url in asked} | dict.fromkeys(left, skipped)


def _looks(visit: _Visit, hosts: Sequence[Sequence[str]]) -> dict[str, Look]:
    """What was found until the time was over.

    A server that sends a byte now and then meets no limit of the client: whoever asks it is
    left behind, in a thread that keeps no program from ending.
    """
    waiting: queue.SimpleQueue[Sequence[str]] = queue.SimpleQueue()
    for urls in hosts:
        waiting.put(urls)
    found: dict[str, Look] = {}

    def work() -> None:
        with suppress(queue.Empty):
            while True:
                for url in waiting.get_nowait():
                    found[url] = _look(visit, url)

    number = min(visit.bounds.at_once, len(hosts))
    threads = [threading.Thread(target=work, daemon=True) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, visit.ends_at + visit.bounds.each - time.monotonic()))
    return dict(found)


def _by_host(urls: Sequence[str]) -> list[list[str]]:
    hosts: dict[str, list[str]] = {}
    for url in urls:
        hosts.setdefault(url.split("/")[2].lower() if "//" in url else url, []).append(url)
    return list(hosts.values())


def _look(visit: _Visit, url: str) -> Look:
    try:
        return _followed(visit, url)
    except guard.NotAllowed as error:
        return Look(verdict=Verdict.BROKEN, why=f"readers cannot reach it: {error}")
    except httpx.TimeoutException:
        return _unknown(f"no answer within {visit.bounds.each:g} seconds")
    except httpx.ConnectError as error:
        return _unreached(error)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        return _unknown(f"what it answers is no answer ({type(error).__name__})")
    except OSError as error:
        return _unnamed(error)


def _followed(visit: _Visit, url: str) -> Look:
    """The end of a chain of redirects."""
    at = url
    for _ in range(visit.bounds.redirects + 1):
        if visit.seconds() <= 0:
            return _unknown("the time for all links was over")
        status, location = _ask(visit, "HEAD", at)
        if status in _ASK_AGAIN and visit.seconds() > 0:
            status, location = _ask(visit, "GET", at)
        if status not in _REDIRECTS or not location:
            return _judged(status, at if at != url else "")
        at = urljoin(at, location)
    return Look(verdict=Verdict.BROKEN, why="it leads from one address to the next without an end")


def _ask(visit: _Visit, method: str, url: str) -> tuple[int, str | None]:
    """Status and next address; the answer's body is left where it is."""
    way = guard.pinned_way(url.partition("#")[0], allows=visit.allows, resolve=visit.resolve)
    with (
        visit.hosts[urlsplit(url).netloc],
        visit.client.stream(
            method,
            way.url,
            headers=dict(way.headers),
            extensions=dict(way.extensions),
            timeout=max(visit.seconds(), 0.1),
        ) as answer,
    ):
        return answer.status_code, answer.headers.get("Location")


def _judged(status: int, end: str) -> Look:
    through = f" at {end}" if end else ""
    if status < 400:
        return Look(verdict=Verdict.ANSWERS)
    if status in _GONE:
        return Look(verdict=Verdict.BROKEN, why=f"there is no such page{through} ({status})")
    return _unknown(f"the server answers {status}{through}")


def _unreached(error: httpx.ConnectError) -> Look:
    words = str(error).lower()
    if "certificate" in words:
        why = "its certificate is not valid, and browsers warn of it"
        return Look(verdict=Verdict.BROKEN, why=why)
    if "refused" in words:
        return Look(verdict=Verdict.BROKEN, why="no server answers there")
    return _unknown("it could not be reached from here")


def _unnamed(error: OSError) -> Look:
    """A name that does not exist is one thing, a resolver that is not there another."""
    if isinstance(error, socket.gaierror) and error.errno in _NO_SUCH_NAME:
        return Look(verdict=Verdict.BROKEN, why="there is no such host")
    return _unknown("its name could not be looked up; is this computer online?")


def _unknown(why: str) -> Look:
    return Look(verdict=Verdict.UNKNOWN, why=why)
