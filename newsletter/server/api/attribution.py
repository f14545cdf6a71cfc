"""Where subscribers came from, as far as it is known: the first form, and the page before it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import Connection, Row

from newsletter.server.store import forms

_UTM = ("source", "medium", "campaign", "term", "content")


def utm_parameters(referrer: str | None) -> dict[str, str | None]:
    """The UTM parameters in the query of an address; None for those it does not hold."""
    try:
        found = parse_qs(urlsplit(referrer or "").query)
    except ValueError:  # no address at all
        found = {}
    return {name: found.get(f"utm_{name}", [None])[0] for name in _UTM}


def of_each(db: Connection, subscriber_ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """Kit's `attribution` of several subscribers; all null of whoever came through no form."""
    came = forms.came_through(db, subscriber_ids)
    return {each: _shown(came.get(each)) for each in subscriber_ids}


def _shown(row: Row[Any] | None) -> dict[str, Any]:
    referrer = None if row is None else row.referrer
    mechanism = None if row is None else "landing_page" if row.type == "hosted" else "form"
    return {
        "referrer": referrer,
        **{f"utm_{name}": value for name, value in utm_parameters(referrer).items()},
        "source_type": None if row is None else "form_subscription",
        "source_name": None if row is None else row.name,
        "source_mechanism": mechanism,
        "source_mechanism_id": None,
    }
