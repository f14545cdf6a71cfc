"""Through a mail server that is not ours: what leaves here arrives there, part by part."""

from __future__ import annotations

import email
import email.policy
import os
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.smtp.conftest import Office
from tests.smtp.postfix import is_there, relaying
from tests.smtp.sink import Sink, sinking

pytestmark = pytest.mark.mta

CONTENT = (
    """\
<p>Hello {{ subscriber.first_name }},</p>
<p>.a dot at the beginning, Umlaute äöüß, a long line """
    + "word " * 400
    + """</p>
<p>.</p>
<p>From here on it is quiet. 日本語 🙂</p>
<p><a href="{{ unsubscribe_url }}">leave</a> {{ address }}</p>"""
)


@pytest.fixture
def end() -> Iterator[Sink]:
    """Where Postfix relays to."""
    if not is_there():
        missing = "Postfix is not installed (Debian: apt-get install postfix), or this is not root"
        if "mta" in os.environ.get("NEWSLETTER_TESTS_REQUIRE", "").split(","):
            pytest.fail(missing)
        pytest.skip(missing)
    with sinking() as sink:
        yield sink


def test_a_letter_goes_through_a_real_mail_server_unchanged(office: Office, end: Sink) -> None:
    names = [f"r{number}" for number in range(25)]
    office.readers(*names)
    office.broadcast(content=CONTENT)
    with sinking() as direct:
        office.to(direct)
        office.deliver()
    number = office.broadcast(content=CONTENT)
    assert number == 2
    with relaying(end.port) as port:
        office.to(direct, f"smtp://127.0.0.1:{port}")
        [done] = office.deliver()
        give_up = time.monotonic() + 30
        while len(end.received) < len(names) and time.monotonic() < give_up:
            time.sleep(0.05)

    assert done.accepted == len(names)
    assert sorted(end.recipients()) == sorted(f"{name}@post.internal" for name in names)
    ours = {message.recipient: parsed(message.raw) for message in direct.received}
    for message in end.received:
        there, here = parsed(message.raw), ours[message.recipient]
        assert message.sender == "ann@letters.internal"
        for kind in ("text/plain", "text/html"):
            # The way out is another broadcast's; everything else is the same to the octet.
            assert links_aside(part(there, kind)) == links_aside(part(here, kind))
        for name in ("From", "To", "Subject", "List-Id", "List-Unsubscribe-Post"):
            assert there[name] == here[name]
        assert there["Message-ID"].startswith("<b2.")
        assert there["List-Unsubscribe"].startswith("<https://letters.example.org/u/")


def test_a_real_mail_servers_refusals_are_understood(office: Office, end: Sink) -> None:
    office.readers("gone", "later", "eve")
    office.broadcast()
    with relaying(end.port) as port:
        office.to(end, f"smtp://127.0.0.1:{port}")
        office.deliver()
        give_up = time.monotonic() + 30
        while not end.received and time.monotonic() < give_up:
            time.sleep(0.05)

    assert office.states() == {"gone": "refused", "later": "deferred", "eve": "accepted"}
    assert office.reader("gone") == "bounced"
    assert office.reader("later") == "active"
    assert end.recipients() == ["eve@post.internal"]


def parsed(raw: bytes) -> Any:
    return email.message_from_bytes(raw, policy=email.policy.default)


def part(message: Any, kind: str) -> str:
    found = [each for each in message.walk() if each.get_content_type() == kind]
    assert len(found) == 1
    return str(found[0].get_content())


def links_aside(text: str) -> str:
    return re.sub(r"/u/[\w-]+", "/u/…", text)
