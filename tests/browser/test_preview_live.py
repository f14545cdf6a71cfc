"""A save is seen in the browser by itself, however an editor saves, and nothing is lost by it."""

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenTab, Tab
from tests.conftest import LETTER, Folder
from tests.preview.conftest import a_free_port
from tests.preview.test_preview_watching import SAVES_OF
from tests.previewing import Running

pytestmark = pytest.mark.browser
Started = Callable[..., Running]

CHANGED = LETTER.replace("sulking since September", "singing since September")
LONG = LETTER + "\n".join(f"\nParagraph {number} of a long letter." for number in range(150))


@pytest.fixture
def live(folder: Folder, started: Started, tab: OpenTab) -> Tab:
    """The letter on a page that hears of changes."""
    return tab(f"{started().url}/issues/gate").is_live()


def shows(tab: Tab, words: str) -> None:
    expect(tab.mail().locator("body")).to_contain_text(words)


@pytest.mark.parametrize("save", SAVES_OF.values(), ids=SAVES_OF)
def test_every_way_to_save_is_seen(
    live: Tab, folder: Folder, save: Callable[[Path, str], None]
) -> None:
    shows(live, "sulking since September")
    save(folder.root / "issues/gate.md", CHANGED)
    shows(live, "singing since September")


def test_the_time_of_the_change_is_said(live: Tab, folder: Folder) -> None:
    folder.letter(text=CHANGED)
    expect(live.page.locator("#live-words")).to_contain_text("updated 10:00:")


def test_twenty_saves_in_a_row_end_with_the_last(live: Tab, folder: Folder) -> None:
    for number in range(20):
        folder.letter(text=LETTER.replace("sulking", f"sulking-{number}"))
        time.sleep(0.03)
    shows(live, "sulking-19 since")


def test_templates_and_settings_are_seen(live: Tab, folder: Folder) -> None:
    folder.write(
        "templates/email.html.j2",
        '{% extends "builtin/email.html.j2" %}{% block footer %}Farewell! {{ super() }}{% endblock %}',
    )
    shows(live, "Farewell!")
    folder.change("templates/email.html.j2", "Farewell", "Goodbye")
    shows(live, "Goodbye!")
    folder.change("newsletter.toml", "1 Elm Street", "2 Oak Street")
    shows(live, "2 Oak Street")
    shutil.rmtree(folder.root / "templates")
    expect(live.mail().locator("body")).not_to_contain_text("Goodbye!")


def test_a_mistake_is_shown_above_the_greyed_letter_and_goes_by_itself(
    live: Tab, folder: Folder
) -> None:
    page = live.page
    shows(live, "sulking")
    folder.letter(text=LETTER.replace("status: draft", "status: drift"))
    expect(page.locator("#trouble")).to_contain_text("issues/gate.md:4")
    expect(page.locator("#trouble .caret")).to_be_visible()
    expect(page.locator("#trouble")).to_contain_text("last good version, as of 10:00:")
    expect(page.locator("#mail")).to_contain_class("stale")
    shows(live, "sulking")
    folder.letter(text=CHANGED)
    expect(page.locator("#trouble")).to_have_count(0)
    expect(page.locator("#mail")).not_to_contain_class("stale")
    shows(live, "singing")


def test_a_broken_template_is_told_with_its_line(live: Tab, folder: Folder) -> None:
    folder.write(
        "templates/email.html.j2",
        '{% extends "builtin/email.html.j2" %}\n{% block footer %}{{ newsletter.adress }}{% endblock %}',
    )
    expect(live.page.locator("#trouble-title")).to_contain_text("templates/email.html.j2:2")
    shows(live, "sulking")


def test_new_letters_appear_and_gone_ones_go(live: Tab, folder: Folder) -> None:
    page = live.page
    folder.letter("kettle", text=LETTER.replace("The gate that would not close", "A kettle"))
    expect(page.locator("#letter-kettle")).to_contain_text("A kettle")
    (folder.root / "issues/kettle.md").rename(folder.root / "issues/teapot.md")
    expect(page.locator("#letter-teapot")).to_be_visible()
    expect(page.locator("#letter-kettle")).to_have_count(0)
    (folder.root / "issues/teapot.md").unlink()
    expect(page.locator("#letter-teapot")).to_have_count(0)


def test_the_letter_that_is_looked_at_goes_and_comes_back(live: Tab, folder: Folder) -> None:
    page = live.page
    (folder.root / "issues/gate.md").unlink()
    expect(page.get_by_role("heading", level=1)).to_have_text("There is no letter at this address.")
    page.locator("#live.on").wait_for()
    folder.letter(text=CHANGED)
    shows(live, "singing")


def test_the_first_letter_of_a_project_appears_by_itself(
    folder: Folder, started: Started, tab: OpenTab
) -> None:
    (folder.root / "issues/gate.md").unlink()
    opened = tab(started().url).is_live()
    expect(opened.page.get_by_role("heading", level=1)).to_have_text("Nothing here yet.")
    folder.letter("first")
    shows(opened, "sulking")


def test_the_place_on_the_page_survives(live: Tab, folder: Folder) -> None:
    page = live.page
    folder.letter(text=LONG)
    shows(live, "Paragraph 149")
    page.wait_for_function("document.documentElement.scrollHeight > 3000")
    page.evaluate("scrollTo(0, 2000)")
    for number in range(3):
        folder.letter(text=LONG.replace("sulking", f"sulking-{number}"))
        shows(live, f"sulking-{number} since")
        page.wait_for_timeout(150)
        assert page.evaluate("scrollY") == 2000


def test_focus_survives(live: Tab, folder: Folder) -> None:
    page = live.page
    for number, spot in enumerate(("#scheme-dark", "#as", "#letter-gate", "#test", "#copy-html")):
        page.locator(spot).focus()
        folder.letter(text=LETTER.replace("sulking", f"sulking-{number}"))
        shows(live, f"sulking-{number} since")
        assert page.evaluate("'#' + document.activeElement.id") == spot


def test_focus_in_the_letter_survives_and_keys_go_on_working(live: Tab, folder: Folder) -> None:
    page = live.page
    page.locator("#mail iframe").focus()
    folder.letter(text=CHANGED)
    shows(live, "singing")
    page.wait_for_function("document.activeElement.tagName === 'IFRAME'")
    page.keyboard.press("2")
    expect(page.locator("pre.text")).to_be_visible()


def test_what_is_open_stays_open_and_what_is_typed_stays(
    folder: Folder, started: Started, tab: OpenTab
) -> None:
    for number in range(16):
        folder.letter(f"letter-{number}")
    opened = tab(f"{started().url}/issues/gate").is_live()
    page = opened.page
    page.locator("#links summary").click()
    page.locator("#filter").fill("letter-1")
    folder.letter(text=CHANGED)
    shows(opened, "singing")
    expect(page.locator("#links table")).to_be_visible()
    expect(page.locator("#filter")).to_have_value("letter-1")
    assert page.evaluate("document.activeElement.id") == "filter"


def test_the_view_that_was_chosen_stays(live: Tab, folder: Folder) -> None:
    page = live.page
    page.keyboard.press("2")
    page.keyboard.press("d")
    folder.letter(text=CHANGED)
    expect(page.locator("pre.text")).to_contain_text("singing")
    expect(page.locator("#scheme-dark")).to_have_attribute("aria-pressed", "true")


def test_it_comes_back_after_the_program_was_started_anew(
    folder: Folder, started: Started, tab: OpenTab
) -> None:
    port = a_free_port()
    first = started(port=port)
    opened = tab(f"{first.url}/issues/gate").is_live()
    first.end()
    expect(opened.page.locator("#live-words")).to_have_text("reconnecting…")
    folder.letter(text=CHANGED)
    started(port=port)
    shows(opened, "singing")
    opened.is_live()
    opened.page.locator("#test").click()
    expect(opened.page.locator("#notice")).to_contain_text("One copy")


def test_a_page_that_nobody_sees_keeps_no_connection(
    started: Started, tab: OpenTab, folder: Folder
) -> None:
    """A browser has six connections to one address: the seventh tab must not wait for ever."""
    url = f"{started().url}/issues/gate"
    first = tab(url).is_live()
    pages = [first.page, *(first.page.context.new_page() for _ in range(8))]
    for page in pages[1:]:
        page.goto(url)
        page.evaluate(
            "Object.defineProperty(document, 'hidden', {get: () => true, configurable: true});"
            "document.dispatchEvent(new Event('visibilitychange'))"
        )
    expect(pages[-1].locator("h1")).to_be_visible()
    folder.letter(text=CHANGED)
    shows(first, "singing")
    last = pages[-1]
    last.evaluate(
        "Object.defineProperty(document, 'hidden', {get: () => false, configurable: true});"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    expect(last.frame_locator("#mail iframe:not(.coming)").locator("body")).to_contain_text(
        "singing"
    )


def test_a_run_in_a_terminal_is_seen(live: Tab, folder: Folder) -> None:
    folder.call("schedule", "gate", "--at", "tue 9am", "--yes")
    expect(live.page.locator("#bar")).to_contain_text("With the local server since")
    folder.call("unschedule", "gate")
    expect(live.page.locator("#bar")).to_have_count(0)


def test_a_picture_beside_the_letter_is_news(
    folder: Folder, started: Started, tab: OpenTab
) -> None:
    folder.write("issues/tea/index.md", LETTER)
    opened = tab(f"{started().url}/issues/tea").is_live()
    before = opened.page.locator("html").get_attribute("data-version")
    folder.write("issues/tea/steam.png", os.urandom(100))
    expect(opened.page.locator("html")).not_to_have_attribute("data-version", before or "")
