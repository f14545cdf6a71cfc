"""/posts: the public side of broadcasts, in the API and on the web."""

from typing import Any

import pytest


def posts(server: Any, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = server.api.get("/posts", params=query).json()["posts"]
    return found


def test_a_public_broadcast_is_a_post_and_shares_its_publication(server: Any) -> None:
    server.draft(subject="Private")
    broadcast = server.draft(
        subject="Käse & Brot", public=True, published_at="2026-11-20 08:00:00", description="Food"
    )

    (post,) = posts(server)
    assert post == {
        "id": 1,
        "publication_id": broadcast["publication_id"],
        "created_at": "2026-11-24T09:00:00Z",
        "title": "Käse & Brot",
        "slug": "kase-brot",
        "description": "Food",
        "meta_description": None,
        "status": "published",
        "published_at": "2026-11-20T08:00:00Z",
        "sent_at": None,
        "thumbnail_alt": None,
        "thumbnail_url": None,
        "is_paid": False,
        "public_url": "https://letters.example.org/posts/kase-brot",
    }
    assert broadcast["public_url"] == post["public_url"]
    assert posts(server, include_content=1)[0]["content"] == "<p>Words</p>"
    one = server.api.get("/posts/1").json()["post"]
    assert one == {**post, "content": "<p>Words</p>"}
    assert server.api.get("/posts/12345").status_code == 404


def test_before_its_time_a_post_is_a_draft_without_an_address(server: Any) -> None:
    made = server.draft(subject="Early", public=True, published_at="2026-12-01")
    path = f"/broadcasts/{made['id']}"
    server.api.put(path, json={"subject": "Late"})
    (before,) = posts(server)
    page_before = server.web.get("/posts/late").status_code
    server.clock.pass_by(days=8)
    (after,) = posts(server)

    assert made["public_url"] is None
    assert (before["status"], before["slug"], before["public_url"]) == ("draft", None, None)
    assert before["published_at"] is None
    assert page_before == 404
    assert (after["status"], after["slug"]) == ("published", "late")
    assert server.web.get("/posts/late").status_code == 200


def test_the_address_stays_once_it_was_published_and_comes_back_with_the_letter(
    server: Any,
) -> None:
    made = server.draft(subject="One", public=True)
    server.draft(subject="One", public=True)
    path = f"/broadcasts/{made['id']}"
    server.api.put(path, json={"subject": "Two"})
    server.api.put(path, json={"public": False})
    hidden = [each["slug"] for each in posts(server)]
    gone = server.web.get("/posts/one").status_code
    shown = server.api.put(path, json={"public": True}).json()["broadcast"]

    assert (hidden, gone) == (["one-2"], 404)
    assert shown["public_url"] == "https://letters.example.org/posts/one"
    assert [(each["id"], each["slug"]) for each in posts(server)] == [(2, "one-2"), (1, "one")]


def test_a_letter_that_was_sent_says_when(server: Any) -> None:
    server.send(public=True)

    assert posts(server)[0]["sent_at"] == "2026-11-24T09:00:00Z"


def test_the_page_is_the_letter_for_nobody_in_particular(server: Any) -> None:
    body = {"name": "Foot", "snippet_type": "inline", "content": "Bye"}
    server.api.post("/snippets", json=body)
    content = "<p>Dear {{ subscriber.first_name | default: 'reader' }}</p>{{ snippet.foot }}"
    server.draft(subject="<Hello>", content=content, public=True)
    answer = server.web.get("/posts/hello")

    assert "<title>&lt;Hello&gt;</title>" in answer.text
    assert "<p>Dear reader</p>Bye" in answer.text
    assert "nsubscribe" not in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert "sandbox" in policy


def test_a_whole_design_is_shown_as_it_is_and_leads_to_itself(server: Any) -> None:
    content = '<html><body><a href="{{ unsubscribe_url }}">Leave</a> {{ address }}</body></html>'
    server.draft(
        subject="Design",
        content=content,
        public=True,
        email_template_id=2,
        allow_starting_point=True,
    )

    assert server.web.get("/posts/design").text == (
        '<html><body><a href="https://letters.example.org/posts/design">Leave</a>'
        " 1 Elm Street, Springfield</body></html>"
    )


@pytest.mark.parametrize("content", ["{{ broken", "{% for i in (1..99999) %}x{% endfor %}"])
def test_a_letter_that_cannot_be_shown_is_not_there(server: Any, content: str) -> None:
    server.draft(subject="Broken", content=content, public=True)

    assert server.web.get("/posts/broken").status_code == 404
    for slug in ("other", "%00", "a%2Fb", "Broken"):
        assert server.web.get(f"/posts/{slug}").status_code == 404
