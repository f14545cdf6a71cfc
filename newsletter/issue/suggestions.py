"""What to type instead of words that are no time: on the day that they name, if they name one."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

WEEKDAY = r"mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:r(?:s(?:day)?)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?"
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_YEAR = r"(?:,?\s+\d{4})?"
_NAMED_DAY = re.compile(
    rf"\b(?:{WEEKDAY}|today|tonight|tomorrow"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?\s+{_MONTH}{_YEAR}|{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?{_YEAR})\b"
    r"|(?<!\d)(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[/.]\d{1,2})(?!\d)",
    re.IGNORECASE,
)
_MORNING_AND_EVENING = ("9am", "9pm")


def examples(local_now: datetime) -> tuple[str, ...]:
    """How a time can be written; the date is always one that is still to come."""
    ahead = (1 - local_now.weekday()) % 7 or 7
    return ("tue 9am", "tomorrow 9am", f"{local_now + timedelta(days=ahead):%Y-%m-%d} 09:00")


def instead_of(text: str, times: tuple[str, ...], local_now: datetime) -> tuple[str, ...]:
    """Times on the day that `text` names, at the `times` it holds; else examples."""
    day = _NAMED_DAY.search(text)
    if day is None:
        return examples(local_now)
    name = "today" if day[0].lower() == "tonight" else day[0]
    return tuple(f"{name} {time}" for time in times or _MORNING_AND_EVENING)


def date_readings(
    numbers: tuple[int, int], year: str | None, time: str, local_now: datetime
) -> tuple[str, ...]:
    """The days that two numbers like 3/4 can mean, with `time` behind each; without a year,
    the next such days."""
    first, second = numbers
    pairs = [
        (month, day)
        for month, day in ((first, second), (second, first))
        if month <= 12 and day <= 31
    ]
    readings = []
    for month, day in pairs:
        passed = (month, day) < (local_now.month, local_now.day)
        in_year = f"{local_now.year + passed}" if year is None else year
        prefix = f"20{in_year}" if len(in_year) == 2 else in_year
        readings.append(f"{prefix}-{month:02}-{day:02} {time}".strip())
    return tuple(dict.fromkeys(readings))
