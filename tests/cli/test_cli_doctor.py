"""Is everything ready, and what to do about it."""

from __future__ import annotations

from datetime import timedelta

import pytest


def levels(done):
    return {f["check"]: f["level"] for f in done.json["data"]["findings"]}


def test_a_project_that_is_ready_has_nothing_to_mend(folder):
    done = folder.call("doctor", "--json")

    assert done.code == 0
    assert done.json["data"]["fail"] == 0
    assert {"zone", "from", "address", "look", "runs", "key", "sender", "template"} <= set(
        levels(done)
    )


@pytest.mark.parametrize(
    ("old", "new", "check", "level"),
    [
        ('"Ann Lee <ann@example.org>"', '"Ann <newsletter@example.org>"', "from", "warn"),
        ('"1 Elm Street, Springfield"', '""', "address", "fail"),
        ('"1 Elm Street, Springfield"', '"1 Main Street, Exampletown"', "address", "warn"),
    ],
)
def test_each_thing_that_is_not_well_has_a_cure(folder, old, new, check, level):
    folder.change("newsletter.toml", old, new)

    done = folder.call("doctor", "--json")
    found = done.json["data"]["findings"]

    assert done.code == (4 if level == "fail" else 0)
    mine = next(f for f in found if f["check"] == check)
    assert mine["level"] == level
    assert mine["cure"]


def test_secrets_that_others_can_read_are_pointed_out(folder):
    file = folder.write(".env", "KIT_API_KEY=kit_not_a_real_one\n")
    file.chmod(0o644)
    open_to_all = levels(folder.call("doctor", "--offline", "--json"))["env"]
    file.chmod(0o600)
    closed = levels(folder.call("doctor", "--offline", "--json"))["env"]

    assert (open_to_all, closed) == ("warn", "ok")


def test_a_letter_with_errors_and_a_held_one_are_named(folder):
    folder.letter("gate", status="scheduled", send_at="2026-11-01 09:00")
    folder.call("run")
    folder.write("issues/bad.md", "---\nsubject: [\n---\nHello.\n")

    found = folder.call("doctor", "--offline", "--json").json["data"]["findings"]

    assert "gate" in next(f["message"] for f in found if f["check"] == "held")
    assert "bad" in next(f["message"] for f in found if f["check"] == "letters")


@pytest.mark.parametrize(("status", "level"), [("draft", "warn"), ("scheduled", "fail")])
def test_a_letter_with_errors_is_to_be_mended_once_it_is_scheduled(folder, status, level):
    folder.letter(status=status, send_at="2026-11-24 09:00")
    folder.change("issues/gate.md", 'default: "friend"', "shout")

    done = folder.call("doctor", "--offline", "--json")

    assert levels(done)["letters"] == level
    assert done.code == (4 if level == "fail" else 0)


def test_an_error_in_a_letter_that_is_out_is_nothing_to_mend(folder):
    folder.call("send", "gate", "--undo", "0s", "--yes")
    folder.change("issues/gate.md", 'default: "friend"', "shout")

    assert "letters" not in levels(folder.call("doctor", "--offline", "--json"))


def test_a_refused_key_and_a_missing_one_are_to_be_mended(folder, service):
    folder.env |= service.env
    good = folder.call("doctor", "--json")
    folder.env["KIT_API_KEY"] = "kit_wrong"
    refused = folder.call("doctor", "--json")
    del folder.env["KIT_API_KEY"]
    missing = folder.call("doctor", "--json")

    assert (good.code, refused.code, missing.code) == (0, 4, 4)
    assert "kit_wrong" not in refused.out + refused.err
    assert [levels(d)["key"] for d in (good, refused, missing)] == ["ok", "fail", "fail"]


@pytest.mark.parametrize(
    ("ahead", "level", "words"),
    [
        (0, "ok", "this computer's clock is"),
        (4, "ok", "s from the target's"),
        (-30, "warn", " s ahead of the target's"),
        (30, "warn", " s behind the target's"),
        (-600, "fail", " min ahead of the target's"),
        (7200, "fail", " min behind the target's"),
    ],
)
def test_a_clock_that_differs_from_the_services_is_told_and_why_it_matters(
    folder, service, ahead, level, words
):
    folder.env |= service.env
    service.clock.now += timedelta(seconds=ahead)

    done = folder.call("doctor", "--json")
    found = next(f for f in done.json["data"]["findings"] if f["check"] == "clock")

    assert (found["level"], done.code) == (level, 4 if level == "fail" else 0)
    assert words in found["message"]
    assert bool(found["cure"]) == (level != "ok")
    assert ("held as late" in found["message"]) == (level != "ok")


def test_the_embedded_server_has_this_computers_clock(folder):
    assert "clock" not in levels(folder.call("doctor", "--json"))


def test_it_changes_nothing(folder):
    before = folder.everything()

    folder.call("doctor")

    assert folder.everything() == before
