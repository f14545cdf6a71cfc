"""Long lines on a terminal are broken at spaces and hang; in a pipe they are whole."""

import io

import pytest

from newsletter.cli.wrapping import wrapped

COMMAND = "  → newsletter schedule a-letter-with-a-long-name --at 'tomorrow at nine o'clock in the morning'"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("line", "rows"),
    [
        (
            "  → Leave it out, or ask readers to reply",
            ["  → Leave it out, or ask readers to", "    reply"],
        ),
        (
            "subject  a subject that is a little too long for it",
            ["subject  a subject that is a little too", "         long for it"],
        ),
        (
            "error: /a/path-that-has/no-spaces/is-never-broken/anywhere.md: it is gone",
            ["error:", "  /a/path-that-has/no-spaces/is-never-broken/anywhere.md:", "  it is gone"],
        ),
        (
            "\x1b[33mwarning\x1b[0m: forty columns, and not one letter",
            ["\x1b[33mwarning\x1b[0m: forty columns, and not one", "  letter"],
        ),
        (COMMAND, [COMMAND]),
        ("short", ["short"]),
    ],
)
def test_a_long_line_hangs_below_its_text(monkeypatch, line, rows):
    monkeypatch.setenv("COLUMNS", "40")
    assert wrapped(line, Terminal()).split("\n") == rows
    assert wrapped(line, io.StringIO()) == line


@pytest.mark.parametrize(
    "words",
    [
        ["check", "gate"],
        ["doctor"],
        ["status"],
        ["schedule", "missing"],
        ["schedule", "gate", "--at", "someday or other, when the weather is fine and warm"],
    ],
    ids=" ".join,
)
def test_what_is_said_fits_the_terminal(folder, terminal, words):
    folder.change("issues/gate.md", "Our garden gate", "As I said in the comments below, our gate")
    folder.change("newsletter.toml", "1 Elm Street, Springfield", "Exampletown")
    _, seen = terminal(*words, keys={}, env={"COLUMNS": "60", "NO_COLOR": "1"})
    assert [line for line in seen.splitlines() if len(line) > 60] == []


def test_a_pipe_gets_whole_lines(folder):
    done = folder.process("check", "--rules", env={"COLUMNS": "60"})
    assert max(map(len, done.out.splitlines())) > 60
