"""What a mail server's reply means for one reader, and for all of them.

RFC 3463's codes are read first, RFC 5321's numbers second, words last: words differ from
server to server. A reader's address is given up for a few codes only, which say that it
does not exist; everything else may be our own fault or will pass.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

_ENHANCED = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")

# The address does not exist, or cannot (RFC 3463 §3.2; 5.1.10 is RFC 7505's null MX).
_GONE = {"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"}
_GONE_WORDS = re.compile(
    r"(user|recipient|mailbox|account|address)\s+(is\s+)?(unknown|not found|does not exist|"
    r"doesn't exist)|(no such|unknown|invalid|non-?existent)\s+(user|recipient|mailbox|account)",
    re.IGNORECASE,
)

# We are refused, whoever the reader is: authentication and reputation of the sender
# (RFC 7372, RFC 6710 and the registry of enhanced codes; 5.7.5xx, 5.7.6xx and 5.7.7xx are
# Microsoft's), the sender's address, quota, size.
_OURS = {
    "5.1.7",
    "5.1.8",
    "5.3.4",
    "5.4.5",
    "5.7.3",
    "5.7.8",
    "5.7.9",
    "5.7.14",
    *(f"5.7.{number}" for number in range(20, 31)),
    "5.7.57",
    "5.7.60",
    *(f"5.7.{number}" for number in (501, 502, 503, 508, 509, 511, 515)),
    *(f"5.7.{number}" for number in range(606, 650)),
    *(f"5.7.{number}" for number in range(705, 710)),
    "5.7.750",
}
_OURS_NUMBERS = {530, 534, 535, 538}  # authentication (RFC 4954)
_OURS_WORDS = re.compile(r"(daily|sending|outgoing|hourly).{0,20}(quota|limit)", re.IGNORECASE)

# After each try that was put off; the sum is a little over three days.
_WAITS = (
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    *([timedelta(hours=6)] * 12),
)


class Stage(StrEnum):
    """Which of our commands a reply answers."""

    CONNECT = "connecting"
    STARTTLS = "STARTTLS"
    LOGIN = "AUTH"
    MAIL = "MAIL FROM"
    RCPT = "RCPT TO"
    DATA = "DATA"
    CONTENT = "the message"


class Verdict(StrEnum):
    """What follows from a reply."""

    FINE = "fine"  # go on; after the message: the server has it
    DEFER = "defer"  # this reader later
    REFUSE = "refuse"  # not this reader, who keeps her state
    BOUNCE = "bounce"  # not this reader, and never again
    WAIT = "wait"  # nobody for the moment: the server is busy or goes down
    PAUSE = "pause"  # nobody until a person has looked: it is our own fault


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A server's answer: RFC 5321's number and the words of all its lines."""

    code: int
    text: str

    @property
    def enhanced(self) -> str | None:
        """RFC 3463's code where there is one that agrees with the number."""
        found = _ENHANCED.search(self.text[:200])
        return found[0] if found and found[1] == str(self.code)[:1] else None

    def __str__(self) -> str:
        return f"{self.code} {self.text}".strip()


def verdict(stage: Stage, reply: Reply) -> Verdict:
    """What `reply` to `stage` means."""
    first = reply.code // 100
    if first == 2 or (first == 3 and stage is Stage.DATA):
        # 2xx to DATA would mean that no content is wanted: nobody can go on from there.
        return Verdict.WAIT if stage is Stage.DATA and first == 2 else Verdict.FINE
    concerns_all = stage in (Stage.CONNECT, Stage.STARTTLS, Stage.LOGIN, Stage.MAIL)
    if first == 5:
        if concerns_all or _is_ours(reply):
            return Verdict.PAUSE
        return Verdict.BOUNCE if _is_gone(stage, reply) else Verdict.REFUSE
    if first == 4 and reply.code != 421 and not concerns_all:
        return Verdict.DEFER
    return Verdict.WAIT


def wait_after(attempts: int) -> timedelta | None:
    """How long to wait after so many tries were put off; None when it was tried for three days."""
    return _WAITS[attempts - 1] if attempts <= len(_WAITS) else None


def _is_ours(reply: Reply) -> bool:
    if reply.enhanced:
        return reply.enhanced in _OURS or bool(_OURS_WORDS.search(reply.text))
    return reply.code in _OURS_NUMBERS or bool(_OURS_WORDS.search(reply.text))


def _is_gone(stage: Stage, reply: Reply) -> bool:
    if reply.enhanced:
        return reply.enhanced in _GONE
    return (
        stage is Stage.RCPT
        and reply.code in (550, 551, 553)
        and bool(_GONE_WORDS.search(reply.text))
    )
