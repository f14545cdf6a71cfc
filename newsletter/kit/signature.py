"""Whether a delivered webhook is really Kit's: the check of its `X-Kit-Signature` header.

    t=1795510800,v1=5257a8…        two `v1` while a secret is being rotated

Each `v1` is the hexadecimal HMAC-SHA256 of `<t>.<body>`, keyed with the endpoint's
secret as it was shown, over the body's very bytes (Kit reference §10,
https://developers.kit.com/webhooks/verifying-signatures). Legacy webhooks have no
such header: what they say is a hint to ask Kit, and never a fact.
"""

from __future__ import annotations

import hmac
import re
from datetime import datetime, timedelta
from hashlib import sha256

HEADER = "X-Kit-Signature"
TOLERANCE = timedelta(seconds=300)

_MOST_PARTS = 20
_TIME = re.compile(r"[0-9]{1,12}", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


class BadSignature(Exception):
    """The body was not signed with the secret, or not lately; `reason` holds no secret."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def verify(
    secret: str,
    header: str | None,
    body: bytes,
    *,
    now: datetime,
    tolerance: timedelta = TOLERANCE,
) -> None:
    """Return when `body` was signed with `secret` no longer than `tolerance` before or after `now`.

    A delivery that was recorded can be repeated within that time and passes again: whoever
    must not act twice remembers the ids of deliveries or of events. The comparison takes
    as long for a wrong signature as for a right one.

    Args:
        secret: The endpoint's, `whsec_…`.
        header: The value of `X-Kit-Signature`; `None` if there was none.
        body: The bytes as they came, before any decoding.
        now: An aware time.
        tolerance: How far the sender's clock and ours may be apart.

    Raises:
        ValueError: The secret is empty, with which anybody could sign.
        BadSignature: The body must not be believed.

    Example:
        >>> from datetime import UTC
        >>> now = datetime(2027, 3, 2, 9, 1, tzinfo=UTC)
        >>> signed = "f498aad968685a6ae345311332db4f9115abc2bd4437d10fff8ecfad8cef22e6"
        >>> verify("whsec_0123456789abcdef", f"t=1803978000,v1={signed}", b'{"delivery_id":31}',
        ...        now=now)
        >>> verify("whsec_0123456789abcdef", f"t=1803978000,v1={signed}", b'{"delivery_id":32}',
        ...        now=now)
        Traceback (most recent call last):
        newsletter.kit.signature.BadSignature: The signature is not made with this secret over this body.
    """
    if not secret:
        raise ValueError("A signature is checked with a secret; this one is empty.")
    if header is None:
        raise BadSignature(f"There is no {HEADER} header.")
    signed_at, digests = _read(header)
    wanted = hmac.digest(secret.encode(), f"{signed_at}.".encode() + body, sha256).hex()
    # All of them are compared, also after one has fitted.
    if not sum(hmac.compare_digest(wanted, digest) for digest in digests):
        raise BadSignature("The signature is not made with this secret over this body.")
    if abs(now.timestamp() - int(signed_at)) > tolerance.total_seconds():
        raise BadSignature("The signature is too old, or from the future; is the clock right?")


def _read(header: str) -> tuple[str, list[str]]:
    """The time, in the digits that were signed, and the signatures."""
    parts = [part.strip().partition("=")[::2] for part in header.split(",", _MOST_PARTS)]
    times = [value for name, value in parts if name == "t"]
    digests = [value for name, value in parts if name == "v1" and _DIGEST.fullmatch(value)]
    if len(times) != 1 or not _TIME.fullmatch(times[0]) or not digests:
        raise BadSignature(f"The {HEADER} header is not of the form t=…,v1=…")
    return times[0], digests
