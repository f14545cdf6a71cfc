"""What a call makes of a 4xx answer: final, in the service's words, and 429 apart from the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import httpx
import pytest

from newsletter.kit import (
    Conflict,
    Forbidden,
    Invalid,
    Kit,
    NotFound,
    QueueFull,
    RateLimited,
    Refused,
    Unauthorized,
)

if TYPE_CHECKING:
    from tests.kit.conftest import Clock, ScriptedServer

    Net = Callable[[httpx.Request], httpx.Response]

ACCOUNT = {"user": {"email": "ada@example.org", "id": 1}, "account": {"id": 1, "name": "Tides"}}
BROADCAST = {"broadcast": {"id": 7, "subject": "Tides", "status": "draft"}}


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Refused),
        (401, Unauthorized),
        (403, Forbidden),
        (404, NotFound),
        (409, Conflict),
        (413, QueueFull),
        (422, Invalid),
    ],
)
def test_a_refusal_is_final_and_keeps_the_services_words(
    kit: Kit,
    server: ScriptedServer,
    clock: Clock,
    call: Callable[[Kit], object],
    status: int,
    kind: type[Refused],
) -> None:
    server.answers(status, {"errors": ["Name can't be blank", ["Not nested, please"]]})

    with pytest.raises(Refused) as caught:
        call(kit)

    assert type(caught.value) is kind
    assert caught.value.status == status
    assert caught.value.errors == ("Name can't be blank", "Not nested, please")
    assert "Name can't be blank; Not nested, please" in str(caught.value)
    assert len(server.seen) == 1
    assert clock.slept == []


@pytest.mark.parametrize(
    ("raw", "content_type", "errors"),
    [
        (
            b'{"error":"invalid_grant","error_description":"Used up"}',
            "application/json",
            ("Used up",),
        ),
        (
            b'{"error":"Failed","message":"API key not valid"}',
            "application/json",
            ("API key not valid",),
        ),
        (b'{"errors": "only one"}', "application/json", ("only one",)),
        (b"{}", "application/json", ()),
        (b"[]", "application/json", ()),
        (b"", "application/json", ()),
        (b"<h1>Blocked</h1>", "text/html", ()),
        (b"Go away\n", "text/plain; charset=utf-8", ("Go away",)),
        (b'{"errors": ["\\u001b[2Jtwo\\nlines"]}', "application/json", ("[2Jtwo lines",)),
        (
            b'{"errors": ["' + b"long " * 1000 + b'"]}',
            "application/json",
            (("long " * 100).rstrip() + " ",),
        ),
    ],
)
def test_a_refusal_in_any_form_is_still_a_refusal(
    kit: Kit, server: ScriptedServer, raw: bytes, content_type: str, errors: tuple[str, ...]
) -> None:
    server.answers(403, raw=raw, content_type=content_type)

    with pytest.raises(Forbidden) as caught:
        kit.account.get()

    assert caught.value.errors == errors


def test_after_429_any_call_is_repeated_because_it_was_not_applied(
    kit: Kit, server: ScriptedServer, clock: Clock, write: Callable[[Kit], object]
) -> None:
    server.answers(429, raw=b"Retry later", content_type="text/plain")
    server.answers(429, raw=b"Retry later", content_type="text/plain")
    server.answers(200, BROADCAST)

    write(kit)

    assert len(server.seen) == 3
    assert server.seen[0] == server.seen[2]
    assert clock.slept == [2.0, 4.0]


def test_429_without_end_is_given_up_when_the_window_is_certainly_over(
    kit: Kit, server: ScriptedServer, clock: Clock
) -> None:
    for _ in range(10):
        server.answers(429, raw=b"Retry later", content_type="text/plain")

    with pytest.raises(RateLimited) as caught:
        kit.subscribers.unsubscribe(3)

    assert caught.value.errors == ("Retry later",)
    assert clock.slept == [2.0, 4.0, 8.0, 16.0, 30.0]
    assert sum(clock.slept) == 60.0


@pytest.mark.parametrize(
    ("retry_after", "slept"),
    [
        ("7", 7.5),
        ("60", 60.5),
        ("0", 0.5),
        ("Tue, 02 Mar 2027 08:00:30 GMT", 30.5),
        ("Tue, 02 Mar 2027 07:00:00 GMT", 0.5),
        ("soon", 2.0),
        ("", 2.0),
    ],
)
def test_a_retry_after_is_the_least_that_is_waited(
    kit_over: Callable[[Net], Kit], clock: Clock, retry_after: str, slept: float
) -> None:
    """A date counts from the answer's own `Date`, so the two clocks need not agree."""
    headers = {"Date": "Tue, 02 Mar 2027 08:00:00 GMT", "Retry-After": retry_after}
    answers = [
        httpx.Response(429, text="Retry later", headers=headers),
        httpx.Response(200, json=ACCOUNT),
    ]
    with kit_over(lambda _request: answers.pop(0)) as kit:
        kit.account.get()

    assert clock.slept == [slept]


def test_a_retry_after_of_an_hour_is_told_instead_of_waited(
    kit_over: Callable[[Net], Kit], clock: Clock
) -> None:
    answer = httpx.Response(429, text="Retry later", headers={"Retry-After": "3600"})

    with kit_over(lambda _request: answer) as kit, pytest.raises(RateLimited) as caught:
        kit.account.get()

    assert caught.value.retry_after == 3600
    assert clock.slept == []


def test_a_read_honours_the_retry_after_of_an_overloaded_service(
    kit_over: Callable[[Net], Kit], clock: Clock
) -> None:
    answers = [httpx.Response(503, headers={"Retry-After": "9"}), httpx.Response(200, json=ACCOUNT)]
    with kit_over(lambda _request: answers.pop(0)) as kit:
        kit.account.get()

    assert clock.slept == [9.5]
