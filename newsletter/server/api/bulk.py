"""/bulk: up to a hundred items at once, more of them later, whoever failed named one by one.

What each operation does with its items stands in `newsletter.server.bulk`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from newsletter.server.api.calls import Answer, Call, Operation, Refusal, invalid
from newsletter.server.api.values import given
from newsletter.server.api.webhooks import address
from newsletter.server.bulk.kinds import KINDS, Kind
from newsletter.server.store import bulk

AT_ONCE = 100
LONGEST_BODY = 30_000_000  # octets
MOST_QUEUED = 300_000_000  # octets of one app's requests that are not done yet
_TOO_MUCH = (
    "This request exceeds your queued bulk requests limit. "
    "Please wait while we process your existing requests and try again later."
)


def _operation(name: str, kind: Kind) -> Operation:
    method, path = name.split()

    def answer(call: Call) -> Answer:
        items = _items(call.body, kind)
        callback = (
            address(call, call.body, "callback_url") if given(call.body, "callback_url") else None
        )
        if len(items) > AT_ONCE:
            return _put_off(call, name, items, callback)
        with call.store.writing() as db:
            return Answer(status=200, body=kind.work(db, items, now=call.now).shown(kind))

    return Operation(method=method, path=path, answer=answer, oauth_only=True, longest=LONGEST_BODY)


def _items(body: Mapping[str, Any], kind: Kind) -> list[dict[str, Any]]:
    """The items, none of which is without any data. A single one that is spoils them all."""
    items = body.get(kind.items)
    if not isinstance(items, list) or not all(isinstance(each, dict) and each for each in items):
        items = []
    if not items:
        raise invalid(f"No {kind.words} included for processing")
    return items


def _put_off(call: Call, name: str, items: list[dict[str, Any]], callback: str | None) -> Answer:
    with call.store.writing() as db:
        if bulk.queued(db, call.app_id) + call.size > MOST_QUEUED:
            raise Refusal(413, _TOO_MUCH)
        bulk.put_off(
            db,
            kind=name,
            items=items,
            app_id=call.app_id,
            size=call.size,
            callback_url=callback,
            now=call.now,
        )
    return Answer(status=202, body={}, note=f"{len(items)} {KINDS[name].words} to be worked off")


OPERATIONS = tuple(_operation(name, kind) for name, kind in KINDS.items())
