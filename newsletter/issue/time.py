"""When an issue goes out: slots, and the words people type after `--at`.

The readings of a file (`send_at`) and of a command (`--at`) end in the same
function, `resolve_local`, which is also found here.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from newsletter.issue.suggestions import WEEKDAY, date_readings, examples, instead_of
from newsletter.issue.zone import (
    AlreadyPast,
    InvalidSlot,
    NotATime,
    Resolved,
    SkippedHour,
    UnknownZone,
    resolve_local,
    written,
    zone_named,
)

__all__ = [
    "AlreadyPast",
    "InvalidSlot",
    "NotATime",
    "Resolved",
    "SkippedHour",
    "Slot",
    "UnknownZone",
    "next_slot",
    "parse_slot",
    "parse_when",
    "resolve_local",
]

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CLOCK = r"(?P<hour>\d{1,2})(?::(?P<minute>\d{2})(?::\d{2})?)?\s*(?P<half>[ap])\.?m\b\.?|(?P<hour24>\d{1,2}):(?P<minute24>\d{2})(?::\d{2})?|(?P<word>noon|midday|midnight)"
_TIME = re.compile(rf"(?<![\w:.])(?:at\s+)?(?:{_CLOCK})(?![\w:])", re.IGNORECASE)
_SLOT = re.compile(
    rf"(?P<days>daily|every\s+day|(?:{WEEKDAY})(?:\s*,\s*(?:{WEEKDAY}))*)\s+(?P<time>\S.*)",
    re.IGNORECASE,
)
_DAY_NAME = re.compile(rf"(?:(?:on|this|next)\s+)*(?P<day>{WEEKDAY})", re.IGNORECASE)
_ISO_DAY = re.compile(r"\d{4}-\d{1,2}-\d{1,2}(?!\d)")
_HALF_DAY = re.compile(r"[ap]\.?m\b", re.IGNORECASE)
_NUMBERS_ONLY = re.compile(r"(?<![\d/.])(\d{1,2})([/.])(\d{1,2})(?:\2(\d{2,4}))?(?![\d/])")
_RELATIVE = re.compile(r"in\s+(?:an?|one|\d+(?:\.\d+)?)\s*[a-z]", re.IGNORECASE)
_SHORT_UNIT = re.compile(r"\b(?:seconds?|secs?|s|minutes?|mins?|m)\b", re.IGNORECASE)
_CLOCK_UNIT = re.compile(r"\b(?:hours?|hrs?|h)\b", re.IGNORECASE)
_BARE_HOUR = re.compile(
    rf"(?:(?:.*\bat|today|tomorrow|(?:(?:on|this|next)\s+)*(?:{WEEKDAY}))\s+)?(?P<hour>\d{{1,2}})",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Slot:
    """A regular time: weekdays (Monday is 0) and a wall-clock time in the project's zone."""

    weekdays: frozenset[int]
    at: time


def parse_slot(slot: str) -> Slot:
    """`Tue 09:00`, `Tue,Fri 09:00`, `daily 07:30`. Weekdays by name only, since cron and its
    libraries disagree about which number is which day. Raises InvalidSlot."""
    match = _SLOT.fullmatch(slot.strip())
    found = _TIME.fullmatch(match["time"].strip()) if match else None
    if match is None or found is None:
        raise InvalidSlot(
            f"“{slot}” is not a slot: it needs the names of weekdays and a time",
            suggestions=("Tue 09:00", "Tue,Fri 09:00", "daily 07:30"),
        )
    named = re.findall(WEEKDAY, match["days"], re.IGNORECASE)
    days = frozenset(_weekday(name) for name in named) or frozenset(range(7))
    try:
        return Slot(weekdays=days, at=_clock(found))
    except NotATime as error:
        raise InvalidSlot(f"“{slot}” is not a slot: {error.reason}") from None


def next_slot(slot: str, *, after: datetime, zone: str, taken: Collection[datetime]) -> datetime:
    """The first free time of `slot` after `after` (aware), as an aware UTC instant.

    `taken` are instants that other issues have. A slot inside the hour that summer
    time skips moves on by that hour. Raises InvalidSlot or UnknownZone.
    """
    regular, tz = parse_slot(slot), zone_named(zone)
    busy = {moment.astimezone(UTC) for moment in taken}
    day = after.astimezone(tz).date()
    while True:
        if day.weekday() in regular.weekdays:
            moment = datetime.combine(day, regular.at, tzinfo=tz).astimezone(UTC)
            if moment > after and moment not in busy:
                return moment
        day += timedelta(days=1)


def parse_when(words: str, *, now: datetime, zone: str, slot: str | None) -> Resolved:
    """The instant that `tue 9am`, `tomorrow 09:00`, `in 2 minutes` or `2026-11-24 09:00` means.

    `now` is aware; `zone` is the project's; a day without a time takes the time of
    `slot`. A weekday is its next one. Seconds count only in `in N seconds` or
    minutes. Raises NotATime (also for numbers like 03/04/2026, which mean two
    days), AlreadyPast or SkippedHour, each with the nearest good readings: words that
    this function understands, on the day that was named.
    """
    tz = zone_named(zone)
    text = " ".join(words.split())
    try:
        return _understood(text, now=now, tz=tz, zone=zone, slot=slot)
    except InvalidSlot:
        raise
    except NotATime as refusal:
        good = partial(_is_good, now=now, tz=tz, zone=zone, slot=slot)
        times = tuple(found[0].removeprefix("at ") for found in _TIME.finditer(text))
        other = instead_of(text, times, _wall_clock(now, tz))
        kept = tuple(filter(good, refusal.suggestions)) or tuple(filter(good, other))
        raise type(refusal)(refusal.reason, suggestions=kept) from None


def _is_good(words: str, *, now: datetime, tz: ZoneInfo, zone: str, slot: str | None) -> bool:
    try:
        _understood(words, now=now, tz=tz, zone=zone, slot=slot)
    except NotATime:
        return False
    return True


def _wall_clock(now: datetime, tz: ZoneInfo) -> datetime:
    return now.astimezone(tz).replace(tzinfo=None, fold=0)


def _understood(text: str, *, now: datetime, tz: ZoneInfo, zone: str, slot: str | None) -> Resolved:
    local_now = _wall_clock(now, tz)
    if not text:
        raise NotATime("a time is missing")
    if text.lower() == "now":
        raise NotATime("“now” leaves no moment to change one's mind", suggestions=("in 5 minutes",))
    if _RELATIVE.match(text):
        return _relative(text, now=now, tz=tz, zone=zone)
    if _ISO_DAY.match(text) and re.search(r"\d:\d", text) and not _HALF_DAY.search(text):
        resolved = resolve_local(text, zone)
        exact = resolved.instant.replace(second=0, microsecond=0)
        return _not_past(Resolved(instant=exact, ambiguous=resolved.ambiguous), now=now, tz=tz)
    _refuse_numbers(text, local_now, slot)
    times = list(_TIME.finditer(text))
    if len(times) > 1:
        raise NotATime(f"“{text}” holds two times")
    day_words = _TIME.sub(" ", text).strip(" ,")
    at = _time_in(text, times[0]) if times else _slot_time(text, slot)
    named = _DAY_NAME.fullmatch(day_words)
    if named:
        day = _next_weekday(_weekday(named["day"]), at, local_now)
    elif day_words:
        day = _day(day_words, text, local_now)
    else:
        day = local_now.date()
    return _not_past(resolve_local(datetime.combine(day, at), zone), now=now, tz=tz)


def _weekday(name: str) -> int:
    return next(i for i, day in enumerate(_WEEKDAYS) if day.startswith(name[:3].lower()))


def _clock(match: re.Match[str]) -> time:
    if match["word"]:
        return time(0) if match["word"].lower() == "midnight" else time(12)
    if match["half"]:
        hour, minute = int(match["hour"]), int(match["minute"] or 0)
        good = 1 <= hour <= 12 and minute <= 59
        hour = hour % 12 + (12 if match["half"].lower() == "p" else 0)
    else:
        hour, minute = int(match["hour24"]), int(match["minute24"])
        good = hour <= 23 and minute <= 59
    if not good:
        raise NotATime(f"no clock shows {match[0].strip()}")
    return time(hour, minute)


def _time_in(text: str, match: re.Match[str]) -> time:
    try:
        return _clock(match)
    except NotATime as refusal:
        around = text[: match.start()], text[match.end() :]
        good = tuple(time.join(around) for time in ("09:00", "9pm"))
        raise NotATime(refusal.reason, suggestions=good) from None


def _slot_time(text: str, slot: str | None) -> time:
    bare = _BARE_HOUR.fullmatch(text)
    if bare and 1 <= int(bare["hour"]) <= 12:
        raise NotATime(
            f"“{text}” could be morning or evening", suggestions=(f"{text}am", f"{text}pm")
        )
    if slot is None:
        raise NotATime(f"“{text}” names no time of day", suggestions=(f"{text} 09:00",))
    return parse_slot(slot).at


def _next_weekday(weekday: int, at: time, local_now: datetime) -> date:
    ahead = (weekday - local_now.weekday()) % 7
    day = local_now.date() + timedelta(days=ahead)
    if datetime.combine(day, at) <= local_now:
        day += timedelta(days=7)
    return day


def _day(day_words: str, text: str, local_now: datetime) -> date:
    if _ISO_DAY.fullmatch(day_words):
        try:
            return date(*(int(part) for part in day_words.split("-")))
        except ValueError:
            raise NotATime(f"{day_words} is on no calendar") from None
    today = datetime.combine(local_now.date(), time(0))
    found = None if day_words.isdigit() else _dateparser(day_words, today)
    if found is None or found.time() != time(0):  # “tonight” has a time of its own, a guess
        raise NotATime(f"“{text}” is not understood as a time")
    # Told to prefer the future, dateparser reads today's date as next year's.
    this_year = (
        found.replace(year=today.year)
        if (found.month, found.day) == (today.month, today.day)
        else found
    )
    if re.search(r"\d{4}", day_words):
        return found.date()
    if this_year > today + timedelta(days=366):  # “24 nov 12” is read as a day in 2112
        raise NotATime(f"“{text}” is not understood as a time")
    return this_year.date()


def _dateparser(words: str, base: datetime) -> datetime | None:
    import dateparser  # noqa: PLC0415  (a tenth of a second, needed by one option only)

    settings = {
        "RELATIVE_BASE": base,
        "PREFER_DATES_FROM": "future",
        "REQUIRE_PARTS": ["day", "month"],
        "RETURN_AS_TIMEZONE_AWARE": False,
    }
    found = dateparser.parse(words, languages=["en"], settings=settings)
    return found if isinstance(found, datetime) and found.tzinfo is None else None


def _relative(text: str, *, now: datetime, tz: ZoneInfo, zone: str) -> Resolved:
    exact = bool(_SHORT_UNIT.search(text))
    if exact or _CLOCK_UNIT.search(text):  # so many minutes of real time, whatever the clocks do
        found = _dateparser(text, now.astimezone(UTC).replace(tzinfo=None))
        moment = None if found is None else found.replace(tzinfo=UTC)
        if moment is not None and not exact:
            moment = moment.replace(second=0)
        resolved = None if moment is None else Resolved(instant=moment.replace(microsecond=0))
    else:  # days and weeks keep the time on the wall
        found = _dateparser(text, _wall_clock(now, tz))
        resolved = (
            None if found is None else resolve_local(found.replace(second=0, microsecond=0), zone)
        )
    if resolved is None:
        raise NotATime(
            f"“{text}” is not understood as a time",
            suggestions=("in 2 minutes", *examples(_wall_clock(now, tz))),
        )
    return _not_past(resolved, now=now, tz=tz)


def _refuse_numbers(text: str, local_now: datetime, slot: str | None) -> None:
    match = _NUMBERS_ONLY.search(text)
    if match is None:
        return
    found = _TIME.search(text)
    at = found[0].removeprefix("at ") if found else "" if slot else "09:00"
    readings = date_readings((int(match[1]), int(match[3])), match[4], at, local_now)
    why = "could be two days" if len(readings) == 2 else "is no date here"
    raise NotATime(
        f"“{match[0]}” {why}: write the year first, then month and day", suggestions=readings
    )


def _not_past(resolved: Resolved, *, now: datetime, tz: ZoneInfo) -> Resolved:
    if resolved.instant > now:
        return resolved
    raise _already_past(resolved.instant.astimezone(tz), now.astimezone(tz))


def _already_past(meant: datetime, now: datetime) -> AlreadyPast:
    """Suggests the same day and time a year on for last year's date, else the next such hour."""
    if meant.year < now.year and (meant.month, meant.day) != (2, 29):
        good = meant.replace(year=now.year if meant.replace(year=now.year) > now else now.year + 1)
    else:
        good = datetime.combine(now.date(), meant.timetz())
        if good <= now:
            good += timedelta(days=1)
    return AlreadyPast(f"{written(meant)} is already past", suggestions=(written(good),))
