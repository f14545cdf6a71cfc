"""Values between JSON and Python: what is taken, what is refused, what is kept."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from newsletter.kit.people import read_subscriber
from newsletter.kit.wire import (
    UNSET,
    Reader,
    WrongShape,
    given,
    present,
    texts,
    was_created,
    wire_amount,
    wire_day,
    wire_flag,
    wire_list,
    wire_time,
    wire_time_if_any,
)


@pytest.mark.parametrize(
    ("moment", "wire"),
    [
        (datetime(2027, 3, 2, 8, 0, tzinfo=UTC), "2027-03-02T08:00:00Z"),
        (datetime(2027, 3, 2, 9, 0, tzinfo=ZoneInfo("Europe/Berlin")), "2027-03-02T08:00:00Z"),
        (
            datetime(2027, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=5.5))),
            "2026-12-31T19:00:00Z",
        ),
        (datetime(2027, 3, 2, 8, 0, 59, 999999, tzinfo=UTC), "2027-03-02T08:00:59Z"),
    ],
)
def test_a_time_goes_out_as_utc_in_whole_seconds(moment: datetime, wire: str) -> None:
    assert wire_time(moment) == wire
    assert wire_time_if_any(moment) == wire


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2027-03-02T08:00:00Z", datetime(2027, 3, 2, 8, tzinfo=UTC)),
        ("2027-03-02T08:00:00.000Z", datetime(2027, 3, 2, 8, tzinfo=UTC)),
        ("2027-03-02T09:00:00+01:00", datetime(2027, 3, 2, 8, tzinfo=UTC)),
        ("2027-03-02 08:00:00", datetime(2027, 3, 2, 8, tzinfo=UTC)),
        (None, None),
    ],
)
def test_a_time_comes_back_as_aware_utc(text: str | None, moment: datetime | None) -> None:
    read = Reader({"at": text}, "thing").time("at")

    assert read == moment
    assert read is None or read.tzinfo is UTC


def test_filters_take_days_and_times() -> None:
    assert wire_day(date(2027, 3, 2)) == "2027-03-02"
    assert wire_day(datetime(2027, 3, 2, 8, tzinfo=UTC)) == "2027-03-02T08:00:00Z"
    assert wire_day(None) is None
    assert [wire_flag(flag) for flag in (True, False, None)] == ["true", "false", None]


def test_a_time_can_keep_the_offset_it_came_with() -> None:
    """Growth is counted by days of the account's zone; midnight there is the day's name."""
    read = Reader({"at": "2027-02-01T00:00:00-05:00", "bare": "2027-02-01T00:00:00"}, "thing")

    kept, bare = read.zoned_time("at"), read.zoned_time("bare")
    assert kept is not None
    assert bare is not None
    assert kept.isoformat() == "2027-02-01T00:00:00-05:00"
    assert bare.tzinfo is UTC


def test_names_go_with_commas_and_money_in_its_digits() -> None:
    assert wire_list(["tags", "location"]) == "tags,location"
    assert wire_list("tags") == "tags"
    assert wire_list([]) is wire_list(None) is None
    for digits in ("0.1", "7.90", "999999999.99", "86.53"):
        assert Decimal(json.dumps(wire_amount(Decimal(digits)))) == Decimal(digits)
    assert [wire_amount(each) for each in (7, 7.9, None)] == [7, 7.9, None]


def test_a_status_says_what_a_write_did() -> None:
    assert [was_created(status) for status in (200, 201, 202)] == [False, True, None]


def test_absent_null_and_unset_are_three_things() -> None:
    values = {"a": 1, "b": None, "c": UNSET, "d": False}

    assert given(values) == {"a": 1, "b": None, "d": False}
    assert present({"a": 1, "b": None, "d": False}) == {"a": 1, "d": False}
    assert wire_time_if_any(None) is None
    assert wire_time_if_any(UNSET) is UNSET
    assert repr(UNSET) == "UNSET"


@pytest.mark.parametrize(
    ("method", "value", "result"),
    [
        ("optional_integer", 7, 7),
        ("optional_integer", "7", 7),
        ("optional_integer", None, None),
        ("number", 3, 3.0),
        ("number", 0.25, 0.25),
        ("flag", True, True),
        ("flag", 0, False),
        ("flag", None, None),
        ("text", "seven", "seven"),
        ("text", 87, "87"),
        ("table", {"a": 1}, {"a": 1}),
        ("table", [], {}),
        ("table", None, None),
        ("items", [1, 2], (1, 2)),
        ("texts", ["a", "b"], ("a", "b")),
        ("texts", None, None),
        ("amount", 7.9, Decimal("7.9")),
        ("amount", 12, Decimal(12)),
        ("amount", "12.50", Decimal("12.50")),
        ("amount", None, None),
        ("items", None, None),
    ],
    ids=repr,
)
def test_values_that_mean_the_same_are_read_the_same(method: str, value: Any, result: Any) -> None:
    assert getattr(Reader({"key": value}, "thing"), method)("key") == result


@pytest.mark.parametrize(
    ("method", "value"),
    [
        ("integer", None),
        ("optional_integer", "seven"),
        ("optional_integer", True),
        ("optional_integer", 7.5),
        ("number", "7"),
        ("number", True),
        ("number", 10**400),
        ("flag", "yes"),
        ("flag", 2),
        ("required_flag", None),
        ("text", ["a"]),
        ("required_text", None),
        ("time", "tomorrow"),
        ("time", 1767225600),
        ("time", "9999-12-31T23:59:59-14:00"),
        ("table", ["a"]),
        ("items", {"a": 1}),
        ("items", "ab"),
        ("texts", ["a", 1]),
        ("amount", True),
        ("amount", "a lot"),
        ("amount", "NaN"),
        ("zoned_time", "tomorrow"),
    ],
)
def test_values_of_another_kind_are_refused_with_their_place(method: str, value: Any) -> None:
    with pytest.raises(WrongShape, match="thing: key should be"):
        getattr(Reader({"key": value}, "thing"), method)("key")


def test_what_nobody_knows_yet_is_kept() -> None:
    subscriber = read_subscriber(
        {
            "id": "31",
            "email_address": "ada@example.org",
            "state": "active",
            "first_name": None,
            "created_at": "2027-03-02T08:00:00Z",
            "fields": {"town": "Porto", "visits": 3, "gone": None},
            "mood": {"today": "curious"},
        }
    )

    assert subscriber.id == 31
    assert subscriber.fields == {"town": "Porto", "visits": "3", "gone": None}
    assert subscriber.extra == {"mood": {"today": "curious"}}


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (None, ()),
        ("", ()),
        ("one", ("one",)),
        (["a", ["b", ["c"]], "d"], ("a", "b", "c", "d")),
        ([None, "", []], ()),
        ([7, {"field": "x"}], ("7", "{'field': 'x'}")),
    ],
)
def test_texts_are_found_however_deep_they_lie(value: object, found: tuple[str, ...]) -> None:
    assert texts(value) == found
