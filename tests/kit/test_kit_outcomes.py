"""What a call reports when the service answers badly or not at all.

Each case runs over a real loopback connection. The two questions: is the
outcome named rightly, and how often did the request reach the service?
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from newsletter.kit import (
    Kit,
    NoAnswer,
    ServerFault,
    Unreadable,
)

if TYPE_CHECKING:
    from tests.kit.conftest import Clock, ScriptedServer

ACCOUNT = {"user": {"email": "ada@example.org", "id": 1}, "account": {"id": 1, "name": "Tides"}}
PAGE = b"<!doctype html><title>Sign in to the hotel's network</title>"

BAD_ANSWERS: dict[str, Callable[[ScriptedServer], None]] = {
    "hangs up": lambda server: server.hangs_up(),
    "resets": lambda server: server.resets(),
    "hangs": lambda server: server.hangs(),
    "cuts the answer": lambda server: server.cuts(),
    "page with 200": lambda server: server.answers(200, raw=PAGE, content_type="text/html"),
    "half a JSON text": lambda server: server.answers(200, raw=b'{"broadcast": {"id": 7'),
    "bottomless JSON": lambda server: server.answers(200, raw=b"[" * 100_000),
    "not HTTP": lambda server: server.says(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "broken compression": lambda server: server.answers(
        200, raw=b"not gzip", headers={"Content-Encoding": "gzip"}
    ),
    "500 after applying": lambda server: server.answers(500, {"errors": ["sorry"]}),
    "502 page": lambda server: server.answers(502, raw=PAGE, content_type="text/html"),
    "503": lambda server: server.answers(503, raw=b""),
    "redirect": lambda server: server.answers(302, raw=b"", headers={"Location": "/login"}),
}


@pytest.mark.parametrize("misbehave", BAD_ANSWERS.values(), ids=BAD_ANSWERS)
def test_a_write_without_a_readable_answer_is_reported_and_sent_once(
    kit: Kit,
    server: ScriptedServer,
    misbehave: Callable[[ScriptedServer], None],
    write: Callable[[Kit], object],
) -> None:
    """The service may have applied it; a second copy could be a second email to everybody."""
    misbehave(server)

    with pytest.raises(NoAnswer):
        write(kit)

    assert len(server.seen) == 1


@pytest.mark.parametrize("misbehave", BAD_ANSWERS.values(), ids=BAD_ANSWERS)
def test_a_read_is_repeated_until_it_succeeds(
    kit: Kit, server: ScriptedServer, misbehave: Callable[[ScriptedServer], None]
) -> None:
    misbehave(server)
    misbehave(server)
    server.answers(200, ACCOUNT)

    assert kit.account.get().name == "Tides"
    assert len(server.seen) == 3


@pytest.mark.parametrize("misbehave", BAD_ANSWERS.values(), ids=BAD_ANSWERS)
def test_a_filter_is_a_read_though_it_is_posted(
    kit: Kit, server: ScriptedServer, misbehave: Callable[[ScriptedServer], None]
) -> None:
    misbehave(server)
    page = {"subscribers": [], "pagination": {"has_next_page": False}}
    server.answers(200, page)

    assert list(kit.subscribers.filter()) == []
    assert [seen.method for seen in server.seen] == ["POST", "POST"]


def test_a_read_gives_up_after_four_tries(kit: Kit, server: ScriptedServer, clock: Clock) -> None:
    for _ in range(4):
        server.answers(503, raw=b"")

    with pytest.raises(ServerFault) as caught:
        kit.account.get()

    assert caught.value.status == 503
    assert len(server.seen) == 4
    assert clock.slept == [0.5, 1.0, 2.0]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({}, "broadcast is not an object"),
        ([], "the answer is not an object"),
        (None, "the answer is not an object"),
        ({"broadcast": {"subject": "no id"}}, "broadcast: id should be a whole number"),
        ({"broadcast": {"id": "seven"}}, "broadcast: id should be a whole number"),
        ({"broadcast": {"id": 7, "send_at": "soon"}}, "broadcast: send_at should be a time"),
        ({"broadcast": {"id": 7, "send_at": "0001-01-01T00:00:00+14:00"}}, "should be a time"),
        ({"broadcast": {"id": 7, "public": "maybe"}}, "broadcast: public should be true or false"),
        ({"broadcast": {"id": 7, "subject": {}}}, "broadcast: subject should be text"),
    ],
)
def test_an_answer_of_another_shape_is_no_answer(
    kit: Kit, server: ScriptedServer, answer: object, told: str
) -> None:
    server.answers(201, answer)

    with pytest.raises(Unreadable, match="POST /broadcasts got no answer") as caught:
        kit.broadcasts.create(subject="Tides", content="<p>High at nine</p>")

    assert told in str(caught.value)
