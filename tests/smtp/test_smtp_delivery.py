"""Mail that really leaves: one message a reader, each with its outcome."""

from __future__ import annotations

import email
import email.policy
from typing import Any

import pytest
from sqlalchemy import update

from newsletter.server.delivery import posting
from newsletter.server.delivery.line import Line
from newsletter.server.delivery.posting import REFUSALS_IN_A_ROW
from newsletter.server.store import outcomes, queue
from newsletter.server.store.leaving import leave
from newsletter.server.store.tables import deliveries
from tests.smtp.sink import Do, Moment, sinking


def test_every_reader_gets_the_letter_over_one_connection(either_office: Any) -> None:
    office = either_office
    office.readers("eve", "fay", "gus")
    office.broadcast()
    with sinking() as sink:
        office.to(sink)
        [done] = office.deliver()

    assert sorted(sink.recipients()) == [f"{n}@post.internal" for n in ("eve", "fay", "gus")]
    assert sink.connections == 1
    assert set(office.states().values()) == {"accepted"}
    assert (done.accepted, done.refused, done.total) == (3, 3, 6)  # the sample readers
    assert office.status() == "completed"
    assert office.journal_files() == []
    [message] = [m for m in sink.received if m.recipient.startswith("eve")]
    assert message.sender == "ann@letters.internal"
    parsed = email.message_from_bytes(message.raw, policy=email.policy.default)
    assert parsed["To"] == "eve@post.internal"
    html = parsed.get_body(("html",))
    assert html is not None
    assert "<p>.a line that begins with a dot, and Umlaute: äöü</p>" in html.get_content()
    assert "Hello Eve," in html.get_content()


def test_sample_readers_are_never_sent_to(office: Any) -> None:
    """They live at example.org, which belongs to nobody: mail there would only hurt."""
    office.readers("eve@shop.example", "fay@letters.test", "gus@sub.example.com")
    office.broadcast()
    with sinking() as sink:
        office.to(sink)
        [done] = office.deliver()

    assert sink.received == []
    assert sink.connections == 0
    assert (done.accepted, done.refused) == (0, 6)
    assert office.status() == "completed"


def test_many_readers_are_sent_to_in_slices_and_batches(
    office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("newsletter.server.store.audience.BATCH", 20)
    monkeypatch.setattr(posting, "SLICE", 7)
    office.readers(*(f"r{number}" for number in range(95)))
    office.broadcast()
    with sinking() as sink:
        office.to(sink)
        office.deliver()

    assert len(sink.recipients()) == len(set(sink.recipients())) == 95
    assert set(office.states().values()) == {"accepted"}


def test_who_leaves_while_mail_goes_out_gets_none_from_the_next_slice_on(
    office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "SLICE", 2)
    office.readers("eve", "fay", "gus", "hal", "ida")
    office.broadcast()

    def script(moment: Moment) -> None:
        if moment.stage == "content" and moment.count == 0:
            with office.store.writing() as db:
                leave(db, 8, how="link", now=office.clock())

    with sinking(script) as sink:
        office.to(sink)
        office.deliver()

    assert office.states()["ida"] == "suppressed"
    assert "ida@post.internal" not in sink.recipients()


@pytest.mark.parametrize(
    ("reply", "state"),
    [
        ("550 5.1.1 no such user\r\n", "bounced"),
        ("550 5.1.10 null mx\r\n", "bounced"),
        ("550 user unknown\r\n", "bounced"),
        ("550 mailbox unavailable\r\n", "active"),
        ("552 5.2.2 mailbox full\r\n", "active"),
        ("550 5.7.1 policy\r\n", "active"),
    ],
)
def test_only_an_address_that_does_not_exist_is_given_up(
    either_office: Any, reply: str, state: str
) -> None:
    office = either_office
    office.readers("eve", "fay")
    office.broadcast()

    def script(moment: Moment) -> str | None:
        return reply if moment.stage == "rcpt" and moment.recipient.startswith("eve") else None

    with sinking(script) as sink:
        office.to(sink)
        office.deliver()

    assert office.states() == {"eve": "refused", "fay": "accepted"}
    assert office.reader("eve") == state
    assert sink.recipients() == ["fay@post.internal"]
    assert sink.counts["rset"] == 1


def test_a_bounce_suppresses_the_address_and_a_later_broadcast_leaves_it_out(office: Any) -> None:
    office.readers("eve", "fay")
    office.broadcast()

    def script(moment: Moment) -> str | None:
        if moment.stage == "rcpt" and moment.recipient.startswith("eve"):
            return "550 5.1.1 gone\r\n"
        return None

    with sinking(script) as sink:
        office.to(sink)
        office.deliver()
        office.broadcast()
        [second] = office.deliver()

    assert second.total == 4
    assert sink.recipients() == ["fay@post.internal"] * 2


def test_who_is_put_off_is_tried_again_later_and_later_for_three_days(either_office: Any) -> None:
    """The others are not kept waiting, and her state stays as it is."""
    office = either_office
    office.readers("eve", "fay")
    office.broadcast()

    def script(moment: Moment) -> str | None:
        if moment.stage == "rcpt" and moment.recipient.startswith("eve"):
            return "451 4.7.1 greylisted\r\n"
        return None

    tries = []
    with sinking(script) as sink:
        office.to(sink)
        office.deliver()
        assert office.states() == {"eve": "deferred", "fay": "accepted"}
        assert office.status() == "sending"
        for _ in range(10_000):
            if office.status() == "completed":
                break
            office.clock.pass_by(minutes=5)
            before = sink.counts["rcpt"]
            office.deliver()
            if sink.counts["rcpt"] > before:
                tries.append(office.clock())

    assert office.states() == {"eve": "refused", "fay": "accepted"}
    assert office.reader("eve") == "active"
    minutes = [round((at - tries[0]).total_seconds() / 60) + 5 for at in tries]
    assert minutes[:4] == [5, 35, 155, 515]
    assert 72 * 60 <= minutes[-1] <= 78 * 60
    assert sink.recipients() == ["fay@post.internal"]


def test_who_was_put_off_gets_the_letter_when_the_server_takes_it(office: Any) -> None:
    office.readers("eve")
    office.broadcast()

    def script(moment: Moment) -> str | None:
        return "451 4.3.0 later\r\n" if moment.stage == "content" and moment.count == 0 else None

    with sinking(lambda m: Do(say=r, forget=True) if (r := script(m)) else None) as sink:
        office.to(sink)
        office.deliver()
        early = office.deliver()
        office.clock.pass_by(minutes=5)
        [done] = office.deliver()

    assert early == ()
    assert sink.recipients() == ["eve@post.internal"]
    assert (done.accepted, done.deferred) == (1, 0)
    assert office.status() == "completed"


@pytest.mark.parametrize(
    ("stage", "reply"),
    [
        ("rcpt", "550 5.7.26 unauthenticated\r\n"),
        ("content", "550 5.7.515 access denied, authentication\r\n"),
        ("rcpt", "550 5.7.25 no PTR\r\n"),
        ("content", "550 5.4.5 Daily user sending limit exceeded\r\n"),
        ("rcpt", "550 You have reached your daily sending quota\r\n"),
        ("mail", "553 5.1.8 sender refused\r\n"),
        ("mail", "530 5.7.0 authentication required\r\n"),
        ("mail", "552 5.3.4 too big\r\n"),
        ("connect", "554 5.7.1 your network is listed\r\n"),
    ],
)
def test_a_fault_of_ours_pauses_the_broadcast_and_marks_no_reader(
    office: Any, stage: str, reply: str
) -> None:
    office.readers("eve", "fay")
    office.broadcast()
    is_bad = True

    def script(moment: Moment) -> Do | None:
        return Do(say=reply, forget=True) if is_bad and moment.stage == stage else None

    with sinking(script) as sink:
        office.to(sink)
        [first] = office.deliver()
        again = office.deliver()
        office.clock.pass_by(days=1)
        later = office.deliver()
        before = office.states()

        assert reply.strip()[:3] in first.paused
        assert (again, later) == ((), ())  # said once
        assert set(before.values()) == {"queued"}
        assert office.status() == "sending"
        assert [office.reader(name) for name in ("eve", "fay")] == ["active"] * 2
        assert office.paused() == first.paused

        is_bad = False
        with office.store.writing() as db:
            assert queue.resume(db, 1)
        [done] = office.deliver()

    assert done.accepted == 2
    assert sorted(sink.recipients()) == ["eve@post.internal", "fay@post.internal"]


def test_refusals_of_everybody_one_after_the_other_are_a_fault_of_ours(office: Any) -> None:
    """Nobody is left out for it: after a pause they are tried again."""
    office.readers("ann", *(f"r{number}" for number in range(REFUSALS_IN_A_ROW + 5)))
    office.broadcast()
    is_bad = True

    def script(moment: Moment) -> Do | None:
        if is_bad and moment.stage == "content" and not moment.recipient.startswith("ann"):
            return Do(say="554 5.7.1 looks like spam\r\n", forget=True)
        return None

    with sinking(script) as sink:
        office.to(sink)
        [done] = office.deliver()
        assert "looks like spam" in done.paused
        assert sink.counts["content"] == REFUSALS_IN_A_ROW + 1
        assert sorted(set(office.states().values())) == ["accepted", "queued"]
        is_bad = False
        with office.store.writing() as db:
            queue.resume(db, 1)
        office.deliver()

    assert set(office.states().values()) == {"accepted"}
    assert len(sink.recipients()) == len(set(sink.recipients())) == REFUSALS_IN_A_ROW + 6


def test_a_server_that_is_not_there_is_left_alone_for_a_while(office: Any) -> None:
    office.readers("eve")
    office.broadcast()
    with sinking() as sink:
        port = sink.port
        office.to(sink)
    [first] = office.deliver()
    again = office.deliver()
    with sinking(port=port) as sink:
        office.clock.pass_by(seconds=61)
        [done] = office.deliver()

    assert "is not reached" in first.trouble
    assert first.paused == ""
    assert again == ()
    assert done.accepted == 1
    assert sink.recipients() == ["eve@post.internal"]


def test_stopping_leaves_the_rest_queued_and_loses_nothing(office: Any) -> None:
    office.readers(*(f"r{number}" for number in range(20)))
    office.broadcast()
    with sinking() as sink:
        office.to(sink)
        office.deliver(should_stop=lambda: len(sink.received) >= 7)
        so_far = len(sink.received)
        [done] = office.deliver()

    assert 7 <= so_far < 20
    assert done.accepted == 20
    assert len(sink.recipients()) == len(set(sink.recipients())) == 20


def test_an_interrupt_in_the_middle_of_a_message_leaves_its_fate_open(
    office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C while the server thinks: it may have the message, so nobody sends it again."""
    office.readers("eve", "fay")
    office.broadcast()
    getreply = Line._content

    def interrupted(line: Any, smtp: Any, raw: bytes) -> Any:
        getreply(line, smtp, raw)
        raise KeyboardInterrupt

    with sinking() as sink:
        office.to(sink)
        with monkeypatch.context() as patch:
            patch.setattr(Line, "_content", interrupted)
            with pytest.raises(KeyboardInterrupt):
                office.deliver()
        assert sorted(office.states().values()) == ["queued", "unknown"]
        office.deliver()

    assert len(sink.recipients()) == len(set(sink.recipients())) == 2
    assert sorted(office.states().values()) == ["accepted", "unknown"]
    assert office.status() == "completed"


def test_one_bad_address_fails_alone(office: Any) -> None:
    bad = ["x" * 300 + "@post.internal", "a b@post.internal", "eve\r\nfay@post.internal"]
    bad += [f"b{number}@-.internal" for number in range(REFUSALS_IN_A_ROW)]
    bad += [
        "müller@post.internal",
        "@post.internal",
        "a@@post.internal",
        "<gus>@post.internal",
        "x@y",
    ]
    office.readers("ida", *bad, "jon")
    office.broadcast()
    with sinking() as sink:
        office.to(sink)
        office.deliver()

    assert sink.recipients() == ["ida@post.internal", "jon@post.internal"]
    with office.store.reading() as db:
        assert outcomes.unknown(db, 1, limit=5) == []
    assert office.status() == "completed"
    assert office.paused() is None


@pytest.mark.parametrize(
    "value", ["\r\nBcc: spy@post.internal", "\n.\n", "\x00", "\r.\r", "\u2028X: y"]
)
def test_no_value_can_add_a_header_or_end_the_message(office: Any, value: str) -> None:
    office.readers("eve")
    office.broadcast(
        subject=f"Hi {value} you",
        content=f"<p>{value}</p><a href='{{{{ unsubscribe_url }}}}'>x</a>",
    )
    with sinking() as sink:
        office.to(sink)
        office.deliver()

    assert sink.recipients() == ["eve@post.internal"]
    [message] = sink.received
    assert b"\r" not in message.raw.replace(b"\r\n", b"")
    assert b"\n" not in message.raw.replace(b"\r\n", b"")
    assert b"\x00" not in message.raw
    parsed = email.message_from_bytes(message.raw, policy=email.policy.default)
    assert parsed["Bcc"] is None
    assert parsed["X"] is None
    assert [part.get_content_type() for part in parsed.iter_parts()] == ["text/plain", "text/html"]


def test_a_second_copy_could_only_bear_the_same_message_id(office: Any) -> None:
    """So that a mail server or reader may see that it is one."""
    office.readers("eve")
    office.broadcast()
    with sinking() as sink:
        office.to(sink)
        office.deliver()
        with office.store.writing() as db:
            db.execute(update(deliveries).values(state="unknown"))
            assert outcomes.resend_unknown(db, 1, at=office.clock()) == 4
        office.deliver()

    first, second = sink.received
    assert first.raw == second.raw
