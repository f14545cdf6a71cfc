"""/snippets: pieces that letters share, and what readers get of them."""

from typing import Any

import pytest

from tests.server.conftest import Letter, letter_of

HTML_FOOT = {"value_html": "<p>Kind regards, <b>Ann</b></p>"}


def inline(server: Any, name: str, content: str) -> Any:
    body = {"name": name, "snippet_type": "inline", "content": content}
    return server.api.post("/snippets", json=body)


def block(server: Any, name: str, html: str) -> Any:
    document = {"value_html": html}
    body = {"name": name, "snippet_type": "block", "document_attributes": document}
    return server.api.post("/snippets", json=body)


def letter(server: Any) -> Letter:
    """What Ann got."""
    (mine,) = [each for each in server.outbox() if each["recipient"] == "ann@example.org"]
    return letter_of(server, mine["id"])


def test_a_snippet_is_made_with_a_key_that_stays(server: Any) -> None:
    made = inline(server, "Cat Fact of the Day", "Cats sleep.").json()["snippet"]
    server.clock.pass_by(hours=1)
    renamed = server.api.put("/snippets/1", json={"name": "Dog Fact"}).json()["snippet"]
    again = inline(server, "Cat fact of the day!", "Cats purr.").json()["snippet"]

    assert made == {
        "id": 1,
        "name": "Cat Fact of the Day",
        "snippet_type": "inline",
        "archived": False,
        "key": "cat-fact-of-the-day",
        "created_at": "2026-11-24T09:00:00Z",
        "updated_at": "2026-11-24T09:00:00Z",
        "content": "Cats sleep.",
        "document": {
            "id": 1,
            "value": None,
            "value_html": None,
            "value_plain": None,
            "version": 1,
        },
    }
    assert renamed == {**made, "name": "Dog Fact", "updated_at": "2026-11-24T10:00:00Z"}
    assert again["key"] == "cat-fact-of-the-day-2"
    assert inline(server, "名前", "x").json()["snippet"]["key"] == "snippet"


def test_a_block_is_rewritten_and_counts_its_versions(server: Any) -> None:
    block(server, "Foot", "<p>Bye</p>")
    changed = server.api.put("/snippets/1", json={"document_attributes": HTML_FOOT})

    document = changed.json()["snippet"]["document"]
    assert (document["value_html"], document["version"]) == (HTML_FOOT["value_html"], 2)
    assert server.api.get("/snippets/1").json() == changed.json()


def test_lists_hide_what_is_archived_and_what_is_in_them_until_asked(server: Any) -> None:
    inline(server, "One", "1")
    block(server, "Two", "<p>2</p>")
    inline(server, "Three", "3")
    server.api.put("/snippets/3", json={"archived": True})

    def listed(**query: Any) -> list[str]:
        found = server.api.get("/snippets", params=query).json()["snippets"]
        return [each["key"] for each in found]

    assert listed() == ["two", "one"]
    assert listed(archived=1) == ["three"]
    assert listed(archived="0", snippet_type="inline") == ["one"]
    assert listed(snippet_type="") == ["two", "one"]
    assert "content" not in server.api.get("/snippets").json()["snippets"][0]
    full = server.api.get("/snippets", params={"include_content": "true"}).json()["snippets"]
    assert full[0]["document"]["value_html"] == "<p>2</p>"
    server.api.put("/snippets/3", json={"archived": "false"})
    assert listed() == ["three", "two", "one"]


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"name": " "}, "name can't be blank"),
        ({"snippet_type": "round"}, "must be one of: inline, block"),
        ({"snippet_type": None}, "snippet_type must be one of"),
        ({"content": " "}, "content can't be blank"),
        ({"content": None}, "content can't be blank"),
        ({"content": "{{ subscriber.first_name"}, "content: "),
        ({"content": "{% fly %}"}, "There is no Liquid tag"),
        ({"content": None, "document_attributes": HTML_FOOT}, "snippet_type cannot be changed"),
        ({"document_attributes": "x"}, "document_attributes must be an object"),
        ({"content": "x" * 200_001}, "too long"),
    ],
)
def test_a_snippet_that_would_break_letters_is_refused(
    server: Any, values: Any, error: str
) -> None:
    body = {"name": "One", "snippet_type": "inline", "content": "1", **values}
    answer = server.api.post("/snippets", json=body)

    assert answer.status_code == 422
    assert error in answer.json()["errors"][0]
    assert server.api.get("/snippets").json()["snippets"] == []


def test_the_type_stays_what_it_was(server: Any) -> None:
    inline(server, "One", "1")
    for body in ({"snippet_type": "block"}, {"document_attributes": HTML_FOOT}):
        answer = server.api.put("/snippets/1", json=body)
        assert answer.json()["errors"] == ["snippet_type cannot be changed"]
    kept = server.api.put("/snippets/1", json={"snippet_type": "inline", "content": "2"})
    assert kept.json()["snippet"]["content"] == "2"


def test_no_snippet_leads_back_to_itself(server: Any) -> None:
    itself = inline(server, "Me", "{{ snippet.me }}")
    inline(server, "One", "{% if true %}{{ snippet['two'] | upcase }}{% endif %}")
    back = block(server, "Two", "<p>{{ snippet.three }}</p>")
    round_about = inline(server, "Three", "{{ snippet.one }}")
    inline(server, "Four", "4")
    fine = server.api.put("/snippets/3", json={"content": "{{ snippet.one }}"})
    turned = server.api.put("/snippets/1", json={"content": "{{ snippet.four }}"})

    assert [itself.status_code, back.status_code] == [422, 201]
    assert round_about.status_code == 422
    assert "itself" in round_about.json()["errors"][0]
    assert [fine.status_code, turned.status_code] == [200, 422]


def test_letters_get_what_is_in_a_snippet_when_they_are_sent(server: Any) -> None:
    inline(server, "Hello", "Dear {{ subscriber.first_name }} & {{ snippet.all }}")
    inline(server, "All", "<all>")
    block(server, "Foot", '<p>Bye, <b>{{ subscriber.first_name }}</b></p><a href="{{ x }}">x</a>')
    draft = server.draft(
        subject="{{ snippet.hello }}",
        content="<p>{{ snippet.hello }}</p>{{ snippet.foot }}{{ snippet.unknown }}",
        send_at="2026-11-24T10:00:00Z",
    )
    server.api.put("/snippets/2", json={"content": "<everybody>"})
    server.clock.pass_by(hours=1)
    server.deliver()

    got = letter(server)
    assert draft["status"] == "scheduled"
    assert got.subject == "Dear Ann & <everybody>"
    assert "<p>Dear Ann &amp; &lt;everybody&gt;</p><p>Bye, <b>Ann</b></p>" in got.html
    assert "Dear Ann & <everybody>" in got.text
    assert "Bye, Ann" in got.text
    assert "<b>" not in got.text


def test_an_archived_snippet_is_still_in_the_letters_that_name_it(server: Any) -> None:
    inline(server, "Hello", "Good morning")
    server.api.put("/snippets/1", json={"archived": True})
    server.send(content="<p>{{ snippet.hello }}</p>")

    assert "Good morning" in letter(server).html


def test_the_way_out_may_stand_in_a_snippet_and_must_stand_somewhere(server: Any) -> None:
    block(server, "Foot", '<a href="{{ unsubscribe_url }}">Leave</a>')
    inline(server, "Around", "{{ snippet.foot }}")
    values = {"subject": "x", "email_template_id": 2, "allow_starting_point": True}
    when = {"send_at": "2026-12-01"}
    for key, status in (("foot", 201), ("around", 201), ("nothing", 422)):
        body = {**values, **when, "content": f"<p>{{{{ snippet.{key} }}}}</p>"}
        assert server.api.post("/broadcasts", json=body).status_code == status, key
