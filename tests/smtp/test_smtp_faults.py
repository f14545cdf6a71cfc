"""What a mail server can do to a message, and what becomes of it (faults 17 to 21)."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from newsletter.server.delivery.line import Timeouts
from tests.smtp.conftest import Certificate
from tests.smtp.sink import Do, Moment, Script, sinking

OK = "250 2.0.0 taken\r\n"


def at(stage: str, done: Do | str, *, count: int | None = 0) -> Script:
    """Do it when a stage comes for the nth time, or always."""

    def script(moment: Moment) -> Do | str | None:
        return done if moment.stage == stage and count in (None, moment.count) else None

    return script


# Two readers, eve first. `once`: the states after one call; `arrived`: who has it then, as far
# as the sink saw; `end`: the states after ten minutes, when nothing is wrong any more.
GOOD = {"eve": "accepted", "fay": "accepted"}
QUEUED = {"eve": "queued", "fay": "queued"}
TABLE: list[tuple[str, Script, dict[str, str], str, dict[str, str]]] = [
    # the server says no, at each command
    ("421 at connect", at("connect", "421 4.3.2 busy\r\n"), QUEUED, "", GOOD),
    ("450 at connect", at("connect", "450 4.3.2 busy\r\n"), QUEUED, "", GOOD),
    ("421 at EHLO", at("ehlo", Do(say="421 bye\r\n", drop=True)), QUEUED, "", GOOD),
    ("451 at MAIL", at("mail", "451 4.3.0 later\r\n"), QUEUED, "", GOOD),
    (
        "450 at RCPT",
        at("rcpt", "450 4.2.0 later\r\n"),
        {"eve": "deferred", "fay": "accepted"},
        "fay",
        GOOD,
    ),
    (
        "550 at RCPT",
        at("rcpt", "550 5.2.1 no\r\n"),
        {"eve": "refused", "fay": "accepted"},
        "fay",
        {"eve": "refused", "fay": "accepted"},
    ),
    (
        "451 at DATA",
        at("data", "451 4.3.0 later\r\n"),
        {"eve": "deferred", "fay": "accepted"},
        "fay",
        GOOD,
    ),
    (
        "554 at DATA",
        at("data", "554 5.5.1 no\r\n"),
        {"eve": "refused", "fay": "accepted"},
        "fay",
        {"eve": "refused", "fay": "accepted"},
    ),
    (
        "452 after the dot",
        at("content", Do(say="452 4.3.1 full\r\n", forget=True)),
        {"eve": "deferred", "fay": "accepted"},
        "fay",
        GOOD,
    ),
    (
        "554 after the dot",
        at("content", Do(say="554 5.6.0 no\r\n", forget=True)),
        {"eve": "refused", "fay": "accepted"},
        "fay",
        {"eve": "refused", "fay": "accepted"},
    ),
    ("421 after the dot", at("content", Do(say="421 4.3.2 no\r\n", forget=True, drop=True)), QUEUED, "", GOOD),
    ("421 on a kept connection", at("mail", Do(say="421 4.7.0 enough\r\n", drop=True), count=1), GOOD, "eve fay", GOOD),
    ("RSET refused", lambda m: "550 5.2.1 no\r\n" if m.stage == "rcpt" and m.count == 0 else "500 what?\r\n" if m.stage == "rset" else None, {"eve": "refused", "fay": "accepted"}, "fay", {"eve": "refused", "fay": "accepted"}),
    # the connection ends
    ("dropped at connect", at("connect", Do(drop=True)), QUEUED, "", GOOD),
    ("dropped before DATA", at("rcpt", Do(drop=True)), GOOD, "eve fay", GOOD),
    ("dropped at 354", at("data", Do(say="354 go on\r\n", drop=True)), {"eve": "unknown", "fay": "accepted"}, "fay", {"eve": "unknown", "fay": "accepted"}),
    ("dropped after the dot", at("content", Do(drop=True)), {"eve": "unknown", "fay": "accepted"}, "eve fay", {"eve": "unknown", "fay": "accepted"}),
    ("dropped after the 250", at("content", Do(say=OK, drop=True)), GOOD, "eve fay", GOOD),
    ("closed while kept, noticed at the next", at("content", Do(say=OK + "421 idle\r\n", drop=True)), GOOD, "eve fay", GOOD),
    # replies that are hard to read
    ("split byte by byte", lambda m: Do(say="250-2.0.0 one\r\n250 2.0.0 two\r\n", split=True) if m.stage in ("mail", "rcpt", "content") else None, GOOD, "eve fay", GOOD),
    ("of a hundred lines", at("content", "250-2.0.0 so\r\n" * 99 + OK, count=None), GOOD, "eve fay", GOOD),
    ("longer than 512", at("content", f"250 2.0.0 {'x' * 3000}\r\n", count=None), GOOD, "eve fay", GOOD),
    ("slow", at("content", Do(say=OK, wait=0.3), count=None), GOOD, "eve fay", GOOD),
    ("no reply at all", at("content", Do(say="welcome, friend\r\n", drop=True)), {"eve": "unknown", "fay": "accepted"}, "eve fay", {"eve": "unknown", "fay": "accepted"}),
    ("a line without end", at("content", Do(say="250 " + "x" * 20_000, drop=True)), {"eve": "unknown", "fay": "accepted"}, "eve fay", {"eve": "unknown", "fay": "accepted"}),
    ("a 354 after the dot", at("content", Do(say="354 more?\r\n")), {"eve": "unknown", "fay": "accepted"}, "eve fay", {"eve": "unknown", "fay": "accepted"}),
    ("junk before the greeting", at("connect", Do(say="hello\r\n")), QUEUED, "", GOOD),
    # silence
    ("never answers MAIL", at("mail", Do(wait=2.0, drop=True)), GOOD, "eve fay", GOOD),
    ("never answers the dot", at("content", Do(wait=3.0, drop=True)), {"eve": "unknown", "fay": "accepted"}, "eve fay", {"eve": "unknown", "fay": "accepted"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("script", "once", "arrived", "end"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_what_a_server_does_to_one_message_stays_with_that_message(
    office: Any, script: Script, once: dict[str, str], arrived: str, end: dict[str, str]
) -> None:
    office.timeouts = Timeouts(connect=1, command=1, data=1, content=1, dot=1)
    office.readers("eve", "fay")
    office.broadcast()
    with sinking(script) as sink:
        office.to(sink)
        office.deliver()
        first, got = office.states(), sink.recipients()
        office.clock.pass_by(minutes=10)
        office.deliver()
        office.clock.pass_by(minutes=10)
        office.deliver()

    assert first == once
    assert sorted(each.partition("@")[0] for each in got) == arrived.split()
    assert office.states() == end
    assert office.paused() is None
    # L and D: everybody who can have it has it, nobody twice.
    final = sink.recipients()
    assert len(final) == len(set(final))
    for name, state in end.items():
        if state == "accepted":
            assert f"{name}@post.internal" in final
    assert office.journal_files() == []


@pytest.mark.parametrize("octets", [0, 1, 500])
def test_a_connection_that_ends_within_the_content_sends_it_again(office: Any, octets: int) -> None:
    """The server has not seen the end, so it has no message; once more over a new connection.

    A letter larger than the buffers of both sides, so that sending itself fails.
    """
    office.readers("eve", "fay")
    long = "ü" * 900_000
    office.broadcast(content=f"<p>{long}</p><a href='{{{{ unsubscribe_url }}}}'>x</a>")
    with sinking(at("data", Do(cut=octets))) as sink:
        office.to(sink)
        office.deliver()
        first = office.states()
        office.clock.pass_by(minutes=5)
        office.deliver()

    assert first == {"eve": "deferred", "fay": "accepted"}
    assert office.states() == GOOD
    assert sorted(sink.recipients()) == ["eve@post.internal", "fay@post.internal"]


def test_a_server_that_stops_reading_is_given_up_in_time(office: Any) -> None:
    """Its window is full and stays full: the content's time runs out, and it has no message."""
    office.timeouts = Timeouts(connect=1, command=1, data=1, content=0.5, dot=1)
    office.readers("eve")
    long = "ü" * 900_000
    office.broadcast(content=f"<p>{long}</p><a href='{{{{ unsubscribe_url }}}}'>x</a>")
    listener = socket.create_server(("127.0.0.1", 0))
    end = threading.Event()

    def stall() -> None:
        while not end.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rwb", buffering=0) as wire:
                wire.write(b"220 hi\r\n")
                for answer in (b"250 hi\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n"):
                    if not wire.readline():
                        break
                    wire.write(answer)
                end.wait(10)

    thread = threading.Thread(target=stall)
    thread.start()
    office.smtp_url = f"smtp://127.0.0.1:{listener.getsockname()[1]}"
    office.deliver()
    end.set()
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()

    assert office.states() == {"eve": "deferred"}


# --- privacy ---------------------------------------------------------------------------------


@pytest.fixture
def trusted(certificate: Certificate, monkeypatch: pytest.MonkeyPatch) -> Certificate:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.file))
    return certificate


@pytest.mark.parametrize("is_implicit", [True, False])
def test_mail_goes_over_tls_with_a_certificate_that_is_checked_and_a_login(
    office: Any, trusted: Certificate, is_implicit: bool
) -> None:
    office.readers("eve", "fay")
    office.broadcast()
    logins = {"ann": "p/w:d"}
    with sinking(tls=trusted.context, logins=logins, is_implicit=is_implicit) as sink:
        scheme, end = ("smtps", "") if is_implicit else ("smtp", "?starttls=yes")
        office.to(sink, f"{scheme}://ann:p%2Fw%3Ad@localhost:{sink.port}{end}")
        office.deliver()

    assert office.states() == GOOD
    assert {each.user for each in sink.received} == {"ann"}
    assert is_implicit or all(each.is_private for each in sink.received)


@pytest.mark.parametrize("scheme", ["smtps", "smtp"])
@pytest.mark.parametrize("wrong", ["unknown", "name"])
def test_a_certificate_that_is_not_right_stops_before_anything_is_said(
    office: Any,
    certificate: Certificate,
    monkeypatch: pytest.MonkeyPatch,
    scheme: str,
    wrong: str,
) -> None:
    if wrong == "name":
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate.file))
    host = "127.0.0.2" if wrong == "name" else "localhost"
    office.readers("eve")
    office.broadcast()
    is_implicit = scheme == "smtps"
    with sinking(tls=certificate.context, logins={"a": "b"}, is_implicit=is_implicit) as sink:
        if wrong == "name":
            # The sink listens on 127.0.0.1; the certificate does not speak of 127.0.0.2.
            monkeypatch.setattr(socket, "create_connection", _to_loopback(socket.create_connection))
        office.to(sink, f"{scheme}://{host}:{sink.port}{'' if is_implicit else '?starttls=yes'}")
        [done] = office.deliver()

    assert "certificate cannot be trusted" in done.paused
    assert sink.received == []
    assert not any(line.startswith(("AUTH", "MAIL")) for line in sink.lines)
    assert office.states() == {"eve": "queued"}


def _to_loopback(connect: Callable[..., socket.socket]) -> Callable[..., socket.socket]:
    return lambda address, *rest: connect(("127.0.0.1", address[1]), *rest)


def test_a_server_that_hides_its_starttls_gets_neither_password_nor_letter(office: Any) -> None:
    """As somebody in between would make it look."""
    office.readers("eve")
    office.broadcast()
    with sinking(logins={"ann": "hush"}) as sink:
        office.to(sink, f"smtp://ann:hush@localhost:{sink.port}?starttls=yes")
        [done] = office.deliver()

    assert "no encryption" in done.paused
    assert not any(line.startswith(("AUTH", "MAIL")) for line in sink.lines)


@pytest.mark.parametrize(
    ("script", "logins", "words"),
    [
        (None, {"ann": "other"}, "does not accept user and password"),
        (None, {}, "AUTH"),
        (at("auth", "534 5.7.9 too weak\r\n", count=None), {"ann": "hush"}, "534"),
    ],
)
def test_a_refused_login_pauses_and_tells_no_password(
    office: Any, script: Script | None, logins: dict[str, str], words: str
) -> None:
    office.readers("eve")
    office.broadcast()
    with sinking(script or (lambda _: None), logins=logins) as sink:
        office.to(sink, f"smtp://ann:hush@127.0.0.1:{sink.port}")
        [done] = office.deliver()

    assert words in done.paused
    assert "hush" not in done.paused
    assert office.states() == {"eve": "queued"}


def test_a_login_that_fails_for_the_moment_is_tried_again(office: Any) -> None:
    office.readers("eve")
    office.broadcast()
    script = at("auth", "454 4.7.0 later\r\n")
    with sinking(script, logins={"ann": "hush"}) as sink:
        office.to(sink, f"smtp://ann:hush@127.0.0.1:{sink.port}")
        [done] = office.deliver()
        office.clock.pass_by(minutes=2)
        office.deliver()

    assert (done.paused, office.states()) == ("", {"eve": "accepted"})
