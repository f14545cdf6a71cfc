"""The outbox: what readers would have got, for eyes on this computer only."""

from typing import Any

import pytest

PATHS = [
    "/",
    "/outbox",
    "/outbox.json",
    "/outbox/1",
    "/outbox/1.json",
    "/outbox/1/html",
    "/outbox/1/raw",
]


@pytest.fixture
def sent(server: Any) -> Any:
    content = "<h1>Hello</h1><script>alert(1)</script><a href='https://example.org/x'>x</a>"
    server.send(subject="Hello <b>{{ subscriber.first_name }}</b>", content=content)
    return server


def test_the_start_page_leads_to_the_outbox(sent: Any) -> None:
    answer = sent.web.get("/", follow_redirects=True)

    assert answer.url.path == "/outbox"


def test_messages_are_listed_newest_first(sent: Any) -> None:
    page = sent.web.get("/outbox").text

    assert "Hello &lt;b&gt;Ann&lt;/b&gt;" in page
    assert page.index("dana@example.org") < page.index("ben@example.org")
    assert "Tue 24 Nov 2026, 04:00:00" in page, "in the account's zone"


def test_an_empty_outbox_says_so(server: Any) -> None:
    assert "No letter has been delivered yet." in server.web.get("/outbox").text


def test_the_list_is_paged(sent: Any) -> None:
    first = sent.web.get("/outbox?per_page=2").text
    assert "Older" in first
    assert "Newer" not in first

    body = sent.web.get("/outbox.json?per_page=2").json()
    cursor = body["pagination"]["end_cursor"]
    second = sent.web.get("/outbox", params={"per_page": 2, "after": cursor}).text

    assert "ann@example.org" in second
    assert "dana@example.org" not in second
    assert "Newer" in second


def test_scripts_get_the_same_as_json(sent: Any) -> None:
    body = sent.web.get("/outbox.json").json()
    one = sent.web.get(f"/outbox/{body['messages'][0]['id']}.json").json()

    assert one == body["messages"][0]
    assert one | {"message_id": "", "list_unsubscribe": ""} == {
        "id": 3,
        "broadcast_id": 1,
        "subscriber_id": 3,
        "recipient": "dana@example.org",
        "subject": "Hello <b>Dana</b>",
        "message_id": "",
        "list_unsubscribe": "",
        "at": "2026-11-24T09:00:00Z",
    }
    assert one["list_unsubscribe"].startswith("https://letters.example.org/u/")


def test_messages_of_one_broadcast_can_be_asked_for(sent: Any) -> None:
    sent.send(subject="Second")

    body = sent.web.get("/outbox.json?broadcast_id=2").json()

    assert {each["subject"] for each in body["messages"]} == {"Second"}
    assert sent.web.get("/outbox.json?broadcast_id=x").status_code == 422
    assert sent.web.get("/outbox.json?after=x").status_code == 422
    assert sent.web.get("/outbox?after=x").status_code == 404


def test_a_message_is_shown_with_its_headers_text_and_way_out(sent: Any) -> None:
    page = sent.web.get("/outbox/1").text

    assert "ann@example.org" in page
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in page
    assert "RFC 8058" in page
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page


def test_a_letter_is_shown_where_its_scripts_cannot_run(sent: Any) -> None:
    answer = sent.web.get("/outbox/1/html")

    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "sandbox allow-popups" in policy
    assert "allow-scripts" not in policy
    assert "script-src" not in policy
    assert "allow-same-origin" not in policy
    assert '<base target="_blank">' in answer.text


def test_the_raw_message_is_what_would_leave(sent: Any) -> None:
    answer = sent.web.get("/outbox/1/raw")

    assert answer.headers["content-type"] == "message/rfc822"
    assert answer.content.startswith(b"From: Ann Lee <ann@example.org>\r\n")


@pytest.mark.parametrize("path", ["/outbox/99", "/outbox/x", "/outbox/99.json", "/outbox/99/raw"])
def test_a_message_that_is_not_there_is_not_found(sent: Any, path: str) -> None:
    assert sent.web.get(path).status_code == 404


@pytest.mark.parametrize("host", ["letters.example.org", "127.0.0.1.example.org", "", "10.0.0.5"])
def test_another_name_for_this_computer_shows_nothing(sent: Any, host: str) -> None:
    """A web page may point its own name at 127.0.0.1 and read on in the visitor's browser."""
    answers = [sent.web.get(path, headers={"Host": host}) for path in PATHS]

    assert {each.status_code for each in answers} == {404}
    assert "ann@example.org" not in "".join(each.text for each in answers)


@pytest.mark.parametrize("host", ["localhost:8710", "127.0.0.1", "[::1]:8710", "LOCALHOST"])
def test_its_own_names_show_everything(sent: Any, host: str) -> None:
    assert sent.web.get("/outbox", headers={"Host": host}).status_code == 200


def test_another_computer_is_shown_nothing(sent: Any) -> None:
    """A proxy on this computer says for whom it asks."""
    answer = sent.web.get("/outbox", headers={"X-Forwarded-For": "192.0.2.7"})

    assert answer.status_code == 404


def state_of(server: Any, address: str) -> Any:
    found = server.api.get("/subscribers", params={"email_address": address, "status": "all"})
    return found.json()["subscribers"][0]["state"]


def test_the_button_of_a_mail_program_can_be_pressed(sent: Any) -> None:
    message = sent.web.get("/outbox.json").json()["messages"][0]
    place = f"/outbox/{message['id']}"
    assert "Press unsubscribe" in sent.web.get(place).text

    answer = sent.web.post(f"{place}/leave", follow_redirects=True)

    assert f"{message['recipient']} has left." in answer.text
    assert state_of(sent, message["recipient"]) == "cancelled"
    assert "Press unsubscribe" not in sent.web.get(place).text


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example.org"}, {"Host": "evil.example.org"}]
)
def test_no_other_page_can_press_it(sent: Any, headers: dict[str, str]) -> None:
    message = sent.web.get("/outbox.json").json()["messages"][0]

    answer = sent.web.post(f"/outbox/{message['id']}/leave", headers=headers)

    assert answer.status_code == 404
    assert state_of(sent, message["recipient"]) == "active"
