"""/subscribers/{subscriber_id}/location: pin where somebody lives, replace it, drop it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from zoneinfo import available_timezones

from sqlalchemy import Connection

from newsletter.server.api.calls import Answer, Call, Operation, invalid, not_found
from newsletter.server.api.values import given, real, text
from newsletter.server.objects import location as shown
from newsletter.server.store import locations, subscribers

NAMES = ("city", "state_province", "country_code", "latitude", "longitude", "timezone")
LONGEST = 255
_BOUNDS = {"latitude": 90.0, "longitude": 180.0}
_COUNTRY = re.compile(r"[A-Z]{2}")


def pin(call: Call) -> Answer:
    """Say where a subscriber lives; of the six values the country alone must be there."""
    return _pin(call, named=())


def replace(call: Call) -> Answer:
    """Say anew where a subscriber lives: all six names, null for what is not known."""
    return _pin(call, named=NAMES)


def _pin(call: Call, *, named: tuple[str, ...]) -> Answer:
    given_ = call.body.get("location")
    values = _values(given_ if isinstance(given_, dict) else call.body, named=named)
    with call.store.writing() as db:
        subscriber_id = _subscriber(db, call)
        locations.pin(db, subscriber_id, values)
        row = locations.of(db, [subscriber_id])[subscriber_id]
    body = {"id": subscriber_id, "location": shown(row)}
    return Answer(status=200, body={"subscriber": body})


def drop(call: Call) -> Answer:
    """Forget where a subscriber lives; where nothing is known, that is so already."""
    with call.store.writing() as db:
        locations.unpin(db, _subscriber(db, call))
    return Answer(status=204)


def _subscriber(db: Connection, call: Call) -> int:
    row = subscribers.by_id(db, call.id("subscriber_id"))
    if row is None:
        raise not_found()
    return int(row.id)


def _values(body: Mapping[str, Any], *, named: tuple[str, ...]) -> dict[str, Any]:
    missing = {name for name in named if name not in body}
    if not given(body, "country_code"):
        missing.add("country_code")
    blank = [name for name in NAMES if name in missing]
    if blank:
        raise invalid(*(f"{_label(name)} can't be blank" for name in blank))
    words = {name: (text(body, name, limit=LONGEST) or "").strip() or None for name in NAMES}
    country = (words["country_code"] or "").upper()
    if not _COUNTRY.fullmatch(country):
        raise invalid("Country code must be a code of two letters (ISO 3166-1)")
    if words["timezone"] is not None and words["timezone"] not in available_timezones():
        raise invalid("Timezone must be the name of a zone, like America/Denver")
    places = {name: _degrees(words[name], name) for name in _BOUNDS}
    return {**words, "country_code": country, **places}


def _degrees(value: str | None, name: str) -> float | None:
    if value is None:
        return None
    found = real(value, _label(name))
    if abs(found) > _BOUNDS[name]:
        raise invalid(f"{_label(name)} must lie between -{_BOUNDS[name]:g} and {_BOUNDS[name]:g}")
    return found


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()


_ONE = "/subscribers/{subscriber_id}/location"

OPERATIONS = (
    Operation(method="POST", path=_ONE, answer=pin),
    Operation(method="PATCH", path=_ONE, answer=replace),
    Operation(method="DELETE", path=_ONE, answer=drop),
)
