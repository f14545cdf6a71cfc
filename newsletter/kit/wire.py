"""Values on their way to Kit's JSON and back: times, absent values, and shapes.

Kit's objects grow keys without notice, so a reader takes what it knows and
hands over the rest; a value of the wrong kind is an error, because guessing
would hide that somebody else answered.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final


class Unset(enum.Enum):
    """The type of `UNSET`."""

    UNSET = "unset"

    def __repr__(self) -> str:
        return self.name


UNSET: Final = Unset.UNSET
"""Leaves a value as it is in an update, where `None` is sent as null and empties it."""


class WrongShape(ValueError):
    """JSON that is not the object the reference describes."""


def given(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that were given, without those left `UNSET`."""
    return {key: value for key, value in values.items() if value is not UNSET}


def present(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that are not `None`; for calls where absent and null mean the same."""
    return {key: value for key, value in values.items() if value is not None}


def wire_time(moment: datetime) -> str:
    """An instant as Kit repeats it: UTC, whole seconds, `Z`.

    Raises:
        ValueError: The time has no zone, so it names no instant.

    Example:
        >>> wire_time(datetime.fromisoformat("2027-03-02T09:00:00+01:00"))
        '2027-03-02T08:00:00Z'
    """
    if moment.tzinfo is None:
        raise ValueError("A time for Kit needs a zone; this one has none.")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def wire_time_if_any(moment: datetime | Unset | None) -> str | Unset | None:
    """The same, letting `None` and `UNSET` through."""
    return wire_time(moment) if isinstance(moment, datetime) else moment


def wire_day(day: date | None) -> str | None:
    """A day as `YYYY-MM-DD`, an instant as `wire_time` writes it; for the list filters."""
    if isinstance(day, datetime):
        return wire_time(day)
    return None if day is None else day.isoformat()


def wire_flag(flag: bool | None) -> str | None:
    """A boolean as the query string has it."""
    return None if flag is None else str(flag).lower()


def wire_amount(amount: Decimal | float | None) -> float | None:
    """Money as JSON has it, which is the same digits for anything under a billion."""
    return float(amount) if isinstance(amount, Decimal) else amount


def wire_list(names: str | Iterable[str] | None) -> str | None:
    """Names with commas between them, as `include` takes them; a single one may be given bare."""
    if names is None or isinstance(names, str):
        return names
    return ",".join(names) or None


def was_created(status: int) -> bool | None:
    """What a status says of a write: 201 made it, 200 found it there, 202 does not say yet."""
    return None if status == 202 else status == 201


class Reader:
    """Takes known keys out of one JSON object and keeps the others.

    Every method raises `WrongShape` where the value is of another kind.

    Example:
        >>> reader = Reader({"id": "7", "name": "Tides", "colour": "blue"}, "tag")
        >>> reader.integer("id"), reader.text("name"), reader.rest()
        (7, 'Tides', {'colour': 'blue'})
    """

    def __init__(self, data: object, what: str) -> None:
        if not isinstance(data, Mapping):
            raise WrongShape(f"{what} is not an object")
        self._left: dict[str, Any] = dict(data)
        self._what = what

    def value(self, key: str) -> Any:
        """Whatever stands there; `None` if nothing does."""
        return self._left.pop(key, None)

    def rest(self) -> dict[str, Any]:
        """The keys nobody asked for."""
        return self._left

    def text(self, key: str) -> str | None:
        value = self.value(key)
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, (int, float)):  # custom fields are strings, at Kit at least
            return str(value)
        raise self._wrong(key, "text")

    def required_text(self, key: str) -> str:
        value = self.text(key)
        if value is None:
            raise self._wrong(key, "text")
        return value

    def optional_integer(self, key: str) -> int | None:
        value = self.value(key)
        if value is None:
            return None
        # The filter endpoint and the webhooks give ids as strings.
        if isinstance(value, (int, str)) and not isinstance(value, bool):
            try:
                return int(value)
            except ValueError:
                pass
        raise self._wrong(key, "a whole number")

    def integer(self, key: str) -> int:
        value = self.optional_integer(key)
        if value is None:
            raise self._wrong(key, "a whole number")
        return value

    def number(self, key: str) -> float | None:
        value = self.value(key)
        if value is None:
            return None
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            try:
                return float(value)
            except OverflowError:
                pass
        raise self._wrong(key, "a number")

    def amount(self, key: str) -> Decimal | None:
        """Money, in the digits that were written."""
        value = self.value(key)
        if value is None:
            return None
        if isinstance(value, (int, float, str)) and not isinstance(value, bool):
            try:
                found = Decimal(str(value))
            except InvalidOperation:
                pass
            else:
                if found.is_finite():
                    return found
        raise self._wrong(key, "an amount")

    def flag(self, key: str) -> bool | None:
        value = self.value(key)
        if value is None:
            return None
        if value in (0, 1):  # True and False are among these
            return bool(value)
        raise self._wrong(key, "true or false")

    def required_flag(self, key: str) -> bool:
        value = self.flag(key)
        if value is None:
            raise self._wrong(key, "true or false")
        return value

    def time(self, key: str) -> datetime | None:
        """An aware UTC time; without a zone it is UTC, as Kit says of its own times."""
        moment = self.zoned_time(key)
        try:
            return None if moment is None else moment.astimezone(UTC)
        except OverflowError:
            raise self._wrong(key, "a time") from None

    def zoned_time(self, key: str) -> datetime | None:
        """The same with the offset that it came with."""
        value = self.value(key)
        if value is None:
            return None
        try:
            moment = datetime.fromisoformat(value)
        except (TypeError, ValueError):
            raise self._wrong(key, "a time") from None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    def table(self, key: str) -> dict[str, Any] | None:
        value = self.value(key)
        if value is None or value == []:  # PHP writes an empty object as a list
            return None if value is None else {}
        if isinstance(value, Mapping):
            return dict(value)
        raise self._wrong(key, "an object")

    def items(self, key: str) -> tuple[Any, ...] | None:
        value = self.value(key)
        if value is None:
            return None
        if isinstance(value, (list, tuple)):
            return tuple(value)
        raise self._wrong(key, "a list")

    def texts(self, key: str) -> tuple[str, ...] | None:
        """A list of words."""
        items = self.items(key)
        if items is None:
            return None
        if all(isinstance(item, str) for item in items):
            return items
        raise self._wrong(key, "a list of texts")

    def _wrong(self, key: str, expected: str) -> WrongShape:
        return WrongShape(f"{self._what}: {key} should be {expected}")


def texts(value: object) -> tuple[str, ...]:
    """All texts in a value, whichever way lists are nested around them.

    Sequence errors have been seen as lists inside `errors` (Kit reference §4).

    Example:
        >>> texts(["Name can't be blank", ["Label can't be blank"], None])
        ("Name can't be blank", "Label can't be blank")
    """
    found: list[str] = []
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, (list, tuple)):
            waiting.extend(reversed(item))
        elif item is not None and item != "":
            found.append(str(item))
    return tuple(found)
