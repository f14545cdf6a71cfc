"""What is worth a new look, and that every way of saving is heard."""

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import watchfiles

from newsletter.preview import watching
from newsletter.preview.watching import Watch, is_about, is_of_interest


@pytest.mark.parametrize(
    "path",
    [
        "issues/pot.md",
        "issues/pot.txt",
        "issues/pot.yaml",
        "issues/tea/index.md",
        "issues/tea/steam.png",
        "issues/build/index.md",
        "issues/4913-steps.md",
        "templates/email.html.j2",
        "templates/partials/footer.html.j2",
        "static/logo.svg",
        "newsletter.toml",
        ".env",
        "issues",
        "templates",
    ],
)
def test_what_can_change_an_email_is_of_interest(path: str) -> None:
    assert is_of_interest(Path(path))


@pytest.mark.parametrize(
    "path",
    [
        "issues/.pot.md.swp",
        "issues/pot.md~",
        "issues/4913",
        "issues/#pot.md#",
        "issues/.#pot.md",
        "issues/pot.md.tmp",
        "issues/pot.md.bak",
        "issues/.git/HEAD",
        ".newsletter/state.db-wal",
        ".git/index",
        "build/pot/email.html",
        "node_modules/x/y.js",
        "templates/__pycache__/x.pyc",
        "output.log",
        "page.html",
        "README.md",
        ".envrc",
        ".newsletter",
    ],
)
def test_what_lies_beside_is_not(path: str) -> None:
    assert not is_of_interest(Path(path))


@pytest.mark.parametrize(
    ("name", "is_it"),
    [
        ("walk.txt", True),
        ("walk.yaml", True),
        ("path.JPG", True),
        ("other.txt", False),
        ("walk.txt.swp", False),
        ("below/path.jpg", False),
    ],
)
def test_a_lone_file_has_its_settings_and_pictures(name: str, is_it: bool) -> None:
    folder = Path("/letters")
    assert is_about(folder / name, folder / "walk.txt") is is_it


class Heard:
    """The names of what was written, as they are told."""

    def __init__(self) -> None:
        self.calls: list[set[Path]] = []
        self._some = threading.Condition()

    def __call__(self, paths: set[Path]) -> None:
        with self._some:
            self.calls.append(paths)
            self._some.notify_all()

    def of(self, path: Path) -> bool:
        """Wait until `path` was told."""
        return self.until(lambda: any(path in call for call in self.calls))

    def until(self, is_so: Callable[[], bool]) -> bool:
        with self._some:
            return self._some.wait_for(is_so, 8)


def in_place(file: Path, text: str) -> None:
    file.write_text(text)


def renamed_over(file: Path, text: str) -> None:
    beside = file.with_name(f".{file.name}.tmp")
    beside.write_text(text)
    beside.replace(file)


def deleted_and_made(file: Path, text: str) -> None:
    file.unlink()
    file.write_text(text)


def deleted_and_made_later(file: Path, text: str) -> None:
    file.unlink()
    time.sleep(0.4)
    file.write_text(text)


def as_vim(file: Path, text: str) -> None:
    probe = file.with_name("4913")
    probe.touch()
    probe.unlink()
    backup = file.with_name(file.name + "~")
    file.rename(backup)
    file.write_text(text)
    backup.unlink()


def appended(file: Path, text: str) -> None:
    with file.open("a") as opened:
        opened.write(f"\n{text}")


def truncated_then_written(file: Path, text: str) -> None:
    with file.open("w") as opened:
        os.fsync(opened.fileno())
        time.sleep(0.05)
        opened.write(text)


def in_pieces(file: Path, text: str) -> None:
    with file.open("w") as opened:
        for begin in range(0, len(text), 100):
            opened.write(text[begin : begin + 100])
            opened.flush()
            time.sleep(0.01)


SAVES_OF = {
    "in place": in_place,
    "renamed over": renamed_over,
    "deleted and made": deleted_and_made,
    "deleted and made later": deleted_and_made_later,
    "as vim": as_vim,
    "appended": appended,
    "truncated, then written": truncated_then_written,
    "in pieces": in_pieces,
}


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def project(tmp_path: Path, heard: Heard) -> Iterator[Path]:
    """A watched project with one letter."""
    (tmp_path / "issues").mkdir()
    (tmp_path / "issues/pot.md").write_text("old")
    (tmp_path / "newsletter.toml").write_text("old")
    watch = Watch(tmp_path, heard)
    watch.start()
    time.sleep(0.4)
    yield tmp_path
    watch.stop()


@pytest.mark.parametrize("save", SAVES_OF.values(), ids=SAVES_OF)
@pytest.mark.parametrize("path", ["issues/pot.md", "newsletter.toml"])
def test_every_way_to_save_is_heard(
    project: Path, heard: Heard, save: Callable[[Path, str], None], path: str
) -> None:
    save(project / path, "new")
    assert heard.of(project / path)


def test_files_beside_are_not_heard_of(project: Path, heard: Heard) -> None:
    (project / "output.log").write_text("x")
    (project / "issues/.pot.md.swp").write_text("x")
    (project / "issues/pot.md").write_text("new")
    assert heard.of(project / "issues/pot.md")
    names = {path.name for call in heard.calls for path in call}
    assert names == {"pot.md"}


def test_a_folder_that_is_made_later_is_watched_from_its_first_file_on(
    project: Path, heard: Heard
) -> None:
    (project / "templates").mkdir()
    (project / "templates/first.j2").write_text("x")
    assert heard.until(lambda: any((project / "templates") in call for call in heard.calls))
    time.sleep(0.7)
    before = len(heard.calls)
    (project / "templates/email.html.j2").write_text("x")
    assert heard.of(project / "templates/email.html.j2")
    assert len(heard.calls) > before


def test_what_was_written_while_a_new_folder_was_not_watched_yet_is_not_missed(
    project: Path, heard: Heard
) -> None:
    (project / "templates").mkdir()
    told = lambda: [call for call in heard.calls if (project / "templates") in call]  # noqa: E731
    assert heard.until(lambda: len(told()) >= 2), "told again once it is watched"


def test_a_folder_that_goes_and_comes_back_is_watched_again(project: Path, heard: Heard) -> None:
    shutil.rmtree(project / "issues")
    assert heard.until(lambda: any((project / "issues") in call for call in heard.calls))
    time.sleep(0.3)
    (project / "issues").mkdir()
    time.sleep(0.7)
    (project / "issues/new.md").write_text("x")
    assert heard.of(project / "issues/new.md")


def test_pictures_in_a_letters_own_folder_are_heard(project: Path, heard: Heard) -> None:
    folder = project / "issues/tea"
    folder.mkdir()
    time.sleep(0.3)
    (folder / "steam.png").write_bytes(b"x")
    assert heard.of(folder / "steam.png")


def test_a_loop_of_links_and_a_pipe_do_not_stop_it(tmp_path: Path, heard: Heard) -> None:
    issues = tmp_path / "issues"
    issues.mkdir()
    (issues / "loop").symlink_to(issues)
    (issues / "nowhere").symlink_to(tmp_path / "gone")
    os.mkfifo(issues / "pipe.md")
    watch = Watch(tmp_path, heard)
    watch.start()
    try:
        time.sleep(0.4)
        (issues / "pot.md").write_text("x")
        assert heard.until(lambda: any(p.name == "pot.md" for call in heard.calls for p in call))
    finally:
        watch.stop()


def test_a_lone_file_is_watched_and_its_neighbours_are_not(tmp_path: Path, heard: Heard) -> None:
    file = tmp_path / "walk.txt"
    file.write_text("old")
    watch = Watch(None, heard, alone=file)
    watch.start()
    try:
        time.sleep(0.3)
        (tmp_path / "other.txt").write_text("x")
        as_vim(file, "new")
        assert heard.of(file)
        assert {path for call in heard.calls for path in call} == {file}
    finally:
        watch.stop()


def test_it_ends_at_once(tmp_path: Path, heard: Heard) -> None:
    watch = Watch(tmp_path, heard)
    watch.start()
    time.sleep(0.2)
    began = time.monotonic()
    watch.stop()
    assert time.monotonic() - began < 1.5


def test_where_the_system_watches_no_more_the_disk_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the limit of inotify is reached."""
    (tmp_path / "issues").mkdir()

    def watch(*places: Path, force_polling: bool | None, **options: object) -> object:
        if not force_polling:
            raise OSError(28, "OS file watch limit reached")
        return watchfiles.watch(*places, force_polling=True, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(watching, "watch", watch)
    came = threading.Event()
    watched = Watch(tmp_path, lambda _paths: came.set())
    watched.start()
    try:
        for number in range(40):
            (tmp_path / "issues" / "pot.md").write_text(f"Soup {number}.", encoding="utf-8")
            if came.wait(0.3):
                break
        assert came.is_set()
    finally:
        watched.stop()
