"""axe-core finds nothing on any page and in any state of the preview, light and dark, phone and desk."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import OpenTab
from tests.conftest import LETTER, MONDAY, Folder
from tests.previewing import Running

pytestmark = pytest.mark.browser
Started = Callable[..., Running]

OPTIONS = {
    "runOnly": [
        *("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"),
        "best-practice",
    ],
    "iframes": False,  # what a letter says is the letter's matter, and the checks'
    "resultTypes": ["violations"],
}
SCREENS = [(is_dark, width) for is_dark in (False, True) for width in (360, 1400)]
RICH = LETTER.replace("status: draft", "status: draft\nignore: [very-short]") + (
    "\n[here](http://example.org/way) and TODO more, in the comments below.\n\n![](gone.png)\n"
)


def violations(page: Page) -> list[str]:
    found = Axe().run(page, options=OPTIONS).response["violations"]
    return [
        f"{page.url} {each['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for each in found
        for node in each["nodes"]
    ]


def look(tab: OpenTab, url: str, act: Callable[[Page], object] = lambda page: None) -> list[str]:
    """What axe finds at an address, on every screen, after `act`."""
    found = []
    for is_dark, width in SCREENS:
        page = tab(url, width=width, is_dark=is_dark).page
        act(page)
        found += [f"{width} {'dark' if is_dark else 'light'} {each}" for each in violations(page)]
        page.close()
    return found


def press(*keys: str) -> Callable[[Page], None]:
    def act(page: Page) -> None:
        page.locator("#live.on").wait_for()
        for key in keys:
            page.keyboard.press(key)
        page.wait_for_timeout(500)

    return act


def everything_open(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")


def test_the_letter_in_every_view(folder: Folder, started: Started, tab: OpenTab) -> None:
    for number in range(15):
        folder.letter(f"letter-{number}")
    folder.letter(text=RICH)
    url = f"{started().url}/issues/gate"
    found = look(tab, url, everything_open)
    for query in (
        "view=text",
        "view=source&scheme=dark",
        "view=headers",
        "width=phone&scheme=forced",
    ):
        found += look(tab, f"{url}?{query}", everything_open)
    assert found == []


def test_the_dialogs(folder: Folder, started: Started, tab: OpenTab) -> None:
    url = f"{started('gate').url}/issues/gate"
    assert (
        look(tab, url, press("?")) + look(tab, url, press("s")) + look(tab, url, press("n")) == []
    )


def test_the_pages_of_their_own(folder: Folder, started: Started, tab: OpenTab) -> None:
    root = started().url
    paths = [
        "/issues/gate/schedule",
        "/issues/gate/schedule?at=never",
        "/preview/new",
        "/preview/new?from=gate",
        "/preview/nothing?as=dana",
        "/issues/nowhere",
    ]
    assert [each for path in paths for each in look(tab, root + path)] == []


def test_notices(folder: Folder, started: Started, tab: OpenTab) -> None:
    def send(page: Page) -> None:
        press("t")(page)
        page.locator("#notice").wait_for()

    assert look(tab, f"{started().url}/issues/gate", send) == []


def test_mistakes(folder: Folder, started: Started, tab: OpenTab) -> None:
    folder.letter(text=LETTER.replace("status: draft", "status: drift"))
    running = started()
    bare = look(tab, f"{running.url}/issues/gate")
    folder.letter("kettle")
    tab(f"{running.url}/issues/kettle").is_live()
    folder.write("templates/email.html.j2", "{{ nothing }}")
    running.until("templates/email.html.j2:1")
    assert (
        bare + look(tab, f"{running.url}/issues/kettle") + look(tab, f"{running.url}/issues/gate")
        == []
    )


def test_an_empty_project(folder: Folder, started: Started, tab: OpenTab) -> None:
    (folder.root / "issues/gate.md").unlink()
    assert look(tab, started().url) == []


def test_letters_on_their_way(folder: Folder, started: Started, tab: OpenTab) -> None:
    folder.letter("held", status="scheduled", send_at="2026-11-20 09:00", subject="Held")
    folder.letter("sent", status="scheduled", send_at="2026-11-23 09:59", subject="Sent")
    folder.letter("out", status="scheduled", send_at="2026-11-24 09:00", subject="Out")
    folder.call("run", now=MONDAY)
    folder.now = "2026-11-23T10:10:00-05:00"
    folder.call("run")
    assert {folder.state(each) for each in ("held", "sent", "out")} == {
        "held",
        "sent",
        "handed_over",
    }
    root = started().url
    assert [
        each for name in ("held", "sent", "out") for each in look(tab, f"{root}/issues/{name}")
    ] == []


def test_the_page_that_needs_no_program(folder: Folder, started: Started, tab: OpenTab) -> None:
    import http.server
    import threading
    from functools import partial

    folder.letter(text=RICH)
    folder.call("preview", "gate", "--once", "-o", str(folder.root / "once" / "page.html"))

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    handler = partial(Quiet, directory=str(folder.root / "once"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        found = look(tab, f"http://127.0.0.1:{server.server_address[1]}/page.html")
        server.shutdown()
    assert found == []


def test_what_is_wrong_would_be_noticed(started: Started, tab: OpenTab) -> None:
    page = tab(f"{started().url}/issues/gate").is_settled().page
    page.evaluate("document.querySelector('.whose a').style.color = '#ddd'")
    page.evaluate("document.documentElement.removeAttribute('lang')")
    found = "\n".join(violations(page))
    assert "color-contrast" in found
    assert "html-has-lang" in found
