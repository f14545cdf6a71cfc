"""kill -9, SIGSTOP and lost power while mail leaves: nobody lost, nobody twice, few unknown."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from newsletter.server.delivery import journal, posting
from newsletter.server.store import audience, outcomes, queue
from newsletter.server.store.outcomes import Outcome
from tests.smtp.conftest import NINE, Office
from tests.smtp.sink import Do, Moment, Sink, sinking

SENDER = """
    import sys, time
    from datetime import datetime, timedelta
    from pathlib import Path
    from newsletter.server.delivery import Post, deliver_due, posting
    from newsletter.server.delivery.relay import parse
    from newsletter.server.store import queue
    from newsletter.server.store.store import open_store

    url, smtp, journals, begun, name, lease, stands = sys.argv[1:]
    queue.LEASE = timedelta(seconds=float(lease))
    posting.SLICE = 10
    start, at = time.monotonic(), datetime.fromisoformat(begun)
    def clock():
        return at if stands == "yes" else at + timedelta(seconds=time.monotonic() - start)
    store = open_store(url, clock=clock)
    post = Post(relay=parse(smtp), journals=Path(journals))
    print("ready", flush=True)
    deliver_due(store, now=clock(), public_url="https://letters.example.org", owner=name, post=post)
"""
LEASE = 3.0


@contextmanager
def sender(office: Office, name: str, *, stands: bool = True) -> Iterator[subprocess.Popen[str]]:
    """A process of its own that sends what is due; it is gone at the end."""
    words = [office.url, office.smtp_url, str(office.journals), office.clock().isoformat(), name]
    words += [str(LEASE), "yes" if stands else "no"]
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(SENDER), *words],
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def wait_for(sink: Sink, number: int, process: subprocess.Popen[str]) -> None:
    """Until so many messages have arrived, or the process has ended."""
    give_up = time.monotonic() + 30
    while len(sink.received) < number and process.poll() is None:
        assert time.monotonic() < give_up
        time.sleep(0.0005)


def names(number: int) -> list[str]:
    return [f"r{each}" for each in range(number)]


def check(office: Office, sink: Sink, *, at_most_unknown: int) -> int:
    """L and D; gives how many are unknown."""
    got = [each.partition("@")[0] for each in sink.recipients()]
    states = office.states()
    unknown = [name for name, state in states.items() if state == "unknown"]
    assert len(got) == len(set(got)), "somebody got it twice"
    assert set(states.values()) <= {"accepted", "unknown"}
    assert {name for name, state in states.items() if state == "accepted"} <= set(got)
    assert len(unknown) <= at_most_unknown
    assert office.status() == "completed"
    assert office.journal_files() == []
    return len(unknown)


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audience, "BATCH", 40)
    monkeypatch.setattr(posting, "SLICE", 10)


@pytest.mark.parametrize("answers", [True, False])
def test_killed_between_the_dot_and_the_answer_leaves_one_unknown(
    either_office: Any, answers: bool
) -> None:
    """The server has the message; whether the answer was on its way makes no difference."""
    office = either_office
    office.readers(*names(30))
    office.begun()
    holds = threading.Event()

    def script(moment: Moment) -> Do | None:
        if moment.stage == "content" and moment.count == 14:
            holds.set()
            time.sleep(0.5)  # the whole sink stands still: the sender waits for its answer
            return None if answers else Do(drop=True)
        return None

    with sinking(script) as sink:
        office.to(sink)
        with sender(office, "killed") as process:
            assert holds.wait(20)
            process.kill()
            process.wait()
        office.clock.pass_by(seconds=LEASE + 1)
        office.deliver()
        assert check(office, sink, at_most_unknown=1) == 1
        unknown = [name for name, state in office.states().items() if state == "unknown"]

        assert len(sink.recipients()) == 30
        assert sink.recipients()[14] == f"{unknown[0]}@post.internal"

        with office.store.writing() as db:
            assert outcomes.accept_unknown(db, 1, at=office.clock()) == 1
        assert set(office.states().values()) == {"accepted"}


def test_killed_before_the_content_leaves_nobody_unknown(office: Any) -> None:
    office.readers(*names(30))
    office.begun()
    holds = threading.Event()

    def script(moment: Moment) -> None:
        if moment.stage == "rcpt" and moment.count == 14:
            holds.set()
            time.sleep(0.5)

    with sinking(script) as sink:
        office.to(sink)
        with sender(office, "killed") as process:
            assert holds.wait(20)
            process.kill()
            process.wait()
        office.clock.pass_by(seconds=LEASE + 1)
        office.deliver()
        assert check(office, sink, at_most_unknown=0) == 0
        assert len(sink.recipients()) == 30


def test_ten_kills_at_random_lose_nobody_and_mail_nobody_twice(
    either_office: Any, record_property: Any
) -> None:
    office = either_office
    office.readers(*names(200))
    office.begun()
    moments = random.Random(20261124)
    kills = 0
    with sinking() as sink:
        office.to(sink)
        while kills < 10:
            with sender(office, f"killed {kills}") as process:
                wait_for(sink, len(sink.received) + moments.randrange(1, 18), process)
                time.sleep(moments.random() * 0.004)
                assert process.poll() is None, "it was done before it was killed"
                process.kill()
            kills += 1
            office.clock.pass_by(seconds=LEASE + 1)
        office.deliver()
        unknown = check(office, sink, at_most_unknown=kills)
        record_property("kills", kills)
        record_property("unknown", unknown)
        assert len(sink.recipients()) >= 200 - unknown


def test_a_sender_that_slept_past_its_lease_sends_nothing_that_another_has(office: Any) -> None:
    """SIGSTOP in the middle, another worker takes over, SIGCONT."""
    office.readers(*names(30))
    office.begun()
    slow = lambda moment: Do(say="250 2.0.0 taken\r\n", wait=0.02) if moment.stage == "content" else None  # noqa: E731  # fmt: skip
    with sinking(slow) as sink:
        office.to(sink)
        with sender(office, "sleeper", stands=False) as process:
            wait_for(sink, 12, process)
            process.send_signal(signal.SIGSTOP)
            time.sleep(LEASE)
            office.clock.pass_by(seconds=LEASE * 2 + 1)
            office.deliver()
            process.send_signal(signal.SIGCONT)
            assert process.wait(20) == 0
        check(office, sink, at_most_unknown=1)
        assert len(sink.recipients()) >= 29


def test_the_answer_of_a_sleeper_is_still_recorded(office: Any) -> None:
    """It had handed the message over before it slept: what is known is better than unknown."""
    office.readers("eve")
    office.begun()
    with office.store.writing() as db:
        record = Outcome(delivery_id=4, subscriber_id=4, state="unknown")
        outcomes.record(db, [record], at=NINE)
        late = Outcome(delivery_id=4, subscriber_id=4, state="accepted", reply="250 ok")
        outcomes.record(db, [late], at=NINE)

    assert office.states() == {"eve": "accepted"}


def test_final_outcomes_win_over_everything_that_comes_later(office: Any) -> None:
    office.readers("eve")
    office.begun()
    for first in ("accepted", "refused"):
        for later in ("accepted", "refused", "deferred", "unknown", "suppressed"):
            with office.store.writing() as db:
                _put(db, 4, "queued")
                for state in (first, later):
                    one = Outcome(delivery_id=4, subscriber_id=4, state=state, next_at=NINE)
                    outcomes.record(db, [one], at=NINE)
            assert office.states() == {"eve": first}


def _put(db: Any, delivery_id: int, state: str) -> None:
    from sqlalchemy import update

    from newsletter.server.store.tables import deliveries

    db.execute(update(deliveries).where(deliveries.c.id == delivery_id).values(state=state))


# --- the journal ------------------------------------------------------------------------------


def taken_over(office: Office, *, reached: int) -> queue.Lease:
    """A batch whose last worker is gone; it had announced the deliveries up to `reached`."""
    with office.store.writing() as db:
        held = queue.lease(db, 1, owner="gone", at=office.clock())
        assert held is not None
        assert queue.reach(db, held, reached, at=office.clock())
    return held


def written(office: Office, held: queue.Lease, lines: bytes, *, boot: str | None = None) -> Path:
    folder = office.journals / office.store.fingerprint()
    notes = journal.Journal(folder, held)
    notes.close()
    head = notes.path.read_bytes()
    if boot is not None:
        head = f"newsletter journal 1 {boot}\n".encode()
    notes.path.write_bytes(head + lines)
    return notes.path


# Deliveries 1 to 3 are the sample readers'; 4 to 7 are eve's, fay's, gus's and hal's.
LINES = (
    b'I 4\nA 4 [4, "accepted", false, "250 ok"]\nI 5\nA 5 [5, "refused", true, "550 5.1.1"]\nI 6\n'
)


@pytest.mark.parametrize("cut", range(60))
def test_a_journal_that_was_cut_off_anywhere_is_read_as_far_as_it_is_whole(
    office: Any, cut: int
) -> None:
    """Its last two lines and more, octet by octet: never a second copy, never a wrong answer."""
    office.readers("eve", "fay", "gus", "hal")
    office.begun()
    held = taken_over(office, reached=7)
    lines = LINES[: len(LINES) - cut]
    written(office, held, lines)
    office.clock.pass_by(minutes=1)
    with sinking() as sink:
        office.to(sink)
        office.deliver()

    whole = lines.split(b"\n")[:-1]
    begun = {int(line.split()[1]) for line in whole if line.startswith(b"I")}
    ended = {int(line.split()[1]) for line in whole if line.startswith(b"A")}
    expected = {
        name: "unknown"
        if number in begun - ended
        else "refused"
        if number == 5 and number in ended
        else "accepted"
        for number, name in enumerate(("eve", "fay", "gus", "hal"), start=4)
    }
    assert office.states() == expected
    sent = {f"{name}@post.internal" for number, name in enumerate(("eve", "fay", "gus", "hal"), 4) if number not in begun}  # fmt: skip
    assert set(sink.recipients()) == sent
    assert (office.reader("fay") == "bounced") is (5 in ended)
    assert office.journal_files() == []


@pytest.mark.parametrize(
    ("boot", "lines", "states"),
    [
        # no journal: another machine's, or lost
        (None, None, ["unknown", "unknown", "unknown", "accepted"]),
        # the machine was switched off since: lines may be missing at the end
        ("another", b'I 4\nA 4 [4, "accepted", false, ""]\n', ["accepted", "unknown", "unknown", "accepted"]),
        ("", b'I 4\nA 4 [4, "accepted", false, ""]\n', ["accepted", "unknown", "unknown", "accepted"]),
    ],
)  # fmt: skip
def test_what_no_journal_vouches_for_is_unknown_up_to_where_the_worker_had_announced(
    office: Any, boot: str | None, lines: bytes | None, states: list[str]
) -> None:
    office.readers("eve", "fay", "gus", "hal")
    office.begun()
    held = taken_over(office, reached=6)
    if lines is not None:
        written(office, held, lines, boot=boot)
    office.clock.pass_by(minutes=1)
    with sinking() as sink:
        office.to(sink)
        office.deliver()

    assert list(office.states().values()) == states
    assert sink.recipients() == ["hal@post.internal"]


def test_a_journal_of_another_store_is_not_read(office: Any) -> None:
    """Somebody deleted server.db and began anew; numbers begin at 1 again."""
    office.readers("eve")
    office.begun()
    held = taken_over(office, reached=4)
    path = written(office, held, b'I 4\nA 4 [4, "accepted", false, ""]\n')
    elsewhere = path.parent.with_name("0123456789ab")
    path.parent.rename(elsewhere)
    office.clock.pass_by(minutes=1)
    with sinking() as sink:
        office.to(sink)
        office.deliver()

    assert office.states() == {"eve": "unknown"}
    assert sink.recipients() == []


def test_a_full_disk_under_the_journal_stops_before_the_content_leaves(
    office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.readers("eve", "fay")
    office.begun()
    write = os.write
    is_full = [True]

    def full(descriptor: int, octets: bytes) -> int:
        if is_full[0] and octets.startswith(b"I 5"):
            raise OSError(28, "No space left on device")
        return write(descriptor, octets)

    monkeypatch.setattr(os, "write", full)
    with sinking() as sink:
        office.to(sink)
        with pytest.raises(OSError, match="No space left"):
            office.deliver()
        assert office.states() == {"eve": "accepted", "fay": "queued"}
        is_full[0] = False
        office.deliver()

    assert sink.recipients() == ["eve@post.internal", "fay@post.internal"]
    assert set(office.states().values()) == {"accepted"}


def test_a_lease_is_kept_while_a_server_takes_its_time(
    office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 5321 grants ten minutes for the final dot; nobody else may take the batch meanwhile."""
    monkeypatch.setattr(queue, "LEASE", timedelta(seconds=2))
    began = time.monotonic()
    monkeypatch.setattr(
        type(office.clock),
        "__call__",
        lambda _self: NINE + timedelta(seconds=time.monotonic() - began),
    )
    office.readers("eve")
    office.begun()
    slow = lambda moment: Do(say="250 2.0.0 ok\r\n", wait=3.0) if moment.stage == "content" else None  # noqa: E731  # fmt: skip
    with sinking(slow) as sink:
        office.to(sink)
        first = threading.Thread(target=office.deliver, args=("first",))
        first.start()
        for _ in range(6):
            time.sleep(0.5)
            office.deliver("second")
        first.join()

    assert sink.recipients() == ["eve@post.internal"]
    assert office.states() == {"eve": "accepted"}
