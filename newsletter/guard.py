"""Where requests may go: public addresses only, so that nobody can have us knock inside.

A name is looked up once, all its addresses must be public, and the connection goes to the
address that was looked at: a name that answers otherwise a moment later changes nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], list[str]]
Allows = Callable[[Address], bool]

# Addresses of IPv6 that stand for one of IPv4, a private one perhaps (RFC 6052, RFC 3056).
_STAND_INS = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("2002::/16"))
_PORTS = {"http": 80, "https": 443}


class NotAllowed(Exception):
    """The address is none, or not a public one; the text says which."""


@dataclass(frozen=True, kw_only=True)
class Way:
    """How to reach a receiver: the URL to ask, and what the request must say besides."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    extensions: Mapping[str, Any] = field(default_factory=dict)


def check(url: str, *, allow_private: bool) -> SplitResult:
    """The parts of an address that looks allowed, without asking anybody. Raises NotAllowed."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
        host.encode("idna")
    except (ValueError, UnicodeError):
        raise NotAllowed("it is no address") from None
    if parts.scheme not in _PORTS or not host or not url.isprintable() or " " in url:
        raise NotAllowed("it must begin with https:// or http://")
    if parts.username is not None or parts.password is not None:
        raise NotAllowed("it must not hold a user or password")
    if not allow_private and (host == "localhost" or host.endswith(".localhost")):
        raise NotAllowed("it is not a public address")
    literal = _literal(host)
    if literal is not None and not allow_private and not is_public(literal):
        raise NotAllowed("it is not a public address")
    return parts


def way_to(url: str, *, allow_private: bool, resolve: Resolve | None = None) -> Way:
    """The way to an address whose host is public. Raises NotAllowed; OSError for an unknown name.

    `resolve` gives the addresses of a host and port; the system's own resolver if not given.
    """
    if allow_private:
        check(url, allow_private=True)
        return Way(url=url)
    check(url, allow_private=False)
    return pinned_way(url, allows=is_public, resolve=resolve)


def pinned_way(url: str, *, allows: Allows, resolve: Resolve | None = None) -> Way:
    """The way to an address all of whose host's addresses `allows` lets through.

    Raises NotAllowed; OSError for an unknown name.
    """
    parts = check(url, allow_private=True)
    host = parts.hostname or ""
    found = (resolve or _resolve)(host, parts.port or _PORTS[parts.scheme])
    if not found or not all(allows(ipaddress.ip_address(each)) for each in found):
        raise NotAllowed("its name leads to an address that is not public")
    shown = f"[{found[0]}]" if ":" in found[0] else found[0]
    port = "" if parts.port is None else f":{parts.port}"
    try:
        name = host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        raise NotAllowed("its name is none") from None
    return Way(
        url=parts._replace(netloc=shown + port).geturl(),
        headers={"Host": parts.netloc if host.isascii() else f"{name}{port}"},
        # The certificate must be the name's, not the address's.
        extensions={"sni_hostname": name} if parts.scheme == "https" else {},
    )


def _resolve(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    # A scope (%eth0) belongs to link-local addresses alone, which are not public.
    return [str(each[4][0]).partition("%")[0] for each in found]


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def is_public(address: Address) -> bool:
    """Whether an address is one of the net at large, however it is put."""
    if any(address in network for network in _STAND_INS):
        return False
    return address.is_global and not address.is_multicast
