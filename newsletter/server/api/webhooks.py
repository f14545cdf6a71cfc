"""/webhooks: list, create, delete those of the first kind, one event each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Row

from newsletter import guard
from newsletter.server.api import pages
from newsletter.server.api.calls import Answer, Call, Operation, invalid, not_found
from newsletter.server.api.values import given, number, text
from newsletter.server.events import LEGACY
from newsletter.server.store import webhooks
from newsletter.server.store.paging import page_of
from newsletter.server.store.store import account_of
from newsletter.server.store.webhook_tables import webhooks as webhooks_table

LONGEST_URL = 2000
# The official SDK calls a sequence a course.
_OTHER_NAMES = {"sequence_id": "course_id"}


def address(call: Call, values: Mapping[str, Any], name: str) -> str:
    """An address that events may be posted to; refuses one that can be seen to be private."""
    url = (text(values, name, limit=LONGEST_URL) or "").strip()
    try:
        parts = urlsplit(url)
        guard.check(url, allow_private=call.private_webhooks)
    except (guard.NotAllowed, ValueError) as error:
        raise invalid(f"{name.replace('_', ' ').capitalize()} is not allowed: {error}") from None
    return parts.geturl()


def _shown(row: Row[Any], account_id: int) -> dict[str, Any]:
    parameter = LEGACY[row.event]
    about = {parameter: _typed(row)} if parameter else {"initiator_value": None}
    return {
        "id": row.id,
        "account_id": account_id,
        "event": {"name": row.event.partition(".")[2], **about},
        "target_url": row.target_url,
    }


def _typed(row: Row[Any]) -> str | int:
    return row.parameter if LEGACY[row.event] == "initiator_value" else int(row.parameter)


def listing(call: Call) -> Answer:
    """One page of the webhooks, newest first."""
    keys = [webhooks_table.c.id]
    wish = pages.wish(call.query, keys)
    with call.store.reading() as db:
        page = page_of(db, webhooks.all_webhooks(), keys=keys, wish=wish)
        account_id = account_of(db).id
    body = [_shown(row, account_id) for row in page.rows]
    return Answer(status=200, body={"webhooks": body, "pagination": pages.pagination(page, wish)})


def create(call: Call) -> Answer:
    """Have one event posted to an address."""
    event = call.body.get("event")
    if not isinstance(event, dict) or not given(call.body, "target_url"):
        raise invalid("`event` and `target` parameters must be provided")
    name = event.get("name")
    if not isinstance(name, str) or name not in LEGACY:
        raise invalid(f"Event name must be one of: {', '.join(LEGACY)}")
    parameter = _parameter(event, LEGACY[name])
    url = address(call, call.body, "target_url")
    with call.store.writing() as db:
        row = webhooks.create_webhook(
            db, event=name, parameter=parameter, target_url=url, now=call.now
        )
        account_id = account_of(db).id
    return Answer(status=201, body={"webhook": _shown(row, account_id)})


def _parameter(event: Mapping[str, Any], name: str | None) -> str | None:
    if name is None:
        return None
    found = next((each for each in (name, _OTHER_NAMES.get(name, name)) if given(event, each)), "")
    if not found:
        raise invalid(f"`{name}` must be provided with this event")
    if name == "initiator_value":
        return text(event, found, limit=LONGEST_URL)
    return str(number(event[found], name))


def remove(call: Call) -> Answer:
    """Delete one."""
    with call.store.writing() as db:
        if not webhooks.remove_webhook(db, call.id()):
            raise not_found()
    return Answer(status=204)


OPERATIONS = (
    Operation(method="GET", path="/webhooks", answer=listing),
    Operation(method="POST", path="/webhooks", answer=create),
    Operation(method="DELETE", path="/webhooks/{id}", answer=remove),
)
