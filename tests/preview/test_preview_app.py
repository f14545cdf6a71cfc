"""The whole application over loopback HTTP: every page, every refusal, and what stands on them."""

from collections.abc import Callable

import httpx
import pytest

from newsletter.preview.view import View
from tests.preview.conftest import DRAFT, Site, Stage

LETTER_PAGES = [
    "/issues/pot",
    "/issues/pot?view=text",
    "/issues/pot?view=source",
    "/issues/pot?view=headers",
]
PAGES = [
    *LETTER_PAGES,
    "/issues/pot/schedule",
    "/preview/new",
    "/preview/nothing?as=dana",
    "/issues/kettle",
]
OTHERS = [
    "/issues/pot/frame",
    "/issues/pot/size",
    "/issues/pot/email.html",
    "/issues/pot/email.txt",
    "/issues/pot/email.eml",
    "/preview/style.css",
    "/preview/script.js",
    "/preview/icon.svg",
]
POSTS = [
    "/issues/pot/test",
    "/issues/pot/schedule",
    "/issues/pot/unschedule",
    "/issues/pot/refresh",
    "/preview/new",
    "/preview/sample",
]
FOREIGN = {
    "another name": {"Host": "evil.example.org"},
    "another name with our port": {"Host": "evil.example.org:8710"},
    "another site": {"Origin": "https://evil.example.org"},
    "a page without an address": {"Origin": "null"},
    "another site's script": {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
}


def test_the_home_leads_to_the_letter_edited_last(site: Site) -> None:
    answer = site.get("/")
    assert (answer.status_code, answer.headers["location"]) == (307, "/issues/pot")
    assert site.get("/issues").headers["location"] == "/issues/pot"


def test_it_begins_as_the_command_line_wishes_and_every_button_still_works(stage: Stage) -> None:
    with stage.served(usual=View(scheme="dark", person="none")) as site:
        assert site.get("/").headers["location"] == "/issues/pot?scheme=dark&as=none"
        light = site.get("/issues/pot/frame?as=none").text
    assert 'name="color-scheme" content="light"' in light
    assert "Hello friend" in light


@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_its_policy_and_its_headers(site: Site, path: str) -> None:
    answer = site.get(path)
    assert answer.status_code == (404 if "kettle" in path else 200)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    csp = answer.headers["content-security-policy"]
    for rule in ("default-src 'none'", "script-src 'self'", "style-src 'self'", "base-uri 'none'"):
        assert rule in csp
    assert "unsafe" not in csp
    assert "frame-ancestors 'none'" in csp
    assert " style=" not in answer.text
    assert " onclick=" not in answer.text


def test_every_answer_says_what_must_not_be_done_with_it(site: Site) -> None:
    answers = [site.get(path) for path in (*PAGES, *OTHERS, "/", "/preview/nonsense.js")]
    answers += [site.client.post(path) for path in POSTS]
    answers += [
        site.press("/issues/pot/refresh").history[0],
        site.get("/", Host="evil.example.org"),
    ]
    for answer in answers:
        where = f"{answer.request.method} {answer.url} {answer.status_code}"
        assert answer.headers["x-content-type-options"] == "nosniff", where
        is_frame = answer.url.path.endswith("/frame")
        policy = "no-referrer" if is_frame else "same-origin"
        assert answer.headers["referrer-policy"] == policy, where
        assert answer.headers["x-dns-prefetch-control"] == "off", where
        assert answer.headers["cross-origin-resource-policy"] == "same-origin", where
        assert answer.headers["cross-origin-opener-policy"] == "same-origin", where
        assert "cache-control" in answer.headers, where
        assert "access-control-allow-origin" not in answer.headers, where


@pytest.mark.parametrize("why", FOREIGN)
def test_who_is_not_this_computer_sees_nothing(site: Site, why: str) -> None:
    paths = ["/", "/issues/pot", *OTHERS, "/preview/events", "/outbox", "/v4/account"]
    answers = [site.client.get(path, headers=FOREIGN[why]) for path in paths]
    assert {answer.status_code for answer in answers} == {403}
    assert not any("blue pot" in answer.text for answer in answers)


@pytest.mark.parametrize(
    ("token", "headers"),
    [
        ("right", FOREIGN["another name"]),
        ("right", FOREIGN["another site"]),
        ("right", FOREIGN["a page without an address"]),
        ("right", FOREIGN["another site's script"]),
        ("right", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}),
        ("right", {"Sec-Fetch-Site": "same-site"}),
        ("wrong", {}),
        ("", {}),
        (None, {}),
    ],
)
def test_a_refused_button_changes_nothing(
    site: Site, token: str | None, headers: dict[str, str]
) -> None:
    stage = site.stage
    before = stage.issues(), stage.workshop.records(), stage.world.broadcasts(), stage.world.mail()
    data = {"title": "Evil", "at": "2026-11-24 09:00", "people": "0"}
    if token is not None:
        data["token"] = site.token if token == "right" else token
    for path in POSTS:
        assert site.client.post(path, data=data, headers=headers).status_code == 403
    after = stage.issues(), stage.workshop.records(), stage.world.broadcasts(), stage.world.mail()
    assert after == before


def test_looking_never_presses_a_button(site: Site) -> None:
    before = site.stage.issues()
    forms = {("GET", "/issues/pot/schedule"), ("GET", "/preview/new")}
    for asked in {(m, p) for m in ("GET", "PUT", "DELETE", "PATCH") for p in POSTS} - forms:
        answer = site.client.request(*asked, params={"token": site.token, "title": "x"})
        assert answer.status_code in (404, 405)
    assert site.stage.issues() == before


def test_a_letter_that_is_not_there_is_a_page_of_ours(
    site: Site, words: Callable[[str], str]
) -> None:
    for path in ("/issues/kettle", "/issues/%3Cscript%3E", "/issues/..%2F..%2Fetc%2Fpasswd"):
        answer = site.get(path)
        assert answer.status_code == 404
        assert "<script>" not in answer.text.replace('<script src="/preview', "")
    assert "There is no letter at this address." in words(site.get("/issues/kettle").text)
    for path in ("frame", "size", "email.html", "email.exe", "schedule"):
        assert site.get(f"/issues/kettle/{path}").status_code == 404
    assert site.get("/issues/pot/email.exe").status_code == 404
    assert site.get("/preview/../app.py").status_code == 404
    assert site.get("/preview/..%2Fapp.py").status_code == 404


def test_the_page_shows_the_letter_and_everything_beside_it(
    site: Site, words: Callable[[str], str]
) -> None:
    text = words(site.get("/issues/pot").text)
    for each in (
        "local – no real email",
        "The blue pot",
        "Mira The blue pot – It simmers while we read",
        "Drafts 1",
        "Send test",
        "Schedule…",
        "of 102 kB",
        "Reads in 1 min",
        "Goes to",
        "Links",
        "Images",
        "rendered in",
        "Download .eml",
    ):
        assert each in text


def test_the_source_has_numbers_and_what_was_found_there(site: Site) -> None:
    site.stage.letter(text=DRAFT.replace("the blue pot", "TODO the blue pot", 1))
    page = site.get("/issues/pot?view=source").text
    assert '<li id="L1" value="1"' in page
    assert page.count('class="has"') >= 1
    assert 'href="/issues/pot?view=source#L' in page


def test_the_plain_text_is_the_real_part(site: Site) -> None:
    part = site.get("/issues/pot/email.txt").text
    assert "the blue pot is on the stove again" in part
    shown = _unescaped(site.get("/issues/pot?view=text").text)
    assert part.partition("{{")[0] in shown
    assert "Hello Dana,\n\nthe blue pot is on" in shown


def _unescaped(html: str) -> str:
    from html import unescape

    return unescape(html)


def test_the_parts_of_the_message_come_as_text_and_the_whole_as_a_file(site: Site) -> None:
    html, text, eml = (site.get(f"/issues/pot/email.{kind}") for kind in ("html", "txt", "eml"))
    assert (
        html.headers["content-type"] == text.headers["content-type"] == "text/plain; charset=utf-8"
    )
    assert html.text.startswith("<!DOCTYPE html>")
    assert eml.headers["content-type"] == "message/rfc822"
    assert "attachment" in eml.headers["content-disposition"]
    assert b"Subject: The blue pot" in eml.content
    assert b"Dana" in eml.content
    assert b"Dana" not in site.get("/issues/pot/email.eml?as=none").content


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "Hello Dana"),
        ("as=none", "Hello friend"),
        ("as=long", "Hello Wilhelmina"),
        ("as=who", "Hello Dana"),
    ],
)
def test_the_frame_speaks_to_one_reader(site: Site, query: str, expected: str) -> None:
    assert expected in site.get(f"/issues/pot/frame?{query}").text


def test_a_real_reader_can_look_and_stays_chosen(site: Site) -> None:
    with site.stage.world.desk() as desk:
        desk.target.kit.subscribers.create(email_address="ann+x@example.net", first_name="Ann")
    site.press("/issues/pot/refresh")
    asks = "as=ann%2Bx%40example.net"
    assert "Hello Ann" in site.get(f"/issues/pot/frame?{asks}").text
    page = site.get(f"/issues/pot?{asks}").text
    assert '<option value="ann+x@example.net" selected>Ann (ann+x@example.net)' in page
    pressed = site.press("/issues/pot/refresh", view=f"view=source&{asks}")
    assert pressed.url.params["as"] == "ann+x@example.net"
    assert pressed.url.params["view"] == "source"


@pytest.mark.parametrize(
    ("query", "sources"),
    [("", "'self' data:;"), ("images=off", "'none';"), ("web=on", "'self' data: https: http:;")],
)
def test_the_frame_has_a_policy_of_its_own(site: Site, query: str, sources: str) -> None:
    csp = site.get(f"/issues/pot/frame?{query}").headers["content-security-policy"]
    assert f"img-src {sources}" in csp
    assert "default-src 'none'" in csp
    assert "sandbox" in csp
    assert "allow-scripts" not in csp


def test_leaving_from_the_frame_does_nothing_and_says_so(
    site: Site, words: Callable[[str], str]
) -> None:
    assert "/preview/nothing?as=none" in site.get("/issues/pot/frame?as=none").text
    text = words(site.get("/preview/nothing?as=dana").text)
    assert "This would unsubscribe Dana. Nothing was done" in text
    preferences = site.get("/preview/nothing?as=dana&what=preferences")
    assert "preferences of Dana" in words(preferences.text)


def test_the_largest_version_is_measured(site: Site) -> None:
    found = site.get("/issues/pot/size").json()
    assert found["bytes"] >= len(site.get("/issues/pot/frame?as=long").content) - 1500
    assert found["reader"] == "a very long name"


def test_our_files_may_be_kept_for_ever_because_their_address_changes(site: Site) -> None:
    page = site.get("/issues/pot").text
    for name in ("style.css", "script.js", "icon.svg"):
        assert f'"/preview/{name}?' in page
        assert "immutable" in site.get(f"/preview/{name}").headers["cache-control"]
    assert site.get("/issues/pot").headers["cache-control"] == "no-store"


def test_events_begin_with_a_greeting_and_end_with_the_program(site: Site) -> None:
    with site.client.stream("GET", "/preview/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert stream.headers["x-content-type-options"] == "nosniff"
        lines = stream.iter_lines()
        assert next(lines) == "event: hello"
        site.stage.live.close()
        assert [line for line in lines if line.startswith("event:")] == []
    assert site.get("/preview/events").status_code == 503


def test_events_tell_nobody_the_token(site: Site) -> None:
    with site.client.stream("GET", "/preview/events") as stream:
        lines = stream.iter_lines()
        greeting = [next(lines) for _ in range(3)]
        site.stage.live.close()
        list(lines)
    assert not any(site.token[:8] in line for line in greeting)


def test_a_save_is_told_to_the_page(site: Site) -> None:
    with site.client.stream("GET", "/preview/events") as stream:
        lines = stream.iter_lines()
        next(lines)
        site.stage.studio.saved({site.stage.letter(text=DRAFT.replace("blue", "green"))})
        assert next(line for line in lines if line.startswith("event: changed"))
        site.stage.live.close()
        list(lines)
    assert "green pot" in site.get("/issues/pot").text


def test_the_servers_own_pages_are_beside_it(site: Site) -> None:
    assert site.get("/outbox").status_code == 200
    assert site.get("/outbox.json").json()["messages"] == []
    assert site.get("/v4/account").status_code == 401
    with site.stage.world.desk() as desk:
        assert desk.target.kit.account.get().name == "The Slow Kitchen"


def test_an_empty_folder_says_how_to_begin(site: Site, words: Callable[[str], str]) -> None:
    (site.stage.root / "issues/pot.md").unlink()
    answer = site.get("/")
    assert answer.status_code == 200
    assert 'newsletter new "Your first subject"' in _unescaped(words(answer.text))
    assert "Try the sample" in answer.text
    (site.stage.root / "issues").rmdir()
    assert site.get("/").status_code == 200


def test_a_mistake_is_shown_above_the_last_good_version(
    site: Site, words: Callable[[str], str]
) -> None:
    site.get("/issues/pot")
    site.stage.letter(text=DRAFT.replace("status: draft", "status: drift"))
    answer = site.get("/issues/pot")
    assert answer.status_code == 200
    assert 'id="trouble" role="alert"' in answer.text
    assert "issues/pot.md:4" in answer.text
    assert "as of 10:00:00" in words(answer.text)
    assert 'class="mail desktop stale"' in answer.text
    assert "on the stove again" in site.get("/issues/pot/frame").text


def test_what_a_letter_says_is_text_on_our_page(site: Site) -> None:
    evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    quoted = evil.replace('"', '\\"')
    site.stage.letter(
        text=f'---\nsubject: "{quoted}"\npreview_text: "{quoted}"\n---\n{evil}\n\n[{evil}](https://example.org/{evil})\n'
    )
    for path in (*LETTER_PAGES, "/issues/pot/schedule", "/preview/new?from=" + evil):
        page = site.get(path).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_one_lone_file_has_no_buttons_that_would_act(stage: Stage) -> None:
    file = stage.root / "walk.txt"
    file.write_text("A walk\n\nIt rained all day, and we went out in it.\n")
    with stage.served(alone=file) as site:
        page = site.get("/issues/walk").text
        assert "A walk" in page
        for gone in ('id="test"', 'id="schedule"', 'id="new"', 'id="refresh"', 'id="to-outbox"'):
            assert gone not in page
        answer = site.press("/issues/walk/test")
        assert "There is no project here" in answer.text
        assert site.press("/preview/new", title="x").status_code == 200
        assert not (stage.root / "issues/2026-11-24-x.md").exists()
        assert site.get("/outbox").status_code == 404


@pytest.mark.parametrize("body", [b"", b"token", b"\xff\xfe", b"a=1&" * 1000, b"x" * 3_000_000])
def test_nonsense_in_a_form_is_refused_and_nothing_more(site: Site, body: bytes) -> None:
    for kind in (
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "multipart/form-data; boundary=x",
        "text/plain",
    ):
        answer = site.client.post("/preview/new", content=body, headers={"Content-Type": kind})
        assert answer.status_code in (400, 403), (kind, body[:9])


def test_a_server_that_was_started_anew_refuses_an_old_page(stage: Stage) -> None:
    with stage.served() as site:
        old = site.token
    stage.live.__init__()  # type: ignore[misc]
    with stage.served() as site:
        answer = site.client.post("/issues/pot/test", data={"token": old})
        assert answer.status_code == 403
        assert "Load it again; nothing was done." in answer.text


def test_many_requests_at_once_are_answered(site: Site) -> None:
    import threading

    answers: list[int] = []

    def ask(number: int) -> None:
        path = (*LETTER_PAGES, *OTHERS)[number % 12]
        answers.append(httpx.get(site.url + path, trust_env=False, timeout=20).status_code)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(36)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert answers == [200] * 36
