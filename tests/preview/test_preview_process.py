"""`newsletter preview` as a person or an editor starts it: a real process."""

import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from newsletter.commands.letters import LARGEST
from tests.conftest import LETTER, PROGRAM, Folder
from tests.previewing import Running

BROKEN = LETTER.replace("status: draft", "status: drift")


Start = Callable[..., Running]


@pytest.fixture
def start(folder: Folder) -> Iterator[Start]:
    with ExitStack() as stack:

        def begin(*words: str, **options: Any) -> Running:
            process = stack.enter_context(
                folder.start("preview", *words, "--port", "0", "--no-open", **options)
            )
            stack.callback(process.kill)
            return Running(process)

        yield begin


def snapshot(root: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(file.relative_to(root)): (file.stat().st_mtime_ns, file.read_bytes())
        for file in root.rglob("*")
        if file.is_file()
    }


def test_it_says_where_it_is_and_what_it_watches(start: Start) -> None:
    running = start("gate").ready()
    assert running.lines[0] == "target local (no real email)"
    assert re.fullmatch(r"Preview   http://127\.0\.0\.1:\d+/issues/gate", running.lines[1])
    assert running.lines[2] == f"Mailbox   {running.url}/outbox"
    assert running.lines[3] == "Watching issues/ newsletter.toml. Ctrl-C stops."
    assert httpx.get(f"{running.url}/issues/gate", trust_env=False).status_code == 200
    assert httpx.get(f"{running.url}/outbox", trust_env=False).status_code == 200


def test_a_save_is_told(start: Start, folder: Folder) -> None:
    running = start().ready()
    time.sleep(0.3)
    folder.letter(text=LETTER.replace("crooked", "very crooked"))
    line = running.until("issues/gate.md")
    assert re.fullmatch(
        r"\d\d:\d\d:\d\d  issues/gate\.md  rendered in \d+ ms(, \d+ warnings?)?", line
    )
    folder.write("issues/gate.md", BROKEN)
    line = running.until("issues/gate.md:4")
    assert line.endswith("(showing the last good version)")
    folder.write("templates/email.html.j2", "{{ newsletter.adress }}")
    folder.letter()
    assert "templates/email.html.j2:1" in running.until("templates/email.html.j2:1")


def test_files_that_lie_beside_are_no_news(start: Start, folder: Folder) -> None:
    running = start().ready()
    time.sleep(0.3)
    folder.write("output.log", "x")
    folder.write("build/gate/email.html", "x")
    folder.write("issues/.gate.md.swp", "x")
    time.sleep(0.5)
    folder.letter()
    assert "issues/gate.md" in running.until("rendered")


def test_one_save_is_told_once(start: Start, folder: Folder) -> None:
    running = start().ready()
    time.sleep(0.3)
    folder.letter()
    running.until("rendered")
    with pytest.raises(AssertionError, match="no line"):
        running.until("rendered", seconds=1)


def test_editors_can_listen_to_json_lines(start: Start, folder: Folder) -> None:
    running = start("--json")
    begun = json.loads(running.until("started"))
    assert begun["event"] == "started"
    assert begun["preview"].endswith("/issues/gate")
    assert begun["outbox"].endswith("/outbox")
    time.sleep(0.3)
    folder.letter()
    event = json.loads(running.until("rendered"))
    assert (event["path"], event["slug"], event["errors"]) == ("issues/gate.md", "gate", 0)
    folder.write("issues/gate.md", BROKEN)
    event = json.loads(running.until("error"))
    assert event["event"] == "error"
    assert event["place"].startswith("issues/gate.md:4")
    assert {"message", "hint"} <= set(event)
    running.end()
    assert all(json.loads(line)["event"] for line in running.lines)


def test_a_port_that_is_taken_means_the_next_one(folder: Folder, free_port: int) -> None:
    with closing(socket.socket()) as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", free_port))
        taken.listen()
        with folder.start(
            "preview", "--port", str(free_port), "--no-open", stderr=subprocess.STDOUT
        ) as process:
            running = Running(process).ready()
            running.end()
    port = int(running.url.rpartition(":")[2])
    assert free_port < port <= free_port + 10
    assert any(f"Port {free_port} is taken; this is {port}." in line for line in running.lines)


def test_it_ends_soon_though_a_page_listens(start: Start) -> None:
    running = start().ready()
    with httpx.stream("GET", f"{running.url}/preview/events", trust_env=False) as stream:
        assert "hello" in next(stream.iter_lines())
        assert running.end() < 5
    assert running.process.returncode == 0
    assert running.process.stderr is not None
    assert "Traceback" not in running.process.stderr.read()


def test_ctrl_c_ends_it_as_well(start: Start) -> None:
    running = start().ready()
    began = time.monotonic()
    running.process.send_signal(signal.SIGINT)
    running.process.wait(15)
    assert time.monotonic() - began < 5
    assert running.process.returncode in (0, 130)


@pytest.mark.parametrize(
    ("name", "text", "subject"),
    [
        (
            "walk.txt",
            "A walk in the rain\n\nIt rained all day, and we went out.\n",
            "A walk in the rain",
        ),
        ("walk.md", "---\nsubject: A walk\n---\nIt **rained** all day.\n", "A walk"),
    ],
)
def test_it_works_on_one_file_anywhere_and_leaves_nothing_behind(
    folder: Folder, tmp_path: Path, start: Start, name: str, text: str, subject: str
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    file = elsewhere / name
    file.write_text(text)
    before = snapshot(elsewhere)
    running = start(name, cwd=elsewhere).ready()
    assert "no project here" in running.lines[0]
    assert f"Watching {name}." in running.lines[-1]
    assert not any("Mailbox" in line for line in running.lines)
    page = httpx.get(f"{running.url}/issues/walk", trust_env=False).text
    assert f"<h1>{subject}</h1>" in page
    time.sleep(0.3)
    (elsewhere / "other.txt").write_text("no news")
    file.write_text(text.replace("rained", "poured"))
    assert name in running.until("rendered")
    assert "poured" in httpx.get(f"{running.url}/issues/walk/frame", trust_env=False).text
    running.end()
    assert set(snapshot(elsewhere)) == {*before, "other.txt"}


def test_a_file_of_the_project_that_is_no_letter_yet_is_shown_with_its_look(
    start: Start, folder: Folder
) -> None:
    folder.write("drafts/idea.md", "---\nsubject: An idea\n---\nIt came in the bath.\n")
    running = start("drafts/idea.md").ready()
    page = httpx.get(f"{running.url}/issues/idea", trust_env=False).text
    assert "An idea" in page
    assert "Garden Notes" in page
    time.sleep(0.3)
    folder.write(
        "templates/email.html.j2",
        '{% extends "builtin/email.html.j2" %}{% block footer %}Bye! {{ super() }}{% endblock %}',
    )
    running.until("templates")
    assert "Bye!" in httpx.get(f"{running.url}/issues/idea/frame", trust_env=False).text


def test_letters_come_from_stdin_too(folder: Folder, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    process = subprocess.run(
        [PROGRAM, "preview", "-", "--once", "-o", "page.html"],
        cwd=out,
        env=folder.environment(),
        input=b"A walk\n\nIt rained all day, and we went out in it.\n",
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    assert [file.name for file in out.iterdir()] == ["page.html"]
    assert "It rained all day" in (out / "page.html").read_text()


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"\xff\xfe\x00\x01", "not UTF-8"), (b"x" * (LARGEST + 1), "2,000 kB"), (b"", "")],
)
def test_nonsense_on_stdin_is_one_clear_mistake(
    folder: Folder, tmp_path: Path, content: bytes, words: str
) -> None:
    process = subprocess.run(
        [PROGRAM, "preview", "-", "--once", "-o", str(tmp_path / "page.html")],
        cwd=tmp_path,
        env=folder.environment(),
        input=content,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert process.returncode == 3
    assert words in process.stderr.decode()
    assert "Traceback" not in process.stderr.decode()
    assert words in (tmp_path / "page.html").read_text()


# --- --once --------------------------------------------------------------------------------------


def test_once_writes_one_page_that_needs_nothing(folder: Folder, tmp_path: Path) -> None:
    page = tmp_path / "deep" / "page.html"
    done = folder.call("preview", "gate", "--once", "-o", str(page))
    assert (done.code, done.out) == (0, f"Wrote {page}\n")
    html = page.read_text()
    assert html.count("<iframe") == 4
    assert html.count('sandbox=""') == 4
    assert "Hello Dana" in html
    assert "<script" not in html
    assert 'src="/' not in html
    assert 'href="/' not in html.partition("<iframe")[0]


def test_once_never_writes_over_the_letter_itself(folder: Folder) -> None:
    letter = folder.root / "issues" / "gate.md"
    before = letter.read_bytes()
    done = folder.call("preview", "gate", "--once", "-o", str(letter))
    assert (done.code, letter.read_bytes()) == (2, before)


def test_once_is_as_the_reader_and_the_light_that_are_wished(
    folder: Folder, tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    folder.call("preview", "gate", "--once", "-o", str(page), "--as", "none", "--scheme", "dark")
    html = page.read_text()
    assert "Hello friend" in html
    assert "Hello Dana" not in html
    assert html.index("<h2>Dark</h2>") < html.index("<h2>Light</h2>")


def test_once_tells_json(folder: Folder) -> None:
    done = folder.call("--json", "preview", "gate", "--once")
    data = done.json["data"]
    assert data["slug"] == "gate"
    assert data["path"] == str(folder.root / "build/gate/preview.html")
    assert data["bytes"] == (folder.root / "build/gate/preview.html").stat().st_size


def test_once_on_a_broken_letter_ends_with_3_and_shows_the_trouble(
    folder: Folder, tmp_path: Path
) -> None:
    folder.write("issues/gate.md", BROKEN)
    page = tmp_path / "page.html"
    done = folder.call("preview", "gate", "--once", "-o", str(page))
    assert done.code == 3
    assert "issues/gate.md:4" in done.err
    assert 'id="trouble"' in page.read_text()
    assert "Rub the edge of yours" in page.read_text()


def test_once_where_nothing_can_be_written_says_so(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    done = folder.call("preview", "gate", "--once", "-o", str(tmp_path / "file" / "page.html"))
    assert done.code == 1
    assert "cannot be written" in done.err
    assert "Traceback" not in done.err


# --- bad arguments -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["gate", "-o", "page.html"], 2, "-o goes with --once."),
        (["nobody"], 2, "No issue is called 'nobody'."),
        (["--scheme", "blue"], 2, "'blue' is not one of"),
        (["--port", "99999"], 2, "99999"),
        (["--port", "x"], 2, "x"),
        (["--wat"], 2, "--wat"),
        (["gate", "gate"], 2, "unexpected extra argument"),
    ],
)
def test_bad_arguments_are_refused(folder: Folder, words: list[str], code: int, said: str) -> None:
    done = folder.call("preview", *words)
    assert done.code == code
    assert said in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("words", "said"),
    [([], "no file was named"), (["nowhere.md"], "nowhere.md is no file"), (["."], ". is no file")],
)
def test_outside_of_a_project_a_file_is_needed(
    folder: Folder, tmp_path: Path, words: list[str], said: str
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    done = folder.process("preview", *words, "--no-open", cwd=empty)
    assert done.code == 4
    assert said in done.err
    assert "newsletter init my-letter" in done.err
    assert list(empty.iterdir()) == []


def test_a_project_without_letters_shows_how_to_begin(start: Start, folder: Folder) -> None:
    (folder.root / "issues/gate.md").unlink()
    running = start().ready()
    page = httpx.get(running.url, trust_env=False)
    assert "Nothing here yet." in page.text
    time.sleep(0.3)
    folder.letter("new")
    running.until("issues/new.md")
    assert httpx.get(running.url, trust_env=False).headers["location"] == "/issues/new"


def test_a_mistake_in_the_settings_is_shown_and_mended_without_a_new_start(
    start: Start, folder: Folder
) -> None:
    running = start().ready()
    time.sleep(0.3)
    folder.change("newsletter.toml", "America/New_York", "Moon/Crater")
    running.until("newsletter.toml")
    page = httpx.get(f"{running.url}/issues/gate", trust_env=False)
    assert 'id="trouble"' in page.text
    assert "Moon/Crater" in page.text
    folder.change("newsletter.toml", "Moon/Crater", "Europe/Berlin")
    running.until("rendered")
    assert 'id="trouble"' not in httpx.get(f"{running.url}/issues/gate", trust_env=False).text


@pytest.mark.parametrize("kind", ["pipe", "loop", "folder", "device", "nowhere"])
def test_what_is_no_file_in_the_folder_of_letters_stops_nothing(
    start: Start, folder: Folder, kind: str
) -> None:
    path = folder.root / "issues" / "strange.md"
    match kind:
        case "pipe":
            os.mkfifo(path)
        case "loop":
            path.symlink_to(path)
        case "folder":
            path.mkdir()
        case "device":
            path.symlink_to("/dev/zero")
        case _:
            path.symlink_to(folder.root / "gone")
    running = start("gate").ready()
    assert httpx.get(f"{running.url}/issues/gate", trust_env=False).status_code == 200
    time.sleep(0.3)
    folder.letter()
    running.until("issues/gate.md")


def test_the_watch_and_the_check_say_the_same_of_a_letter_that_is_too_large(
    folder: Folder,
) -> None:
    folder.write("issues/huge.md", b"x" * 50_000_000)
    began = time.monotonic()
    done = folder.call("check")
    assert time.monotonic() - began < 10
    assert done.code == 3
    assert done.err.count("2,000 kB") + done.out.count("2,000 kB") == 1
    assert "Cut it into several" in done.out + done.err
    page = folder.root / "page.html"
    assert folder.call("preview", "huge", "--once", "-o", str(page)).code == 3
    assert page.stat().st_size < 100_000


@pytest.mark.parametrize("size", [LARGEST, LARGEST + 1])
def test_the_limit_is_where_it_says_it_is(folder: Folder, size: int) -> None:
    folder.write("issues/huge.txt", b"\n" * size)
    done = folder.call("check", "huge")
    assert ("2,000 kB" in done.out + done.err) is (size > LARGEST)
