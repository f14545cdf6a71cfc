"""Subscribers by what they did and have: `POST /subscribers/filter`, a list asked for with a body.

Conditions are given as Kit writes them, for instance
`{"type": "tags", "any": [{"type": "ids", "matching": [4, 7]}]}`; every one must hold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from newsletter.kit.pages import Page, Pages, read_page
from newsletter.kit.session import Session
from newsletter.kit.wire import Reader, WrongShape, present

Condition = Mapping[str, Any]
CountingMode = Literal["raw", "unique_email"]


@dataclass(frozen=True, kw_only=True)
class FilteredSubscriber:
    """One match. There is no state and there are no fields in it; what `include` adds is in `extra`."""

    id: int
    email_address: str
    first_name: str | None
    created_at: datetime | None
    tag_ids: tuple[int, ...] = ()
    tag_names: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


def filtered(
    session: Session,
    conditions: Sequence[Condition],
    *,
    counting_mode: CountingMode | None,
    include: Sequence[str],
    per_page: int,
) -> Pages[FilteredSubscriber]:
    """The list of matches; each page is a POST that changes nothing."""
    body = {
        "all": list(conditions),
        "counting_mode": counting_mode,
        "include": [{"type": each} for each in include] or None,
        "per_page": per_page,
    }

    def fetch(place: Mapping[str, str | int]) -> Page[FilteredSubscriber]:
        def read(answer: object) -> Page[FilteredSubscriber]:
            return read_page(answer, "subscribers", _match, None, after=place.get("after"))

        counted = {"include_total_count": True} if "include_total_count" in place else {}
        asked = present({**body, **place, **counted})
        return session.call("POST", "/subscribers/filter", read, body=asked, changes_nothing=True)

    return Pages(fetch)


def _match(data: object) -> FilteredSubscriber:
    reader = Reader(data, "subscriber")
    return FilteredSubscriber(
        id=reader.integer("id"),
        email_address=reader.required_text("email_address"),
        first_name=reader.text("first_name"),
        created_at=reader.time("created_at"),
        tag_ids=tuple(_number(each) for each in reader.items("tag_ids") or ()),
        tag_names=tuple(str(each) for each in reader.items("tag_names") or ()),
        extra=reader.rest(),
    )


def _number(value: object) -> int:
    try:
        return int(str(value))
    except ValueError:
        raise WrongShape("subscriber: tag_ids should be whole numbers") from None
