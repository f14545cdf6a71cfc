"""Pages as Chromium shows them: a picture of one, or what a script found on it.

Chromium makes no window narrower than 500 pixels, so whatever is to be seen on a phone
stands in a frame of its width. A frame does not learn that the reader wants dark colours,
either: `in_dark` writes that wish into the page.
"""

from __future__ import annotations

import html
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    # Nothing but this computer is asked for anything.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)
_DARK = re.compile(r"@media\s*\(prefers-color-scheme:\s*dark\)")


class NoChromium(Exception):
    """There is no Chromium on this computer, or it made nothing."""


def find() -> str | None:
    """Where Chromium is, or None."""
    return next((path for path in map(shutil.which, _NAMES) if path), None)


def in_dark(page: str) -> str:
    """The page as a reader sees it who wants dark colours."""
    return _DARK.sub("@media all", page)


def frame(page: str, *, width: int, height: int, style: str = "", name: str = "") -> str:
    """An element that shows `page` at a width of its own (CSS pixels)."""
    return (
        f'<iframe data-name="{html.escape(name)}" width="{width}" height="{height}" '
        f'style="border:0;display:block;{style}" srcdoc="{html.escape(page)}"></iframe>'
    )


def photograph(page: str, file: Path, *, width: int, height: int) -> None:
    """Write a picture (PNG) of `page` in a window of that size. Raises NoChromium."""
    _run(page, f"--window-size={width},{height}", f"--screenshot={file}")
    if not file.is_file():
        raise NoChromium(f"{file.name} was not made")


def dump(page: str) -> str:
    """The document that `page` is once its scripts have run, as HTML. Raises NoChromium."""
    return _run(page, "--window-size=1300,900", "--virtual-time-budget=5000", "--dump-dom")


def _run(page: str, *flags: str) -> str:
    program = find()
    if program is None:
        raise NoChromium("Chromium is not installed: apt-get install chromium")
    with tempfile.TemporaryDirectory(prefix="newsletter-chromium-") as folder:
        file = Path(folder) / "page.html"
        file.write_text(page, encoding="utf-8")
        done = subprocess.run(
            [
                program,
                "--headless",
                *FLAGS,
                f"--user-data-dir={folder}/profile",
                *flags,
                file.as_uri(),
            ],
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
    if done.returncode:
        raise NoChromium(f"Chromium ended with {done.returncode}: {done.stderr[-500:]}")
    return done.stdout
