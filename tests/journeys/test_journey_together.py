"""Several `newsletter run` at the same moment: one of them sends, and once."""

import pytest

NINE = "2026-11-24T09:00:30-05:00"


@pytest.mark.parametrize("number", [2, 10])
def test_runs_that_start_together_send_once(folder, number):
    folder.letter(status="scheduled", send_at="2026-11-24 09:00")
    processes = [folder.start("run", now=NINE) for _ in range(number)]
    ended = []
    for process in processes:
        out, err = process.communicate(timeout=60)
        ended.append((process.returncode, out, err))
    assert {code for code, _, _ in ended} <= {0, 75}
    assert [err for _, _, err in ended if err] == []
    assert len([out for code, out, _ in ended if code == 0 and out]) == 1
    assert [out for code, out, _ in ended if code == 75 and out] == []
    assert len(folder.rows("broadcasts", "server.db")) == 1
    assert folder.outbox() == ["ann@example.org", "ben@example.org", "dana@example.org"]
    assert folder.state() == "sent"


def test_two_sends_by_hand_at_the_same_moment_send_once(folder):
    processes = [folder.start("send", "gate", "--undo", "0s", "--yes") for _ in range(2)]
    ended = []
    for process in processes:
        _, err = process.communicate(timeout=60)
        ended.append((process.returncode, err))
    refusals = [(code, err) for code, err in ended if code]
    assert len(refusals) == 1
    known = {75: "Another run", 3: "already-sent", 1: "was changed while"}
    assert all(known[code] in err for code, err in refusals)
    assert folder.outbox() == ["ann@example.org", "ben@example.org", "dana@example.org"]
