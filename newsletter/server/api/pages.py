"""Pages as the API asks for them and shows them: opaque cursors around keyset positions."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement

from newsletter.database import UtcDateTime
from newsletter.server.api.calls import invalid
from newsletter.server.api.values import flag, given, number
from newsletter.server.store.paging import Page, PageWish, Position

DEFAULT = 500
MOST = 1000  # Kit's maximum; what is asked above it is not refused


def wish(query: Mapping[str, Any], keys: Sequence[ColumnElement[Any]]) -> PageWish:
    """The page that a query asks for, of a list ordered by `keys`."""
    per_page = number(query["per_page"], "per_page") if given(query, "per_page") else DEFAULT
    if per_page == 0:
        raise invalid("Per page must be at least 1")
    return PageWish(
        per_page=min(per_page, MOST),
        after=_read(query, "after", keys),
        before=_read(query, "before", keys),
        with_total=flag(query, "include_total_count") or False,
    )


def pagination(page: Page, wished: PageWish) -> dict[str, Any]:
    """Kit's `pagination` object. The cursors of an empty page are null."""
    shown: dict[str, Any] = {
        "has_previous_page": page.has_previous,
        "has_next_page": page.has_next,
        "start_cursor": cursor(page.start),
        "end_cursor": cursor(page.end),
        "per_page": wished.per_page,
    }
    if page.total is not None:
        shown["total_count"] = page.total
    return shown


def cursor(position: Position | None) -> str | None:
    """A position as opaque text: Base64 of a JSON list, as Kit's are."""
    if position is None:
        return None
    values = [each.isoformat() if isinstance(each, datetime) else each for each in position]
    return base64.urlsafe_b64encode(json.dumps(values, separators=(",", ":")).encode()).decode()


def _read(
    query: Mapping[str, Any], name: str, keys: Sequence[ColumnElement[Any]]
) -> Position | None:
    if not given(query, name):
        return None
    try:
        values = json.loads(base64.b64decode(query[name], altchars=b"-_", validate=True))
        if not isinstance(values, list):
            raise TypeError("not a list")
        return tuple(_value(each, key) for each, key in zip(values, keys, strict=True))
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise invalid(f"{name.capitalize()} is not a valid cursor") from None


def _value(value: object, key: ColumnElement[Any]) -> datetime | int:
    if isinstance(key.type, UtcDateTime):
        at = datetime.fromisoformat(str(value))
        if at.tzinfo is None:
            raise ValueError("a time without a zone")
        return at
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise TypeError("not an id")
    return value
