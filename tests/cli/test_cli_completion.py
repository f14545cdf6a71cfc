"""Completion: what shells are told, driven as they drive it, and in real ones."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_cli_imports import HEAVY

PROGRAM = str(Path(sys.executable).parent / "newsletter")


def completed(folder, *words: str, shell: str = "bash", cwd: Path | None = None) -> list[str]:
    """What is offered for the last of `words`."""
    line = ["newsletter", *words]
    asked = {
        "_NEWSLETTER_COMPLETE": f"{shell}_complete",
        "COMP_WORDS": " ".join(line),
        "COMP_CWORD": words[-1] if shell == "fish" else str(len(line) - 1),
    }
    done = subprocess.run(
        [PROGRAM],
        cwd=cwd or folder.root,
        env=folder.environment(**asked),
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert done.stderr == ""
    if shell == "zsh":
        return done.stdout.splitlines()[1::3]
    return [line.partition(",")[2].partition("\t")[0] for line in done.stdout.splitlines() if line]


@pytest.fixture
def letters(folder):
    folder.letter("2026-12-01-rest-is-a-verb")
    folder.letter("walking-backwards")
    folder.write("issues/walking-slowly/index.md", "Hello")
    folder.write("issues/_notes.md", "no letter")
    return folder


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["sch"], ["schedule"]),
        (["schedule", "walk"], ["walking-backwards", "walking-slowly"]),
        (["check", "verb"], ["rest-is-a-verb"]),
        (["check", "gate", "g"], []),
        (["send", "gate", "--str"], ["--strict"]),
        (["--target", ""], ["local", "kit"]),
        (["run", "--target", "k"], ["kit"]),
        (["check", "--format", ""], ["text", "github"]),
        (["completion", ""], ["bash", "zsh", "fish"]),
        (["subscribers", "un"], ["unsubscribe"]),
    ],
)
def test_commands_options_letters_and_targets_are_offered(letters, shell, words, offered):
    found = completed(letters, *words, shell=shell)
    assert [item for item in found if item != words[-1] or item in offered] == offered


def test_tags_are_offered_as_they_were_last_known(folder):
    assert completed(folder, "subscribers", "tag", "dana@example.org", "") == []
    assert folder.call("subscribers", "tag", "dana@example.org", "friends", "Bakers").code == 0
    assert completed(folder, "subscribers", "tag", "dana@example.org", "b") == ["Bakers"]
    assert completed(folder, "subscribers", "add", "--tag", "") == ["Bakers", "friends"]


def test_a_folder_that_is_named_is_the_one_whose_letters_are_offered(folder, tmp_path):
    found = completed(folder, "-C", str(folder.root), "check", "ga", cwd=tmp_path)
    assert found == ["gate"]
    found = completed(folder, "check", "-C", str(folder.root), "ga", cwd=tmp_path)
    assert found == ["gate"]


def test_outside_a_project_files_are_offered_and_no_trouble_is_told(folder, tmp_path):
    assert completed(folder, "check", "le", cwd=tmp_path) == ["le"]
    assert completed(folder, "subscribers", "add", "--tag", "", cwd=tmp_path) == []


def test_a_path_that_is_being_typed_is_left_to_the_shell(folder):
    assert completed(folder, "check", "issues/ga") == ["issues/ga"]


def test_no_letter_is_read_and_nothing_heavy_is_loaded(folder):
    """A key press cannot wait: 0.15 s is Python and Click alone."""
    folder.write("issues/broken.md", b"\xff\xfe")
    code = (
        "import sys\n"
        "from newsletter.cli.app import run\n"
        "try: run([])\n"
        "except SystemExit: pass\n"
        f"sys.exit(', '.join(name for name in {HEAVY!r} if name in sys.modules))\n"
    )
    asked = {
        "_NEWSLETTER_COMPLETE": "bash_complete",
        "COMP_WORDS": "newsletter check br",
        "COMP_CWORD": "2",
    }
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder.root,
        env=folder.environment(**asked),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr.strip()) == ("plain,broken\n", "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_says_how_to_install_it(folder, shell):
    done = folder.call("completion", shell)
    assert done.code == 0
    lines = done.out.splitlines()
    install = lines[1] if shell == "zsh" else lines[0]
    assert install.startswith(f"# To install it:  newsletter completion {shell} > ")
    assert shell != "zsh" or lines[0] == "#compdef newsletter"
    assert f"_NEWSLETTER_COMPLETE={shell}_complete" in done.out


def test_another_shell_is_refused(folder):
    done = folder.call("completion", "tcsh")
    assert done.code == 2
    assert "'bash', 'zsh', 'fish'" in done.err


def test_a_real_bash_completes_with_the_printed_script(letters):
    script = letters.call("completion", "bash").out
    letters.write("newsletter.bash", script)
    bash = shutil.which("bash")
    assert bash
    typed = (
        "source ./newsletter.bash\n"
        "complete -p newsletter\n"
        "COMP_WORDS=(newsletter check walk); COMP_CWORD=2\n"
        "_newsletter_completion newsletter walk check\n"
        'printf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    path = f"{Path(PROGRAM).parent}:/usr/bin:/bin"
    done = subprocess.run(
        [bash, "--norc", "-c", typed],
        cwd=letters.root,
        env=letters.environment(PATH=path),
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert done.stderr == ""
    registered, *offered = done.stdout.splitlines()
    assert registered == "complete -o nosort -F _newsletter_completion newsletter"
    assert offered == ["walking-backwards", "walking-slowly"]
