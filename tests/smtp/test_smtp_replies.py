"""What a reply means: codes first, and a reader is given up for few of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from newsletter.server.delivery.relay import BadRelay, is_reserved, parse
from newsletter.server.delivery.replies import Reply, Stage, Verdict, verdict, wait_after

TABLE = [
    (Stage.RCPT, 250, "2.1.5 ok", Verdict.FINE),
    (Stage.RCPT, 251, "will forward", Verdict.FINE),
    (Stage.DATA, 354, "go on", Verdict.FINE),
    (Stage.DATA, 250, "ok", Verdict.WAIT),
    (Stage.RCPT, 354, "what?", Verdict.WAIT),
    (Stage.CONTENT, 250, "2.0.0 queued", Verdict.FINE),
    (Stage.RCPT, 550, "5.1.1 <eve@post.internal>: user unknown", Verdict.BOUNCE),
    (Stage.RCPT, 550, "5.1.2 no such domain", Verdict.BOUNCE),
    (Stage.RCPT, 553, "5.1.3 bad syntax", Verdict.BOUNCE),
    (Stage.RCPT, 550, "5.1.6 moved", Verdict.BOUNCE),
    (Stage.RCPT, 556, "5.1.10 null MX", Verdict.BOUNCE),
    (Stage.CONTENT, 550, "5.1.1 unknown after all", Verdict.BOUNCE),
    (Stage.RCPT, 550, "No such user here", Verdict.BOUNCE),
    (Stage.RCPT, 550, "Recipient address rejected: User unknown", Verdict.BOUNCE),
    (Stage.CONTENT, 550, "User unknown", Verdict.REFUSE),  # words alone, about a whole message
    (Stage.RCPT, 550, "5.7.1 User unknown to our filter", Verdict.REFUSE),  # the code wins
    (Stage.RCPT, 550, "mailbox unavailable", Verdict.REFUSE),
    (Stage.RCPT, 552, "5.2.2 mailbox full", Verdict.REFUSE),
    (Stage.RCPT, 550, "5.2.1 mailbox disabled", Verdict.REFUSE),
    (Stage.CONTENT, 554, "5.7.1 spam", Verdict.REFUSE),
    (Stage.RCPT, 550, "2.1.5 a code that contradicts its number", Verdict.REFUSE),
    (Stage.RCPT, 450, "4.2.1 busy", Verdict.DEFER),
    (Stage.RCPT, 452, "4.2.2 full", Verdict.DEFER),
    (Stage.CONTENT, 451, "4.7.1 greylisted", Verdict.DEFER),
    (Stage.RCPT, 450, "5.1.1 a code that contradicts its number", Verdict.DEFER),
    (Stage.RCPT, 421, "4.7.0 too many", Verdict.WAIT),
    (Stage.CONNECT, 421, "busy", Verdict.WAIT),
    (Stage.CONNECT, 554, "5.7.1 listed", Verdict.PAUSE),
    (Stage.LOGIN, 454, "4.7.0 later", Verdict.WAIT),
    (Stage.LOGIN, 535, "5.7.8 wrong", Verdict.PAUSE),
    (Stage.STARTTLS, 454, "4.7.0 TLS not available", Verdict.WAIT),
    (Stage.MAIL, 451, "4.3.0 later", Verdict.WAIT),
    (Stage.MAIL, 550, "5.7.1 sender refused", Verdict.PAUSE),
    (Stage.CONTENT, 550, "5.7.26 unauthenticated", Verdict.PAUSE),
    (Stage.RCPT, 550, "5.7.25 no PTR", Verdict.PAUSE),
    (Stage.CONTENT, 550, "5.7.515 access denied", Verdict.PAUSE),
    (Stage.CONTENT, 550, "5.7.509 fails DMARC", Verdict.PAUSE),
    (Stage.RCPT, 550, "5.4.5 Daily sending quota exceeded", Verdict.PAUSE),
    (Stage.RCPT, 550, "outgoing message limit reached", Verdict.PAUSE),
    (Stage.RCPT, 530, "authentication required", Verdict.PAUSE),
    (Stage.CONTENT, 552, "5.3.4 too big", Verdict.PAUSE),
]


@pytest.mark.parametrize(("stage", "code", "text", "expected"), TABLE)
def test_a_reply_is_understood_by_its_codes(
    stage: Stage, code: int, text: str, expected: Verdict
) -> None:
    assert verdict(stage, Reply(code=code, text=text)) is expected


def test_waits_grow_and_end_after_three_days() -> None:
    waits: list[timedelta] = []
    while (wait := wait_after(len(waits) + 1)) is not None:
        waits.append(wait)

    assert waits[:4] == [
        timedelta(minutes=5),
        timedelta(minutes=30),
        timedelta(hours=2),
        timedelta(hours=6),
    ]
    assert timedelta(days=3) <= sum(waits, timedelta()) < timedelta(days=3, hours=6)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://relay.internal", ("relay.internal", 587, "starttls", "", "")),
        ("smtp://relay.internal:25", ("relay.internal", 25, "starttls", "", "")),
        ("smtp://relay.internal:25?starttls=no", ("relay.internal", 25, "plain", "", "")),
        ("smtp://127.0.0.1:2525", ("127.0.0.1", 2525, "plain", "", "")),
        ("smtp://localhost", ("localhost", 587, "plain", "", "")),
        ("smtp://[::1]:25", ("::1", 25, "plain", "", "")),
        ("smtp://localhost?starttls=yes", ("localhost", 587, "starttls", "", "")),
        ("smtps://a%40b:p%2Fw%3A@mx.internal/", ("mx.internal", 465, "tls", "a@b", "p/w:")),
    ],
)
def test_smtp_url_says_where_and_how(url: str, expected: tuple[object, ...]) -> None:
    relay = parse(url)

    assert (relay.host, relay.port, relay.security, relay.user, relay.password) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "relay.internal",
        "http://user:hush@relay.internal",
        "smtp://",
        "smtp://user:hush@",
        "smtp://user:hush@relay.internal:port",
        "smtp://user:hush@relay.internal:99999",
        "smtp://user:hu/sh@relay.internal",
        "smtp://user:hush@relay.internal?tls=no",
        "smtp://user:hush@relay.internal?starttls=perhaps",
    ],
)
def test_what_is_no_address_of_a_mail_server_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(BadRelay) as caught:
        parse(url)

    assert "hush" not in str(caught.value)


def test_a_password_is_not_printed() -> None:
    assert "hush" not in repr(parse("smtps://user:hush@relay.internal"))


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("ann@example.org", True),
        ("ann@mail.EXAMPLE.com", True),
        ("ann@shop.example", True),
        ("ann@x.test", True),
        ("ann@invalid", True),
        ("ann@myexample.org", False),
        ("ann@example.org.uk", False),
        ("ann@contest", False),
    ],
)
def test_sample_addresses_are_known_by_their_domain(address: str, expected: bool) -> None:
    assert is_reserved(address) is expected
