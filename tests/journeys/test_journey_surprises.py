"""What a careless author, or somebody at the account, does to a letter that is on its way."""

from __future__ import annotations

import httpx
import pytest

from tests import loopback

MONDAY = "2026-11-23T10:00:00-05:00"
NINE = "2026-11-24T09:00:30-05:00"
TEN_PAST = "2026-11-23T10:11:00-05:00"
READERS = ["ann@example.org", "ben@example.org", "dana@example.org"]


@pytest.fixture
def armed(folder, service):
    """The letter is handed over to a service in another process."""
    folder.env |= service.env
    folder.letter(status="scheduled", send_at="2026-11-24 09:00")
    for now in (MONDAY, TEN_PAST):
        assert folder.call("run", now=now).code == 0
    assert folder.state() == "handed_over"
    return folder


def statuses(service):
    return [row["status"] for row in service.broadcasts()]


def api(service, method, path, **body):
    url = service.env["KIT_API_URL"] + path
    headers = {"X-Kit-Api-Key": service.env["KIT_API_KEY"]}
    return httpx.request(method, url, json=body or None, headers=headers, verify=loopback.NO_TLS)


def test_a_refused_change_leaves_the_version_of_before_and_says_so(armed, service):
    armed.letter(status="scheduled", send_at="2026-11-24 09:00", **{"from": "stranger@example.org"})

    held = armed.call("run", now="2026-11-23T10:20:00-05:00")
    silent = armed.call("run", now="2026-11-23T10:25:00-05:00")
    taken = armed.call("unschedule", "gate", now="2026-11-23T10:30:00-05:00")

    assert held.code == 1
    assert "still goes out" in held.err
    assert (silent.code, silent.err) == (0, "")
    assert taken.code == 0
    assert statuses(service) == ["draft"]


def test_a_held_letter_that_is_still_armed_is_disarmed_by_unschedule(armed, service):
    api(service, "PUT", "/broadcasts/1", send_at="2026-11-24T16:00:00Z")
    held = armed.call("run", now="2026-11-24T08:52:00-05:00")

    armed.call("unschedule", "gate", now="2026-11-24T08:53:00-05:00")

    assert held.code == 1
    assert statuses(service) == ["draft"]


def test_a_mistake_in_an_armed_file_says_what_happens_and_can_be_taken_back(armed, service):
    armed.write("issues/gate.md", "---\nsubject: 'scheduled\nstatus: scheduled\n---\nHello.\n")

    told = armed.call("run", now="2026-11-23T10:20:00-05:00")
    taken = armed.call("unschedule", "gate", now="2026-11-23T10:30:00-05:00")

    assert "still goes out" in told.err
    assert "left alone" in taken.out
    assert statuses(service) == ["draft"]


def test_an_armed_letter_whose_file_is_gone_can_be_taken_back(armed, service):
    (armed.root / "issues" / "gate.md").unlink()

    taken = armed.call("unschedule", "gate", now="2026-11-23T10:30:00-05:00")

    assert taken.code == 0
    assert statuses(service) == ["draft"]


@pytest.mark.parametrize("how", ["copied", "renamed"])
def test_a_renamed_or_copied_letter_is_held_and_nobody_gets_it_twice(folder, how):
    folder.letter(status="scheduled", send_at="2026-11-24 09:00")
    assert "sent:" in folder.call("run", now=NINE).out
    old, new = folder.root / "issues" / "gate.md", folder.root / "issues" / "fence.md"
    new.write_bytes(old.read_bytes())
    if how == "renamed":
        old.unlink()

    held = folder.call("run", now="2026-11-24T09:05:00-05:00")
    silent = folder.call("run", now="2026-11-24T09:10:00-05:00")

    assert held.code == 1
    assert "looks like a copy of gate" in held.err
    assert (silent.code, silent.out, silent.err) == (0, "", "")
    assert folder.outbox() == READERS


def test_a_later_time_reaches_the_target_at_once(armed, service):
    done = armed.call(
        "schedule", "gate", "--at", "fri 9am", "--yes", now="2026-11-23T10:20:00-05:00"
    )

    assert done.code == 0
    assert (
        api(service, "GET", "/broadcasts/1").json()["broadcast"]["send_at"]
        == "2026-11-27T14:00:00Z"
    )


def test_a_draft_with_the_same_slug_does_not_stop_the_scheduled_one(folder):
    folder.letter("2026-11-24-gate", status="scheduled", send_at="2026-11-24 09:00")
    (folder.root / "issues" / "gate.md").unlink()
    folder.letter("2026-12-01-gate", subject="Another gate, and another day")

    done = folder.call("run", now=NINE)

    assert "sent: The gate" in done.out
    assert folder.outbox() == READERS


def test_a_second_armed_file_with_the_same_slug_is_news_once_and_overwrites_nothing(folder):
    folder.letter("2026-11-24-gate", status="scheduled", send_at="2026-11-24 09:00")
    (folder.root / "issues" / "gate.md").unlink()
    folder.letter(
        "2026-11-25-gate", subject="A second gate", status="scheduled", send_at="2026-11-24 09:00"
    )

    first = folder.call("run", now=NINE)
    second = folder.call("run", now="2026-11-24T09:05:00-05:00")
    by_path = folder.call("schedule", "issues/2026-11-25-gate.md", "--at", "wed 10am", now=NINE)

    assert "sent: The gate" in first.out
    assert "also called" in first.err
    assert (second.code, second.err) == (0, "")
    assert by_path.code == 3
    assert folder.outbox() == READERS


@pytest.mark.parametrize("name", ["../outside.md", "issues/_hidden.md"])
def test_a_file_that_no_run_looks_at_cannot_be_scheduled(folder, name):
    file = (folder.root / name).resolve()
    file.write_bytes((folder.root / "issues" / "gate.md").read_bytes())

    done = folder.call("schedule", str(file), "--at", "tue 9am")

    assert done.code == 2
    assert "no run would ever send it" in done.err


@pytest.mark.parametrize(
    ("old", "new"), [("---\n", "\n---\n"), ("status: scheduled", "status: Scheduled")]
)
def test_a_blank_first_line_or_a_capital_letter_does_not_hide_a_letter(folder, old, new):
    file = folder.letter(status="scheduled", send_at="2026-11-24 09:00")
    file.write_text(file.read_text().replace(old, new, 1))

    assert "sent: The gate" in folder.call("run", now=NINE).out


def test_a_broadcast_deleted_at_the_account_is_held_once_and_the_cure_works(armed, service):
    api(service, "DELETE", "/broadcasts/1")
    held = armed.call("run", now="2026-11-24T08:52:00-05:00")
    silent = armed.call("run", now="2026-11-24T08:54:00-05:00")
    again = armed.call(
        "schedule", "gate", "--at", "tue 6pm", "--yes", now="2026-11-24T08:55:00-05:00"
    )

    assert (held.code, silent.code) == (1, 0)
    assert again.code == 0, again.err
    assert statuses(service) == ["scheduled"]


def test_a_deleted_broadcast_is_nothing_that_has_to_be_taken_back(armed, service):
    api(service, "DELETE", "/broadcasts/1")
    taken = armed.call("unschedule", "gate", now="2026-11-23T10:30:00-05:00")
    later = [armed.call("run", now=f"2026-11-24T08:5{minute}:00-05:00") for minute in (1, 6)]

    assert taken.code == 0
    assert [(done.code, done.err) for done in later] == [(0, "")] * 2


def test_what_an_edit_takes_away_is_taken_away_at_the_account(armed, service):
    extra = {"public": "true", "thumbnail": "https://example.org/a.png"}
    armed.letter(status="scheduled", send_at="2026-11-24 09:00", **extra)
    armed.call("run", now="2026-11-23T10:20:00-05:00")
    before = api(service, "GET", "/broadcasts/1").json()["broadcast"]["thumbnail_url"]
    armed.letter(status="scheduled", send_at="2026-11-24 09:00", public="true", thumbnail="")
    armed.change("issues/gate.md", "thumbnail: \n", "")
    armed.call("run", now="2026-11-23T10:25:00-05:00")

    assert before == "https://example.org/a.png"
    assert api(service, "GET", "/broadcasts/1").json()["broadcast"]["thumbnail_url"] is None


def test_a_dry_run_of_schedule_writes_nothing_into_a_ledger_that_is_there(folder):
    before = [folder.rows(t) for t in ("targets", "leases", "issues", "history")]

    folder.call("schedule", "gate", "--at", "tue 9am", "--dry-run")

    assert [folder.rows(t) for t in ("targets", "leases", "issues", "history")] == before
