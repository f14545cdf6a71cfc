"""Opens and clicks: followed only where that is switched on, and then nobody is led astray."""

import re
from typing import Any

import pytest

from tests.server.conftest import ACCOUNT, PUBLIC_URL, letter_of

LINK = "https://example.org/a?b=1&c=2"
CONTENT = (
    f'<p><a class="x" href="{LINK.replace("&", "&amp;")}">One</a> '
    "<a href='https://example.org/two'>Two</a> <a href=\"mailto:a@example.org\">m</a> "
    '<a href="https://example.org/?me={{ subscriber.email_address }}">Me</a></p>'
)


@pytest.fixture
def tracked(server: Any) -> Any:
    server.store.configure(**ACCOUNT, track_opens=True, track_clicks=True)
    return server


def html_of(server: Any, recipient: str = "ann@example.org") -> str:
    mine = [each for each in server.outbox() if each["recipient"] == recipient]
    return letter_of(server, mine[-1]["id"]).html


def ways(html: str, kind: str) -> list[str]:
    """The paths of tracked links (c) or pictures (o) in a letter."""
    return re.findall(rf"{PUBLIC_URL}(/{kind}/[^\"]+)\"", html)


def stats(server: Any, broadcast_id: int = 1) -> dict[str, Any]:
    found = server.api.get(f"/broadcasts/{broadcast_id}/stats").json()["broadcast"]["stats"]
    return dict(found)


def test_by_default_nothing_is_followed_and_the_numbers_say_so(server: Any) -> None:
    server.send(content=CONTENT)
    html = html_of(server)

    assert f"{PUBLIC_URL}/c/" not in html
    assert f"{PUBLIC_URL}/o/" not in html
    found = stats(server)
    assert (found["open_tracking_disabled"], found["click_tracking_disabled"]) == (True, True)
    assert (found["emails_opened"], found["total_clicks"]) == (0, 0)


def test_links_without_liquid_lead_through_the_server_and_on(tracked: Any) -> None:
    tracked.send(content=CONTENT)
    html = html_of(tracked)
    first, second = ways(html, "c")
    answers = [tracked.web.get(path) for path in (first, second)]

    assert [each.status_code for each in answers] == [302, 302]
    assert [each.headers["Location"] for each in answers] == [LINK, "https://example.org/two"]
    assert answers[0].headers["Referrer-Policy"] == "no-referrer"
    assert 'class="x" href="https://letters.example.org/c/1/' in html
    assert 'href="mailto:a@example.org"' in html
    assert 'href="https://example.org/?me=ann@example.org"' in html
    assert f'<img src="{PUBLIC_URL}/o/' in html
    assert ways(html, "c") != ways(html_of(tracked, "ben@example.org"), "c")
    assert "[2] https://example.org/two" in letter_of(tracked, 1).text, "it leads straight there"


def test_readers_and_times_are_counted_once_a_minute(tracked: Any) -> None:
    tracked.send(content=CONTENT)
    ann, ben = html_of(tracked), html_of(tracked, "ben@example.org")
    (seen,) = ways(ann, "o")
    for seconds in (0, 30, 60):
        tracked.clock.pass_by(seconds=seconds)
        assert tracked.web.get(seen).headers["Content-Type"] == "image/gif"
        tracked.web.get(ways(ann, "c")[0])
    tracked.web.get(ways(ann, "c")[1])
    tracked.web.get(ways(ben, "c")[0])
    tracked.web.head(ways(ben, "c")[1])
    tracked.web.head(ways(ben, "o")[0])

    found = stats(tracked)
    assert (found["recipients"], found["emails_opened"], found["total_clicks"]) == (3, 1, 4)
    assert (found["open_rate"], found["click_rate"]) == (33.33, 66.67)
    assert (found["open_tracking_disabled"], found["click_tracking_disabled"]) == (False, False)
    links = tracked.api.get("/broadcasts/1/clicks").json()["broadcast"]["clicks"]
    assert [(each["url"], each["unique_clicks"]) for each in links] == [
        (LINK, 2),
        ("https://example.org/two", 1),
        ("https://example.org/?me={{ subscriber.email_address }}", 0),
    ]
    rates = (links[0]["click_to_delivery_rate"], links[0]["click_to_open_rate"])
    assert rates == (0.6667, 2.0)
    account = tracked.api.get("/account/email_stats").json()["stats"]
    assert (account["opened"], account["clicked"]) == (1, 2)
    assert (account["open_rate"], account["open_tracking_enabled"]) == (33.33, True)


def test_a_link_leads_nowhere_else_whatever_is_made_of_it(tracked: Any) -> None:
    tracked.send(content=CONTENT)
    tracked.send(content='<a href="https://example.org/other">x</a>', subject="Other")
    link, token = ways(html_of(tracked), "c")[0].split("/")[2:]
    picture = ways(html_of(tracked), "o")[0].split("/")[2]
    way_out = tracked.way_out("ann@example.org").split("/")[2]

    strange = [f"/c/{link}/{picture}", f"/c/{link}/{way_out}", f"/c/{link}/{token[:-2]}xx"]
    strange += [f"/c/1/{token}", f"/c/99/{token}", f"/c/x/{token}"]
    assert [tracked.web.get(path).status_code for path in strange] == [404] * 6
    assert tracked.web.get(f"/o/{token}").status_code == 200
    assert [stats(tracked, n)["total_clicks"] for n in (1, 2)] == [0, 0]
    assert stats(tracked, 2)["emails_opened"] == 0


def test_switched_off_again_old_links_lead_on_and_nothing_is_noted(tracked: Any) -> None:
    tracked.send(content=CONTENT)
    tracked.store.configure(**ACCOUNT)
    html = html_of(tracked)

    assert tracked.web.get(ways(html, "c")[0]).headers["Location"] == LINK
    assert tracked.web.get(ways(html, "o")[0]).status_code == 200
    found = stats(tracked)
    assert (found["total_clicks"], found["emails_opened"]) == (0, 0)
    assert found["click_tracking_disabled"] is False, "that letter was sent with it"
    draft = tracked.draft()
    assert stats(tracked, draft["id"])["click_tracking_disabled"] is True


def test_looking_at_a_letter_in_the_outbox_is_not_opening_it(tracked: Any) -> None:
    tracked.send(content=CONTENT)
    shown = tracked.web.get("/outbox/1/html").text

    assert ways(shown, "o") == []
    assert len(ways(shown, "c")) == 2


@pytest.mark.parametrize(
    ("link", "followed"),
    [
        ('<a href="https://example.org/x">', True),
        ("<A title='>' HREF = 'http://example.org/x'>", True),
        ('<a href="https://example.org/ä?q=1&amp;r=2">', True),
        ('<a href="https://example.org/{{ subscriber.id }}">', False),
        ('<a href="/x">', False),
        ('<a href="javascript:alert(1)">', False),
        ('<abbr href="https://example.org/x">', False),
        ('<img src="https://example.org/x">', False),
        (f'<a href="https://example.org/{"x" * 2000}">', False),
    ],
)
def test_only_web_addresses_that_are_everybodys_are_followed(
    tracked: Any, link: str, followed: bool
) -> None:
    tracked.send(content=f"<p>{link}x</a></p>")

    assert len(ways(html_of(tracked), "c")) == followed


def test_no_token_stands_in_the_log(tracked: Any) -> None:
    tracked.send(content=CONTENT)
    html = html_of(tracked)
    tracked.web.get(ways(html, "c")[0])
    tracked.web.get(ways(html, "o")[0])

    assert [each.path for each in tracked.log[-2:]] == ["/c/…", "/o/…"]
