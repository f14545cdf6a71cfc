"""Email addresses: which are usable, how they are kept, and when two are the same."""

from __future__ import annotations

import re

# The local part as RFC 5321 writes it without quotes; quoted ones exist on paper only.
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)")


def usable(address: str) -> str | None:
    """`address` as it is kept (trimmed, its domain in ASCII), or None when no mail can go there.

    Lengths are those of RFC 5321 §4.5.3.1: 64 octets before the @, 254 in all.
    """
    local, at, domain = address.strip().rpartition("@")
    if not at or len(local) > 64 or not _LOCAL.fullmatch(local):
        return None
    try:
        domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    labels = domain.split(".")
    if len(labels) < 2 or labels[-1].isdigit() or not all(map(_LABEL.fullmatch, labels)):
        return None
    kept = f"{local}@{domain}"
    return kept if len(kept) <= 254 else None


def key_of(address: str) -> str:
    """What two addresses of one person share: letter case does not matter, dots and tags do."""
    return address.strip().casefold()
