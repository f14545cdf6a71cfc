"""A hostile letter in a real browser: it runs nothing, asks nobody, and hangs nothing."""

import os
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import OpenTab, Tab
from tests.conftest import LETTER, Folder
from tests.previewing import Running

pytestmark = pytest.mark.browser
Started = Callable[..., Running]

AWAY = "http://evil.example.org"
HOSTILE = f"""
<script>window.ran = 1; top.ran = 1; parent.document.title = "ran"; alert("script")</script>
<script src="{AWAY}/x.js"></script>
<img src="x" onerror="alert('img'); top.ran = 1">
<img src="{AWAY}/pixel.png" srcset="{AWAY}/2.png 2x" width="10" height="10" alt="">
<svg onload="alert('svg'); top.ran = 1"><script>alert('in svg')</script><a xlink:href="javascript:alert('xlink')"><text y="20" id="svg-link">svg link</text></a>
<image href="{AWAY}/svg.png" /><use href="{AWAY}/x.svg#a" /><animate onbegin="alert('animate')" attributeName="x" dur="1s" /></svg>
<body onload="alert('body')" background="{AWAY}/body.png">
<a id="js1" href="javascript:top.ran=1;alert('link')">js link one</a>
<a id="js2" href=" java&#10;script:top.ran=1;alert('link')">js link two</a>
<a id="js3" href="&#106;avascript:top.ran=1;alert('link')" target="_top">js link three</a>
<a id="js4" href="data:text/html,<script>alert('data')</script>">data link</a>
<a id="top" href="/preview/nothing" target="_top">top link</a>
<meta http-equiv="refresh" content="0;url={AWAY}/refresh">
<base href="{AWAY}/base/">
<form id="form" action="/preview/new" method="post"><input name="title" value="evil"><button id="send">send form</button></form>
<form action="{AWAY}/form"><button id="send2" formaction="javascript:alert('form')">send away</button></form>
<iframe src="{AWAY}/frame"></iframe><iframe srcdoc="<script>top.ran=1;alert('srcdoc')</script>"></iframe>
<object data="{AWAY}/object"></object><embed src="{AWAY}/embed"><video src="{AWAY}/v.mp4" autoplay poster="{AWAY}/p.png"></video><audio src="{AWAY}/a.mp3" autoplay></audio>
<link rel="preload" as="image" href="{AWAY}/preload.png"><link rel="prefetch" href="{AWAY}/prefetch"><link rel="dns-prefetch" href="//evil.example.org"><link rel="preconnect" href="{AWAY}"><link rel="icon" href="{AWAY}/i.png">
<style>@font-face {{ font-family: Evil; src: url("{AWAY}/font.woff2"); }}
body {{ background: url("{AWAY}/bg.png"); font-family: Evil; }} p::after {{ content: url("{AWAY}/after.png"); }}
p {{ cursor: url("{AWAY}/c.cur"), auto; list-style: url("{AWAY}/l.png"); behavior: url("{AWAY}/x.htc"); }}</style>
<p style="background-image: url({AWAY}/inline.png); width: expression(alert('css'))">style</p>
<details open ontoggle="alert('toggle')"><summary>s</summary></details>
<input autofocus onfocus="alert('focus')"><marquee onstart="alert('marquee')">m</marquee>
<math><mtext><a xlink:href="javascript:alert('math')">math</a></mtext></math>
<script>alert('after')</script><p id="last">The last words.</p>
"""


@pytest.fixture
def hostile(folder: Folder) -> None:
    folder.letter("hostile", text=LETTER + HOSTILE)


def nothing_ran(page: Page) -> None:
    assert page.evaluate("window.ran") is None
    assert page.title() != "ran"


@pytest.mark.parametrize(
    "query", ["", "?scheme=dark", "?scheme=forced", "?images=off", "?view=source", "?view=text"]
)
@pytest.mark.usefixtures("hostile")
def test_a_hostile_letter_runs_nothing_and_asks_nobody(
    started: Started, tab: OpenTab, query: str
) -> None:
    opened = tab(f"{started().url}/issues/hostile{query}").is_live()
    opened.page.wait_for_timeout(700)
    nothing_ran(opened.page)
    assert opened.foreign == []
    assert len(opened.page.context.pages) == 1
    expect(opened.page.locator("#found")).to_be_visible()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (f'<link rel="stylesheet" href="{AWAY}/x.css">', "mail programs"),
        (f'<style>@import url("{AWAY}/import.css");</style>', "mail programs"),
        (f"<style>@import '{AWAY}/import.css';</style>", "mail programs"),
        ("</div></td></tr></table></body></html><script>alert(1)</script>", "exactly once"),
    ],
)
def test_what_cannot_be_mailed_is_a_mistake_and_not_asked_for(
    folder: Folder, started: Started, tab: OpenTab, line: str, said: str
) -> None:
    folder.letter("hostile", text=f"{LETTER}\n{line}\n")
    opened = tab(f"{started().url}/issues/hostile").is_live()
    expect(opened.page.locator("#trouble")).to_contain_text(said)
    assert opened.foreign == []


@pytest.mark.usefixtures("hostile")
def test_its_frame_alone_runs_nothing_either(started: Started, tab: OpenTab) -> None:
    opened = tab(f"{started().url}/issues/hostile/frame")
    opened.page.wait_for_timeout(700)
    assert opened.page.url.endswith("/frame")
    assert opened.foreign == []


@pytest.mark.usefixtures("hostile")
def test_what_is_clicked_in_it_does_nothing(started: Started, tab: OpenTab, folder: Folder) -> None:
    opened = tab(f"{started().url}/issues/hostile").is_live()
    page = opened.page
    before = folder.files()
    here = page.url
    inside = page.frame_locator("#mail iframe")
    spots = ["#js1", "#js2", "#js3", "#js4", "#top", "#send", "#send2"]
    there = [spot for spot in spots if inside.locator(spot).count()]
    assert "#js1" in there
    for spot in there:
        inside.locator(spot).evaluate("e => e.click()")
        page.wait_for_timeout(150)
    nothing_ran(page)
    assert page.url == here
    assert folder.files() == before
    for other in page.context.pages[1:]:
        assert other.url.startswith((opened.origin, "about:blank"))
    expect(page.locator("#live.on")).to_be_visible()


@pytest.mark.usefixtures("hostile")
def test_pictures_from_the_web_come_only_when_they_are_wanted(
    started: Started, tab: OpenTab
) -> None:
    opened = tab(f"{started().url}/issues/hostile?web=on").is_live()
    opened.page.wait_for_timeout(700)
    kinds = {url.rpartition("/")[2] for url in opened.foreign}
    assert "pixel.png" in kinds or "2.png" in kinds
    assert kinds.isdisjoint(
        {"x.js", "x.css", "import.css", "font.woff2", "frame", "object", "embed", "refresh"}
    )
    opened.asked.clear()


@pytest.mark.usefixtures("hostile")
def test_the_page_that_needs_no_program_asks_for_its_pictures_only(
    folder: Folder, chrome: Browser
) -> None:
    file = folder.root / "once.html"
    done = folder.call("preview", "hostile", "--once", "-o", str(file))
    assert done.code == 3, "it has errors; its page is written all the same"
    context = chrome.new_context()
    opened = Tab(context.new_page(), "file://")
    opened.page.goto(file.as_uri())
    opened.page.wait_for_timeout(700)
    nothing_ran(opened.page)
    kinds = {url.rpartition(".")[2] for url in opened.foreign}
    context.close()
    assert opened.wrong == []
    assert kinds <= {"png", "cur"}


DEEP = {
    "divs": "<div>" * 100_000 + "deep" + "</div>" * 100_000,
    "divs never closed": "<div>" * 100_000 + "deep",
    "blockquotes": "> " * 50_000 + "deep",
    "lists": "".join("  " * number + "- x\n" for number in range(700)),
    "brackets": "[" * 50_000 + "deep" + "](x)" * 50_000,
    "stars": "*_" * 50_000 + "deep",
    "liquid": "{% if subscriber.first_name %}" * 5_000 + "deep",
    "one long line": "x" * 1_500_000,
    "links": "[a](https://example.org/b) " * 20_000,
    "tables": "|a" * 10_000 + "|\n" + "|-" * 10_000 + "|\n" + "|b" * 10_000 + "|\n",
}


@pytest.mark.parametrize("kind", DEEP)
def test_deep_and_long_letters_hang_nothing(
    folder: Folder, started: Started, tab: OpenTab, kind: str
) -> None:
    opened = tab(f"{started('gate').url}/issues/gate").is_live()
    page = opened.page
    folder.write("issues/deep.md", LETTER + DEEP[kind])
    began = time.monotonic()
    expect(page.locator("#letter-deep")).to_be_visible(timeout=40_000)
    page.locator("#letter-deep").click()
    expect(page.locator("#letter-deep")).to_have_attribute("aria-current", "page", timeout=40_000)
    page.wait_for_timeout(500)
    page.locator("#letter-gate").click()
    expect(page.locator("#letter-gate")).to_have_attribute("aria-current", "page", timeout=20_000)
    folder.letter(text=LETTER.replace("sulking", "singing"))
    expect(page.frame_locator("#mail iframe:not(.coming)").locator("body")).to_contain_text(
        "singing", timeout=20_000
    )
    assert time.monotonic() - began < 45


def test_huge_and_strange_files_are_one_mistake_each(
    folder: Folder, started: Started, tab: OpenTab
) -> None:
    folder.write("issues/huge.md", b"x" * 50_000_000)
    folder.write("issues/binary.md", os.urandom(200_000))
    os.mkfifo(folder.root / "issues/pipe.md")
    (folder.root / "issues/loop.md").symlink_to(folder.root / "issues/loop.md")
    (folder.root / "issues/again").symlink_to(folder.root / "issues")
    opened = tab(f"{started('gate').url}/issues/gate").is_live()
    page = opened.page
    expect(page.locator("#letter-huge")).to_contain_text("has a mistake")
    expect(page.locator("#letter-binary")).to_contain_text("has a mistake")
    expect(page.locator("#list li")).to_have_count(3)
    page.locator("#letter-huge").click()
    expect(page.locator("#trouble")).to_contain_text("2,000 kB")
    expect(page.locator(".findings li")).to_have_count(1)
    page.locator("#letter-binary").click()
    expect(page.locator("#trouble")).to_contain_text("UTF-8")
    page.locator("#letter-gate").click()
    folder.letter(text=LETTER.replace("sulking", "singing"))
    expect(page.frame_locator("#mail iframe:not(.coming)").locator("body")).to_contain_text(
        "singing"
    )
