"""Mail of the embedded server that really leaves: through `SMTP_URL`, and what is said of it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.errors import NotConfigured, NotNow
from newsletter.settings import Settings

if TYPE_CHECKING:
    from newsletter.cli.call import Call
    from newsletter.server.delivery import Delivered, Post


def sends_mail(settings: Settings) -> bool:
    """Whether what the local target delivers leaves this computer."""
    return settings.target == "local" and settings.server.deliver == "smtp"


def post_of(settings: Settings, state: Path) -> Post | None:
    """How the embedded server's mail leaves; None when it goes into the outbox.

    Raises NotConfigured when it shall leave and `SMTP_URL` does not say how.
    """
    if settings.server.deliver != "smtp":
        return None
    from newsletter.server.delivery import Post
    from newsletter.server.delivery.relay import BadRelay, parse

    if settings.smtp_url is None:
        raise NotConfigured(
            'Mail shall leave by SMTP ([server] deliver = "smtp"), and there is no SMTP_URL.',
            hint="Put  SMTP_URL=smtp://user:password@mail.example.org:587  into .env.",
            code="no-smtp",
        )
    try:
        relay = parse(settings.smtp_url.get_secret_value())
    except BadRelay as error:
        raise NotConfigured(
            f"SMTP_URL cannot be used: {error}.",
            hint="Write it as smtp://user:password@mail.example.org:587 (STARTTLS) or smtps://…:465",
            code="bad-smtp-url",
        ) from None
    return Post(relay=relay, journals=state / "journals")


def mail_label(settings: Settings) -> str:
    """The target line where mail really leaves."""
    host = _host(settings)
    through = f" through {host}" if host else ""
    return f"target local{through} · {settings.name} · REAL EMAIL"


def is_far(settings: Settings) -> bool:
    """Whether mail leaves to another computer than this."""
    from newsletter.server.delivery.relay import is_near

    host = _host(settings)
    return bool(host) and not is_near(host)


def _host(settings: Settings) -> str:
    """The mail server's name; nothing where `SMTP_URL` cannot be used, for it may be a password."""
    from newsletter.server.delivery.relay import BadRelay, parse

    if settings.smtp_url is None:
        return ""
    try:
        return parse(settings.smtp_url.get_secret_value()).host
    except BadRelay:
        return ""


def delivered_words(done: Delivered, *, where: str = "") -> str:
    """How far a broadcast is, each kind of end apart; `where` it went."""
    apart = [
        f"{number} {word}"
        for number, word in (
            (done.refused, "refused"),
            (done.unknown, "unknown"),
            (done.deferred, "tried again later"),
            (done.suppressed, "left meanwhile"),
        )
        if number
    ]
    more = f" ({', '.join(apart)})" if apart else ""
    to = f" {where}" if where else ""
    return f"{done.accepted} of {done.total}{to}{more}: {done.subject}"


@contextmanager
def ending_well(stop: threading.Event) -> Iterator[None]:
    """While it lasts, SIGTERM sets `stop` instead of ending the process in the middle of a message.

    Only the main thread may say what a signal does; a daemon has seen to it before.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, lambda _number, _frame: stop.set())
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def tell(call: Call, reports: Iterable[Delivered]) -> None:
    """Say what a person should know; raises NotNow when a broadcast was paused just now."""
    paused = []
    for done in reports:
        for code, words in _warnings(done):
            call.warnings.append({"rule": code, "message": words})
            if not call.as_json:
                click.secho(f"warning: {words}", err=True, fg="yellow")
        if done.trouble:
            call.talk(f"{done.trouble}; it goes on later.", fg="yellow")
        if done.paused:
            paused.append(done)
    if paused:
        raise NotNow(
            " ".join(f"“{done.subject}” is paused: {done.paused}" for done in paused),
            hint="\n".join(
                f"When that is mended: newsletter server resume {done.broadcast_id}"
                for done in paused
            ),
            code="paused",
        )


def _warnings(done: Delivered) -> Iterator[tuple[str, str]]:
    if done.unknown:
        words = f"{delivered_words(done)}. The unknown may have it or not, and get it again only"
        yield ("unknown-deliveries", f"{words} by newsletter server reconcile {done.broadcast_id}")
