"""`newsletter run --forever` as a real process, a few seconds before nine."""

import json
import signal
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from newsletter.cli.daemon import keep_running

SHORTLY_BEFORE_NINE = "2026-11-24T08:59:57-05:00"


@pytest.mark.parametrize("every", ["1s", "1h"])
def test_a_letter_goes_out_at_nine_and_sigterm_ends_the_process_cleanly(folder, every):
    """Also when it looks only once an hour: the alarm is set for the letter's own time."""
    folder.letter(status="scheduled", send_at="2026-11-24 09:00")
    with folder.start("run", "--forever", "--every", every, now=SHORTLY_BEFORE_NINE) as process:
        try:
            assert process.stdout is not None
            said = [process.stdout.readline(), process.stdout.readline()]
            assert "handed over: The gate that would not close" in said[0]
            assert "sent: The gate that would not close → 3 readers" in said[1]
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            out, err = process.communicate(timeout=20)
            took = time.monotonic() - began
        finally:
            process.kill()
    assert (process.returncode, out) == (0, "")
    assert err == f"target local (no real email)\nLooking every {every}; Ctrl-C stops.\n"
    assert took < 5
    assert folder.outbox() == ["ann@example.org", "ben@example.org", "dana@example.org"]
    (broadcast,) = folder.rows("broadcasts", "server.db")
    assert broadcast["status"] == "completed"
    assert "2026-11-24 14:00:00" <= broadcast["started_at"] < "2026-11-24 14:00:40"
    assert folder.state() == "sent"
    assert [row["owner"] for row in folder.rows("leases")] == [None]
    assert [row["id"] for row in folder.rows("runs") if row["ended_at"] is None] == []
    assert folder.call("run", now="2026-11-24T09:05:00-05:00").out == ""


def test_a_letter_that_is_scheduled_while_it_runs_is_seen(folder):
    with folder.start("run", "--forever", "--every", "1s", now=SHORTLY_BEFORE_NINE) as process:
        try:
            while not folder.rows("runs")[1:]:
                time.sleep(0.05)
            folder.letter(status="scheduled", send_at="2026-11-25 08:00")
            assert process.stdout is not None
            assert "handed over: The gate" in process.stdout.readline()
            process.send_signal(signal.SIGINT)
            out, _ = process.communicate(timeout=20)
        finally:
            process.kill()
    assert (process.returncode, out) == (0, "")


def test_json_is_a_line_a_pass(folder):
    with folder.start("run", "--forever", "--every", "1s", "--json") as process:
        try:
            assert process.stdout is not None
            lines = [json.loads(process.stdout.readline()) for _ in range(2)]
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=20)
        finally:
            process.kill()
    assert [line["event"] for line in lines] == ["pass", "pass"]
    assert [line["exit"] for line in lines] == [0, 0]


def test_a_signal_in_the_middle_of_a_pass_never_ends_in_a_deadlock():
    """The pass ends, wants to set an alarm, and the scheduler is being shut down meanwhile."""
    passes, main_thread = [], threading.get_ident()

    def work() -> datetime:
        passes.append(1)
        signal.pthread_kill(main_thread, signal.SIGTERM)
        time.sleep(0.02)
        return datetime.now(UTC) + timedelta(hours=1)

    for _ in range(20):
        keep_running(
            work,
            every=timedelta(hours=1),
            clock=lambda: datetime.now(UTC),
            on_error=print,
            stop=threading.Event(),
        )
    assert len(passes) == 20


def test_what_a_pass_raises_is_told_and_the_next_pass_is_tried():
    told: list[Exception] = []
    main_thread = threading.get_ident()

    def work() -> None:
        if len(told) == 2:
            signal.pthread_kill(main_thread, signal.SIGTERM)
        else:
            raise RuntimeError("the sky is falling")

    keep_running(
        work,
        every=timedelta(seconds=0.05),
        clock=lambda: datetime.now(UTC),
        on_error=told.append,
        stop=threading.Event(),
    )
    assert [str(error) for error in told] == ["the sky is falling"] * 2
