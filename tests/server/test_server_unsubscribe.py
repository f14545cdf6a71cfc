"""Leaving: looking changes nothing, one press does, and it is never too late to have pressed."""

import re
from typing import Any

import pytest
from sqlalchemy import insert, select

from newsletter.server.store.tables import subscribers, suppressions

BEN = "ben@example.org"


@pytest.fixture
def link(server: Any) -> str:
    """The path of Ben's link, as it stands in his letter."""
    server.send()
    return str(server.way_out(BEN))


def ben(server: Any) -> Any:
    with server.store.reading() as db:
        return db.execute(
            select(subscribers, suppressions.c.kind)
            .outerjoin(suppressions, suppressions.c.email_key == subscribers.c.email_key)
            .where(subscribers.c.email_key == BEN)
        ).one()


def way_back(page: str) -> str:
    found = re.search(r'action="\.\.(/r/[^"]+)"', page)
    assert found is not None, page
    return found.group(1)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_opening_the_link_changes_nothing(server: Any, link: str, method: str) -> None:
    """Mail scanners open every link, some of them twice."""
    before = ben(server)

    answers = [server.web.request(method, link) for _ in range(2)]

    assert [each.status_code for each in answers] == [200, 200]
    assert ben(server) == before
    assert before.state == "active"


def test_the_page_asks_once_with_a_button_and_no_script(server: Any, link: str) -> None:
    page = server.web.get(link)

    assert "Leave Garden Notes?" in page.text
    assert "ben@example.org" in page.text
    assert '<form method="post">' in page.text
    assert "<script" not in page.text
    assert page.text.count("<h1>") == 1
    assert "set-cookie" not in page.headers
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "noindex" in page.headers["x-robots-tag"]
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_the_button_takes_effect_before_it_answers(server: Any, link: str) -> None:
    server.clock.pass_by(hours=1)

    page = server.web.post(link, data={"action": "leave"})

    row = ben(server)
    assert page.status_code == 200
    assert "You have left." in page.text
    assert (row.state, row.left_by, row.left_from, row.kind) == (
        "cancelled",
        "link",
        1,
        "unsubscribe",
    )
    assert row.canceled_at == server.clock()
    assert server.log[-1].note == "ben@example.org left (link)"


ONE_CLICK: dict[str, dict[str, Any]] = {
    "urlencoded": {"data": {"List-Unsubscribe": "One-Click"}},
    "multipart": {"files": {"List-Unsubscribe": (None, "One-Click")}},
    "without a type": {"content": b"List-Unsubscribe=One-Click"},
    "in lower case": {"content": b"list-unsubscribe=one-click"},
}


@pytest.mark.parametrize("body", ONE_CLICK.values(), ids=ONE_CLICK.keys())
def test_one_click_leaves_without_a_redirect_or_a_question(
    server: Any, link: str, body: dict[str, Any]
) -> None:
    """RFC 8058 §3.2: form data in either encoding, no redirect, no cookie, no login."""
    first = server.web.post(link, **body)
    again = server.web.post(link, **body)

    assert [first.status_code, again.status_code] == [200, 200]
    assert not first.has_redirect_location
    assert "<html" not in first.text
    assert (ben(server).state, ben(server).left_by) == ("cancelled", "one-click")


def test_leaving_twice_keeps_the_first_time_and_way(server: Any, link: str) -> None:
    server.web.post(link, content=b"List-Unsubscribe=One-Click")
    first = ben(server)
    server.clock.pass_by(days=1)

    page = server.web.post(link, data={"action": "leave"})

    assert "You have left." in page.text
    assert ben(server) == first
    assert "You have left." in server.web.get(link).text


def test_a_body_that_makes_no_sense_still_lets_her_leave(server: Any, link: str) -> None:
    headers = {"Content-Type": "multipart/form-data"}  # without its boundary
    server.web.post(link, content=b"\xff" * 100_000, headers=headers)

    assert ben(server).state == "cancelled"


def test_who_has_left_gets_no_further_letter(server: Any, link: str) -> None:
    server.web.post(link)

    server.send(subject="Next")

    assert [each["recipient"] for each in server.outbox() if each["subject"] == "Next"] == [
        "ann@example.org",
        "dana@example.org",
    ]


def test_a_new_subscription_through_the_api_does_not_undo_leaving(server: Any, link: str) -> None:
    server.web.post(link)

    server.add(BEN, state="active")
    server.send(subject="Next")

    assert BEN not in [each["recipient"] for each in server.outbox() if each["subject"] == "Next"]


def test_take_me_back_is_an_opt_in_by_the_reader_herself(server: Any, link: str) -> None:
    path = way_back(server.web.post(link).text)
    looked = server.web.get(path)
    assert "Come back" in looked.text
    assert ben(server).state == "cancelled", "looking changes nothing"

    page = server.web.post(path)

    row = ben(server)
    assert "You are back." in page.text
    assert (row.state, row.canceled_at, row.left_by, row.kind) == ("active", None, None, None)
    server.send(subject="Next")
    assert BEN in [each["recipient"] for each in server.outbox() if each["subject"] == "Next"]
    assert "You are back." in server.web.post(path).text, "pressed twice, the same page"


@pytest.mark.parametrize("kind", ["bounce", "complaint", "manual"])
def test_her_word_does_not_lift_a_suppression_of_another_kind(
    server: Any, link: str, kind: str
) -> None:
    with server.store.writing() as db:
        row = {"email_key": BEN, "kind": kind, "at": server.clock()}
        db.execute(insert(suppressions), row)
    path = way_back(server.web.post(link).text)

    page = server.web.post(path)

    assert "Please write to us." in page.text
    assert (ben(server).state, ben(server).kind) == ("cancelled", kind)


def test_each_link_does_only_what_it_is_for(server: Any, link: str) -> None:
    """The way out is forwarded with every letter; it must not be a way in."""
    back = way_back(server.web.post(link).text)

    as_back = server.web.post(link.replace("/u/", "/r/"))
    as_out = server.web.post(back.replace("/r/", "/u/"))

    assert (as_back.status_code, as_out.status_code) == (400, 400)
    assert ben(server).state == "cancelled"


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["/u/nonsense", "/r/nonsense", "/u/%00", "/u/AQEB"])
def test_a_bad_link_says_how_to_leave_otherwise(server: Any, method: str, path: str) -> None:
    page = server.web.request(method, path)

    assert page.status_code == 400
    assert "This link does not work." in page.text
    assert 'href="mailto:ann@example.org"' in page.text
