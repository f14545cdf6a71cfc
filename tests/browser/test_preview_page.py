"""Every element and every key of the preview's page, as a person uses them."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenTab, Tab
from tests.conftest import LETTER, Folder
from tests.previewing import Running

pytestmark = pytest.mark.browser
Started = Callable[..., Running]

# A red square, and dark rules of the letter's own.
PIXEL = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg=="
RICH = (
    LETTER
    + f"""
[The long way round](https://example.org/way) and TODO more.

![A red square]({PIXEL})
"""
)


@pytest.fixture
def page(folder: Folder, started: Started, tab: OpenTab) -> Page:
    folder.letter(text=RICH)
    return tab(f"{started().url}/issues/gate").is_settled().page


def mail(page: Page) -> Tab:
    return Tab(page, "")


def ground(page: Page) -> str:
    """The colour behind the letter."""
    frame = page.frame_locator("#mail iframe:not(.coming)")
    return str(frame.locator(".paper").first.evaluate("e => getComputedStyle(e).backgroundColor"))


def brightness(colour: str) -> float:
    return sum(map(int, re.findall(r"\d+", colour)[:3])) / 3


def pressed(page: Page, spot: str) -> bool:
    return page.locator(spot).get_attribute("aria-pressed") == "true"


def in_frame(page: Page, words: str) -> None:
    expect(page.frame_locator("#mail iframe:not(.coming)").locator("body")).to_contain_text(words)


# --- views, width, colours, images, reader -------------------------------------------------------


def test_the_four_views(page: Page) -> None:
    for key, spot, seen in (
        ("2", "#view-text", "pre.text"),
        ("3", "#view-source", "ol.source"),
        ("4", "#view-headers", "table.headers"),
    ):
        page.keyboard.press(key)
        expect(page.locator(seen)).to_be_visible()
        expect(page.locator("#mail")).to_be_hidden()
        assert pressed(page, spot)
        page.keyboard.press("1")
        expect(page.locator("#mail")).to_be_visible()
        page.locator(spot).click()
        expect(page.locator(seen)).to_be_visible()
    page.locator("#view-email").click()
    expect(page.locator("#mail")).to_be_visible()
    page.keyboard.press("4")
    expect(page.locator("table.headers")).to_contain_text("List-Unsubscribe")
    expect(page.locator("table.headers")).to_contain_text("Ann Lee <ann@example.org>")


def test_the_widths_are_a_phones_and_a_desks_and_are_remembered(page: Page) -> None:
    frame = page.locator("#mail iframe:not(.coming)")
    page.keyboard.press("p")
    expect(page.locator("#mail")).to_contain_class("phone")
    assert frame.bounding_box()["width"] == 375  # type: ignore[index]
    page.keyboard.press("w")
    expect(page.locator("#mail")).to_contain_class("desktop")
    assert frame.bounding_box()["width"] >= 600  # type: ignore[index]
    page.locator("#width-free").click()
    expect(page.locator("#mail")).to_contain_class("free")
    page.locator("#width-phone").click()
    expect(page.locator("#mail")).to_contain_class("phone")
    page.goto(page.url.partition("?")[0])
    expect(page.locator("#mail")).to_contain_class("phone")


def test_dark_is_the_letters_own_and_forced_dark_says_what_it_is(page: Page) -> None:
    assert brightness(ground(page)) > 200
    page.keyboard.press("d")
    expect(page.locator("#scheme-note")).to_contain_text("The mail’s own dark colours")
    page.wait_for_timeout(300)
    assert brightness(ground(page)) < 60
    page.keyboard.press("d")
    expect(page.locator("#scheme-note")).to_contain_text("Roughly what Gmail on a phone does")
    expect(page.frame_locator("#mail iframe:not(.coming)").locator("html")).to_have_css(
        "filter", re.compile("invert")
    )
    page.keyboard.press("d")
    expect(page.locator("#scheme-note")).to_have_text("")
    page.locator("#scheme-dark").click()
    expect(page.locator("#scheme-dark")).to_have_attribute("aria-pressed", "true")


def picture_width(page: Page) -> int:
    page.wait_for_timeout(300)
    frame = page.frame_locator("#mail iframe:not(.coming)")
    return int(frame.locator("img[alt='A red square']").evaluate("e => e.naturalWidth"))


def test_images_off_shows_their_words(page: Page) -> None:
    assert picture_width(page) == 1
    page.keyboard.press("i")
    expect(page.locator("#images")).to_have_attribute("aria-pressed", "true")
    assert picture_width(page) == 0
    page.locator("#images").click()
    expect(page.locator("#images")).to_have_attribute("aria-pressed", "false")
    assert picture_width(page) == 1


def test_every_reader_in_turn(page: Page) -> None:
    in_frame(page, "Hello Dana")
    page.keyboard.press("r")
    in_frame(page, "Hello friend")
    page.keyboard.press("r")
    in_frame(page, "Hello Wilhelmina")
    page.keyboard.press("r")
    in_frame(page, "Hello Ann")
    page.locator("#as").select_option("none")
    in_frame(page, "Hello friend")
    assert "as=none" in page.url


def test_the_address_holds_the_view_and_can_be_given_on(page: Page) -> None:
    for key in "3pdi":
        page.keyboard.press(key)
    expect(page.locator("ol.source")).to_be_visible()
    address = page.url
    page.goto(address)
    expect(page.locator("ol.source")).to_be_visible()
    assert all(
        pressed(page, each) for each in ("#view-source", "#width-phone", "#scheme-dark", "#images")
    )


# --- the list ------------------------------------------------------------------------------------


def test_letters_are_walked_with_j_and_k_and_arrows(
    folder: Folder, started: Started, tab: OpenTab
) -> None:
    for name in ("a", "b", "c"):
        folder.letter(name, text=LETTER.replace("The gate", f"Letter {name}"))
    page = tab(f"{started().url}/issues/a").is_live().page
    page.keyboard.press("j")
    expect(page.locator("h1")).to_contain_text("Letter b")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(page.locator("h1")).to_contain_text("Letter b")
    expect(page.locator("#letter-b")).to_have_attribute("aria-current", "page")
    page.locator("#letter-b").focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.id") == "letter-c"
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Letter a")
    page.go_back()
    expect(page.locator("h1")).to_contain_text("Letter b")
    page.go_forward()
    expect(page.locator("h1")).to_contain_text("Letter a")


@pytest.mark.parametrize("number", [14, 15])
def test_the_filter_is_there_from_fifteen_letters_on(
    folder: Folder, started: Started, tab: OpenTab, number: int
) -> None:
    for each in range(number - 1):
        folder.letter(f"letter-{each}", text=LETTER.replace("The gate", f"Letter {each}"))
    page = tab(f"{started().url}/issues/gate").is_live().page
    if number < 15:
        expect(page.locator("#filter")).to_have_count(0)
        return
    page.keyboard.press("/")
    page.keyboard.type("gate")
    expect(page.locator("#list li:visible")).to_have_count(1)
    page.locator("#filter").fill("letter 1")
    expect(page.locator("#list li:visible")).to_have_count(5)
    page.keyboard.press("Escape")
    expect(page.locator("#list li:visible")).to_have_count(15)
    page.keyboard.press("j")
    assert page.locator("#filter").input_value() == ""


# --- findings ------------------------------------------------------------------------------------


def test_a_finding_shows_its_place_in_the_letter_and_in_the_source(page: Page) -> None:
    finding = page.locator(".findings li", has_text="TODO")
    finding.locator("a.place").click()
    frame = page.frame_locator("#mail iframe:not(.coming)")
    expect(frame.locator("p", has_text="TODO more")).to_have_css("outline-style", "solid")
    page.keyboard.press("3")
    expect(page.locator("ol.source")).to_be_visible()
    finding.locator("a.place").click()
    expect(page.locator("li:target")).to_contain_text("TODO more")
    finding.locator("summary").click()
    expect(finding).to_contain_text("ignore: [placeholder-left]")


def test_size_links_and_pictures(page: Page) -> None:
    expect(page.locator("#meter")).to_be_visible()
    expect(page.locator("#largest")).to_contain_text("largest version")
    expect(page.locator("#largest")).to_contain_text("a very long name")
    page.locator("#links summary").click()
    expect(page.locator("#links tbody")).to_contain_text("https://example.org/way")
    page.locator("#pictures summary").click()
    expect(page.locator("#pictures tbody")).to_contain_text("A red square")


def test_the_inbox_shows_two_widths_and_what_leaks_in(page: Page, folder: Folder) -> None:
    inbox = page.locator("#inbox")
    expect(inbox.locator(".wide")).to_contain_text("Ann Lee")
    expect(inbox.locator(".narrow")).to_contain_text("A crooked gate")
    folder.letter(
        text=LETTER.replace(
            "preview_text: A crooked gate, a borrowed plane, and an afternoon in the sun.\n", ""
        )
    )
    expect(inbox.locator(".leak")).to_contain_text("No preview text")


# --- what can be done ----------------------------------------------------------------------------


def test_a_test_is_sent_with_t_and_leads_to_the_mailbox(page: Page, folder: Folder) -> None:
    page.keyboard.press("t")
    expect(page.locator("#notice")).to_contain_text("One copy for ann@example.org")
    assert folder.outbox() == ["ann@example.org"]
    page.locator("#notice a").click()
    expect(page.locator("body")).to_contain_text("[test] The gate that would not close")


def test_scheduling_in_the_dialog_and_taking_back(page: Page, folder: Folder) -> None:
    folder.letter()
    in_frame(page, "sulking")
    page.keyboard.press("s")
    dialog = page.locator("#paper")
    expect(dialog.locator("#question")).to_contain_text("this goes to 3 active subscribers")
    assert dialog.locator("#at").evaluate("e => e === document.activeElement")
    dialog.locator("#at").fill("no time at all")
    dialog.locator("#look").click()
    expect(dialog.locator("#wrong")).to_be_visible()
    expect(dialog.locator("#do-schedule")).to_have_count(0)
    dialog.locator("#at").fill("wed 10am")
    dialog.locator("#look").click()
    expect(dialog.locator("#question")).to_contain_text("Wednesday 25 November 2026, 10:00")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert "status: draft" in (folder.root / "issues/gate.md").read_text()
    page.locator("#schedule").click()
    dialog.locator("#do-schedule").click()
    expect(dialog).to_be_hidden()
    expect(page.locator("#notice")).to_contain_text("Scheduled: Tuesday 24 November 2026, 09:00")
    expect(page.locator("#bar")).to_contain_text("With the local server")
    assert "status: scheduled" in (folder.root / "issues/gate.md").read_text()
    page.locator("#take-back").click()
    expect(page.locator("#notice")).to_contain_text("Back to a draft")
    assert "status: draft" in (folder.root / "issues/gate.md").read_text()
    assert folder.state() == "cancelled"


def test_a_new_letter_from_the_dialog(page: Page, folder: Folder) -> None:
    page.keyboard.press("p")
    page.keyboard.press("n")
    dialog = page.locator("#paper")
    dialog.get_by_label("Subject").fill("!!!")
    dialog.get_by_role("button", name="Write it").click()
    expect(dialog.locator("#wrong")).to_be_visible()
    dialog.locator(".close").click()
    expect(dialog).to_be_hidden()
    page.keyboard.press("n")
    dialog.get_by_label("Subject").fill("A kettle sings")
    page.keyboard.press("Enter")
    expect(page.locator("#head h1")).to_have_text("A kettle sings")
    expect(page.locator("#mail")).to_contain_class("phone")
    expect(page.locator("#notice")).to_contain_text("Open it in your editor.")
    assert any(name.endswith("a-kettle-sings.md") for name in folder.files())


def test_the_readers_are_read_anew(page: Page) -> None:
    expect(page.locator("#reach")).to_contain_text("everyone: 3")
    page.locator("#refresh").click()
    expect(page.locator("#notice")).to_contain_text("The readers were read anew.")


def test_the_source_goes_to_the_clipboard(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.keyboard.press("c")
    expect(page.locator("#copy-html")).to_contain_text("Copied")
    html = page.evaluate("navigator.clipboard.readText()")
    assert html.startswith("<!DOCTYPE html>")
    assert "{{ unsubscribe_url }}" in html
    expect(page.locator("#copy-html")).to_contain_text("Copy HTML")
    page.locator("#copy-text").click()
    expect(page.locator("#copy-text")).to_contain_text("Copied")
    assert "What was wrong" in page.evaluate("navigator.clipboard.readText()")


def test_a_message_is_downloaded(page: Page, tmp_path: Path) -> None:
    with page.expect_download() as download:
        page.locator("#download").click()
    assert download.value.suggested_filename == "gate.eml"
    download.value.save_as(tmp_path / "gate.eml")
    assert b"Subject: The gate that would not close" in (tmp_path / "gate.eml").read_bytes()


def test_links_open_beside_and_leaving_does_nothing(page: Page) -> None:
    with page.context.expect_page() as opened:
        page.frame_locator("#mail iframe").get_by_text("unsubscribe").first.click()
    beside = opened.value
    expect(beside.locator("h1")).to_have_text("This would unsubscribe Dana.")
    assert "/issues/gate" in page.url


# --- keys ----------------------------------------------------------------------------------------


def test_the_keys_are_listed_and_can_be_switched_off(page: Page) -> None:
    page.keyboard.press("?")
    keys = page.locator("#keys")
    expect(keys).to_be_visible()
    page.keyboard.press("2")
    assert pressed(page, "#view-email")
    keys.get_by_label("Single letters work as keys").uncheck()
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    for key in "2dpit":
        page.keyboard.press(key)
    page.wait_for_timeout(300)
    assert pressed(page, "#view-email")
    page.reload()
    page.keyboard.press("2")
    page.wait_for_timeout(300)
    assert pressed(page, "#view-email")
    page.locator("#keys-open").click()
    keys.get_by_label("Single letters work as keys").check()
    page.locator("#keys-close").click()
    page.keyboard.press("2")
    expect(page.locator("pre.text")).to_be_visible()


def test_keys_are_letters_in_fields_and_with_control(page: Page) -> None:
    page.keyboard.press("Control+d")
    page.locator("#as").focus()
    page.keyboard.press("2")
    page.wait_for_timeout(200)
    assert pressed(page, "#scheme-light")
    assert pressed(page, "#view-email")


def test_quick_keys_build_on_one_another(page: Page) -> None:
    for key in "pd2":
        page.keyboard.press(key)
    expect(page.locator("pre.text")).to_be_visible()
    expect(page.locator("#scheme-dark")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#width-phone")).to_have_attribute("aria-pressed", "true")


def test_every_control_is_reached_with_tab_and_the_skip_link_is_first(page: Page) -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    seen = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("document.activeElement.id"))
    assert {
        "keys-open",
        "test",
        "schedule",
        "letter-gate",
        "view-text",
        "as",
        "images",
        "copy-html",
        "refresh",
    } <= seen


def test_targets_are_large_enough(page: Page) -> None:
    small = page.evaluate(
        "[...document.querySelectorAll('button, select, input, a.button, .list a')]"
        ".filter(e => e.offsetParent).map(e => [e.id || e.textContent, e.getBoundingClientRect().height])"
        ".filter(([, height]) => height < 32)"
    )
    assert small == []


# --- without scripts, and on a phone -------------------------------------------------------------


def test_everything_that_can_work_without_scripts_works(
    folder: Folder, started: Started, tab: OpenTab
) -> None:
    folder.letter("kettle", text=LETTER.replace("The gate", "A kettle"))
    page = tab(f"{started().url}/issues/gate", has_scripts=False).page
    expect(page.locator("#live-words")).to_have_text("not live: load again by hand")
    for dead in ("#keys-open", "#copy-html", "#copy-text"):
        expect(page.locator(dead)).to_be_hidden()
    in_frame(page, "Hello Dana")
    page.locator("#view-text").click()
    expect(page.locator("pre.text")).to_be_visible()
    page.locator("#scheme-dark").click()
    expect(page.locator("#scheme-dark")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("pre.text")).to_be_visible()
    page.locator("#view-email").click()
    page.locator("#as").select_option("none")
    page.get_by_role("button", name="Show").click()
    in_frame(page, "Hello friend")
    page.locator("#letter-kettle").click()
    expect(page.locator("h1")).to_contain_text("A kettle")
    assert pressed(page, "#scheme-dark")
    page.locator("#test").click()
    expect(page.locator("#notice")).to_contain_text("One copy")
    page.locator("#schedule").click()
    page.locator("#do-schedule").click()
    expect(page.locator("#notice")).to_contain_text("Scheduled")
    page.locator("#take-back").click()
    expect(page.locator("#notice")).to_contain_text("Back to a draft")
    page.locator("#new").click()
    page.get_by_label("Subject").fill("Another one")
    page.get_by_role("button", name="Write it").click()
    expect(page.locator("h1")).to_have_text("Another one")
    page.go_back()
    page.go_back()
    page.locator("#links summary").click()
    expect(page.locator("#links table")).to_be_visible()


@pytest.mark.parametrize(
    "path", ["", "?view=text", "?view=source", "?view=headers", "?width=desktop", "/schedule"]
)
def test_nothing_scrolls_sideways_on_a_phone(
    folder: Folder, started: Started, tab: OpenTab, path: str
) -> None:
    long = "x" * 300
    folder.letter(
        text=f"---\nsubject: {long}\n---\nTODO {long}\n\n[{long}](https://example.org/{long})\n"
    )
    opened = tab(f"{started().url}/issues/gate{path}", width=360, height=740)
    page = opened.page
    for details in page.locator("aside details").all():
        details.evaluate("e => { e.open = true; }")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.goto(f"{opened.origin}/issues/nowhere-{long}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.goto(f"{opened.origin}/preview/new")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_list_is_folded_on_a_phone(folder: Folder, started: Started, tab: OpenTab) -> None:
    page = tab(f"{started().url}/issues/gate", width=360, height=740).is_live().page
    expect(page.locator("#letter-gate")).to_be_hidden()
    page.get_by_text("Letters", exact=True).click()
    expect(page.locator("#letter-gate")).to_be_visible()
    began = time.monotonic()
    folder.letter(text=LETTER.replace("sulking", "singing"))
    in_frame(page, "singing")
    assert time.monotonic() - began < 10
    expect(page.locator("#letter-gate")).to_be_visible()


def test_what_a_button_came_to_stays_until_something_else_is_done(
    page: Page, folder: Folder
) -> None:
    page.keyboard.press("t")
    expect(page.locator("#notice")).to_be_visible()
    folder.letter(text=LETTER.replace("sulking", "singing"))
    in_frame(page, "singing")
    expect(page.locator("#notice")).to_be_visible()
    page.keyboard.press("2")
    expect(page.locator("pre.text")).to_be_visible()
    expect(page.locator("#notice")).to_have_count(0)
