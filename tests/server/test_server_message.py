"""The message itself: two parts, the right headers, and nothing that could break out of one."""

import email
import email.policy
import re
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import pytest

from newsletter.server.delivery.letter import Words
from newsletter.server.delivery.message import Sender, build, list_id, message_id_for

SENDER = Sender(name="Ann Lee", address="ann@example.org", list_name="Body & Soul Notes")
WORDS = Words(subject="Hello", html="<p>Hello</p>", text="Hello\n")
LEAVE = "https://letters.example.org/u/" + "T" * 47


def built(**values: Any) -> bytes:
    given: dict[str, Any] = {
        "words": WORDS,
        "sender": SENDER,
        "recipient": "reader@example.org",
        "message_id": "<b1.abc@example.org>",
        "unsubscribe_url": LEAVE,
        "sent_at": datetime(2026, 11, 24, 9, 0, tzinfo=UTC),
    }
    return build(**{**given, **values})


def parsed(raw: bytes) -> EmailMessage:
    return email.message_from_bytes(raw, _class=EmailMessage, policy=email.policy.default)


def part(message: EmailMessage, kind: str) -> str:
    found = message.get_body((kind,))
    assert isinstance(found, EmailMessage)
    return str(found.get_content()).replace("\r\n", "\n")


def test_it_is_text_first_and_html_second_with_each_header_once() -> None:
    message = parsed(built())

    assert message.get_content_type() == "multipart/alternative"
    assert [each.get_content_type() for each in message.iter_parts()] == ["text/plain", "text/html"]
    assert dict(message.items()).keys() >= {"From", "To", "Subject", "Date", "Message-ID"}
    assert len(message.keys()) == len(set(message.keys()))
    assert message["From"] == "Ann Lee <ann@example.org>"
    assert message["To"] == "reader@example.org"
    assert message["Date"] == "Tue, 24 Nov 2026 09:00:00 +0000"


def test_the_headers_of_one_click_leaving_are_exactly_as_rfc_8058_writes_them() -> None:
    raw = built(unsubscribe_url="https://a-rather-long-name.letters.example.org/u/" + "T" * 47)

    lines = raw.split(b"\r\n")
    assert (
        b"List-Unsubscribe: <https://a-rather-long-name.letters.example.org/u/" + b"T" * 47 + b">"
    ) in lines, "in one piece: an encoded or folded address is no address"
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in lines


def test_every_line_ends_in_crlf_is_ascii_and_short_enough() -> None:
    words = Words(subject="Grüße " * 40, html="<p>" + "ü" * 5000 + "</p>", text="ä" * 3000)

    raw = built(words=words)

    assert raw.isascii()
    assert not re.search(rb"(?<!\r)\n", raw)
    lines = [each for each in raw.split(b"\r\n") if not each.startswith(b"List-Unsubscribe:")]
    assert max(map(len, lines)) <= 78
    message = parsed(raw)
    assert message["Subject"] == "Grüße " * 39 + "Grüße"
    assert part(message, "html") == words.html + "\n"
    assert part(message, "plain") == words.text + "\n"


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x00", "\x0b", "\x85", "\u2028"])
def test_no_value_can_begin_another_header(end: str) -> None:
    evil = f"Hello{end}Bcc: everybody@example.org"
    sender = Sender(name=evil, address="ann@example.org", list_name=evil)

    raw = built(
        words=Words(subject=evil, html="<p>x</p>", text="x"), sender=sender, unsubscribe_url=evil
    )

    head, _, _ = raw.partition(b"\r\n\r\n")
    message = parsed(raw)
    assert not re.search(rb"^Bcc", head, re.MULTILINE | re.IGNORECASE)
    assert message["Bcc"] is None
    assert message["Subject"] == "Hello Bcc: everybody@example.org"


def test_the_message_id_is_the_same_for_the_same_reader_only() -> None:
    def made(**values: Any) -> str:
        given = {"broadcast_id": 7, "subscriber_id": 3, "domain": "example.org"}
        return message_id_for(values.pop("secret", b"s" * 32), **{**given, **values})

    assert made() == made()
    assert re.fullmatch(r"<b7\.[0-9a-f]{32}@example\.org>", made())
    others = {
        made(broadcast_id=8),
        made(subscriber_id=4),
        made(broadcast_id=73, subscriber_id=0),
        made(secret=b"t" * 32),
    }
    assert len(others | {made()}) == 5


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("Body & Soul Notes", "body-soul-notes"),
        ("Grüße", "gr-e"),
        ("日本", "newsletter"),
        ("x" * 90, "x" * 63),
    ],
)
def test_the_list_is_named_in_the_senders_domain(name: str, label: str) -> None:
    sender = Sender(name="A", address="ann@example.org", list_name=name)

    assert list_id(sender) == f"{label}.example.org"


def test_the_same_broadcast_built_twice_is_the_same_to_the_byte() -> None:
    assert built() == built()


def test_a_delivered_letter_is_filled_in_for_each_reader_and_place(server: Any) -> None:
    """Values are escaped in HTML, plain in the text, and never run as Liquid of their own."""
    server.add("eve@example.org", first_name="<Eve> & {{ address }}")
    server.send(
        subject="{{ subscriber.first_name | default: 'you' }}, hello",
        preview_text="For {{ subscriber.email_address }}",
        content="<h1>Dear {{ subscriber.first_name }}</h1><p>{{ unsubscribe_link }}</p>",
    )

    [eve] = [each for each in server.outbox() if each["recipient"] == "eve@example.org"]
    message = parsed(server.web.get(f"/outbox/{eve['id']}/raw").content)
    html, text = part(message, "html"), part(message, "plain")
    leave = eve["list_unsubscribe"]
    assert message["Subject"] == "<Eve> & {{ address }}, hello"
    assert "<h1>Dear &lt;Eve&gt; &amp; {{ address }}</h1>" in html
    assert "Dear <Eve> & {{ address }}" in text
    assert html.count(f'<a href="{leave}"') == 2, "the content's own and the template's"
    assert "1 Elm Street, Springfield" in html
    assert "1 Elm Street, Springfield" in text
    assert re.search(r"<body[^>]*><div aria-hidden=\"true\"[^>]*>For eve@example.org&#847;", html)
    assert "For eve" not in text, "the preview text is for inboxes, not for readers"


def test_a_complete_email_leaves_as_it_is(server: Any) -> None:
    content = (
        "<!DOCTYPE html><html><body><p>Words</p>"
        "<a href='{{ unsubscribe_url }}'>Leave</a> {{ address }}</body></html>"
    )
    server.send(content=content, email_template_id=2, allow_starting_point=True)

    [first, *_] = server.outbox()
    html = part(parsed(server.web.get(f"/outbox/{first['id']}/raw").content), "html")
    expected = content.replace("{{ unsubscribe_url }}", first["list_unsubscribe"])
    assert html.strip() == expected.replace("{{ address }}", "1 Elm Street, Springfield")
