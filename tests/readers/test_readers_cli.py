"""The reader commands as a person and a script meet them: words, questions, JSON, exit codes."""

from __future__ import annotations

import os
import pty
import stat

import pytest

LIST = "email,first_name\nkim@example.org,Kim\nkim@@example.org,\nDana@example.org,Dana\n"


def states(folder):
    return {r["email_address"]: r["state"] for r in folder.rows("subscribers", "server.db")}


def test_the_target_is_named_before_anything_is_done(folder):
    done = folder.call("subscribers", "add", "kim@example.org")
    assert done.code == 0
    assert done.err.splitlines()[0].startswith("target local")
    assert "inactive" in done.out
    assert "until they confirm" in done.out


def test_show_tells_why_somebody_was_confirmed(folder):
    words = ["--confirmed", "--reason", "signed the list at the fair"]
    assert folder.call("subscribers", "add", "kim@example.org", *words).code == 0
    done = folder.call("subscribers", "show", "kim@example.org")
    assert "confirmed by you: signed the list at the fair" in done.out
    shown = folder.call("subscribers", "show", "kim@example.org", "--json").json["data"]
    assert shown["subscriber"]["state"] == "active"
    assert [c["reason"] for c in shown["consents"]] == ["signed the list at the fair"]


@pytest.mark.parametrize(
    ("words", "code", "error"),
    [
        (["add", "kim"], 2, "address-unusable"),
        (["add", "kim@example.org", "--confirmed"], 2, "needs-reason"),
        (["add", "kim@example.org", "--reason", "x"], 2, "usage"),
        (["add", "kim@example.org", "--tag", " "], 2, "usage"),
        (["tag", "nobody@example.org", "friends"], 1, "no-such-subscriber"),
        (["tag", "dana@example.org"], 2, "usage"),
        (["unsubscribe", "nobody@example.org"], 1, "no-such-subscriber"),
        (["forget", "dana@example.org"], 2, "needs-confirmation"),
        (["forget", "dana@example.org", "--yes"], 2, "needs-confirmation"),
        (["forget", "dana@example.org", "--confirm", "dana@example.org"], 2, "needs-confirmation"),
        (["forget", "dana@example.org", "--yes", "--confirm", "ann@example.org"], 2, "usage"),
        (["import", "list.csv"], 2, "needs-confirmation"),
        (["import", "missing.csv"], 2, "usage"),
        (["import", "list.csv", "--map", "x"], 2, "usage"),
        (["import", "list.csv", "--reason", "x"], 2, "usage"),
        (["export"], 2, "usage"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_is_refused_changes_no_reader_and_has_a_stable_code(
    folder, monkeypatch, words, code, error
):
    monkeypatch.chdir(folder.root)
    folder.write("list.csv", LIST)
    before = states(folder)
    done = folder.call("subscribers", *words, "--json")
    assert (done.code, done.json["error"]["code"]) == (code, error)
    assert states(folder) == before


def test_somebody_who_left_is_refused_with_the_day_and_what_they_can_do(folder):
    folder.call("subscribers", "unsubscribe", "dana@example.org")
    done = folder.call("subscribers", "add", "DANA@example.org")
    assert done.code == 1
    assert "unsubscribed on 23 November 2026" in done.err
    assert "sign-up form" in done.err


def test_an_import_shows_its_dry_run_and_without_a_terminal_asks_nobody(folder, monkeypatch):
    monkeypatch.chdir(folder.root)
    folder.write("list.csv", LIST)
    done = folder.call("subscribers", "import", "list.csv")
    assert done.code == 2
    assert "3 rows: 1 new, 1 already here, 1 unusable" in done.err
    assert "line 3 kim@@example.org: more than one @" in done.err
    assert "kim@example.org" not in states(folder)

    done = folder.call("subscribers", "import", "list.csv", "--yes", "--confirmed")
    assert (done.code, done.out) == (0, "Imported 1 reader.\n")
    assert states(folder)["kim@example.org"] == "active"


def test_a_state_that_nobody_knows_is_named_with_what_to_do(folder, monkeypatch):
    monkeypatch.chdir(folder.root)
    folder.write("list.csv", "email,state\nkim@example.org,TX\nlee@example.org,active\n")
    done = folder.call("subscribers", "import", "list.csv", "--yes", "--confirmed")
    assert "line 2 kim@example.org: state “TX” is not known" in done.err
    assert "--map COLUMN=-" in done.err
    assert "kim@example.org" not in states(folder)
    assert states(folder)["lee@example.org"] == "active"


def test_json_names_every_unusable_line(folder, monkeypatch):
    monkeypatch.chdir(folder.root)
    folder.write("list.csv", "email\n" + "nobody\n" * 50)
    shown = folder.call("subscribers", "import", "list.csv", "-n")
    assert shown.out.count("unusable  line") == 20
    assert "and 30 more" in shown.out
    data = folder.call("subscribers", "import", "list.csv", "-n", "--json").json["data"]
    assert [row["line"] for row in data["unusable"]] == list(range(2, 52))
    assert (data["rows"], data["applied"]) == (50, 0)


def test_a_list_leaves_and_comes_back_and_everybody_is_known(folder, monkeypatch):
    monkeypatch.chdir(folder.root)
    folder.call("subscribers", "add", "kim@example.org", "--first-name", "=cmd()")
    done = folder.call("subscribers", "export", "-o", "out.csv")
    assert (done.code, done.out) == (0, "wrote out.csv\n")
    assert "as of" in done.err
    file = folder.root / "out.csv"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "kim@example.org,'=cmd()" in file.read_text()
    data = folder.call("subscribers", "import", "out.csv", "-n", "--json").json["data"]
    assert (data["known"], data["new"], data["unusable"]) == (4, 0, [])
    assert folder.call("subscribers", "export").out.encode() == file.read_bytes()
    assert len(folder.call("subscribers", "export", "--status", "inactive").out.splitlines()) == 2


def test_an_export_into_a_folder_that_is_not_there_is_one_clear_error(folder, tmp_path):
    done = folder.call("subscribers", "export", "-o", str(tmp_path / "no" / "x.csv"))
    assert done.code == 1
    assert "cannot be written" in done.err


def test_an_export_before_the_first_sync_says_what_to_do(folder):
    for file in (folder.root / ".newsletter").glob("state.db*"):
        file.unlink()
    done = folder.call("subscribers", "export")
    assert (done.code, done.out) == (1, "")
    assert "newsletter run" in done.err


def test_on_a_real_target_an_unsubscription_is_asked_for_and_yes_answers(folder, service):
    folder.env |= service.env
    done = folder.call("subscribers", "unsubscribe", "dana@example.org")
    assert done.code == 2
    assert "REAL EMAIL" in done.err
    assert states(service.folder)["dana@example.org"] == "active"

    assert folder.call("subscribers", "unsubscribe", "dana@example.org", "--yes").code == 0
    assert states(service.folder)["dana@example.org"] == "cancelled"


def test_on_kit_forgetting_says_plainly_what_it_cannot_do(folder, service):
    folder.env |= service.env
    words = ["forget", "dana@example.org", "--yes", "--confirm", "Dana@example.org"]
    done = folder.call("subscribers", *words)
    assert done.code == 0
    assert "Kit's API cannot erase anybody" in done.out
    assert states(service.folder)["dana@example.org"] == "cancelled"


def test_a_long_import_on_kit_says_how_long_it_takes_before_it_asks(folder, service, monkeypatch):
    monkeypatch.chdir(folder.root)
    folder.env |= service.env
    folder.write("list.csv", "email\n" + "".join(f"r{n}@example.org\n" for n in range(500)))
    done = folder.call("subscribers", "import", "list.csv")
    assert done.code == 2
    assert "This takes 4 minutes at least" in done.err
    assert "OAuth" in done.err


@pytest.mark.parametrize(
    "words",
    [
        ["forget", "dana@example.org", "--yes", "--confirm", "dana@example.org"],
        ["import", "list.csv", "--yes"],
    ],
    ids=lambda words: words[0],
)
def test_what_never_left_is_tried_later(folder, service, monkeypatch, words):
    monkeypatch.chdir(folder.root)
    folder.write("list.csv", LIST)
    folder.env |= service.env | {"KIT_API_URL": "http://127.0.0.1:9/v4"}
    assert folder.call("subscribers", *words).code == 75


@pytest.mark.parametrize(
    ("words", "request_"),
    [
        (["import", "list.csv", "--yes"], "POST /v4/subscribers"),
        (["unsubscribe", "dana@example.org", "--yes"], "POST /v4/subscribers/"),
    ],
    ids=["import", "unsubscribe"],
)
def test_without_any_answer_the_outcome_is_unknown_and_the_same_call_mends_it(
    folder, service, monkeypatch, words, request_
):
    monkeypatch.chdir(folder.root)
    folder.write("list.csv", LIST)
    folder.env |= service.env
    for _ in range(3):
        service.net.lose_answer(request_)
    done = folder.call("subscribers", *words)
    assert done.code == 5
    assert "Run the same command again" in done.err
    assert folder.call("subscribers", *words).code == 0


def test_an_answer_lost_once_is_repeated_without_a_word(folder, service):
    folder.env |= service.env
    service.net.lose_answer("POST /v4/subscribers")
    assert folder.call("subscribers", "add", "kim@example.org").code == 0
    assert states(service.folder)["kim@example.org"] == "inactive"


@pytest.mark.parametrize(("typed", "code"), [("dana@example.org", 0), ("yes", 1), ("", 1)])
def test_at_a_terminal_the_address_has_to_be_typed_to_erase_it(folder, typed, code):
    master, slave = pty.openpty()
    os.write(master, f"{typed}\n".encode())
    done = folder.process("subscribers", "forget", "dana@example.org", "--yes", stdin=slave)
    os.close(slave)
    os.close(master)
    assert done.code == code
    assert "Type dana@example.org to erase it" in done.err
    assert (states(folder)["dana@example.org"] == "cancelled") is (code == 0)


def test_a_quote_that_never_closes_stops_the_import_before_anybody_is_added(folder, monkeypatch):
    monkeypatch.chdir(folder.root)
    rows = "".join(f"r{n}@example.org,R\n" for n in range(1_000))
    folder.write("list.csv", f'email,name\nann@example.org,"Ann\n{rows}')
    before = states(folder)
    for words in (["--yes", "--confirmed"], ["--dry-run"]):
        done = folder.call("subscribers", "import", "list.csv", *words)
        assert done.code == 1
        assert "list.csv:2: a quote on line 2 never closes; 1001 lines were read as one" in done.err
    assert states(folder) == before


def test_a_custom_field_that_the_target_does_not_have_is_told_once(folder, monkeypatch):
    monkeypatch.chdir(folder.root)
    folder.write("list.csv", "email,town\n" + "".join(f"r{n}@example.org,Bath\n" for n in range(3)))
    words = ["import", "list.csv", "--map", "town=fields.hometown", "--yes", "--json"]
    done = folder.call("subscribers", *words)
    (warning,) = done.json["warnings"]
    assert warning["rule"] == "target-warning"
    assert "hometown" in warning["message"]
