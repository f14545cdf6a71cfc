"""One kept connection to the mail server (RFC 5321), opened when the first message needs it."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from newsletter.server.delivery.relay import Relay
from newsletter.server.delivery.replies import Reply, Stage, Verdict, verdict

_DOT = re.compile(rb"^\.", re.MULTILINE)
_MOST_WORDS = 500  # of a reply; more is kept by nobody


@dataclass(frozen=True, kw_only=True)
class Timeouts:
    """How long to wait for each answer, in seconds; RFC 5321 §4.5.3.2 is the default."""

    connect: float = 60.0
    command: float = 300.0
    data: float = 120.0
    content: float = 180.0
    dot: float = 600.0


class LineBroken(Exception):
    """The connection ended. `is_ambiguous`: the server may have the whole message, or not."""

    def __init__(self, words: str, *, is_ambiguous: bool = False) -> None:
        super().__init__(words)
        self.words = words
        self.is_ambiguous = is_ambiguous


class NoLine(Exception):
    """No connection could be made; `is_ours` when only a person can mend that."""

    def __init__(self, words: str, *, is_ours: bool) -> None:
        super().__init__(words)
        self.words = words
        self.is_ours = is_ours


@dataclass(frozen=True, kw_only=True)
class Answered:
    """The reply that decided about a message, and which command it answers."""

    stage: Stage
    reply: Reply

    @property
    def verdict(self) -> Verdict:
        """What follows."""
        return verdict(self.stage, self.reply)


class Line:
    """A connection that is kept from message to message, and made anew when it broke."""

    def __init__(self, relay: Relay, *, timeouts: Timeouts) -> None:
        self._relay = relay
        self._timeouts = timeouts
        self._smtp: smtplib.SMTP | None = None

    @property
    def is_open(self) -> bool:
        """Whether there is a connection, as far as one can know."""
        return self._smtp is not None

    def open(self) -> None:
        """Connect, make it private, log in; does nothing when that is done. Raises NoLine."""
        if self._smtp is not None:
            return
        smtp: smtplib.SMTP | None = None
        stage = Stage.CONNECT
        try:
            smtp = self._connected()
            if self._relay.security == "starttls":
                stage = Stage.STARTTLS
                self._make_private(smtp)
            if self._relay.user:
                stage = Stage.LOGIN
                smtp.login(self._relay.user, self._relay.password)
        except BaseException as error:
            if smtp is not None:
                smtp.close()
            if isinstance(error, (smtplib.SMTPException, OSError, UnicodeError)):
                raise self._why_not(stage, error) from error
            raise
        self._smtp = smtp

    def send(
        self, *, sender: str, recipient: str, raw: bytes, before_content: Callable[[], None]
    ) -> Answered:
        """Hand one message over; gives the reply that decided about it.

        `before_content` is called when the server waits for the content and not an octet of
        it has left. Raises LineBroken, or NoLine when a connection had to be made and was not.
        """
        self.open()
        smtp = self._smtp
        assert smtp is not None  # noqa: S101  (open has made it or raised)
        try:
            answered = self._envelope(smtp, sender, recipient, len(raw))
            if answered.stage is not Stage.DATA or answered.verdict is not Verdict.FINE:
                self._after_refusal(smtp, answered)
                return answered
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise LineBroken(_words(error)) from error
        except BaseException:
            self.close()
            raise
        try:
            before_content()
        except BaseException:
            self.close()  # the server waits for content now, and none comes
            raise
        return self._content(smtp, raw)

    def close(self) -> None:
        """Drop the connection without a word."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            smtp.close()

    def quit(self) -> None:
        """End the connection politely. Every message was answered before."""
        smtp, self._smtp = self._smtp, None
        if smtp is None:
            return
        with suppress(smtplib.SMTPException, OSError):
            _patience(smtp, 5.0)
            smtp.quit()
        smtp.close()

    def _connected(self) -> smtplib.SMTP:
        relay, patience = self._relay, self._timeouts
        if relay.security == "tls":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                timeout=patience.connect, context=ssl.create_default_context()
            )
        else:
            smtp = smtplib.SMTP(timeout=patience.connect)
        # The name that a certificate is checked for; `connect` alone does not set it.
        smtp._host = relay.host  # type: ignore[attr-defined]
        try:
            code, said = smtp.connect(relay.host, relay.port)
            if code != 220:
                raise smtplib.SMTPConnectError(code, said)
            _patience(smtp, patience.command)
            smtp.ehlo_or_helo_if_needed()
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _make_private(self, smtp: smtplib.SMTP) -> None:
        if not smtp.has_extn("starttls"):
            raise smtplib.SMTPNotSupportedError("it offers no encryption (STARTTLS)")
        smtp.starttls(context=ssl.create_default_context())
        smtp.ehlo()

    def _why_not(self, stage: Stage, error: Exception) -> NoLine:
        place = self._relay.place
        if isinstance(error, smtplib.SMTPResponseException) and 200 <= error.smtp_code < 600:
            reply = _reply(error.smtp_code, error.smtp_error)
            is_ours = verdict(stage, reply) is Verdict.PAUSE
            if stage is Stage.LOGIN and is_ours:
                return NoLine(f"{place} does not accept user and password: {reply}", is_ours=True)
            return NoLine(f"{place} answered to {stage}: {reply}", is_ours=is_ours)
        if isinstance(error, ssl.SSLError):
            # A certificate that cannot be verified says so; other breaks may pass by themselves.
            reason = getattr(error, "verify_message", "") or error.reason or str(error)
            is_certificate = isinstance(error, ssl.SSLCertVerificationError)
            what = "its certificate cannot be trusted" if is_certificate else "no TLS"
            return NoLine(f"{place}: {what} ({reason})", is_ours=is_certificate)
        if isinstance(error, (smtplib.SMTPNotSupportedError, UnicodeError)):
            words = (
                "user or password hold letters that SMTP cannot carry"
                if isinstance(error, UnicodeError)
                else str(error)
            )
            return NoLine(f"{place}: {words}", is_ours=True)
        return NoLine(f"{place} is not reached: {_words(error)}", is_ours=False)

    def _envelope(self, smtp: smtplib.SMTP, sender: str, recipient: str, octets: int) -> Answered:
        """MAIL, RCPT, DATA, as far as they are answered well."""
        _patience(smtp, self._timeouts.command)
        size = [f"SIZE={octets}"] if smtp.has_extn("size") else []
        answered = Answered(stage=Stage.MAIL, reply=_reply(*smtp.mail(sender, size)))
        if answered.verdict is Verdict.FINE:
            answered = Answered(stage=Stage.RCPT, reply=_reply(*smtp.rcpt(recipient)))
        if answered.verdict is Verdict.FINE:
            _patience(smtp, self._timeouts.data)
            answered = Answered(stage=Stage.DATA, reply=_reply(*smtp.docmd("DATA")))
        return answered

    def _after_refusal(self, smtp: smtplib.SMTP, answered: Answered) -> None:
        """Make the connection good for the next message, or drop it."""
        if answered.verdict in (Verdict.WAIT, Verdict.PAUSE):
            self.close()
            return
        with suppress(smtplib.SMTPException, OSError):
            if _reply(*smtp.docmd("RSET")).code == 250:
                return
        self.close()

    def _content(self, smtp: smtplib.SMTP, raw: bytes) -> Answered:
        stuffed = _DOT.sub(b"..", raw)
        end = b"" if stuffed.endswith(b"\r\n") else b"\r\n"
        try:
            _patience(smtp, self._timeouts.content)
            # Complete only with its last octets: as long as this raises, the server lacks them.
            smtp.send(stuffed + end + b".\r\n")
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise LineBroken(f"while the message was sent: {_words(error)}") from error
        except BaseException:
            self.close()
            raise
        try:
            _patience(smtp, self._timeouts.dot)
            answered = Answered(stage=Stage.CONTENT, reply=_reply(*smtp.getreply()))
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            words = f"no answer after the message: {_words(error)}"
            raise LineBroken(words, is_ambiguous=True) from error
        except BaseException:
            self.close()
            raise
        if answered.reply.code // 100 == 3:
            self.close()
            raise LineBroken(f"no answer but: {answered.reply}", is_ambiguous=True)
        if answered.verdict is not Verdict.FINE:
            self._after_refusal(smtp, answered)
        return answered


def _patience(smtp: smtplib.SMTP, seconds: float) -> None:
    sock: socket.socket | None = smtp.sock
    if sock is not None:
        sock.settimeout(seconds)


def _reply(code: int, said: bytes | str) -> Reply:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    if not 200 <= code < 600:
        raise smtplib.SMTPServerDisconnected(f"it answered what is no reply ({code} {text[:80]!r})")
    return Reply(code=code, text=" ".join(text.split())[:_MOST_WORDS])


def _words(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return f"{error}".strip() or "the connection was closed"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
