"""How one single message leaves: into the outbox, or through the mail server of `SMTP_URL`."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from contextlib import closing
from email import message_from_bytes
from email.policy import SMTP
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from newsletter.errors import NotConfigured, NotNow, TryLater

if TYPE_CHECKING:
    from newsletter.server.store.store import Store

TIMEOUT = 30.0
_PORTS = {"smtp": 587, "smtps": 465}

Post = Callable[[str, bytes], None]


def outbox_post(store: Store) -> Post:
    """Keeps a message in the embedded server's outbox."""
    from newsletter.server.store import outbox

    def post(address: str, raw: bytes) -> None:
        message = message_from_bytes(raw, policy=SMTP)
        row = {
            "recipient": address,
            "subject": str(message["Subject"]),
            "message_id": str(message["Message-ID"]),
            "list_unsubscribe": "",
            "raw": raw,
            "at": store.clock(),
        }
        with store.writing() as connection:
            outbox.put(connection, [row])

    return post


def smtp_post(url: str, sender: str) -> Post:
    """Sends a message through `url`: `smtps://`, or `smtp://` with STARTTLS.

    Without TLS only to this computer. Raises NotConfigured for an unusable address or a
    refused login, TryLater when the server is not reached, NotNow when it refuses.
    """
    unusable = NotConfigured(
        "SMTP_URL cannot be used.",
        hint="Write it as smtps://user:password@smtp.example.org:465\n"
        "In a user or password / is %2F, @ is %40 and : is %3A.",
        code="bad-smtp-url",
    )
    try:
        parts = urlsplit(url)
        named = parts.port
    except ValueError:  # its words hold a part of the password
        raise unusable from None
    if parts.scheme not in _PORTS or not parts.hostname or parts.path not in ("", "/"):
        raise unusable
    host, port = parts.hostname, named or _PORTS[parts.scheme]

    def post(address: str, raw: bytes) -> None:
        try:
            with closing(_connect(parts.scheme, host, port)) as server:
                if parts.username:
                    server.login(unquote(parts.username), unquote(parts.password or ""))
                server.sendmail(sender, [address], raw)
                server.quit()
        except smtplib.SMTPAuthenticationError as error:
            raise NotConfigured(
                f"{host} does not accept the user and password of SMTP_URL.", code="smtp-login"
            ) from error
        except smtplib.SMTPException as error:
            raise NotNow(f"{host} refused the message: {_reason(error)}") from error
        except OSError as error:
            raise TryLater(f"{host}:{port} is not reached: {error.strerror or error}.") from error

    return post


def _connect(scheme: str, host: str, port: int) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT, context=context)
    server = smtplib.SMTP(host, port, timeout=TIMEOUT)
    try:
        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls(context=context)
            server.ehlo()
        elif host not in ("localhost", "::1") and not host.startswith("127."):
            raise NotConfigured(
                f"{host} offers no encryption (STARTTLS), so no password or letter is sent there.",
                hint="Use smtps://, or another port.",
                code="smtp-plain",
            )
    except BaseException:
        server.close()
        raise
    return server


def _reason(error: smtplib.SMTPException) -> str:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, said = next(iter(error.recipients.values()))
        return f"{code} {said.decode(errors='replace')}"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_text(error.smtp_error)}"
    return str(error)


def _text(said: object) -> str:
    return said.decode(errors="replace") if isinstance(said, bytes) else str(said)
