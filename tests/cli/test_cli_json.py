"""`--json`: exactly one document on stdout, of one shape, whatever happens."""

import json
import re
from typing import Any

import click
import pytest

from newsletter.cli.app import program

ENVELOPE = ["ok", "command", "target", "at", "data", "warnings", "error"]
RFC_3339_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")

# Every command, in an order that makes sense; `serve` answers in lines and is tested on its own.
CALLS = {
    "init": ["elsewhere"],
    "status": [],
    "doctor": ["--offline"],
    "new": ["A second letter"],
    "list": [],
    "check": ["gate"],
    "build": ["gate"],
    "schedule": ["gate", "--at", "tue 9am"],
    "unschedule": ["gate"],
    "test": ["gate"],
    "send": ["gate", "--undo", "0s"],
    "run": [],
    "cron": [],
    "completion": ["bash"],
    "subscribers list": [],
    "subscribers show": ["dana@example.org"],
    "subscribers add": ["kim@example.org"],
    "subscribers tag": ["kim@example.org", "friends"],
    "subscribers export": ["-o", "readers.csv"],
    "subscribers import": ["readers.csv", "--dry-run"],
    "subscribers unsubscribe": ["kim@example.org"],
    "subscribers forget": ["kim@example.org", "--yes", "--confirm", "kim@example.org"],
    "server migrate": [],
    "server load": ["readers.json"],
    "server openapi": [],
    "server reconcile": ["1"],
    "server app": ["My shop", "--redirect-uri", "https://example.org/kit"],
    "server token": ["--days", "7"],
}
WITHOUT_A_PROJECT = ("init", "completion", "server openapi")
# The first three never end, the last is refused where nothing is paused (tests/smtp).
OTHERS = ["serve", "receive", "preview", "server resume"]


def all_commands() -> list[str]:
    context = click.Context(program)
    names = []
    for name in program.list_commands(context):
        command = program.get_command(context, name)
        verbs = command.list_commands(context) if isinstance(command, click.Group) else []
        names += [f"{name} {verb}" for verb in verbs] or [name]
    return names


def times_in(data: object, key: str = "") -> list[tuple[str, str]]:
    """Every value that is a time by its key, however deep."""
    if isinstance(data, dict):
        return [pair for k, v in data.items() for pair in times_in(v, k)]
    if isinstance(data, list):
        return [pair for v in data for pair in times_in(v, key)]
    is_time = key in ("at", "as_of", "until", "now", "state_since") or key.endswith("_at")
    return [(key, data)] if is_time and isinstance(data, str) else []


def expect_envelope(done, command: str, *, is_ok: bool) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(done.out)
    assert list(document) == ENVELOPE
    assert document["ok"] is is_ok
    assert document["command"] == command
    assert RFC_3339_UTC.fullmatch(document["at"])
    assert isinstance(document["warnings"], list)
    assert [pair for pair in times_in(document) if not RFC_3339_UTC.fullmatch(pair[1])] == []
    if is_ok:
        assert document["error"] is None
        assert document["data"] is not None
    else:
        assert document["data"] is None
        assert document["error"]["exit"] == done.code
        assert set(document["error"]) - {"place"} == {"code", "message", "hint", "exit"}
    return document


def test_no_command_is_left_out():
    assert sorted([*CALLS, *OTHERS]) == sorted(all_commands())


def test_every_command_answers_with_the_envelope(folder, monkeypatch):
    monkeypatch.chdir(folder.root)
    folder.write("readers.json", '{"tags": [{"name": "Cooks"}]}')
    for command, words in CALLS.items():
        done = folder.call(*command.split(), *words, "--json")
        assert done.code == 0, (command, done)
        assert done.err == ""
        document = expect_envelope(done, command, is_ok=True)
        if command not in WITHOUT_A_PROJECT:
            assert document["target"] == "local"


@pytest.mark.parametrize("command", [*CALLS, "serve", "receive"])
def test_a_wrong_flag_answers_with_the_envelope(folder, command):
    done = folder.call("--json", *command.split(), "--no-such-flag")
    assert done.code == 2
    assert done.err == ""
    assert expect_envelope(done, command, is_ok=False)["error"]["code"] == "usage"


@pytest.mark.parametrize(
    "command",
    [c for c in [*CALLS, "serve", "receive", "preview"] if c not in WITHOUT_A_PROJECT],
)
def test_a_wrong_setting_answers_with_the_envelope(folder, command):
    folder.write("newsletter.toml", 'timezon = "UTC"\n')
    words = CALLS.get(command, [])
    done = folder.call(*command.split(), *words, "--json")
    assert done.code == 4
    assert done.err == ""
    assert expect_envelope(done, command, is_ok=False)["error"]["code"] == "unknown-setting"


@pytest.mark.parametrize(
    ("words", "code", "error"),
    [
        (["frobnicate"], 2, "usage"),
        (["send", "missing"], 2, "no-such-issue"),
        (["schedule", "gate", "--at", "someday"], 2, "send-at-invalid"),
        (["subscribers", "show", "nobody@example.org"], 1, "no-such-subscriber"),
        (["subscribers"], 2, "usage"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_an_error_answers_with_the_envelope_and_a_stable_code(folder, words, code, error):
    done = folder.call(*words, "--json")
    assert (done.code, done.err) == (code, "")
    assert json.loads(done.out)["error"]["code"] == error


def test_a_held_letter_is_not_ok_and_stands_in_the_answer(folder):
    folder.letter(status="scheduled", send_at="2026-11-20 09:00")
    done = folder.call("run", "--json")
    assert (done.code, done.json["ok"]) == (1, False)
    assert [each["issue"] for each in done.json["data"]["held"]] == ["gate"]


def test_an_error_in_a_file_tells_its_place(folder):
    folder.letter(send_at="someday")
    done = folder.call("schedule", "gate", "--json")
    assert done.code == 3
    assert done.json["error"]["place"].startswith("issues/gate.md:2")


def test_a_letter_with_errors_is_not_ok_and_yet_the_findings_are_the_answer(folder):
    """`ok` says that the exit status is 0, and nothing else."""
    folder.letter(text=folder.letter().read_text() + "\nTODO\n")
    done = folder.call("check", "--json")
    assert (done.code, done.json["ok"]) == (3, False)
    rules = [finding["rule"] for finding in done.json["data"]["issues"][0]["findings"]]
    assert "placeholder-left" in rules


def test_a_question_that_nobody_can_answer_is_wrong_usage(folder, service):
    folder.env |= service.env
    before = folder.everything()
    done = folder.call("send", "gate", "--json")
    assert done.code == 2
    assert done.json["error"]["code"] == "needs-confirmation"
    assert "--yes" in done.json["error"]["hint"]
    assert folder.everything() == before
    assert service.broadcasts() == []


def test_warnings_stand_in_the_envelope_and_not_on_stderr(folder):
    done = folder.call("list", "--json", env={"NEWSLETTER_TIMEZON": "UTC"})
    assert done.err == ""
    assert [w["rule"] for w in done.json["warnings"]] == ["unknown-variable"]


def test_umlauts_stand_in_the_document_as_they_are(folder):
    folder.letter(subject="Grüße aus dem Garten")
    done = folder.call("list", "--json")
    assert "Grüße aus dem Garten" in done.out
