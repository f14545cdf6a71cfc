"""Values out of a query or a JSON body, as real clients send them, or a refusal (422).

Booleans arrive as 0 and 1, ids as strings, times with a blank instead of the T, and a
blank value means "not given".
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from newsletter.server.addresses import usable
from newsletter.server.api.calls import invalid
from newsletter.server.objects import written as written

_TRUE = (True, 1, "1", "true")
_FALSE = (False, 0, "0", "false")
_MAX_TEXT = 2_000_000  # characters; Kit's own limit is not known
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


def given(values: Mapping[str, Any], name: str) -> bool:
    """Whether a value is there and not blank."""
    value = values.get(name)
    return value is not None and not (isinstance(value, str) and not value.strip())


def text(values: Mapping[str, Any], name: str, *, limit: int = _MAX_TEXT) -> str | None:
    """Words, as they are; None when they are not there."""
    value = values.get(name)
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise invalid(f"{_label(name)} must be text")
    if "\x00" in value or any("\ud800" <= char <= "\udfff" for char in value):
        raise invalid(f"{_label(name)} contains characters that are not text")
    if len(value) > limit:
        raise invalid(f"{_label(name)} is too long (maximum is {limit} characters)")
    return value


def flag(values: Mapping[str, Any], name: str) -> bool | None:
    """Yes or no; None when it is not given."""
    if not given(values, name):
        return None
    value = values[name]
    word = value.strip().lower() if isinstance(value, str) else value
    if isinstance(word, str | int) and word in _TRUE:
        return True
    if isinstance(word, str | int) and word in _FALSE:
        return False
    raise invalid(f"{_label(name)} must be true or false")


def choice(values: Mapping[str, Any], name: str, allowed: Collection[str]) -> str | None:
    """One of a closed set of words; None when it is not given."""
    if not given(values, name):
        return None
    value = values[name]
    if value not in allowed:
        raise invalid(f"{_label(name)} must be one of: {', '.join(allowed)}")
    return str(value)


def number(value: object, name: str) -> int:
    """A whole number that is no less than zero, also as text."""
    if isinstance(value, str) and value.isascii() and value.strip().isdigit():
        value = int(value.strip()[:19])
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise invalid(f"{_label(name)} must be a whole number")
    return value


def real(value: str, name: str) -> float:
    """A number written as text; one that has no end is none."""
    try:
        found = math.nan if "_" in value else float(value)  # Python alone reads 1_000
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise invalid(f"{name} must be a number")
    return found


def words(values: Mapping[str, Any], name: str, allowed: Collection[str]) -> set[str]:
    """A comma-separated list out of a closed set of words."""
    found = {word.strip() for word in str(values.get(name) or "").split(",")} - {""}
    if not found <= set(allowed):
        raise invalid(f"{_label(name)} must be any of: {', '.join(allowed)}")
    return found


def address(values: Mapping[str, Any], name: str = "email_address") -> str:
    """An email address that mail can go to."""
    found = usable(text(values, name) or "")
    if found is None:
        raise invalid("Email address is invalid")
    return found


def moment(values: Mapping[str, Any], name: str) -> datetime | None:
    """An ISO 8601 time in UTC, to the second; without a zone it means UTC. None if not given."""
    if not given(values, name):
        return None
    try:
        return _utc(str(values[name]))
    except (ValueError, OverflowError):
        raise invalid(f"{_label(name)} is not a valid ISO 8601 time") from None


def since(values: Mapping[str, Any], name: str) -> datetime | None:
    """The first moment an `…_after` filter lets through: a day means its beginning."""
    return moment(values, name)


def until(values: Mapping[str, Any], name: str) -> datetime | None:
    """The first moment an `…_before` filter keeps out: a day is let through to its end."""
    at = moment(values, name)
    if at is None:
        return None
    whole_day = len(str(values[name]).strip()) <= len("2026-11-24")
    try:
        return at + (timedelta(days=1) if whole_day else timedelta(seconds=1))
    except OverflowError:
        raise invalid(f"{_label(name)} is not a valid ISO 8601 time") from None


def _utc(value: str) -> datetime:
    found = datetime.fromisoformat(value.strip())
    at = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    if at < _EARLIEST:
        raise ValueError("before the epoch")
    return at.replace(microsecond=0)


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()
