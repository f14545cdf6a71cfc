"""A change of mind at every stage: edited, taken back, come too late, given a new time."""

import sqlite3
from contextlib import closing

import pytest

NINE = "2026-11-24T09:00:30-05:00"
EVENING = "2026-11-24T21:30:00-05:00"
SCHEDULE = ["schedule", "gate", "--at", "tue 9am"]


def subjects(folder) -> list[str]:
    with closing(sqlite3.connect(folder.root / ".newsletter/server.db")) as connection:
        return [row[0] for row in connection.execute("SELECT DISTINCT subject FROM outbox")]


def test_an_edit_after_the_hand_over_is_passed_on(folder):
    assert folder.call(*SCHEDULE).code == 0
    folder.change("issues/gate.md", "The gate that would not close", "The gate that closes again")
    done = folder.call("run")
    assert "updated: The gate that closes again" in done.out
    assert folder.call("run").out == ""
    assert "sent: The gate that closes again" in folder.call("run", now=NINE).out
    assert subjects(folder) == ["The gate that closes again"]
    assert len(folder.rows("broadcasts", "server.db")) == 1


def test_a_new_time_in_the_file_is_passed_on(folder):
    assert folder.call(*SCHEDULE).code == 0
    folder.change("issues/gate.md", "2026-11-24 09:00", "2026-11-24 11:00")
    assert "updated:" in folder.call("run").out
    assert folder.call("run", now=NINE).out == ""
    assert "sent:" in folder.call("run", now="2026-11-24T11:00:30-05:00").out


def test_a_change_of_the_look_is_passed_on(folder):
    assert folder.call(*SCHEDULE).code == 0
    folder.change("newsletter.toml", "1 Elm Street", "2 Oak Street")
    assert "updated:" in folder.call("run").out
    folder.call("run", now=NINE)
    (row, *_) = folder.rows("outbox", "server.db")
    assert b"2 Oak Street" in row["raw"]


def test_an_edit_with_a_mistake_is_news_once_and_the_good_version_stays(folder):
    assert folder.call(*SCHEDULE).code == 0
    good = (folder.root / "issues/gate.md").read_bytes()
    folder.change("issues/gate.md", "Nothing was broken.", "TODO")
    first, second = folder.call("run"), folder.call("run")
    assert first.code == 3
    assert "→" in first.err
    assert (second.code, second.out, second.err) == (0, "", "")
    (broadcast,) = folder.rows("broadcasts", "server.db")
    assert "TODO" not in broadcast["content"]
    folder.write("issues/gate.md", good.replace(b"Nothing was broken.", b"Nothing was amiss."))
    assert "updated:" in folder.call("run").out


def test_the_same_command_twice_changes_nothing_the_second_time(folder):
    assert folder.call(*SCHEDULE).out.startswith("Scheduled: ")
    before = folder.everything()
    done = folder.call(*SCHEDULE)
    assert done.code == 0
    assert done.out.startswith("Already scheduled: ")
    assert folder.everything() == before


def test_a_dry_run_says_what_would_happen_and_changes_nothing(folder):
    folder.letter("later", status="scheduled", send_at="2026-11-24 09:00")
    before = folder.everything()
    for words, says in (
        ([*SCHEDULE, "-n"], "would be scheduled"),
        (["send", "gate", "-n"], "would be sent"),
        (["run", "-n", "--at", "tue 09:01"], "hand over 'The gate that would not close'"),
        (["run", "-n", "--at", "2026-12-24 09:00"], "hold"),
    ):
        done = folder.call(*words)
        assert done.code == 0
        assert says in done.out
    assert folder.everything() == before


def planned(folder):
    assert folder.call("schedule", "gate", "--at", "2026-12-24 09:00").code == 0
    assert folder.state() in (None, "planned")


def handed_over(folder):
    assert folder.call(*SCHEDULE).code == 0
    assert folder.state() == "handed_over"


def held(folder):
    folder.letter(status="scheduled", send_at="2026-11-22 09:00")
    assert folder.call("run").code == 1
    assert folder.state() == "held"


@pytest.mark.parametrize("stage", [planned, handed_over, held])
def test_a_letter_can_be_taken_back_at_every_stage_before_it_is_sent(folder, stage):
    stage(folder)
    done = folder.call("unschedule", "gate")
    assert done.code == 0
    assert "is a draft again" in done.out
    assert b"status: draft" in folder.files()["issues/gate.md"]
    if stage is planned:
        assert folder.call("list", "--json").json["data"]["issues"][0]["state"] == "draft"
    again = folder.call("unschedule", "gate")
    assert again.code == 0
    assert "nothing was changed" in again.out
    for now in (NINE, "2026-12-24T09:00:30-05:00"):
        assert folder.call("run", now=now).code == 0
    assert folder.outbox() == []


@pytest.mark.parametrize("stage", [planned, handed_over, held])
def test_a_letter_that_was_taken_back_can_be_scheduled_again(folder, stage):
    stage(folder)
    assert folder.call("unschedule", "gate").code == 0
    assert folder.call(*SCHEDULE).code == 0
    folder.call("run", now=NINE)
    assert folder.outbox() == ["ann@example.org", "ben@example.org", "dana@example.org"]


def test_what_was_sent_cannot_be_taken_back_and_the_count_is_told(folder):
    assert folder.call("send", "gate", "--undo", "0s").code == 0
    before = folder.everything()
    done = folder.call("unschedule", "gate")
    assert done.code == 1
    assert "3 readers" in done.err
    assert folder.everything() == before


def test_what_has_begun_to_go_out_since_the_last_run_cannot_be_taken_back(folder, service):
    """The ledger still says handed over; the service knows better."""
    folder.env |= service.env
    assert folder.call(*SCHEDULE, "--yes").code == 0
    assert folder.call("run", now="2026-11-23T10:15:00-05:00").code == 0
    service.deliver(NINE)
    done = folder.call("unschedule", "gate", now=NINE)
    assert done.code == 1
    assert "3 readers" in done.err
    assert [row["status"] for row in service.broadcasts()] == ["completed"]
    assert folder.state() == "sent"


def test_a_letter_that_came_too_late_is_news_once(folder):
    folder.letter(status="scheduled", send_at="2026-11-24 09:00")
    first, second = folder.call("run", now=EVENING), folder.call("run", now=EVENING)
    assert (first.code, first.out) == (1, "")
    assert "held: gate was due" in first.err
    assert "newsletter send gate" in first.err
    assert "newsletter schedule gate --at" in first.err
    assert (second.code, second.out, second.err) == (0, "", "")
    assert "held       gate" in folder.call("status").out
    assert folder.outbox() == []


def test_a_letter_within_the_grace_still_goes_out(folder):
    folder.letter(status="scheduled", send_at="2026-11-24 09:00")
    assert "sent:" in folder.call("run", now="2026-11-24T20:59:00-05:00").out


@pytest.mark.parametrize(
    ("words", "then"),
    [
        (["send", "gate", "--undo", "0s"], EVENING),
        (["send", "gate"], "2026-11-24T21:40:00-05:00"),
        (["schedule", "gate", "--at", "wed 9am"], "2026-11-25T09:01:00-05:00"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_both_commands_that_are_named_resolve_it(folder, words, then):
    folder.letter(status="scheduled", send_at="2026-11-24 09:00")
    assert folder.call("run", now=EVENING).code == 1
    assert folder.call(*words, now=EVENING).code == 0
    assert folder.call("run", now=then).code == 0
    assert folder.outbox() == ["ann@example.org", "ben@example.org", "dana@example.org"]
    assert "held" not in folder.call("status", now=then).out


def test_sending_now_can_be_taken_back_for_five_minutes(folder):
    done = folder.call("send", "gate", "--json")
    assert done.json["data"]["send_at"] == "2026-11-23T15:05:00Z"
    assert folder.call("run", now="2026-11-23T10:04:00-05:00").out == ""
    assert folder.call("unschedule", "gate", now="2026-11-23T10:04:30-05:00").code == 0
    assert folder.call("run", now="2026-11-23T10:06:00-05:00").out == ""
    assert folder.outbox() == []


def test_the_next_free_slot_is_taken_when_no_time_is_named(folder):
    folder.letter("other", status="scheduled", send_at="2026-11-24 09:00")
    done = folder.call("schedule", "gate", "--json")
    assert done.json["data"]["send_at"] == "2026-12-01T14:00:00Z"


def test_a_pasted_text_is_scheduled_by_a_small_file_beside_it(folder):
    text = "I came by a missed bus.\n\n" + "So I walked, and it was good. " * 20 + "\n"
    file = folder.write("issues/walk.txt", text)
    done = folder.call("schedule", "walk", "--at", "tue 9am", "--subject", "Walking slowly")
    assert done.code == 0, done.err
    assert file.read_text() == text
    beside = (folder.root / "issues/walk.yaml").read_text()
    assert "status: scheduled" in beside
    assert "Walking slowly" in beside
    assert "sent: Walking slowly" in folder.call("run", now=NINE).out


def test_comments_and_order_of_the_front_matter_stay(folder):
    text = (
        "---\n# mine\nstatus: draft   # not yet\nsubject: The gate\n---\n\n" + "Some words. " * 60
    )
    file = folder.write("issues/gate.md", text)
    assert folder.call(*SCHEDULE).code == 0
    assert folder.call("unschedule", "gate").code == 0
    after = file.read_text()
    assert "# mine\nstatus: draft   # not yet\nsubject: The gate\n" in after
    assert after.endswith("Some words. " * 60)
