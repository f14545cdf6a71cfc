"""The pictures of the manual: the sample letter, the outbox, the page to leave by, the preview.

The program makes what they show: the emails come out of `newsletter build`, the pages out
of `newsletter serve` and `newsletter preview`, in a copy of the sample project.
"""

from __future__ import annotations

import email
import email.policy
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.request import urlopen

from playwright.sync_api import sync_playwright

from docs import chromium
from docs.session import MONDAY, PROGRAM, ROOT, TUESDAY, Session

FOLDER = ROOT / "docs" / "images"
LARGEST = 300_000  # bytes of one picture
DESK, PHONE = 800, 375
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
PREVIEWS = {"preview": (1280, 860), "preview-tablet": (820, 1000), "preview-phone": (390, 844)}
# Seconds differ each time; a picture is the same each time.
_STILL = """() => {
  document.getElementById("took").textContent = "rendered in 8 ms";
  document.getElementById("live-words").textContent = "live";
  document.querySelector("#reach .quiet").textContent = "as of now";
}"""
_HEIGHTS = {"outbox": 560, "leave": 460}
_ROOM = 40
_GROUND = {"light": "#dcdcda", "dark": "#050505"}


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What can be looked at: two emails with a reader's words filled in, and pages."""

    emails: dict[str, str]
    outbox: str
    leave: str


def make_pictures() -> list[Path]:
    """Write every picture anew; gives their files. Raises chromium.NoChromium."""
    shown = play()
    FOLDER.mkdir(exist_ok=True)
    subjects = {
        "letter": shown.emails["the-slow-kitchen"],
        "markdown-letter": shown.emails["the-garden-gate"],
        "outbox": shown.outbox,
        "leave": shown.leave,
    }
    files = []
    for name, page in subjects.items():
        for scheme in SCHEMES:
            files.append(FOLDER / f"{name}-{scheme}.png")
            _photograph(page, files[-1], scheme=scheme, height=_HEIGHTS.get(name, 900))
    return files + _photograph_preview()


def _photograph_preview() -> list[Path]:
    """The preview itself at three widths, in a browser that can be told what to wait for."""
    files = []
    with (
        tempfile.TemporaryDirectory(prefix="newsletter-docs-") as folder,
        sync_playwright() as playwright,
    ):
        session = _sample(Path(folder))
        session.newsletter("schedule", "slow-kitchen", "--at", "tue 9am")
        browser = playwright.chromium.launch(
            executable_path=chromium.find(), args=list(chromium.FLAGS)
        )
        with _running(session, "preview", "garden-gate", "--no-open") as begun:
            for name, (width, height) in PREVIEWS.items():
                for scheme in SCHEMES:
                    page = browser.new_page(
                        viewport={"width": width, "height": height},
                        color_scheme=scheme,
                        reduced_motion="reduce",
                    )
                    page.goto(f"{begun['preview']}?scheme={scheme}")
                    page.locator("#live.on").wait_for()
                    page.locator("#reach", has_text="everyone: 3").wait_for()
                    page.locator("#largest", has_text="largest").wait_for()
                    page.locator("iframe.coming").wait_for(state="detached")
                    page.evaluate(_STILL)
                    files.append(FOLDER / f"{name}-{scheme}.png")
                    page.screenshot(path=files[-1])
                    _insist_small(files[-1])
                    page.close()
        browser.close()
    return files


def play() -> Shown:
    """Send both sample letters on the local target, and collect what came of it."""
    with tempfile.TemporaryDirectory(prefix="newsletter-docs-") as folder:
        session = _sample(Path(folder))
        session.newsletter("build")
        session.newsletter("schedule", "slow-kitchen", "--at", "tue 9am")
        session.newsletter("send", "garden-gate", "--undo", "0s")
        session.now = TUESDAY
        session.newsletter("run")
        built = sorted((session.folder / "build").glob("*/email.eml"))
        emails = {file.parent.name: html_part(file.read_bytes()) for file in built}
        with _running(session, "serve") as begun:
            url = begun["outbox"].removesuffix("/outbox")
            outbox = _fetch(f"{url}/outbox")
            newest = json.loads(_fetch(f"{url}/outbox.json"))["messages"][0]
            token = re.search(r"/u/[\w-]+", newest["list_unsubscribe"])
            assert token is not None
            return Shown(emails=emails, outbox=outbox, leave=_fetch(url + token[0]))


def _sample(folder: Path) -> Session:
    """A copy of the sample project, on the Monday before its letter goes out."""
    session = Session(folder / "slow-kitchen", now=MONDAY)
    session.folder.mkdir()
    shutil.copy(ROOT / "newsletter.toml", session.folder)
    shutil.copytree(ROOT / "issues", session.folder / "issues")
    return session


def html_part(message: bytes) -> str:
    """The HTML of a message, as the sample reader gets it."""
    parsed = email.message_from_bytes(message, policy=email.policy.default)
    part = parsed.get_body(("html",))
    assert part is not None
    return str(part.get_content())


def _photograph(page: str, file: Path, *, scheme: str, height: int) -> None:
    """The page on a desk and on a phone, side by side."""
    shown = chromium.in_dark(page) if scheme == "dark" else page
    frames = "".join(
        chromium.frame(shown, width=width, height=height, style="border-radius:12px")
        for width in (DESK, PHONE)
    )
    page = (
        f'<!DOCTYPE html><meta charset="utf-8"><body style="margin:0;padding:{_ROOM}px;display:flex;'
        f'gap:{_ROOM}px;background:{_GROUND[scheme]}">{frames}</body>'
    )
    width = DESK + PHONE + 3 * _ROOM
    chromium.photograph(page, file, width=width, height=height + 2 * _ROOM)
    _insist_small(file)


def _insist_small(file: Path) -> None:
    if file.stat().st_size > LARGEST:
        raise chromium.NoChromium(f"{file.name} has more than {LARGEST:,} bytes")


@contextmanager
def _running(session: Session, *words: str) -> Iterator[dict[str, str]]:
    """A command that goes on, on a free port; gives what it says when it has begun."""
    process = subprocess.Popen(
        [PROGRAM, *words, "--port", "0", "--json"],
        cwd=session.folder,
        env=session.environment(),
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    with process:
        try:
            assert process.stdout is not None
            begun: dict[str, str] = json.loads(process.stdout.readline())
            yield begun
        finally:
            process.terminate()


def _fetch(url: str) -> str:
    with urlopen(url, timeout=10) as answer:
        text: str = answer.read().decode()
        return text
