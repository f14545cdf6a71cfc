"""Local times and time zones: a wall-clock reading becomes one instant, or says why not."""

from __future__ import annotations

import difflib
import re
import zoneinfo
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

_ISO = re.compile(
    r"""(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})
        (?:(?:[Tt]|\s+)(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?
        \s*(?P<offset>[Zz]|[+-]\d{2}(?::?\d{2})?)?)?""",
    re.VERBOSE,
)
# Letters that people write for a zone; none of them is in the time-zone data, or
# (EST, MST) it is there without summer time.
_COMMON_NAMES = {
    "et": "America/New_York",
    "est": "America/New_York",
    "edt": "America/New_York",
    "ct": "America/Chicago",
    "cst": "America/Chicago",
    "cdt": "America/Chicago",
    "mt": "America/Denver",
    "mdt": "America/Denver",
    "pt": "America/Los_Angeles",
    "pst": "America/Los_Angeles",
    "pdt": "America/Los_Angeles",
    "bst": "Europe/London",
    "cest": "Europe/Berlin",
    "ist": "Asia/Kolkata",
    "aest": "Australia/Sydney",
}


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """One instant (aware, UTC). `ambiguous`: the clock shows it twice, this is the first."""

    instant: datetime
    ambiguous: bool = False


class NotATime(ValueError):
    """Words that name no usable time; `suggestions` are good readings, nearest first."""

    def __init__(self, reason: str, *, suggestions: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.suggestions = suggestions


class UnknownZone(NotATime):
    """No time zone has that name; the suggestions are names."""


class SkippedHour(NotATime):
    """The clock jumps over that reading when summer time begins."""


class AlreadyPast(NotATime):
    """A good reading, but not after now."""


class InvalidSlot(NotATime):
    """A slot that is not like `Tue 09:00`, `Tue,Fri 09:00` or `daily 07:30`."""


def zone_named(name: str) -> ZoneInfo:
    """The IANA zone of that name. Raises UnknownZone with the nearest names."""
    try:
        return ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        near = _nearest_zones(name)
        raise UnknownZone(f"“{name}” is no time zone", suggestions=near) from None


def _nearest_zones(name: str) -> tuple[str, ...]:
    wanted = re.sub(r"[\s_-]+", "_", name.strip()).lower()
    if wanted in _COMMON_NAMES:
        return (_COMMON_NAMES[wanted],)
    known = {zone.lower(): zone for zone in sorted(zoneinfo.available_timezones())}
    cities = {low.rpartition("/")[2]: zone for low, zone in known.items() if "/" in low}
    for table in (known, cities):
        if wanted in table:
            return (table[wanted],)
    close = difflib.get_close_matches(wanted, known, n=2, cutoff=0.75)
    city = difflib.get_close_matches(wanted.rpartition("/")[2], cities, n=1, cutoff=0.75)
    found = [known[low] for low in close] + [cities[low] for low in city]
    return tuple(dict.fromkeys(found))[:2]


def resolve_local(text: str | datetime, zone: str) -> Resolved:
    """The instant of `2026-11-24 09:00` (or with `T`, seconds, an offset or `Z`) in `zone`.

    An offset in the text wins over `zone`. Seconds are kept. Raises UnknownZone,
    SkippedHour (with the nearest reading on either side of the gap) or NotATime.
    """
    tz = zone_named(zone)
    reading = text if isinstance(text, datetime) else _read(text)
    if not 1971 <= reading.year <= 9000:
        raise NotATime(f"{reading.year} is not a year to send in")
    if reading.tzinfo is not None:
        return Resolved(instant=reading.astimezone(UTC))
    # PEP 495: fold tells the two apart; a reading that does not come back was skipped.
    first = reading.replace(tzinfo=tz, fold=0).astimezone(UTC)
    second = reading.replace(tzinfo=tz, fold=1).astimezone(UTC)
    if first.astimezone(tz).replace(tzinfo=None) != reading.replace(fold=0):
        good = (second.astimezone(tz), first.astimezone(tz))
        raise SkippedHour(
            f"{written(reading)} does not exist in {zone}: the clock jumps over it that night",
            suggestions=tuple(written(moment) for moment in good),
        )
    return Resolved(instant=first, ambiguous=first != second)


def written(moment: datetime) -> str:
    """A reading the way an author writes it: `2026-11-24 09:00`, seconds only if there are any."""
    return f"{moment:%Y-%m-%d %H:%M:%S}" if moment.second else f"{moment:%Y-%m-%d %H:%M}"


def _read(text: str) -> datetime:
    match = _ISO.fullmatch(text.strip())
    if match is None:
        raise NotATime(f"“{text}” is not a time", suggestions=("2026-11-24 09:00",))
    day = f"{match['year']}-{int(match['month']):02}-{int(match['day']):02}"
    if match["hour"] is None:
        raise NotATime(f"{day} is a day without a time", suggestions=(f"{day} 09:00",))
    try:
        return datetime(
            int(match["year"]),
            int(match["month"]),
            int(match["day"]),
            int(match["hour"]),
            int(match["minute"]),
            int(match["second"] or 0),
            tzinfo=_offset(match["offset"]),
        )
    except ValueError:
        raise NotATime(f"“{text}” is on no calendar or clock") from None


def _offset(text: str | None) -> timezone | None:
    if text is None:
        return None
    if text in "Zz":
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    if int(digits[2:]) > 59:
        raise ValueError(text)
    length = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-length if text[0] == "-" else length)
