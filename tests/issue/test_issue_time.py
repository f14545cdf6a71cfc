"""Times and slots: what people write, what it means, and what they are told instead."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.issue.time import (
    AlreadyPast,
    InvalidSlot,
    NotATime,
    SkippedHour,
    UnknownZone,
    next_slot,
    parse_when,
    resolve_local,
)

NEW_YORK = "America/New_York"
SUNDAY = datetime(2026, 11, 22, 15, 47, 31, tzinfo=UTC)  # 10:47:31 in New York


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-24 09:00", "2026-11-24 14:00"),
        ("2026-11-24T09:00", "2026-11-24 14:00"),
        ("2026-11-24 9:00", "2026-11-24 14:00"),
        ("2026-11-24 09:00:30", "2026-11-24 14:00:30"),
        ("2026-11-24T09:00:00.000Z", "2026-11-24 09:00"),
        ("2026-11-24 09:00 +02:00", "2026-11-24 07:00"),
        ("2026-11-24T09:00-0330", "2026-11-24 12:30"),
        ("2026-07-01 09:00", "2026-07-01 13:00"),
    ],
)
def test_a_reading_becomes_one_instant(text: str, instant: str) -> None:
    resolved = resolve_local(text, NEW_YORK)
    assert resolved.instant == utc(instant)
    assert not resolved.ambiguous


def test_a_datetime_is_read_like_its_text() -> None:
    assert resolve_local(datetime(2026, 11, 24, 9), NEW_YORK).instant == utc("2026-11-24 14:00")
    aware = datetime(2026, 11, 24, 9, tzinfo=UTC)
    assert resolve_local(aware, NEW_YORK).instant == aware


def test_the_skipped_hour_is_refused_with_the_readings_beside_it() -> None:
    with pytest.raises(SkippedHour) as caught:
        resolve_local("2027-03-14 02:30", NEW_YORK)
    assert caught.value.suggestions == ("2027-03-14 01:30", "2027-03-14 03:30")


def test_the_doubled_hour_means_its_first_and_says_so() -> None:
    resolved = resolve_local("2026-11-01 01:30", NEW_YORK)
    assert resolved.ambiguous
    assert resolved.instant == utc("2026-11-01 05:30")
    assert not resolve_local("2026-11-01 01:30 -05:00", NEW_YORK).ambiguous


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("tomorrow", "is not a time"),
        ("2026-11-24", "a day without a time"),
        ("2026-02-31 09:00", "on no calendar"),
        ("2026-11-24 25:00", "on no calendar"),
        ("2026-11-24 09:00 +99:00", "on no calendar"),
        ("2026-11-24 09:00 +01:75", "on no calendar"),
        ("0001-01-01 00:00", "not a year"),
        ("9999-12-31 23:59", "not a year"),
        ("“2026-11-24 09:00”", "is not a time"),
    ],
)
def test_what_is_no_reading_is_refused(text: str, says: str) -> None:
    with pytest.raises(NotATime, match=says):
        resolve_local(text, NEW_YORK)


@pytest.mark.parametrize(
    ("zone", "nearest"),
    [
        ("America/NewYork", "America/New_York"),
        ("america/new_york", "America/New_York"),
        ("New York", "America/New_York"),
        ("berlin", "Europe/Berlin"),
        ("PST", "America/Los_Angeles"),
    ],
)
def test_an_unknown_zone_names_the_nearest(zone: str, nearest: str) -> None:
    with pytest.raises(UnknownZone) as caught:
        resolve_local("2026-11-24 09:00", zone)
    assert caught.value.suggestions[0] == nearest


@pytest.mark.parametrize("zone", ["", "../../etc/passwd", "/etc/localtime", "Mars/Base"])
def test_no_zone_at_all_is_still_one_clear_refusal(zone: str) -> None:
    with pytest.raises(UnknownZone):
        resolve_local("2026-11-24 09:00", zone)


@pytest.mark.parametrize(
    ("words", "instant"),
    [
        ("tue 9am", "2026-11-24 14:00"),
        ("Tuesday 09:00", "2026-11-24 14:00"),
        ("next tuesday at 9:30 pm", "2026-11-25 02:30"),
        ("sun 11am", "2026-11-22 16:00"),
        ("sun 10am", "2026-11-29 15:00"),
        ("tomorrow 9am", "2026-11-23 14:00"),
        ("9am tomorrow", "2026-11-23 14:00"),
        ("noon tomorrow", "2026-11-23 17:00"),
        ("tomorrow midnight", "2026-11-23 05:00"),
        ("11am", "2026-11-22 16:00"),
        ("24 nov 9am", "2026-11-24 14:00"),
        ("22 nov 11am", "2026-11-22 16:00"),
        ("Nov 24, 2026 09:00", "2026-11-24 14:00"),
        ("2026-11-24 09:00", "2026-11-24 14:00"),
        ("2026-11-24 09:00:45", "2026-11-24 14:00"),
        ("2026-11-24T09:00Z", "2026-11-24 09:00"),
        ("2026-11-24 9:30 pm", "2026-11-25 02:30"),
        ("in 2 hours", "2026-11-22 17:47"),
        ("in 3 days", "2026-11-25 15:47"),
    ],
)
def test_words_mean_the_next_such_moment(words: str, instant: str) -> None:
    assert parse_when(words, now=SUNDAY, zone=NEW_YORK, slot=None).instant == utc(instant)


@pytest.mark.parametrize(
    ("words", "later"),
    [("in 2 minutes", 120), ("in 90 seconds", 90), ("in a minute", 60)],
)
def test_seconds_count_only_when_asked_for(words: str, later: int) -> None:
    found = parse_when(words, now=SUNDAY, zone=NEW_YORK, slot=None).instant
    assert found == SUNDAY + timedelta(seconds=later)


def test_hours_are_real_hours_and_days_keep_the_wall_clock() -> None:
    """Over the end of summer time the two differ."""
    before = datetime(2026, 10, 31, 16, 0, tzinfo=UTC)  # 12:00 in New York
    hours = parse_when("in 24 hours", now=before, zone=NEW_YORK, slot=None).instant
    days = parse_when("in 1 day", now=before, zone=NEW_YORK, slot=None).instant
    assert hours - before == timedelta(hours=24)
    assert days - before == timedelta(hours=25)


@pytest.mark.parametrize(
    ("words", "instant"),
    [
        ("tue", "2026-11-24 14:00"),
        ("tomorrow", "2026-11-23 14:00"),
        ("2026-11-27", "2026-11-27 14:00"),
        ("27 november", "2026-11-27 14:00"),
    ],
)
def test_a_day_without_a_time_takes_the_slots(words: str, instant: str) -> None:
    found = parse_when(words, now=SUNDAY, zone=NEW_YORK, slot="Tue 09:00")
    assert found.instant == utc(instant)
    with pytest.raises(NotATime, match="no time of day"):
        parse_when(words, now=SUNDAY, zone=NEW_YORK, slot=None)


@pytest.mark.parametrize(
    ("words", "nearest"),
    [
        ("9am", "2026-11-23 09:00"),
        ("today 9am", "2026-11-23 09:00"),
        ("22 nov 8am", "2026-11-23 08:00"),
        ("2025-11-24 09:00", "2026-11-24 09:00"),
        ("2025-03-01 09:00", "2027-03-01 09:00"),
    ],
)
def test_a_time_already_past_names_the_nearest_good_one(words: str, nearest: str) -> None:
    with pytest.raises(AlreadyPast) as caught:
        parse_when(words, now=SUNDAY, zone=NEW_YORK, slot=None)
    assert caught.value.suggestions == (nearest,)


@pytest.mark.parametrize(
    ("words", "readings"),
    [
        ("03/04/2027", ("2027-03-04", "2027-04-03")),
        ("03/04/2027 9am", ("2027-03-04 9am", "2027-04-03 9am")),
        ("3.4.27 at 09:00", ("2027-03-04 09:00", "2027-04-03 09:00")),
        ("11/12", ("2027-11-12", "2026-12-11")),
        ("24.12.", ("2026-12-24",)),
        ("03/04/2026", ()),
    ],
)
def test_a_date_of_bare_numbers_is_refused_with_the_readings_to_come(
    words: str, readings: tuple[str, ...]
) -> None:
    with pytest.raises(NotATime) as caught:
        parse_when(words, now=SUNDAY, zone=NEW_YORK, slot="Tue 09:00")
    assert caught.value.suggestions == readings


@pytest.mark.parametrize(
    ("words", "suggestions"),
    [
        ("tuesday 9", ("tuesday 9am", "tuesday 9pm")),
        ("on tuesday at 9", ("on tuesday at 9am", "on tuesday at 9pm")),
        ("today 9", ("today 9pm",)),
        ("tue 25:00", ("tue 09:00", "tue 9pm")),
        ("tue 9am 10am", ("tue 9am", "tue 10am")),
        ("tue 09:00 UTC", ("tue 09:00",)),
        ("friday morning", ("friday 9am", "friday 9pm")),
        ("tonight", ("today 9pm",)),
        ("24 nov 9 sharp", ("24 nov 9am", "24 nov 9pm")),
        ("soon", ("tue 9am", "tomorrow 9am", "2026-11-24 09:00")),
        ("today", ("today 9pm",)),
        ("31 feb 9am", ()),
    ],
)
def test_suggestions_stay_on_the_day_that_was_named(
    words: str, suggestions: tuple[str, ...]
) -> None:
    with pytest.raises(NotATime) as caught:
        parse_when(words, now=SUNDAY, zone=NEW_YORK, slot=None)
    assert caught.value.suggestions == suggestions


NAMED = {"tue": 1, "tuesday": 1, "on friday": 4, "sun": 6, "today": 6, "tomorrow": 0,
         "tonight": 6, "2026-11-24": 1, "24 nov": 1, "": None, "in 2 minuets": None}  # fmt: skip
BEHIND = ("", " 9", " at 9", " 12", " 25:00", " 13pm", " 9am 10pm", " 9am sharp", " soon")


@pytest.mark.parametrize("slot", [None, "Tue 09:00"])
@pytest.mark.parametrize("day", NAMED)
def test_every_suggestion_can_be_followed(day: str, slot: str | None) -> None:
    """Whoever types what is suggested gets a time, and on the day that she named. Only a
    moment that has passed is moved to another day, which its suggestion spells out."""
    refused = 0
    for words in (day + more for more in BEHIND):
        try:
            parse_when(words, now=SUNDAY, zone=NEW_YORK, slot=slot)
        except NotATime as error:
            refused += 1
            for suggestion in error.suggestions:
                found = parse_when(suggestion, now=SUNDAY, zone=NEW_YORK, slot=slot).instant
                weekday = found.astimezone(ZoneInfo(NEW_YORK)).weekday()
                if NAMED[day] is not None and not isinstance(error, AlreadyPast):
                    assert weekday == NAMED[day], (words, suggestion)
    assert refused > 3


@pytest.mark.parametrize(
    "words",
    ["", "now", "soon", "tue 9", "at 9", "tonight", "25:00", "13pm", "tue 9am 10am", "31 feb 9am",
     "2026-02-31 9am", "tue 09:00 UTC", "in 2 minuets", "in 99999999999 days", "november 9am", "24 9am",
     "24 nov 12 9am"],
)  # fmt: skip
def test_words_that_could_mislead_are_refused(words: str) -> None:
    with pytest.raises(NotATime):
        parse_when(words, now=SUNDAY, zone=NEW_YORK, slot="Tue 09:00")


def test_a_skipped_hour_in_words_is_refused() -> None:
    with pytest.raises(SkippedHour):
        parse_when("2027-03-14 2:30", now=SUNDAY, zone=NEW_YORK, slot=None)


@given(st.text(alphabet="tue 9am:0123/.-in tomorwhdsy", max_size=20))
def test_any_words_are_understood_or_refused(words: str) -> None:
    try:
        found = parse_when(words, now=SUNDAY, zone=NEW_YORK, slot="Tue 09:00")
    except NotATime as error:
        good = bool(error.reason) and all(
            parse_when(each, now=SUNDAY, zone=NEW_YORK, slot="Tue 09:00")
            for each in error.suggestions
        )
    else:
        good = found.instant > SUNDAY
    assert good


@pytest.mark.parametrize(
    ("slot", "expected"),
    [
        ("Tue 09:00", "2026-11-24 14:00"),
        ("Tue,Fri 09:00", "2026-11-24 14:00"),
        ("friday, monday 9am", "2026-11-23 14:00"),
        ("daily 07:30", "2026-11-23 12:30"),
        ("sun 10:47", "2026-11-29 15:47"),
    ],
)
def test_the_next_slot_is_after_now(slot: str, expected: str) -> None:
    assert next_slot(slot, after=SUNDAY, zone=NEW_YORK, taken=[]) == utc(expected)


def test_a_taken_slot_is_passed_over() -> None:
    taken = [utc("2026-11-24 14:00"), utc("2026-11-27 14:00")]
    found = next_slot("Tue,Fri 09:00", after=SUNDAY, zone=NEW_YORK, taken=taken)
    assert found == utc("2026-12-01 14:00")


def test_a_slot_keeps_its_wall_clock_over_the_year() -> None:
    at = SUNDAY
    for _ in range(60):
        at = next_slot("Tue 09:00", after=at, zone=NEW_YORK, taken=[])
        assert resolve_local(f"{at - timedelta(hours=12):%Y-%m-%d} 09:00", NEW_YORK).instant == at


def test_a_slot_in_the_skipped_hour_moves_on_by_it() -> None:
    before = utc("2027-03-13 12:00")
    found = next_slot("Sun 02:30", after=before, zone=NEW_YORK, taken=[])
    assert found == utc("2027-03-14 07:30")


@pytest.mark.parametrize(
    "slot", ["", "Tue", "2 09:00", "09:00", "Tue 25:00", "Tue 09:00 10:00", "Tu 9am"]
)
def test_a_bad_slot_says_how_a_good_one_looks(slot: str) -> None:
    with pytest.raises(InvalidSlot, match="is not a slot"):
        next_slot(slot, after=SUNDAY, zone=NEW_YORK, taken=[])


def test_importing_times_does_not_import_dateparser() -> None:
    """It takes a tenth of a second, and every command imports this module."""
    import subprocess

    code = "import sys, newsletter.issue.time; sys.exit('dateparser' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
