"""The pictures of the manual: the sample letter, the outbox and the page to leave by.

The program makes what they show: the emails come out of `newsletter build`, the pages out
of `newsletter serve`, in a copy of the sample project.
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
from urllib.request import urlopen

from docs import chromium
from docs.session import MONDAY, PROGRAM, ROOT, TUESDAY, Session

FOLDER = ROOT / "docs" / "images"
LARGEST = 300_000  # bytes of one picture
DESK, PHONE = 800, 375
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
        for scheme in ("light", "dark"):
            files.append(FOLDER / f"{name}-{scheme}.png")
            _photograph(page, files[-1], scheme=scheme, height=_HEIGHTS.get(name, 900))
    return files


def play() -> Shown:
    """Send both sample letters on the local target, and collect what came of it."""
    with tempfile.TemporaryDirectory(prefix="newsletter-docs-") as folder:
        session = Session(Path(folder) / "slow-kitchen", now=MONDAY)
        session.folder.mkdir()
        shutil.copy(ROOT / "newsletter.toml", session.folder)
        shutil.copytree(ROOT / "issues", session.folder / "issues")
        session.newsletter("build")
        session.newsletter("schedule", "slow-kitchen", "--at", "tue 9am")
        session.newsletter("send", "garden-gate", "--undo", "0s")
        session.now = TUESDAY
        session.newsletter("run")
        built = sorted((session.folder / "build").glob("*/email.eml"))
        emails = {file.parent.name: html_part(file.read_bytes()) for file in built}
        with _serving(session) as url:
            outbox = _fetch(f"{url}/outbox")
            newest = json.loads(_fetch(f"{url}/outbox.json"))["messages"][0]
            token = re.search(r"/u/[\w-]+", newest["list_unsubscribe"])
            assert token is not None
            return Shown(emails=emails, outbox=outbox, leave=_fetch(url + token[0]))


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
    if file.stat().st_size > LARGEST:
        raise chromium.NoChromium(f"{file.name} has more than {LARGEST:,} bytes")


@contextmanager
def _serving(session: Session) -> Iterator[str]:
    """The embedded server as a process of its own, on a free port."""
    process = subprocess.Popen(
        [PROGRAM, "serve", "--port", "0", "--json"],
        cwd=session.folder,
        env=session.environment(),
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    with process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())["outbox"].removesuffix("/outbox")
        finally:
            process.terminate()


def _fetch(url: str) -> str:
    with urlopen(url, timeout=10) as answer:
        text: str = answer.read().decode()
        return text
