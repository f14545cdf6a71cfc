"""A document's objects, read value by value; what is wrong is told with its place (RFC 9535)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from newsletter.server.api import values
from newsletter.server.api.calls import Refusal

_Value = TypeVar("_Value")
_MOST = 10**12
_LAST_YEAR = 9000
_AGO = re.compile(r"-([0-9]{1,6})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class BadDocument(Exception):
    """The document cannot be loaded: `place` is a JSON path in it, `message` says why."""

    def __init__(self, place: str, message: str) -> None:
        super().__init__(f"{place}: {message}")
        self.place = place
        self.message = message


class Item:
    """One object of the document, which stands at `place`."""

    def __init__(self, values_: object, place: str, *, now: datetime) -> None:
        if not isinstance(values_, Mapping):
            raise BadDocument(place, "this must be an object")
        self.values: Mapping[str, Any] = values_
        self.place = place
        self.now = now

    def at(self, name: str) -> str:
        """Where one of its values stands."""
        return f"{self.place}.{name}"

    def wrong(self, name: str, message: str) -> BadDocument:
        """What to raise for one of its values."""
        return BadDocument(self.at(name), message)

    def insist(self, known: Collection[str]) -> None:
        """Refuse keys that are not `known`: a slip of the pen would be lost without a word."""
        for name in self.values:
            if name not in known:
                raise self.wrong(name, f"not known here; known are {', '.join(sorted(known))}")

    def has(self, name: str) -> bool:
        """Whether the value is there and not blank."""
        return values.given(self.values, name)

    def text(self, name: str, *, limit: int = 2_000_000) -> str | None:
        """Words, or None."""
        return self.read(name, lambda: values.text(self.values, name, limit=limit))

    def words(self, name: str, *, limit: int = 255) -> str:
        """Words that must be there."""
        found = (self.text(name, limit=limit) or "").strip()
        if not found:
            raise self.wrong(name, "this must be there and not blank")
        return found

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Yes or no."""
        found = self.read(name, lambda: values.flag(self.values, name))
        return default if found is None else found

    def choice(self, name: str, allowed: Collection[str], *, default: str) -> str:
        """One of a closed set of words."""
        return self.read(name, lambda: values.choice(self.values, name, allowed)) or default

    def address(self, name: str = "email_address") -> str:
        """An email address that mail can go to."""
        return self.read(name, lambda: values.address(self.values, name))

    def number(self, name: str) -> int:
        """A whole number from zero on that must be there."""
        return self.read(name, lambda: values.number(self.values.get(name), name))

    def count(self, name: str, *, default: int) -> int:
        """A whole number from zero on, or `default`."""
        return self.number(name) if self.has(name) else default

    def amount(self, name: str, *, default: float | None = None) -> float | None:
        """A number, or `default`."""
        found = self.values.get(name, default)
        if found is not None and (isinstance(found, bool) or not isinstance(found, int | float)):
            raise self.wrong(name, "this must be a number")
        if found is not None and not abs(found) < _MOST:
            raise self.wrong(name, "this number is too large")
        return found

    def id(self) -> int | None:
        """The id it is to have; None leaves the choice to the store."""
        if not self.has("id"):
            return None
        found = self.number("id")
        if found == 0:
            raise self.wrong("id", "ids begin with 1")
        return found

    def moment(self, name: str, *, default: datetime | None = None) -> datetime | None:
        """A time: ISO 8601, or how long before the loading: `-90d`, `-5h`, `-10m`."""
        found = self.values.get(name)
        ago = _AGO.fullmatch(found.strip()) if isinstance(found, str) else None
        if ago:
            span = timedelta(**{_UNITS[ago[2]]: int(ago[1])})
            try:
                return (self.now - span).replace(microsecond=0)
            except OverflowError:
                raise self.wrong(name, "this is before the calendar begins") from None
        moment = self.read(name, lambda: values.moment(self.values, name))
        if moment is not None and moment.year >= _LAST_YEAR:
            raise self.wrong(name, "this is after all calendars that we know")
        return moment or default

    def when(self, name: str, *, default: datetime | None = None) -> datetime:
        """A time, with the moment of the loading where nothing else is said."""
        return self.moment(name) or default or self.now

    def items(self, name: str) -> Iterator[Item]:
        """The objects of a list, which may be missing."""
        for index, each in enumerate(self.list(name)):
            yield Item(each, f"{self.at(name)}[{index}]", now=self.now)

    def list(self, name: str) -> list[Any]:
        """A list of anything, which may be missing."""
        found = self.values.get(name)
        if found is not None and not isinstance(found, list):
            raise self.wrong(name, "this must be a list")
        return found or []

    def texts(self, name: str) -> dict[str, str]:
        """An object of texts, by name, without those that are null."""
        found = self.values.get(name) or {}
        inside = Item(found, self.at(name), now=self.now)
        kept = {each: inside.text(each) for each in inside.values}
        return {each: value for each, value in kept.items() if value is not None}

    def read(self, name: str, read: Callable[[], _Value]) -> _Value:
        """What `read` makes of the value called `name`, its refusal told with the place."""
        try:
            return read()
        except Refusal as refusal:
            raise self.wrong(name, "; ".join(refusal.errors)) from None
