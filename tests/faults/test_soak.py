"""The same faults many times over, with real processes: minutes, so only where there is time.

`make test` leaves them out; `.ci/run` plays them.
"""

from __future__ import annotations

import random
import re
import time

import pytest

pytestmark = pytest.mark.soak

NINE = "2026-11-24T09:00:30-05:00"
READERS = ["ann@example.org", "ben@example.org", "dana@example.org"]
MARK = re.compile(r"\[nl:garden-notes:[\w-]+:[0-9a-f]{12}\]")
KILLS = 50


def scheduled(folder, name):
    """One letter of many: each has a subject of its own, for a copy of a sent one is held."""
    folder.letter(name, subject=f"The gate, {name}", status="scheduled", send_at="2026-11-24 09:00")


def sent_broadcasts(folder):
    rows = folder.rows("broadcasts", "server.db")
    return [r for r in rows if r["status"] == "completed" and MARK.search(r["description"])]


def test_fifty_kills_at_random_moments_send_every_letter_once(folder):
    """Each letter's first run is killed after a random while; the next ones finish it."""
    seed = random.randrange(10**6)
    dice = random.Random(seed)
    for number in range(KILLS):
        name = f"gate-{number}"
        scheduled(folder, name)
        process = folder.start("run", now=NINE)
        time.sleep(dice.uniform(0.05, 1.6))
        process.kill()
        process.communicate()
        for minute in range(1, 6):  # a batch that the dead one leased is free again after 10 s
            done = folder.call("run", now=f"2026-11-24T09:0{minute}:30-05:00")
            assert done.code in (0, 75), (seed, number, done)
            if folder.state(name) == "sent":
                break
        assert folder.state(name) == "sent", (seed, number)

    outbox = folder.outbox()
    assert len(sent_broadcasts(folder)) == KILLS, seed
    assert {reader: outbox.count(reader) for reader in READERS} == dict.fromkeys(READERS, KILLS), (
        seed
    )


def test_ten_runs_in_the_same_second_ten_times_over(folder):
    """Nine leave with 75 and in silence, or come when there is nothing left to do."""
    for round_number in range(10):
        scheduled(folder, f"gate-{round_number}")
        processes = [folder.start("run", now=NINE) for _ in range(10)]
        ended = [(*p.communicate(timeout=60), p.returncode) for p in processes]

        assert {code for _, _, code in ended} <= {0, 75}, ended
        assert [out for out, _, code in ended if code == 75 and out] == []
        assert [err for _, err, _ in ended if err] == []
        assert len([out for out, _, _ in ended if "sent: The gate" in out]) == 1, ended
    assert len(sent_broadcasts(folder)) == 10
    assert folder.outbox() == sorted(READERS * 10)
