"""Signed links for readers: each for one purpose, valid for good, with no address inside.

A token is base64url of version, key number, purpose, broadcast, subscriber and a shortened
HMAC-SHA256 over all of these. Whoever forwards a letter hands its links on with it, so a
token says as little as it can and only ever does what its purpose says.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
from dataclasses import dataclass
from enum import IntEnum

_VERSION = 1
_KEY = 1
_PARTS = struct.Struct(">BBBQQ")
_MAC_LENGTH = 16
_DOMAIN = b"newsletter reader token\x00"


class Purpose(IntEnum):
    """What a token is good for. Numbers are never given again."""

    UNSUBSCRIBE = 1
    RETURN = 2
    OPEN = 3
    CLICK = 4


@dataclass(frozen=True, kw_only=True)
class Claim:
    """Whom a token names, and the broadcast it came with (0: none)."""

    broadcast_id: int
    subscriber_id: int


def sign(secret: bytes, purpose: Purpose, claim: Claim) -> str:
    """The token for a claim and a purpose; always the same for the same."""
    parts = _PARTS.pack(_VERSION, _KEY, purpose, claim.broadcast_id, claim.subscriber_id)
    return base64.urlsafe_b64encode(parts + _mac(secret, parts)).decode().rstrip("=")


def read(secret: bytes, purpose: Purpose, token: str) -> Claim | None:
    """What a token claims; None when it is not ours, not whole, or for another purpose."""
    try:
        data = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None
    parts, mac = data[: _PARTS.size], data[_PARTS.size :]
    if len(data) != _PARTS.size + _MAC_LENGTH or not hmac.compare_digest(mac, _mac(secret, parts)):
        return None
    version, key, signed_for, broadcast_id, subscriber_id = _PARTS.unpack(parts)
    if (version, key, signed_for) != (_VERSION, _KEY, purpose):
        return None
    return Claim(broadcast_id=broadcast_id, subscriber_id=subscriber_id)


def _mac(secret: bytes, parts: bytes) -> bytes:
    return hmac.digest(secret, _DOMAIN + parts, hashlib.sha256)[:_MAC_LENGTH]
