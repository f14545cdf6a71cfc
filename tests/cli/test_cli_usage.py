"""Words on the command line: known, nearly known, and in any order."""

import pytest

from newsletter.cli.app import COMMANDS, EXIT_CODES

NAMES = [name for group in COMMANDS.values() for name in group]


def test_the_help_names_every_command_and_every_exit_status(folder):
    done = folder.call("--help")
    assert (done.code, done.err) == (0, "")
    assert [name for name in NAMES if f"  {name} " not in done.out] == []
    assert [code for code, words in EXIT_CODES if words.split(";")[0] not in done.out] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_command_has_a_help_that_says_the_same_as_the_table(folder, name):
    for flag in ("--help", "-h"):
        done = folder.call(name, flag)
        assert (done.code, done.err) == (0, "")
        assert f"newsletter {name}" in done.out


@pytest.mark.parametrize("name", NAMES)
def test_a_help_fits_a_terminal_of_eighty_columns(folder, name):
    assert [line for line in folder.call(name, "--help").out.splitlines() if len(line) > 80] == []


def test_the_help_of_the_program_fits_eighty_columns_and_a_screen(folder):
    lines = folder.call("--help").out.splitlines()
    assert [line for line in lines if len(line) > 80] == []
    assert len(lines) <= 50


@pytest.mark.parametrize(
    ("words", "near"),
    [
        (["shedule", "gate"], "'schedule'"),
        (["chek"], "'check'"),
        (["subscriber"], "'subscribers'"),
        (["subscribers", "lst"], "'list'"),
        (["send", "gate", "--dryrun"], "--dry-run"),
        (["run", "--for-ever"], "--forever"),
        (["--jsn", "list"], "--json"),
    ],
)
def test_a_mistyped_word_is_refused_with_the_nearest_known_one(folder, words, near):
    before = folder.everything()
    done = folder.call(*words)
    assert done.code == 2
    assert done.out == ""
    assert "id you mean" in done.err
    assert near in done.err
    assert "--help" in done.err
    assert folder.everything() == before


@pytest.mark.parametrize(
    "words",
    [
        ["frobnicate"],
        ["send"],
        ["send", "gate", "again"],
        ["send", "gate", "--undo"],
        ["schedule", "gate", "--undo", "5m"],
        ["list", "--limit", "0"],
        ["list", "--limit", "some"],
        ["--target", "mars", "list"],
        ["run", "--at", "tue 9am"],
        ["run", "--forever", "--dry-run"],
        ["run", "--forever", "--every", "soon"],
        ["run", "--forever", "--every", "0s"],
        ["run", "--forever", "--every", "500000000d"],
        ["cron", "--every", "7m"],
        ["cron", "--every", "soon"],
        ["cron", "--format", "fcron"],
        ["serve", "--port", "99999"],
        ["send", "gate", "--undo", "soon"],
        ["send", "gate", "--undo", "99999999999999999999d"],
        ["new", "…"],
        ["new", "A letter", "--date", "tomorrow"],
        ["new", "A letter", "--from", "missing.txt"],
        ["init", ".", "--timezone", "Mars/Olympus"],
        ["subscribers", "list", "--limit", "0"],
        ["subscribers", "list", "--status", "gone"],
        ["subscribers"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_one_clear_error_and_changes_nothing(folder, words):
    before = folder.everything()
    done = folder.call(*words)
    assert done.code == 2
    assert done.out == ""
    assert done.err.startswith("error: ")
    assert "→" in done.err
    assert len(done.err.splitlines()) <= 12
    assert folder.everything() == before


@pytest.mark.parametrize(
    "words",
    [
        ["--json", "list"],
        ["list", "--json"],
        ["--json", "subscribers", "list"],
        ["subscribers", "--json", "list"],
        ["subscribers", "list", "--json"],
    ],
    ids=" ".join,
)
def test_a_flag_that_all_share_may_stand_on_either_side_of_the_command(folder, words):
    assert folder.call(*words).json["ok"] is True


def test_the_folder_may_be_named_on_either_side_of_the_command(folder, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    before = folder.process("-C", str(folder.root), "list", cwd=tmp_path)
    after = folder.process("list", "-C", str(folder.root), cwd=tmp_path)
    assert before == after
    assert before.code == 0
    assert "gate" in before.out


def test_a_project_is_found_from_a_folder_inside_it(folder):
    done = folder.process("list", cwd=folder.root / "issues")
    assert done.code == 0
    assert "gate" in done.out


def test_the_bare_program_tells_the_status_inside_a_project(folder):
    assert folder.call() == folder.call("status")
    assert folder.call("--json").json == folder.call("status", "--json").json


def test_the_bare_program_tells_the_help_outside_a_project(folder, tmp_path):
    done = folder.process(cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert "newsletter init" in done.out


@pytest.mark.parametrize("name", ["status", "list", "check", "build", "run", "cron", "serve"])
def test_outside_a_project_a_command_says_how_to_begin_one(folder, name, tmp_path):
    (tmp_path / "empty").mkdir()
    done = folder.call("-C", str(tmp_path / "empty"), name)
    assert done.code == 4
    assert "newsletter.toml" in done.err
    assert "newsletter init" in done.err
    assert list((tmp_path / "empty").iterdir()) == []
