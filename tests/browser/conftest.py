"""What Chromium shows of the sample letters and the readers' pages, measured once for all tests."""

import html
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from docs import chromium
from docs.pictures import DESK, PHONE, play
from tests.conftest import Folder
from tests.previewing import Running

# Runs in a page that shows every variant in a frame, and writes down what it finds there.
MEASURE = """
<script>
const spilling = (page, width) => [...page.querySelectorAll("body *")]
  .filter(each => each.getBoundingClientRect().right > width + 1)
  .map(each => each.tagName.toLowerCase() + "." + each.className);
const colour = (page, selector, property) => {
  const found = page.querySelector(selector);
  return found && page.defaultView.getComputedStyle(found)[property];
};
addEventListener("load", () => {
  const found = {};
  for (const frame of document.querySelectorAll("iframe")) {
    const page = frame.contentDocument, root = page.documentElement;
    const button = page.querySelector("a.button, form button");
    found[frame.dataset.name] = {
      scrolls: root.scrollWidth, shows: root.clientWidth, height: root.scrollHeight,
      spilling: spilling(page, root.clientWidth),
      ground: colour(page, ".paper, .card, .rows", "backgroundColor"),
      ink: colour(page, ".letter, .card, .rows a", "color"),
      button: button && button.getBoundingClientRect().height,
      smallest: Math.min(...[...page.querySelectorAll("p, td, a, span, time, li")]
        .filter(each => each.innerText && each.getBoundingClientRect().height > 2)
        .map(each => parseFloat(page.defaultView.getComputedStyle(each).fontSize))),
    };
  }
  document.body.innerHTML = "<pre id=found></pre>";
  document.getElementById("found").textContent = JSON.stringify(found);
});
</script>
"""


@dataclass(frozen=True)
class Seen:
    """One page at one width in one scheme; lengths are CSS pixels."""

    scrolls: float
    shows: float
    height: float
    spilling: list[str]
    ground: str
    ink: str
    button: float | None
    smallest: float

    def brightness(self, which: str) -> float:
        """How bright the ground or the ink is, 0 to 255."""
        return sum(map(int, re.findall(r"\d+", getattr(self, which))[:3])) / 3


@pytest.fixture(scope="session")
def browser() -> None:
    """Chromium; without one the test is skipped, or fails where it must not be."""
    if chromium.find() is None:
        missing = "Chromium is not installed: apt-get install chromium"
        if "browser" in os.environ.get("NEWSLETTER_TESTS_REQUIRE", ""):
            pytest.fail(missing)
        pytest.skip(missing)


@pytest.fixture(scope="session")
def seen(browser: None) -> Mapping[str, Seen]:
    """Every page, as `PAGE SCHEME WIDTH`."""
    shown = play()
    pages = {**shown.emails, "outbox": shown.outbox, "leave": shown.leave}
    frames = [
        chromium.frame(
            chromium.in_dark(page) if scheme == "dark" else page,
            width=width,
            height=600,
            name=f"{name} {scheme} {width}",
        )
        for name, page in pages.items()
        for scheme in ("light", "dark")
        for width in (PHONE, DESK)
    ]
    return measured(frames)


def measured(frames: list[str]) -> Mapping[str, Seen]:
    """What the script found in the frames, by their names."""
    document = chromium.dump(f'<!DOCTYPE html><meta charset="utf-8">{"".join(frames)}{MEASURE}')
    found = re.search(r"<pre id=\"found\">(.*?)</pre>", document, re.DOTALL)
    assert found is not None, document[-500:]
    values: dict[str, dict[str, Any]] = json.loads(html.unescape(found[1]))
    return {name: Seen(**value) for name, value in values.items()}


@pytest.fixture(scope="session")
def measure() -> Any:
    """Measure frames of a test's own."""
    return measured


@pytest.fixture(scope="session")
def chrome(browser: None) -> Iterator[Browser]:
    """A Chromium that a test can use as a person does."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium.find(), args=list(chromium.FLAGS)
        )
        yield started
        started.close()


@dataclass
class Tab:
    """One page in a browser of its own, and everything that went wrong or out in it."""

    page: Page
    origin: str
    asked: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    stopped: set[str] = field(default_factory=set)  # by the browser, before they left

    def __post_init__(self) -> None:
        page = self.page
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        page.on("dialog", lambda dialog: self._dialog(dialog))
        page.context.on("request", lambda request: self.asked.append(request.url))
        page.context.on("requestfailed", self._failed)

    def _failed(self, request: Any) -> None:
        if request.failure in ("csp", "origin"):  # what tried to leave fails with "net::…"
            self.stopped.add(request.url)

    def _dialog(self, dialog: Any) -> None:
        self.wrong.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    @property
    def foreign(self) -> list[str]:
        """What was asked of anybody but the preview."""
        own = (f"{self.origin}/", "data:", "about:", "blob:")
        out = (url for url in self.asked if url not in self.stopped)
        return [url for url in out if not url.startswith(own)]

    def is_live(self) -> "Tab":
        """Wait until the page hears of changes."""
        self.page.locator("#live.on").wait_for()
        return self

    def is_settled(self) -> "Tab":
        """Wait until the page also knows what the program learns as it begins: how many readers
        there are. Until then a part of it may change under a test's hands."""
        self.is_live()
        expect(self.page.locator("#reach")).not_to_contain_text("–", timeout=15_000)
        expect(self.page.locator("#mail iframe.coming")).to_have_count(0)
        return self

    def mail(self) -> Any:
        """The email in its frame."""
        return self.page.frame_locator("#mail iframe:not(.coming)")


OpenTab = Callable[..., Tab]


@pytest.fixture
def tab(chrome: Browser) -> Iterator[OpenTab]:
    """Open a page; at the end nothing may have gone wrong in it, and nothing out of it."""
    tabs: list[Tab] = []
    with ExitStack() as stack:

        def opened(
            url: str,
            *,
            width: int = 1400,
            height: int = 900,
            is_dark: bool = False,
            has_scripts: bool = True,
        ) -> Tab:
            context = chrome.new_context(
                viewport={"width": width, "height": height},
                color_scheme="dark" if is_dark else "light",
                java_script_enabled=has_scripts,
                reduced_motion="reduce",
            )
            stack.callback(context.close)
            origin = re.match(r"http://[^/]+", url)
            assert origin is not None
            tabs.append(Tab(context.new_page(), origin[0]))
            tabs[-1].page.goto(url)
            return tabs[-1]

        yield opened
    for each in tabs:
        assert each.wrong == []
        assert each.foreign == []


@pytest.fixture
def started(folder: Folder) -> Iterator[Callable[..., Running]]:
    """Start `newsletter preview` in the test's project."""
    with ExitStack() as stack:

        def begin(*words: str, port: int = 0) -> Running:
            process = stack.enter_context(
                folder.start("preview", *words, "--port", str(port), "--no-open")
            )
            stack.callback(process.kill)
            return Running(process).ready()

        yield begin
