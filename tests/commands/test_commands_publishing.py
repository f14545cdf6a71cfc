"""Pictures are where readers load them before the letter leaves; a failing upload hands nothing over."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import httpx
import pytest

from newsletter.server.app import create_app
from newsletter.server.embedded import serving
from tests.conftest import Folder, Service
from tests.pictures import photo, size_of

LETTER = "\n![The gate in the evening](street.jpg)\n"
COPY = "import pathlib, shutil, sys; [shutil.copy(f, sys.argv[2]) for f in pathlib.Path(sys.argv[1]).iterdir()]; open(sys.argv[3], 'a').write('x')"


def with_picture(folder: Folder) -> Folder:
    photo(folder.root / "issues" / "street.jpg")
    file = folder.root / "issues" / "gate.md"
    file.write_text(file.read_text(encoding="utf-8") + LETTER, encoding="utf-8")
    return folder


def images(folder: Folder, upload: str) -> None:
    text = (folder.root / "newsletter.toml").read_text(encoding="utf-8")
    section = f'\n[images]\nbase_url = "https://pictures.example.org/a"\nupload = """{upload}"""\n'
    folder.write("newsletter.toml", text + section)


def command(script: str, *words: object) -> str:
    file = Path(str(words[0])).parent / "upload.py"
    file.write_text(script)
    return " ".join(
        ["'" + str(word) + "'" for word in (sys.executable, file)] + ["{dir}", *map(str, words)]
    )


def test_on_this_computer_the_server_shows_what_the_letter_names(folder: Folder) -> None:
    done = with_picture(folder).call("send", "gate", "--yes", "--undo", "0s")
    assert done.code == 0, done.err
    (content,) = [row["content"] for row in folder.rows("issues")]
    name = content.partition("/media/")[2].partition('"')[0]

    media = folder.root / ".newsletter" / "media"

    assert [file.name for file in media.iterdir()] == [name]
    assert size_of((media / name).read_bytes()) == (1008, 567)


def test_kit_gets_the_public_address_and_the_command_runs_once(
    service: Service, tmp_path: Path
) -> None:
    folder = with_picture(service.folder)
    folder.env |= service.env
    web, count = tmp_path / "web", tmp_path / "count"
    web.mkdir()
    images(folder, command(COPY, web, count))

    for when in ("2026-11-23T10:00:00-05:00", "2026-11-23T10:15:00-05:00"):
        done = folder.call("schedule", "gate", "--at", "tue 9am", "--yes", now=when)
        assert done.code == 0, done.err
    (row,) = [row for row in folder.rows("issues") if row["target"] != "local"]

    (file,) = web.iterdir()
    assert f'src="https://pictures.example.org/a/{file.name}"' in row["content"]
    assert row["state"] == "handed_over"
    assert count.read_text() == "x"


@pytest.mark.parametrize(
    ("script", "told", "code"),
    [
        ("import sys; sys.stderr.write('no such bucket'); sys.exit(3)", "ended with 3: no such bucket", 75),
        ("", "cannot be run", 75),
    ],
)  # fmt: skip
def test_a_failing_upload_is_a_clear_error_and_nothing_is_handed_over(
    service: Service, tmp_path: Path, script: str, told: str, code: int
) -> None:
    folder = with_picture(service.folder)
    folder.env |= service.env
    images(folder, command(script, tmp_path / "x") if script else "/nowhere/rclone copy {dir}")
    before = len(service.broadcasts())

    done = folder.call("schedule", "gate", "--at", "tue 9am", "--yes")

    assert told in done.out + done.err
    assert "Traceback" not in done.err
    assert done.code == code
    assert len(service.broadcasts()) == before
    assert not list((folder.root / ".newsletter").glob("upload-*"))


def test_without_a_public_place_nothing_is_scheduled_on_kit(service: Service) -> None:
    folder = with_picture(service.folder)
    folder.env |= service.env
    before = folder.everything()

    done = folder.call("schedule", "gate", "--at", "tue 9am", "--yes")

    assert done.code == 3
    assert "image-not-public" in done.out + done.err
    assert "base_url" in done.out + done.err
    assert folder.everything() == before


def test_a_corrected_picture_is_a_new_version_of_the_letter(folder: Folder) -> None:
    with_picture(folder).call("schedule", "gate", "--at", "tue 9am", "--yes")
    (first,) = [row["content"] for row in folder.rows("issues")]
    photo(folder.root / "issues" / "street.jpg", (1600, 1000))

    done = folder.call("run", now="2026-11-23T12:00:00-05:00")
    (second,) = [row["content"] for row in folder.rows("issues")]

    assert done.code == 0, done.err
    assert first != second
    assert len(list((folder.root / ".newsletter" / "media").iterdir())) == 2


def test_a_test_copy_comes_with_its_pictures(folder: Folder) -> None:
    done = with_picture(folder).call("test", "gate")
    assert done.code == 0, done.err
    assert len(list((folder.root / ".newsletter" / "media").iterdir())) == 1


@pytest.mark.parametrize(
    "name",
    [
        "nothing.0123456789abcdef.jpg",
        "..%2Fserver.db",
        "%2e%2e/server.db",
        "../local.env",
        "local.env",
        "link.0123456789abcdef.png",
        "folder.0123456789abcdef.png",
        "A.0123456789abcdef.jpg",
        "page.0123456789abcdef.html",
        "x.0123456789abcdef.jpg%00.png",
        "",
    ],
)
def test_only_pictures_are_served_and_nothing_beside_them(
    service: Service, tmp_path: Path, name: str
) -> None:
    media = tmp_path / "media"
    photo(media / "good.png")
    (media / "local.env").write_text("SECRET")
    (media / "page.0123456789abcdef.html").write_text("SECRET")
    (media / "link.0123456789abcdef.png").symlink_to(media / "local.env")
    (media / "folder.0123456789abcdef.png").mkdir()
    (tmp_path / "local.env").write_text("SECRET")
    (media / "good.png").rename(media / "good.0123456789abcdef.png")
    app = create_app(service.store, clock=service.clock, public_url="http://x", media=media)
    with serving(app) as url:
        good = httpx.get(f"{url}/media/good.0123456789abcdef.png")
        other = httpx.get(f"{url}/media/{name}")

    assert (good.status_code, good.headers["content-type"]) == (200, "image/png")
    assert good.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert good.headers["x-content-type-options"] == "nosniff"
    assert other.status_code == 404
    assert "SECRET" not in other.text


def test_a_thumbnail_is_a_picture_beside_the_letter_too(service: Service, tmp_path: Path) -> None:
    folder = service.folder
    folder.env |= service.env
    photo(folder.root / "issues" / "cover.jpg")
    web, count = tmp_path / "web", tmp_path / "count"
    web.mkdir()
    images(folder, command(COPY, web, count))
    folder.change(
        "issues/gate.md", "status: draft", "status: draft\npublic: true\nthumbnail: cover.jpg"
    )

    done = folder.call("schedule", "gate", "--at", "tue 9am", "--yes")

    (file,) = web.iterdir()
    assert done.code == 0, done.err
    assert size_of(file.read_bytes()) == (1200, 675)
    address = f"https://pictures.example.org/a/{file.name}"
    assert address in {row["thumbnail_url"] for row in service.broadcasts()}

    folder.change("issues/gate.md", "cover.jpg", "cver.jpg")
    found = folder.call("check", "gate").out
    assert "error    6      image-missing  cver.jpg is not there (near: cover.jpg)" in found


def test_a_letter_whose_pictures_cannot_be_uploaded_is_tried_again(
    service: Service, tmp_path: Path
) -> None:
    """In silence while there is time, then it is news; and no other letter waits for it."""
    folder = with_picture(service.folder)
    folder.env |= service.env
    folder.letter("kettle", subject="The kettle")
    images(folder, command("import sys; sys.exit('no such bucket')", tmp_path / "x"))
    for name in ("gate", "kettle"):
        assert folder.call("schedule", name, "--at", "2026-12-08 09:00", "--yes").code == 0

    first = folder.call("run", now="2026-12-07T10:00:00-05:00")
    late = folder.call("run", now="2026-12-08T07:00:00-05:00")

    states = {
        row["slug"]: row["state"] for row in folder.rows("issues") if row["target"] != "local"
    }
    assert states == {"gate": "planned", "kettle": "handed_over"}
    assert (first.code, late.code) == (75, 1)
    assert "ended with 1: no such bucket" in late.out + late.err

    images_mended(folder, tmp_path)
    for minute in (0, 15):
        folder.call("run", now=f"2026-12-08T07:{minute + 20}:00-05:00")
    states = {
        row["slug"]: row["state"] for row in folder.rows("issues") if row["target"] != "local"
    }
    assert states["gate"] == "handed_over"


def images_mended(folder: Folder, tmp_path: Path) -> None:
    """The same command, which now does well."""
    (tmp_path / "upload.py").write_text("", encoding="utf-8")


def test_what_an_upload_leaves_running_keeps_nobody_waiting(
    service: Service, tmp_path: Path
) -> None:
    folder = with_picture(service.folder)
    folder.env |= service.env
    child = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(20)'])"
    images(folder, command(child, tmp_path / "x"))
    began = time.monotonic()

    done = folder.call("schedule", "gate", "--at", "tue 9am", "--yes")

    assert done.code == 0
    assert time.monotonic() - began < 15
