"""The program with `[server] deliver = "smtp"`: it says REAL EMAIL, asks, and tells what became of it."""

from __future__ import annotations

import contextlib
import signal
import sqlite3
import time
from typing import Any

import pytest

from tests.smtp.sink import Do, Moment, sinking

TUESDAY = "2026-11-24T14:00:00Z"  # the letter's time, nine in New York
AFTER = "2026-11-24T14:05:00Z"


@pytest.fixture
def mailing(folder: Any) -> Any:
    """A project with one scheduled letter, whose readers are moved where mail could go."""
    folder.env |= {"NEWSLETTER_SERVER__DELIVER": "smtp", "SMTP_URL": "smtp://127.0.0.1:1"}
    folder.env |= {"NEWSLETTER_FROM": "Ann Lee <ann@letters.internal>"}
    with contextlib.closing(sqlite3.connect(folder.root / ".newsletter/server.db")) as db:
        for column in ("email_address", "email_key"):
            db.execute(
                f"UPDATE subscribers SET {column} = replace({column}, 'example.org', 'post.internal')"
            )
        db.commit()
    folder.letter(status="scheduled", send_at="2026-11-24 09:00")
    return folder


def test_the_target_says_real_email_and_scheduling_asks(mailing: Any) -> None:
    mailing.letter()
    done = mailing.call("schedule", "gate", "--at", "2026-11-24 09:00")

    assert done.code == 2
    assert "127.0.0.1" in done.err
    assert "REAL EMAIL" in done.err
    assert "needs an answer" in done.err

    agreed = mailing.call("schedule", "gate", "--at", "2026-11-24 09:00", "--yes")
    assert agreed.code == 0
    assert "somebody has to be there then" in agreed.out


def test_run_sends_what_is_due_and_tells_it_once(mailing: Any) -> None:
    with sinking() as sink:
        mailing.env["SMTP_URL"] = sink.url
        done = mailing.call("run", now=AFTER)
        again = mailing.call("run", now=AFTER)

    assert (done.code, again.code) == (0, 0), done.err
    assert "sent: The gate that would not close → 3 readers" in done.out
    assert (again.out, again.err) == ("", "")
    assert sorted(sink.recipients()) == [f"{n}@post.internal" for n in ("ann", "ben", "dana")]
    assert mailing.rows("outbox", "server.db") == []


def test_a_mail_server_that_refuses_us_pauses_once_and_resume_goes_on(mailing: Any) -> None:
    is_bad = [True]

    def script(moment: Moment) -> str | None:
        return "550 5.7.26 unauthenticated\r\n" if is_bad[0] and moment.stage == "rcpt" else None

    with sinking(script) as sink:
        mailing.env["SMTP_URL"] = sink.url
        first = mailing.call("run", now=AFTER)
        second = mailing.call("run", now="2026-11-24T14:10:00Z")
        is_bad[0] = False
        resumed = mailing.call("server", "resume", "1", now="2026-11-24T14:11:00Z")
        last = mailing.call("run", now="2026-11-24T14:15:00Z")
        nothing = mailing.call("server", "resume", "1", now="2026-11-24T14:16:00Z")

    assert first.code == 1
    assert "5.7.26" in first.err
    assert "newsletter server resume 1" in first.err
    assert (second.code, second.err) == (0, "")
    assert "goes on" in resumed.out
    assert "→ 3 readers" in last.out
    assert nothing.code == 1
    assert len(sink.recipients()) == 3


@pytest.mark.parametrize("choice", ["--accept", "--resend"])
def test_unknown_ones_are_shown_and_decided_by_a_person(mailing: Any, choice: str) -> None:
    def script(moment: Moment) -> Do | None:
        return Do(drop=True) if moment.stage == "content" and moment.count == 1 else None

    with sinking(script) as sink:
        mailing.env["SMTP_URL"] = sink.url
        done = mailing.call("run", now=AFTER)
        shown = mailing.call("server", "reconcile", "1", now=AFTER)
        both = mailing.call("server", "reconcile", "1", "--accept", "--resend", now=AFTER)
        decided = mailing.call("server", "reconcile", "1", choice, "--yes", "--json", now=AFTER)
        mailing.call("run", now=AFTER)

    assert "1 unknown" in done.err
    assert "newsletter server reconcile 1" in done.err
    assert "2 accepted, 1 unknown" in shown.out
    assert "ben@post.internal" in shown.out
    assert both.code == 2
    assert decided.json["data"]["before"] == {"accepted": 2, "unknown": 1}
    assert len(sink.recipients()) == (4 if choice == "--resend" else 3)
    ids = [m.raw.partition(b"Message-ID: ")[2].partition(b"\r\n")[0] for m in sink.received]
    assert len(set(ids)) == 3
    states = {row["state"] for row in mailing.rows("deliveries", "server.db")}
    assert states == {"accepted"}


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "there is no SMTP_URL"),
        ("http://ann:hush@mail.internal", "must begin with smtp"),
        ("smtp://ann:hush@mail.internal:port", "no number"),
    ],
)
def test_an_address_that_does_not_work_is_told_without_its_password(
    mailing: Any, url: str, words: str
) -> None:
    mailing.env["SMTP_URL"] = url
    mailing.now = None  # no pretended time where mail would really leave
    done = mailing.call("run")

    assert done.code == 4, done.err
    assert words in done.err
    assert "hush" not in done.err + done.out


def test_no_time_is_pretended_where_mail_leaves_this_computer(mailing: Any) -> None:
    mailing.env["SMTP_URL"] = "smtp://ann:hush@mail.internal"
    done = mailing.call("status", now=AFTER)

    assert done.code == 4
    assert "pretends a time" in done.err


def test_sigterm_during_a_send_stops_after_the_message_and_loses_nothing(mailing: Any) -> None:
    with contextlib.closing(sqlite3.connect(mailing.root / ".newsletter/server.db")) as db:
        rows = [(f"r{n}@post.internal", f"r{n}@post.internal") for n in range(150)]
        db.executemany(
            "INSERT INTO subscribers (email_address, email_key, state, fields, created_at, updated_at)"
            " VALUES (?, ?, 'active', '{}', '2026-11-01 00:00:00', '2026-11-01 00:00:00')",
            rows,
        )
        db.commit()
    slow = lambda moment: Do(say="250 ok\r\n", wait=0.01) if moment.stage == "content" else None  # noqa: E731  # fmt: skip
    with sinking(slow) as sink:
        mailing.env["SMTP_URL"] = sink.url
        with mailing.start("run", now=AFTER) as process:
            give_up = time.monotonic() + 20
            while len(sink.received) < 20 and time.monotonic() < give_up:
                time.sleep(0.005)
            process.send_signal(signal.SIGTERM)
            began = time.monotonic()
            _, err = process.communicate(timeout=30)
        took = time.monotonic() - began
        so_far = len(sink.received)
        states = [row["state"] for row in mailing.rows("deliveries", "server.db")]
        last = mailing.call("run", now=AFTER)

    assert process.returncode == 0, err
    assert took < 10
    assert 20 <= so_far < 153
    assert states.count("accepted") == so_far
    assert "unknown" not in states
    assert "→ 153 readers" in last.out
    assert len(sink.recipients()) == len(set(sink.recipients())) == 153


def test_serve_says_that_mail_is_real_and_how_far_each_letter_is(mailing: Any) -> None:
    mailing.call("schedule", "gate", "--at", "2026-11-24 09:00", "--yes")
    with sinking() as sink:
        mailing.env["SMTP_URL"] = sink.url
        assert mailing.call("run", now="2026-11-24T13:59:00Z").code == 0
        with mailing.start("serve", "--port", "0", "--json", now=AFTER) as process:
            lines = [process.stdout.readline() for _ in range(2)]
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=30)

    assert '"event": "started"' in lines[0]
    assert '"accepted": 3' in lines[1]
    assert '"unknown": 0' in lines[1]
    assert len(sink.recipients()) == 3
