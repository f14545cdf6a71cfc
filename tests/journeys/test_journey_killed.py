"""`kill -9` at every stage; then runs until nothing is left to do: one broadcast, one message each."""

import re

import pytest

NINE = "2026-11-24T09:00:30-05:00"
MARK = re.compile(r"\[nl:garden-notes:gate:[0-9a-f]{12}\]")
STAGES = (
    "lease",
    "freeze",
    "look",
    "create",
    "record",
    "arm",
    "verify",
    "outcome",
    "deliver",
    "sync",
)


def kill_at(folder, stage: str, *, now: str) -> None:
    """Kill a run as soon as it names `stage`; it must come so far."""
    with folder.start("run", "-v", now=now) as process:
        assert process.stderr is not None
        names = []
        for line in process.stderr:
            names.append(line.strip())
            if line.strip() == stage:
                process.kill()
                break
        process.kill()
    assert stage in names


def expect_sent_once(broadcasts, readers) -> None:
    marked = [row for row in broadcasts if MARK.search(row["description"] or "")]
    assert [row["status"] for row in marked if row["status"] != "draft"] == ["completed"]
    assert readers == ["ann@example.org", "ben@example.org", "dana@example.org"]


@pytest.mark.parametrize("stage", STAGES)
def test_a_run_killed_at_a_stage_is_finished_by_the_next_ones(folder, stage):
    folder.letter(status="scheduled", send_at="2026-11-24 09:00")
    kill_at(folder, stage, now=NINE)
    # A minute on: the batch that a killed "deliver" may have leased is free after ten seconds.
    done = [folder.call("run", now="2026-11-24T09:01:30-05:00") for _ in range(2)]
    assert [each.code for each in done] == [0, 0], done
    assert done[1].out == ""
    expect_sent_once(folder.rows("broadcasts", "server.db"), folder.outbox())
    assert folder.state() == "sent"


@pytest.mark.parametrize("stage", [stage for stage in STAGES if stage != "deliver"])
def test_the_same_at_a_service_far_away(folder, service, stage):
    """There the request may have arrived although the process that made it is dead."""
    folder.env |= service.env
    folder.letter(status="scheduled", send_at="2026-11-24 09:00")
    times = [f"2026-11-23T{hour}:00:00-05:00" for hour in (10, 11, 12, 13)]
    if stage in ("arm", "verify", "outcome"):
        assert folder.call("run", now=times[0]).code == 0  # a new ledger leaves a draft first
    kill_at(folder, stage, now=times[1])
    for now in times[2:]:
        assert folder.call("run", now=now).code == 0
    assert folder.state() == "handed_over"
    service.deliver(NINE)
    done = folder.call("run", now=NINE)
    assert "sent: The gate" in done.out
    expect_sent_once(service.broadcasts(), service.outbox())


def test_a_send_by_hand_that_was_killed_is_finished_by_run(folder):
    with folder.start("send", "gate", "--undo", "0s", "--yes", "-v") as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.strip() == "arm":
                break
        process.kill()
    assert folder.call("run").code == 0
    expect_sent_once(folder.rows("broadcasts", "server.db"), folder.outbox())
