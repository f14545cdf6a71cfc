"""What is said on the way: warnings before a letter is scheduled, and the next step."""

import pytest


@pytest.mark.parametrize("words", [["schedule", "gate", "--at", "tue 9am"], ["send", "gate", "-n"]])
def test_the_warnings_are_told_before_a_letter_goes(folder, words):
    folder.change("issues/gate.md", "Our garden gate", "As I said in the comments below, our gate")
    done = folder.call(*words)
    assert done.code == 0
    assert "web-leftover" in done.err
    assert "→ Leave it out" in done.err
    assert "web-leftover" not in folder.call(*words, "--quiet").err


def test_many_warnings_are_cut_and_the_rest_is_named(folder):
    folder.change("issues/gate.md", "## What", "In the comments below.\n\n" * 8 + "## What")
    told = folder.call("schedule", "gate", "--at", "tue 9am").err
    assert told.count("web-leftover") == 5
    assert "and 3 more: newsletter check gate" in told


def test_what_was_left_out_of_a_text_stands_first_and_many_changes_are_cut(folder):
    parts = [f"Part {n}\n\nIn it a pot boils, and nobody minds it, for long." for n in range(14)]
    source = folder.write("old.txt", "\n\n".join([*parts, "Share this post", "Bye, Ann"]) + "\n")
    lines = folder.call("new", "Long", "--from", str(source)).out.splitlines()
    words = [line.split("  line")[0].strip() for line in lines if "  line " in line]
    data = folder.call("new", "Again", "--from", str(source), "--json").json["data"]
    assert data["removed"]
    assert len(data["changed"]) > 10
    assert words == ["left out"] * len(data["removed"]) + ["changed"] * 10
    assert lines[-1].strip() == f"and {len(data['changed']) - 10} more"


def test_a_build_says_when_the_tags_are_filled_in(folder, terminal):
    _, seen = terminal("build", "gate", keys={})
    assert "Tags like {{ … }} are filled in when it is sent" in seen
    assert "newsletter test gate" in seen
    assert folder.call("build", "gate").err == ""


def test_an_address_is_told_whole_on_a_narrow_terminal(folder, terminal):
    address = "somebody.with.a.rather.long.name@letters.example.org"
    folder.call("subscribers", "add", address, "--first-name", "Bartholomew-Maximilian")
    folder.call("subscribers", "unsubscribe", address, "--yes")
    folder.call("run")
    _, seen = terminal("subscribers", "list", keys={}, env={"COLUMNS": "80"})
    assert address in seen
    assert "23 Nov 2026 10:00" in seen


def test_the_status_names_the_letter_that_was_sent_last(folder):
    assert "last sent" not in folder.call("status").out
    folder.call("send", "gate", "--undo", "0s", "--yes")
    words = "last sent  The gate that would not close, Mon 23 Nov 10:00 EST, 3 readers"
    assert words in folder.call("status").out.splitlines()
    assert folder.call("status", "--json").json["data"]["last_sent"]["recipients"] == 3


def test_a_mistyped_letter_is_answered_with_the_nearest_and_few_names(folder):
    for name in ("soup", "bread", "oats", "plums", "stew", "tea", "figs"):
        folder.letter(name)
    hint = folder.call("check", "suop").err.split("→ ")[1:]
    assert hint[0].strip() == "did you mean soup?"
    assert hint[1].startswith("There are: soup, ")
    assert hint[1].count(",") == 4
    assert hint[2].strip() == "newsletter list shows all"


@pytest.mark.parametrize("command", ["schedule", "send", "test"])
def test_a_letter_that_is_not_named_may_be_one_of_the_drafts(folder, command):
    for n in range(6):
        folder.letter(f"draft-{n}")
    done = folder.call(command)
    assert done.code == 2
    assert "→ Drafts: draft-0, draft-1, draft-2, draft-3, draft-4 and 2 more\n" in done.err
    assert f"newsletter {command} --help" in done.err


def test_what_could_be_unscheduled_is_named(folder):
    assert "no scheduled letter" in folder.call("unschedule").err
    folder.call("schedule", "gate", "--at", "tue 9am")
    assert "→ Scheduled: gate\n" in folder.call("unschedule").err


@pytest.mark.parametrize("words", [["--at", "tue", "9am"], ["--at=tue", "9am", "--yes"]], ids=str)
def test_a_time_without_quotes_is_answered_with_the_quotes(folder, words):
    done = folder.call("schedule", "gate", *words)
    assert done.code == 2
    assert '→ put the time in quotes: --at "tue 9am"\n' in done.err
