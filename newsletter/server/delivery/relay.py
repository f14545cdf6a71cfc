"""The mail server that takes our mail, as `SMTP_URL` names it."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

_PORTS = {"smtp": 587, "smtps": 465}
# Domains that belong to nobody, RFC 2606 and RFC 6761; the sample readers live at one.
_RESERVED = ("example.org", "example.com", "example.net")
_RESERVED_ENDS = ("example", "test", "invalid", "localhost")


class BadRelay(ValueError):
    """The address is not one of a mail server. Holds nothing of it, for it may hold a password."""


@dataclass(frozen=True, kw_only=True)
class Relay:
    """Where to connect and how. The password is not shown when this is printed."""

    host: str
    port: int
    security: Literal["tls", "starttls", "plain"]
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def place(self) -> str:
        """Host and port, for people."""
        return f"{self.host}:{self.port}"


def parse(url: str) -> Relay:
    """The relay that `url` names: `smtp://user:password@host:port` or `smtps://…`.

    `smtp` insists on STARTTLS before anything else is said, unless the host is this computer
    or `?starttls=no` stands at the end; `?starttls=yes` insists on it here, too. The port is
    587, or 465 for `smtps`. Raises BadRelay.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        raise BadRelay("its port is no number") from None
    if parts.scheme not in _PORTS:
        raise BadRelay("it must begin with smtp:// or smtps://")
    host = parts.hostname
    if not host:
        raise BadRelay("it names no host")
    if parts.path not in ("", "/"):
        raise BadRelay("a / after the host; in a user or password it is written %2F")
    return Relay(
        host=host,
        port=port or _PORTS[parts.scheme],
        security="tls" if parts.scheme == "smtps" else _security(host, parts.query),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


def _security(host: str, query: str) -> Literal["starttls", "plain"]:
    wishes = parse_qs(query)
    unknown = set(wishes) - {"starttls"}
    wish = wishes.get("starttls", [""])[-1]
    if unknown or wish not in ("", "yes", "no"):
        raise BadRelay("after the ? only starttls=no or starttls=yes can stand")
    if wish:
        return "starttls" if wish == "yes" else "plain"
    return "plain" if is_near(host) else "starttls"


def is_near(host: str) -> bool:
    """Whether a host is this very computer."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_reserved(address: str) -> bool:
    """Whether no mail can ever go to this address: its domain is set apart for examples."""
    domain = address.rpartition("@")[2].lower().rstrip(".")
    return any(domain == each or domain.endswith(f".{each}") for each in _RESERVED) or (
        domain.rpartition(".")[2] in _RESERVED_ENDS
    )
