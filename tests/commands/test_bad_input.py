"""Bad input gives one clear error with its place, cause and cure, and changes nothing at all."""

import re
from dataclasses import dataclass

import pytest

from newsletter.kit import Kit

TUESDAY = ["schedule", "gate", "--at", "tue 9am"]


@dataclass(frozen=True)
class Case:
    """What is made wrong, what is called, and what must be said."""

    name: str
    words: list[str]
    code: int
    place: str
    says: str
    files: dict[str, str | bytes]
    changes: tuple[str, str, str] | None = None


def setting(
    name: str, line: str, says: str, place: str = "newsletter.toml:1", code: int = 4
) -> Case:
    return Case(name, ["list"], code, place, says, {"newsletter.toml": f"{line}\n"})


def letter(name: str, old: str, new: str, place: str, says: str, code: int = 3) -> Case:
    return Case(name, TUESDAY, code, place, says, {}, ("issues/gate.md", old, new))


SETTINGS = [
    setting("unknown setting", 'timezon = "UTC"', "unknown setting 'timezon' (did you mean 'timezone'?)"),
    setting("unknown setting in a section", '[schedule]\nled = "2h"', "(did you mean 'lead'?)", "newsletter.toml:2"),
    setting("unknown section", '[shedule]\nlead = "2h"', "(did you mean 'schedule'?)"),
    setting("letters that changed places", 'form = "Ann <ann@example.org>"', "(did you mean 'from'?)"),
    setting("a key that is set already", 'from = "a@example.org"\nform = "b"', "(did you mean 'forms'?)", "newsletter.toml:2"),
    setting("the other keys of a section", '[check]\nstrickt = true', "The settings in [check] are: ignore, strict.", "newsletter.toml:2"),
    setting("a value says what fits", 'language = 5', "As in: en"),
    setting("a city for a zone", 'timezone = "New York"', "did you mean America/New_York?"),
    setting("text without quotes", "name = Garden Notes", "", "newsletter.toml:1:8"),
    setting("a key twice", 'name = "a"\nname = "b"', "", "newsletter.toml:2"),
    setting("no end", 'name = "Garden', "", "newsletter.toml:1"),
    setting("duration without a unit", '[schedule]\nlead = "24"', "90s, 5m, 24h, 2d", "newsletter.toml:2"),
    setting("duration as a number", "[schedule]\nlead = 24", "90s, 5m, 24h, 2d", "newsletter.toml:2"),
    setting("duration in words", '[schedule]\ngrace = "a day"', "90s, 5m, 24h, 2d", "newsletter.toml:2"),
    setting("duration below nothing", '[send]\nundo = "-5m"', "90s, 5m, 24h, 2d", "newsletter.toml:2"),
    setting("duration of ages", '[send]\nundo = "99999999d"', "ten years", "newsletter.toml:2"),
    setting("zone", 'timezone = "Europe/Berlyn"', "did you mean Europe/Berlin?"),
    setting("zone as an offset", 'timezone = "+02:00"', "no such time zone"),
    setting("from without an address", 'from = "Ann"', "Ann <ann@example.org>"),
    setting("from with a line break", 'from = "Ann\\nBcc: x@example.org <a@example.org>"', "Ann <ann@example.org>"),
    setting("target", 'target = "mailchimp"', "'local' or 'kit'"),
    setting("address of the server", '[server]\npublic_url = "letters.example.org"', "http", "newsletter.toml:2"),
    setting("slot", '[schedule]\nslot = "sometimes"', "slot", "newsletter.toml:2"),
    setting("a section as a value", 'schedule = "tue"', "[schedule]"),
    setting("a value as a section", '[name]\nfirst = "Ann"', "name"),
    Case("not UTF-8", ["list"], 4, "newsletter.toml", "UTF-8", {"newsletter.toml": b'name = "G\xe4rten"\n'}),
    Case(".env not UTF-8", ["list"], 4, ".env", "UTF-8", {".env": b"NEWSLETTER_NAME=G\xe4rten\n"}),
    Case("a wrong value in .env", ["list"], 4, ".env:2", "no such time zone",
         {".env": "# mine\nNEWSLETTER_TIMEZONE=Mars\n"}),
]  # fmt: skip

LETTERS = [
    letter("send_at that is no time", "status: draft", "status: draft\nsend_at: someday", "issues/gate.md:5", ""),
    letter("a colon in the subject", "subject: The gate", "subject: The gate: it", "issues/gate.md:2", "quotes"),
    letter("a tab", "status: draft", "status: draft\n\tlanguage: en", "issues/gate.md:5", "tab"),
    letter("no end of the front matter", "status: draft\n---", "status: draft", "issues/gate.md", "---"),
    letter("unknown status", "status: draft", "status: ready", "issues/gate.md:4", "draft"),
    letter("unknown zone", "status: draft", "status: draft\ntimezone: Mars", "issues/gate.md:5", "Mars"),
    letter("Liquid that does not end", 'default: "friend" }}', 'default: "friend" ', "7:7", ""),
    letter("Liquid with an unknown filter", 'default: "friend"', "shout", "7:34", "shout"),
    letter("Liquid if without an end", "Nothing was broken.", "{% if subscriber.first_name %}Nothing.", "13:1", "if"),
    letter("unknown tag in the audience", "status: draft", "status: draft\naudience: tag:gardners", "issues/gate.md:5", "gardners"),
]  # fmt: skip

TEMPLATES = [
    Case("a template that does not compile", TUESDAY, 3, "templates/email.html.j2:2", "",
         {"templates/email.html.j2": "{% extends '@builtin/email.html.j2' %}\n{% block header %}"}),
    Case("a template with an unknown value", TUESDAY, 3, "templates/partials/footer.html.j2:2", "nam",
         {"templates/partials/footer.html.j2": "<p>\n{{ newsletter.nam }}</p>"}),
    Case("a template that loops for ever", TUESDAY, 3, "templates/email.html.j2", "",
         {"templates/email.html.j2": "{% extends 'email.html.j2' %}"}),
    Case("a template that is not UTF-8", TUESDAY, 3, "email.html.j2 ", "utf-8",
         {"templates/email.html.j2": b"<p>\xe4</p>"}),
]  # fmt: skip

WORDS = [
    Case("unknown issue", ["schedule", "gaet"], 2, "", "No issue is called 'gaet'", {}),
    Case("ambiguous issue", ["send", "gat"], 2, "", "  gate-two", {"issues/gate-two.md": "---\nsubject: B\n---\nB"}),
    Case("a folder for an issue", ["send", "issues"], 2, "", "issues", {"issues/b.md": "---\nsubject: B\n---\nB"}),
    Case("an issue that is no text", ["send", "photo"], 3, "issues/photo.md", "UTF-8", {"issues/photo.md": b"\xff\xd8\xff"}),
    Case("an empty issue", ["send", "empty"], 3, "issues/empty.md", "", {"issues/empty.md": ""}),
    *(
        Case(f"--at {when}", ["schedule", "gate", "--at", when], 2, "", "--at", {})
        for when in (
            "someday", "", "9am yesterday", "2026-11-23 09:00", "2020-01-01", "24/11", "11/24 9am",
            "2026-02-30 09:00", "2026-11-24 25:00", "in -5 minutes", "tue 9am tue", "99999-01-01",
            "0001-01-01 00:00", "2026-11-24T09:00:00+99:00",
        )
    ),
    Case("the hour that does not exist, by --at", ["schedule", "gate", "--at", "2027-03-14 02:30"], 2, "",
         "2027-03-14 03:30", {}),
    Case("new from a folder", ["new", "A title", "--from", "."], 2, "", "--from", {}),
    Case("new with a slug that is taken", ["new", "Gate"], 2, "", "'gate'", {}),
]  # fmt: skip


@pytest.mark.parametrize(
    "case", [*SETTINGS, *LETTERS, *TEMPLATES, *WORDS], ids=lambda case: case.name
)
def test_bad_input_is_named_with_its_place_and_changes_nothing(folder, monkeypatch, case):
    monkeypatch.chdir(folder.root)
    for path, content in case.files.items():
        folder.write(path, content)
    if case.changes:
        folder.change(*case.changes)
    before = folder.everything()
    done = folder.call(*case.words)
    assert done.code == case.code, done
    assert done.out == ""
    assert [line for line in done.err.splitlines() if line.startswith("error: ")], done.err
    assert case.place in done.err
    assert case.says in done.err
    assert "→" in done.err, "no cure is named"
    assert "Traceback" not in done.err
    assert "unexpected" not in done.err
    assert folder.everything() == before


@pytest.mark.parametrize("command", ["status", "check", "build", "run", "cron", "doctor", "serve"])
def test_a_wrong_setting_stops_every_command_with_the_same_words(folder, command):
    folder.write("newsletter.toml", 'timezon = "UTC"\n')
    wanted = folder.call("list")
    assert folder.call(command) == wanted
    assert wanted.code == 4


def test_an_unknown_key_in_a_letter_is_named_with_the_nearest_known_one(folder):
    folder.letter(subjct="x")
    (found,) = folder.call("check", "--json").json["data"]["issues"][0]["findings"]
    assert (found["file"], found["line"]) == ("issues/gate.md", 2)
    assert "subject" in found["message"] + found["cure"]


def test_the_hour_that_does_not_exist_in_a_file_is_an_error_with_its_line(folder):
    folder.letter(status="scheduled", send_at="2027-03-14 02:30")
    before = folder.everything()
    done = folder.call("schedule", "gate")
    assert done.code == 3
    assert "issues/gate.md:2" in done.err
    assert "03:30" in done.err
    assert folder.everything() == before


def test_the_hour_that_happens_twice_is_a_warning_and_means_the_first(folder):
    folder.letter(send_at="2027-11-07 01:30")
    checked = folder.call("check", "gate", "--json").json["data"]["issues"][0]["findings"]
    assert [f["rule"] for f in checked] == ["send-at-ambiguous"]
    done = folder.call("schedule", "gate", "--json")
    assert done.code == 0
    assert done.json["data"]["send_at"] == "2027-11-07T05:30:00Z"


def test_the_hour_that_happens_twice_by_flag_means_the_first_and_is_written_so(folder):
    done = folder.call("schedule", "gate", "--at", "2027-11-07 01:30", "--json")
    assert done.json["data"]["send_at"] == "2027-11-07T05:30:00Z"
    again = folder.call("list", "--json").json["data"]["issues"][0]
    assert again["send_at"] == "2027-11-07T05:30:00Z"


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("Nothing was broken.", "TODO: say what was broken.", "placeholder-left"),
        ("Nothing was broken.", "Lorem ipsum dolor sit amet.", "placeholder-left"),
        ("subject: The gate", "subject: TK The gate", "placeholder-left"),
        ('default: "friend" }}', "", "liquid-error"),
    ],
)
def test_a_finding_stops_schedule_send_and_run_alike(folder, old, new, rule):
    folder.change("issues/gate.md", old, new)
    before = folder.everything()
    for words in (TUESDAY, ["send", "gate", "--undo", "0s", "--yes"], ["check", "gate"]):
        done = folder.call(*words)
        assert done.code == 3
        assert rule in done.out + done.err
        assert re.search(r"→", done.out + done.err)
    assert folder.everything() == before
    folder.change("issues/gate.md", "status: draft", "status: scheduled\nsend_at: 2026-11-24 09:00")
    done = folder.call("run")
    assert done.code == 3
    assert rule in done.err or "not ready to send" in done.err or "issues/gate.md:" in done.err
    assert folder.state() == "held"
    assert folder.rows("broadcasts", "server.db") == []


def test_a_letter_without_a_postal_address_is_not_sent(folder):
    folder.change("newsletter.toml", 'address  = "1 Elm Street, Springfield"\n', "")
    before = folder.everything()
    done = folder.call(*TUESDAY)
    assert done.code == 3
    assert "address-missing" in done.err
    assert folder.everything() == before


def test_an_override_that_leaves_out_the_unsubscribe_link_stops_the_send(folder):
    folder.write(
        "templates/email.html.j2",
        "<!DOCTYPE html><html><body>{{ issue.content }}{{ kit.address }}</body></html>",
    )
    before = folder.everything()
    done = folder.call(*TUESDAY)
    assert done.code == 3
    assert "unsubscribe-missing" in done.err
    assert folder.everything() == before


def test_a_letter_that_was_sent_is_never_sent_again(folder):
    assert folder.call("send", "gate", "--undo", "0s").code == 0
    before = folder.everything()
    for words in (["send", "gate", "--yes"], [*TUESDAY, "--yes"], ["send", "gate", "--undo", "0s"]):
        done = folder.call(*words)
        assert done.code == 3
        assert "already-sent" in done.err
        assert folder.everything() == before
    assert folder.call("run").code == 0
    assert len(folder.rows("deliveries", "server.db")) == 3


def test_a_letter_for_a_tag_that_nobody_has_is_not_scheduled(folder, service):
    folder.env |= service.env
    with Kit(api_key=service.env["KIT_API_KEY"], base_url=service.env["KIT_API_URL"]) as kit:
        kit.tags.create("empty")
    folder.letter(audience="{tags: [empty]}")
    before = folder.everything()
    done = folder.call(*TUESDAY, "--yes")
    assert done.code == 3
    assert "issues/gate.md:2" in done.err
    assert folder.everything() == before
    assert service.broadcasts() == []


def test_two_files_with_one_name_are_an_error_at_the_second(folder):
    folder.letter("2026-11-24-gate")
    before = folder.everything()
    done = folder.call("check")
    assert done.code == 3
    assert "issues/gate.md" in done.out
    assert "2026-11-24-gate" in done.out
    assert folder.everything() == before


@pytest.mark.parametrize("command", ["send", "schedule"])
def test_a_missing_folder_of_letters_is_told(folder, command):
    for file in folder.root.glob("issues/*"):
        file.unlink()
    (folder.root / "issues").rmdir()
    done = folder.call(command, "gate")
    assert done.code == 2
    assert "newsletter new" in done.err
    for quiet in ("list", "check", "build", "run", "status"):
        assert folder.call(quiet).code == 0


@pytest.mark.parametrize(
    ("path", "words", "code"),
    [
        (".newsletter", ["send", "gate"], 4),
        (".newsletter", ["run"], 4),
        ("build", ["build", "gate"], 1),
        ("issues", ["new", "A title"], 1),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_file_where_a_folder_must_be_is_one_clear_error(folder, path, words, code):
    """What root can be shown of a folder that cannot be written."""
    if (folder.root / path).exists():
        (folder.root / path).rename(folder.root / "away")
    folder.write(path, "in the way")
    done = folder.call(*words)
    assert done.code == code, done
    assert path in done.err
    assert "went wrong" not in done.err
    assert (folder.root / path).read_text() == "in the way"


@pytest.mark.parametrize("file", ["state.db", "server.db"])
def test_a_database_that_is_none_is_one_clear_error(folder, file):
    folder.write(f".newsletter/{file}", b"this is no database" * 100)
    for side in ("-wal", "-shm"):
        (folder.root / f".newsletter/{file}{side}").unlink(missing_ok=True)
    done = folder.call("send", "gate")
    assert done.code == 4
    assert file in done.err
    assert "→" in done.err
    assert "went wrong" not in done.err


def test_a_ledger_of_another_project_is_refused(folder):
    folder.change("newsletter.toml", '"garden-notes"', '"kitchen-notes"')
    before = folder.everything()
    done = folder.call("send", "gate")
    assert done.code == 4
    assert "garden-notes" in done.err
    assert folder.everything() == before


@pytest.fixture
def no_waiting(monkeypatch):
    """The client tries again after a pause; here the pause is none."""
    monkeypatch.setitem(Kit.__init__.__kwdefaults__, "sleep", lambda _seconds: None)


@pytest.mark.parametrize(
    ("env", "code", "says"),
    [
        ({"KIT_API_KEY": ""}, 4, "KIT_API_KEY"),
        ({"KIT_API_KEY": "kit_wrong"}, 4, "does not accept the key"),
        ({"KIT_API_KEY": "käse\n"}, 4, "KIT_API_KEY"),
        ({"KIT_API_URL": "http://kit.example.org/v4"}, 4, "http"),
        ({"KIT_API_URL": "kit.example.org"}, 4, "KIT_API_URL"),
        ({"KIT_API_URL": "https://user:pass@kit.example.org/v4"}, 4, "KIT_API_URL"),
        ({"KIT_API_URL": "http://127.0.0.1:1/v4"}, 75, "Could not"),
    ],
    ids=str,
)
@pytest.mark.parametrize("words", [["run", "-v"], [*TUESDAY, "--yes"]], ids=["run", "schedule"])
def test_a_target_that_cannot_be_used_is_one_clear_error(
    folder, service, no_waiting, words, env, code, says
):
    folder.env |= service.env | env
    if "example.org" in env.get("KIT_API_URL", ""):
        folder.now = None  # a pretended clock alone would be refused there
    before = folder.everything()
    done = folder.call(*words)
    assert done.code == code, done
    assert says in done.err
    assert "→" in done.err
    assert "went wrong" not in done.err
    assert folder.everything() == before
    assert service.broadcasts() == []


def test_a_pretended_clock_is_refused_where_mail_is_real(folder):
    folder.env |= {"NEWSLETTER_TARGET": "kit", "KIT_API_KEY": "kit_x"}
    before = folder.everything()
    for words in (["run"], ["send", "gate", "--yes"], ["list"]):
        done = folder.call(*words)
        assert done.code == 4
        assert "NEWSLETTER_CLOCK" in done.err
    assert folder.everything() == before


@pytest.mark.parametrize("clock", ["noon", "2026-13-01T00:00:00Z"])
def test_a_pretended_clock_that_is_no_time_is_named(folder, clock):
    done = folder.call("list", now=clock)
    assert done.code == 4
    assert "NEWSLETTER_CLOCK" in done.err
