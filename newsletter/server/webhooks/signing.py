"""What a delivery bears so that its receiver can believe it (Kit reference §10)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime


def new_secret() -> str:
    """A secret as an endpoint is shown it once."""
    return f"whsec_{secrets.token_hex(32)}"


def signature(keys: Sequence[str], body: bytes, *, at: datetime) -> str:
    """The value of `X-Kit-Signature`: the time, and one signature for each secret that is good."""
    signed_at = int(at.timestamp())
    signed = b"%d." % signed_at + body
    made = [hmac.digest(key.encode(), signed, hashlib.sha256).hex() for key in keys]
    return ",".join([f"t={signed_at}", *(f"v1={each}" for each in made)])
