"""Databases and disks in trouble while a command works, as errors with a cure."""

from __future__ import annotations

import errno
import sys

from newsletter.errors import NewsletterError, NotConfigured, NotNow, TryLater

_KEPT = "What was done so far is kept; the next run goes on from there."


def foreseen(error: BaseException) -> NewsletterError | None:
    """What to tell of a database or disk that failed in the middle; None for other errors."""
    if isinstance(error, OSError):
        return _of_disk(error)
    if "sqlalchemy" not in sys.modules:  # without it there was no database
        return None
    from sqlalchemy.exc import DBAPIError

    from newsletter.database import Kind, trouble_of

    if not isinstance(error, DBAPIError):
        return None
    trouble = trouble_of(error)
    match trouble.kind:
        case Kind.LOCKED:
            return TryLater(
                "Another program is writing to the database.", hint=_KEPT, code="database-locked"
            )
        case Kind.UNREACHABLE:
            return TryLater(
                f"The database does not answer: {trouble.words}.",
                hint=_KEPT,
                code="database-unreachable",
            )
        case Kind.FULL:
            return _full(trouble.words)
        case Kind.READ_ONLY:
            return NotConfigured(
                f"The database may not be written to: {trouble.words}.",
                hint="Give the user that runs newsletter the right to write in .newsletter.",
                code="read-only",
            )
        case Kind.REFUSED:
            return NotConfigured(
                f"The database lets nobody in: {trouble.words}.",
                hint="Look at NEWSLETTER_LEDGER_URL and NEWSLETTER_STORE_URL in .env.",
                code="database-refused",
            )
    if _is_damage(trouble.words):
        return NotConfigured(
            f"The database is damaged: {trouble.words}.",
            hint="Put a backup in its place, or move it away; newsletter doctor tells more.",
            code="database-damaged",
        )
    return None


def _of_disk(error: OSError) -> NewsletterError | None:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return _full(error.strerror or "no room")
    if error.errno == errno.EROFS:
        return NotConfigured(f"{error.filename}: {error.strerror}.", code="read-only")
    return None


def _full(words: str) -> NotNow:
    return NotNow(
        f"Nothing can be written to the disk: {words}.",
        hint=f"Make room on it. {_KEPT}",
        code="disk-full",
    )


def _is_damage(words: str) -> bool:
    return any(sign in words for sign in ("malformed", "not a database", "corrupt"))
