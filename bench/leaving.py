"""How long somebody who leaves waits while letters are delivered at full speed: real processes.

One-click POSTs over loopback to the server, one at a time, while a worker delivers to the outbox
of the same SQLite file: in the process of the server, as `newsletter serve` does it, and in
another one, as a `newsletter run` beside it does.
"""

from __future__ import annotations

import contextlib
import http.client
import multiprocessing
import statistics
import tempfile
import time
from datetime import UTC, datetime
from multiprocessing.synchronize import Event
from pathlib import Path

from bench.lists import filled_store
from bench.measure import Ratio, Report, Time
from newsletter.database import sqlite_url
from newsletter.server.app import create_app
from newsletter.server.delivery import deliver_due
from newsletter.server.embedded import serving
from newsletter.server.public.tokens import Claim, Purpose, sign
from newsletter.server.store import broadcasts
from newsletter.server.store.store import Store, open_store
from newsletter.server.store.tables import email_templates

READERS = 20_000
LEAVE = 400
BUDGET_MS = 25.0
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
PUBLIC = "https://letters.example.org"
BODY = b"List-Unsubscribe=One-Click"
CONTENT = (
    '<p>Hello {{ subscriber.first_name | default: "friend" }},</p>'
    + "<p>the herons stood in the canal this morning, and nobody was in a hurry.</p>" * 250
    + '<p><a href="{{ unsubscribe_url }}">Leave</a> {{ address }}</p>'
)


def report() -> Report:
    """Unsubscribes alone, beside a worker in the same process, and beside one in another."""
    taken = {
        "nothing is delivered": _scene(is_delivering_here=False, is_delivering_there=False),
        "delivered by the server": _scene(is_delivering_here=True, is_delivering_there=False),
        "delivered by another process": _scene(is_delivering_here=False, is_delivering_there=True),
    }
    return Report(
        title=f"{LEAVE} readers leave by one click while {READERS:,} get a letter of 20 KB (SQLite)",
        times={
            what: Time(median=statistics.median(times), least=min(times))
            for what, (times, _) in taken.items()
        },
        ratios=[
            Ratio(what=f"p99, {what}, ms", value=_p99(times), budget=BUDGET_MS)
            for what, (times, _) in taken.items()
        ],
        notes=[
            f"{what}: {rate:,.0f} messages/s meanwhile" for what, (_, rate) in taken.items() if rate
        ],
    )


def _p99(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.99)]


def _scene(*, is_delivering_here: bool, is_delivering_there: bool) -> tuple[list[float], float]:
    """Milliseconds of each unsubscribe, and messages a second delivered meanwhile."""
    spawn = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        file = Path(name) / "server.db"
        secret = _fill(file)
        begin, end = spawn.Event(), spawn.Event()
        address = spawn.Queue()
        server = spawn.Process(target=_serve, args=(file, address, begin, end, is_delivering_here))
        worker = spawn.Process(target=_deliver, args=(file, begin, end))
        workers = [server, worker] if is_delivering_there else [server]
        for each in workers:
            each.start()
        try:
            port = address.get(timeout=60)
            begin.set()
            _wait_for_mail(file, is_expected=is_delivering_here or is_delivering_there)
            before, began = _delivered(file), time.perf_counter()
            times = [_leave(port, secret, READERS - number) for number in range(LEAVE)]
            rate = (_delivered(file) - before) / (time.perf_counter() - began)
        finally:
            end.set()
            for each in workers:
                each.join(60)
    return times, rate


def _serve(
    file: Path,
    address: multiprocessing.Queue[int],
    begin: Event,
    end: Event,
    is_delivering: bool,
) -> None:
    store = open_store(sqlite_url(file), clock=lambda: NOW)
    app = create_app(store, clock=lambda: NOW, public_url=PUBLIC)
    with serving(app) as url:
        address.put(int(url.rpartition(":")[2]))
        begin.wait()
        if is_delivering:
            _deliver_until(store, end)
        end.wait()
    store.close()


def _deliver(file: Path, begin: Event, end: Event) -> None:
    store = open_store(sqlite_url(file), clock=lambda: NOW)
    begin.wait()
    _deliver_until(store, end)
    store.close()


def _deliver_until(store: Store, end: Event) -> None:
    class Stop(Exception):
        pass

    def clock() -> datetime:
        if end.is_set():
            raise Stop
        return NOW

    store.clock = clock
    with contextlib.suppress(Stop):
        deliver_due(store, now=NOW, public_url=PUBLIC, owner="bench")


def _leave(port: int, secret: bytes, subscriber_id: int) -> float:
    token = sign(secret, Purpose.UNSUBSCRIBE, Claim(broadcast_id=1, subscriber_id=subscriber_id))
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    time.sleep(0.005)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    began = time.perf_counter()
    connection.request("POST", f"/u/{token}", body=BODY, headers=headers)
    answer = connection.getresponse()
    answer.read()
    took = (time.perf_counter() - began) * 1000
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"nobody left: {answer.status}")
    return took


def _fill(file: Path) -> bytes:
    store = filled_store(file, READERS, now=NOW)
    secret = bytes(store.account().token_secret)
    with store.writing() as db:
        starting_point = email_templates.c.category == "Starting point"
        template = db.execute(email_templates.select().where(starting_point)).one()
        values = {
            "subject": "The herons",
            "content": CONTENT,
            "public": False,
            "send_at": NOW,
            "email_template_id": template.id,
            "subscriber_filter": [{"all": []}],
            "status": "scheduled",
        }
        broadcasts.create(db, values, now=NOW)
    store.close()
    return secret


def _wait_for_mail(file: Path, *, is_expected: bool) -> None:
    while is_expected and not _delivered(file):
        time.sleep(0.05)


def _delivered(file: Path) -> int:
    store = open_store(sqlite_url(file), clock=lambda: NOW)
    with store.reading() as db:
        number = broadcasts.tally(db, [1])[1].get("accepted", 0)
    store.close()
    return number
