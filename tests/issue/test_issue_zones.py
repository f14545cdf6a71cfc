"""The hours that are skipped and doubled, in four zones that do it differently.

Berlin and New York by an hour, on other days; Lord Howe by half an hour; Casablanca goes
back for Ramadan and forward after it. Days and offsets: the tz database.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from newsletter.errors import InvalidIssue
from newsletter.issue.parse import parse_issue
from newsletter.issue.time import SkippedHour, next_slot, parse_when, resolve_local

BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"
LORD_HOWE, CASABLANCA = "Australia/Lord_Howe", "Africa/Casablanca"

SKIPPED = [
    (BERLIN, "2026-03-29 02:30"),
    (NEW_YORK, "2026-03-08 02:30"),
    (LORD_HOWE, "2026-10-04 02:15"),
    (CASABLANCA, "2026-03-22 02:30"),
]
DOUBLED = [
    (BERLIN, "2026-10-25 02:30", "2026-10-25T00:30"),
    (NEW_YORK, "2026-11-01 01:30", "2026-11-01T05:30"),
    (LORD_HOWE, "2026-04-05 01:45", "2026-04-04T14:45"),
    (CASABLANCA, "2026-02-15 02:30", "2026-02-15T01:30"),
]
LETTER = "---\nsubject: Time\nstatus: scheduled\nsend_at: {when}\ntimezone: {zone}\n---\nHello.\n"


@pytest.mark.parametrize(("zone", "reading"), SKIPPED)
def test_a_skipped_reading_is_refused_with_a_good_one_on_either_side(zone, reading):
    with pytest.raises(SkippedHour) as caught:
        resolve_local(reading, zone)

    assert len(caught.value.suggestions) == 2
    for suggestion in caught.value.suggestions:
        assert not resolve_local(suggestion, zone).ambiguous


@pytest.mark.parametrize(("zone", "reading"), SKIPPED)
def test_in_a_file_it_is_an_error_with_its_line(zone, reading):
    with pytest.raises(InvalidIssue) as caught:
        parse_issue(LETTER.format(when=reading, zone=zone), path="issues/time.md", timezone="UTC")

    assert (caught.value.rule, caught.value.line) == ("send-at-not-a-time", 4)


@pytest.mark.parametrize(("zone", "reading"), SKIPPED)
def test_on_the_command_line_it_is_refused_too(zone, reading):
    with pytest.raises(SkippedHour):
        parse_when(reading, now=datetime(2026, 1, 1, tzinfo=UTC), zone=zone, slot=None)


@pytest.mark.parametrize(("zone", "reading", "first"), DOUBLED)
def test_a_doubled_reading_means_the_first_and_is_remarked_on(zone, reading, first):
    issue = parse_issue(
        LETTER.format(when=reading, zone=zone), path="issues/time.md", timezone="UTC"
    )

    assert issue.send_at == datetime.fromisoformat(first).replace(tzinfo=UTC)
    assert [remark.rule for remark in issue.remarks] == ["send-at-ambiguous"]


@pytest.mark.parametrize(("zone", "reading", "first"), DOUBLED)
def test_with_an_offset_either_of_the_two_can_be_meant(zone, reading, first):
    early = datetime.fromisoformat(first).replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
    late = datetime.fromisoformat(reading).replace(tzinfo=ZoneInfo(zone), fold=1)

    found = [resolve_local(moment.isoformat(" "), zone) for moment in (early, late)]

    assert [one.ambiguous for one in found] == [False, False]
    assert found[0].instant < found[1].instant


@pytest.mark.parametrize("zone", [BERLIN, NEW_YORK, LORD_HOWE, CASABLANCA])
def test_a_slot_keeps_its_wall_clock_time_through_a_whole_year_once_a_week(zone):
    """Nine stays nine on both sides of every change, and no week has two or none."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    slots = []
    for _ in range(52):
        now = next_slot("Sun 09:00", after=now, zone=zone, taken=())
        slots.append(now.astimezone(ZoneInfo(zone)))

    assert {(moment.weekday(), moment.hour, moment.minute) for moment in slots} == {(6, 9, 0)}
    days = [moment.date() for moment in slots]
    assert {later - earlier for earlier, later in pairwise(days)} == {timedelta(days=7)}


@pytest.mark.parametrize(("zone", "reading"), SKIPPED)
def test_a_slot_in_the_skipped_hour_still_comes_that_day(zone, reading):
    skipped = datetime.fromisoformat(reading)
    day_before = skipped.replace(tzinfo=ZoneInfo(zone)) - timedelta(days=1)

    slot = next_slot(f"daily {reading[11:]}", after=day_before, zone=zone, taken=())

    local = slot.astimezone(ZoneInfo(zone))
    assert local.date() == skipped.date()
    assert local.replace(tzinfo=None) > skipped
