"""How soon a saved letter is seen in the browser, and whether a day of saving costs memory.

The real program with 500 letters in the folder, and Chromium looking at one of them. A save is
a rename over the old file, as most editors do it; it is seen once the frame shows its words.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.measure import Ratio, Report, summary
from bench.start import ISSUES, LETTER, NEWSLETTER
from docs import chromium

SAVES = 50
MANY_SAVES = 1000
FIRST_SAVES = 100  # what is remembered between saves is remembered by then
EVERY_SECONDS = 0.04
MOST_SECONDS = 240
# Looks at the frame until it shows the words: sixty times a second, as a screen does.
_WAIT = """(words) => new Promise((seen) => {
  const look = () => {
    const frame = document.querySelector("#mail iframe:not(.coming)");
    const text = frame && frame.contentDocument && frame.contentDocument.body;
    if (text && text.textContent.includes(words)) seen(performance.timeOrigin + performance.now());
    else requestAnimationFrame(look);
  };
  look();
})"""


def report() -> Report:
    """Saved to seen over 50 saves, and resident memory over 1,000."""
    if chromium.find() is None:
        return Report(title="preview", times={}, ratios=[], notes=["Chromium is not installed."])
    with _project() as project:
        seen = _seen(project)
        first, last, saves = _grown(project)
    return Report(
        title=f"preview, {ISSUES} letters in the folder",
        times={"saved to seen": summary(seen)},
        ratios=[
            Ratio(what="saved to seen, seconds", value=summary(seen).median / 1000, budget=0.2),
            Ratio(
                what=f"memory after {saves} saves ÷ after {FIRST_SAVES}",
                value=last / first,
                budget=1.1,
            ),
        ],
        notes=[
            f"saved to seen: 95 of 100 within {sorted(seen)[int(len(seen) * 0.95)]:.0f} ms",
            f"memory: {first / 1e6:.0f} MB after {FIRST_SAVES} saves, {last / 1e6:.0f} MB after {saves}",
        ],
    )


@contextmanager
def _project() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name) / "p"
        subprocess.run([NEWSLETTER, "init", folder], check=True, capture_output=True)
        for number in range(ISSUES):
            _save(folder, number, "as it was")
        yield folder


def _save(folder: Path, number: int, words: str) -> None:
    """Write a letter beside its file, and rename it over."""
    file = folder / "issues" / f"letter-{number}.md"
    beside = file.with_name(f".{file.name}.tmp")
    beside.write_text(LETTER.format(number=number) + f"\n{words}\n", encoding="utf-8")
    beside.replace(file)


@contextmanager
def _previewing(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The program, and the address of the letter that is written."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("NEWSLETTER_", "KIT_"))}
    process = subprocess.Popen(
        [NEWSLETTER, "preview", "letter-7", "--port", "0", "--no-open", "--json"],
        cwd=folder,
        env=kept,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    with process:
        try:
            assert process.stdout is not None
            yield process, json.loads(process.stdout.readline())["preview"]
        finally:
            process.terminate()


def _seen(folder: Path) -> list[float]:
    """Milliseconds from the rename to the words on the screen, save by save."""
    from playwright.sync_api import sync_playwright

    taken = []
    with _previewing(folder) as (_, url), sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.find(), args=list(chromium.FLAGS)
        )
        page = browser.new_page()
        page.goto(url)
        page.locator("#live.on").wait_for()
        for number in range(SAVES + 2):
            words = f"save number {number}."
            began = time.time() * 1000
            _save(folder, 7, words)
            seen = page.evaluate(_WAIT, words)
            if number >= 2:
                taken.append(seen - began)
            time.sleep(0.15)
        browser.close()
    return taken


def _grown(folder: Path) -> tuple[int, int, int]:
    """Resident bytes after the first saves and after many, and how many those were."""
    with _previewing(folder) as (process, _):
        lines = process.stdout
        assert lines is not None
        first, done, give_up = 0, 0, time.monotonic() + MOST_SECONDS
        while done < MANY_SAVES and time.monotonic() < give_up:
            _save(folder, 7, f"save number {done}, in words that differ every time.")
            while json.loads(lines.readline())["event"] != "rendered":
                pass
            done += 1
            if done == FIRST_SAVES:
                first = _resident(process.pid)
            time.sleep(EVERY_SECONDS)
        return first, _resident(process.pid), done


def _resident(process: int) -> int:
    """Bytes in memory, as Linux counts them; elsewhere `ps` is asked."""
    status = Path(f"/proc/{process}/statm")
    if status.is_file():
        return int(status.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    asked = subprocess.run(
        ["ps", "-o", "rss=", "-p", str(process)], capture_output=True, text=True, check=True
    )
    return int(asked.stdout) * 1024


if __name__ == "__main__":
    from bench.measure import show

    sys.exit(0 if show(report()) else 1)
