"""stdout is the answer, stderr the talk; colour, locale, pipes and signals of real processes."""

import os
import re
import signal

import pytest

COLOUR = "\x1b["
UMLAUTS = "Grüße aus dem Garten – „schön“"


def test_the_answer_stands_on_stdout_and_the_talk_on_stderr(folder):
    done = folder.call("schedule", "gate", "--at", "tue 9am")
    assert done.out.startswith("Scheduled: ")
    assert done.err.startswith("target local (no real email)\n")
    assert "subject" in done.err


def test_quiet_leaves_only_the_answer(folder):
    done = folder.call("schedule", "gate", "--at", "tue 9am", "-q")
    assert done.out.startswith("Scheduled: ")
    assert done.err == ""


def test_the_target_is_told_before_anything_reaches_it(folder, service):
    folder.env |= service.env
    done = folder.call("schedule", "gate", "--at", "tue 9am")
    host = service.env["KIT_API_URL"].split("/")[2]
    assert done.err.startswith(f"target kit at {host} · Garden Notes · REAL EMAIL\n")


def test_a_pass_tells_its_stages_to_who_asks_for_more(folder):
    folder.letter(status="scheduled", send_at="2026-11-24 09:00")
    stages = [line.strip() for line in folder.call("run", "-v").err.splitlines()[1:]]
    wanted = ["lease", "freeze", "look", "create", "record", "arm", "verify", "outcome"]
    assert [stage for stage in stages if stage in wanted] == wanted


def test_a_pass_without_news_is_silent(folder):
    done = folder.call("run")
    assert (done.code, done.out, done.err) == (0, "", "")


def test_there_is_no_colour_in_a_pipe(folder):
    for words in (["check", "gate"], ["list"], ["frobnicate"]):
        done = folder.process(*words)
        assert COLOUR not in done.out + done.err


@pytest.mark.parametrize(
    ("words", "env", "is_coloured"),
    [
        (["check"], {"TERM": "xterm"}, True),
        (["check"], {"TERM": "xterm", "NO_COLOR": ""}, True),
        (["check"], {"TERM": "xterm", "NO_COLOR": "1"}, False),
        (["check"], {"TERM": "xterm", "NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        (["check"], {"TERM": "dumb"}, False),
        (["check", "--no-color"], {"TERM": "xterm"}, False),
        (["send", "missing"], {"TERM": "xterm"}, True),
        (["send", "missing"], {"TERM": "xterm", "NO_COLOR": "1"}, False),
        (["send", "missing", "--no-color"], {"TERM": "xterm"}, False),
        (["--no-color", "frobnicate"], {"TERM": "xterm"}, False),
        (["frobnicate"], {"TERM": "xterm", "NO_COLOR": "1"}, False),
    ],
    ids=str,
)
def test_colour_on_a_terminal_can_be_switched_off(terminal, words, env, is_coloured):
    _, seen = terminal(*words, keys={}, env=env)
    assert (COLOUR in seen) is is_coloured


@pytest.mark.parametrize("words", [["check", "gate"], ["send", "missing"]], ids=" ".join)
def test_colour_can_be_forced_into_a_pipe(folder, words):
    done = folder.call(*words, env={"FORCE_COLOR": "1"})
    assert COLOUR in done.out + done.err
    done = folder.call(*words, env={"FORCE_COLOR": "1", "NO_COLOR": "1"})
    assert COLOUR not in done.out + done.err


def test_json_is_never_coloured(folder):
    assert COLOUR not in folder.call("check", "--json", env={"FORCE_COLOR": "1"}).out


def test_umlauts_come_through_under_the_c_locale(folder):
    """Cron's locale is often C; a subject must not end its job."""
    bare = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    folder.letter(subject=UMLAUTS, status="scheduled", send_at="2026-11-24 09:00")
    for words in (["run"], ["list", "--json"], ["schedule", "gate", "--at", "wed 9am"]):
        done = folder.process(*words, env=bare)
        assert done.code == 0, done.err
        assert UMLAUTS in done.out + done.err


def test_umlauts_typed_as_words_come_through_under_the_c_locale(folder):
    bare = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = folder.process("new", "Grün und schön", env=bare)
    assert done.code == 0, done.err
    assert "Grün und schön" in done.out
    (file,) = folder.root.glob("issues/*grun*.md")
    assert "Grün und schön" in file.read_text(encoding="utf-8")


def test_a_reader_that_has_seen_enough_ends_a_list_quietly(folder):
    for number in range(3):
        folder.letter(f"letter-{number}", subject="A long subject " * 4)
    for words, codes in (
        (["list"], [0]),
        (["list", "--json"], [0]),
        (["--help"], [0, 1]),  # here Click decides
    ):
        reading, writing = os.pipe()
        os.close(reading)
        with folder.start(*words, stdout=writing) as process:
            os.close(writing)
            _, err = process.communicate(timeout=30)
        assert err == ""
        assert process.returncode in codes


def test_a_reader_that_is_gone_hides_no_trouble(folder):
    folder.letter(send_at="someday")
    reading, writing = os.pipe()
    os.close(reading)
    with folder.start("check", stdout=writing) as process:
        os.close(writing)
        _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (3, "")


def test_ctrl_c_at_a_question_leaves_with_130_and_changes_nothing(folder, service, terminal):
    folder.env |= service.env
    before = folder.files()
    code, seen = terminal("send", "gate", keys={"Type 3 to send": "^C"})
    assert code == 130
    assert "Traceback" not in seen
    assert folder.files() == before
    assert (folder.rows("issues"), service.broadcasts()) == ([], [])


def test_a_wrong_number_typed_sends_nothing(folder, service, terminal):
    folder.env |= service.env
    before = folder.files()
    code, seen = terminal("send", "gate", keys={"Type 3 to send": "4\n"})
    assert code == 1
    assert "Nothing was changed." in seen
    assert folder.files() == before
    assert service.broadcasts() == []


def test_the_right_number_typed_sends(folder, service, terminal):
    folder.env |= service.env
    code, _ = terminal("send", "gate", keys={"Type 3 to send": "3\n"})
    assert code == 0
    assert len(service.broadcasts()) == 1
    assert folder.state() in ("handed_over", "drafted")


def test_a_no_to_the_question_schedules_nothing(folder, service, terminal):
    folder.env |= service.env
    before = folder.files()
    code, _ = terminal("schedule", "gate", "--at", "tue 9am", keys={"Schedule it?": "n\n"})
    assert code == 1
    assert folder.files() == before
    assert service.broadcasts() == []


def test_ctrl_c_in_the_middle_of_a_pass_leaves_with_130_and_gives_the_lease_back(folder, service):
    folder.env |= service.env
    service.net.hang_at("GET /v4/account")
    with folder.start("run", "-v") as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "lease" in line:
                break
        assert service.net.hangs.wait(10)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=15)
    service.net.let_go()
    assert (process.returncode, out) == (130, "")
    assert "Traceback" not in err
    assert [row["owner"] for row in folder.rows("leases") if "kit" in row["name"]] == [None]


def test_what_nobody_foresaw_is_one_sentence_and_a_file_with_the_details(folder, monkeypatch):
    from newsletter.cli.verbs import status

    def breaks(*_args: object, **_options: object) -> None:
        raise RuntimeError("the sky is falling")

    monkeypatch.setattr(status.command, "callback", breaks)
    done = folder.call("status")
    assert (done.code, done.out) == (1, "")
    assert "RuntimeError" in done.err
    assert "the sky is falling" not in done.err  # it may hold a secret
    assert "Traceback" not in done.err
    log = folder.root / ".newsletter/newsletter-error.log"
    assert str(log) in done.err
    assert "Traceback" in log.read_text()


def test_a_traceback_is_shown_to_who_asks_for_it_twice(folder):
    assert "Traceback" in folder.call("send", "missing", "-vv").err
    assert "Traceback" not in folder.call("send", "missing", "-v").err


def test_a_version_is_told(folder):
    done = folder.call("--version")
    assert re.fullmatch(r"newsletter \d+\.\d+\.\d+\n", done.out)
