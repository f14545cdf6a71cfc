"""One reader's message, as the bytes that leave (RFC 5322, CRLF, 7-bit)."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, formataddr
from typing import Any

from newsletter.server.delivery.letter import Words

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
# The email package wraps a long address as an encoded word, which no mail program reads
# back as an address; these headers stay on one line (998 octets are allowed).
_ONE_LINE = frozenset({"message-id", "list-id", "list-unsubscribe"})


class _Policy(EmailPolicy):
    def fold(self, name: str, value: Any) -> str:
        if name.lower() in _ONE_LINE:
            return f"{name}: {value}{self.linesep}"
        return str(super().fold(name, value))

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name.lower() in _ONE_LINE:
            return self.fold(name, value).encode("ascii")
        return super().fold_binary(name, value)


_POLICY = _Policy(linesep="\r\n")


@dataclass(frozen=True, kw_only=True)
class Sender:
    """From whom a letter comes, and what the list is called."""

    name: str
    address: str
    list_name: str

    @property
    def domain(self) -> str:
        """The sender's domain, in which message and list ids are made."""
        return self.address.rpartition("@")[2]


def build(
    *,
    words: Words,
    sender: Sender,
    recipient: str,
    message_id: str,
    unsubscribe_url: str,
    sent_at: datetime,
) -> bytes:
    """The message: text first, HTML second, and the two headers of one-click leaving (RFC 8058).

    No value can end its header: control characters and line breaks become blanks.
    """
    message = EmailMessage(policy=_POLICY)
    message["From"] = Address(display_name=one_line(sender.name), addr_spec=sender.address)
    message["To"] = Address(addr_spec=recipient)
    message["Subject"] = one_line(words.subject)
    message["Date"] = format_datetime(sent_at)
    message["Message-ID"] = message_id
    message["List-Id"] = formataddr((one_line(sender.list_name), list_id(sender)))
    message["List-Unsubscribe"] = f"<{one_line(unsubscribe_url)}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(words.text, charset="utf-8", cte="quoted-printable")
    message.add_alternative(words.html, subtype="html", charset="utf-8", cte="quoted-printable")
    message.set_boundary(f"=_{hashlib.sha256(message_id.encode()).hexdigest()[:32]}")
    return message.as_bytes()


def message_id_for(secret: bytes, *, broadcast_id: int, subscriber_id: int, domain: str) -> str:
    """The Message-ID of one broadcast for one subscriber: any second copy bears the same.

    The subscriber's number is keyed, so that a forwarded letter does not tell it.
    """
    named = f"newsletter message id\x00{broadcast_id}\x00{subscriber_id}".encode()
    return f"<b{broadcast_id}.{hmac.digest(secret, named, hashlib.sha256).hex()[:32]}@{domain}>"


def list_id(sender: Sender) -> str:
    """The list's identifier (RFC 2919): its name as a label in the sender's domain."""
    label = re.sub(r"[^a-z0-9]+", "-", sender.list_name.lower()).strip("-")[:63].strip("-")
    return f"{label or 'newsletter'}.{sender.domain}"


def one_line(value: str) -> str:
    """`value` on one line, as a header needs it."""
    return _CONTROL.sub(" ", value).strip()
