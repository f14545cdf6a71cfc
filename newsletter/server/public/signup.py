"""The page of a sign-up form. Who fills it in is noted as `inactive` and gets no letter yet.

The answer is the same for known and unknown addresses, and nobody who left is revived. A
form that does not exist answers too: an old letter may carry an old form's number.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from sqlalchemy import Connection, select
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from newsletter.server import bodies
from newsletter.server.addresses import key_of, usable
from newsletter.server.budget import Budget
from newsletter.server.public import pages
from newsletter.server.store import forms, subscribers
from newsletter.server.store.store import Store
from newsletter.server.store.tables import suppressions

_BODY_LIMIT = 16_000
_MOST_FIELDS = 20
_LONGEST_NAME = 255
_WRONG = "Enter an email address, like name@example.com."
_PER_NETWORK, _PER_ADDRESS, _SECONDS = 10, 3, 600.0


def routes(store: Store, *, clock: Callable[[], datetime]) -> list[Route]:
    """/forms/ID."""
    networks = Budget(most=_PER_NETWORK, seconds=_SECONDS)
    addresses = Budget(most=_PER_ADDRESS, seconds=_SECONDS)

    def show(_request: Request) -> Response:
        return _form(store)

    async def submit(request: Request) -> Response:
        try:
            typed = _typed(await bodies.read(request, limit=_BODY_LIMIT))
        except (bodies.TooLong, ValueError):
            typed = {}
        address = usable(typed.get("email_address", ""))
        if address is None:
            return await run_in_threadpool(_form, store, typed=typed)
        host = request.client.host if request.client else ""
        if not (networks.spend(_network(host)) and addresses.spend(key_of(address))):
            return await run_in_threadpool(_too_quick, store)
        return await run_in_threadpool(
            _note, store, request.path_params["id"], address=address, typed=typed, now=clock()
        )

    return [
        Route("/forms/{id}", show, methods=["GET"]),
        Route("/forms/{id}", submit, methods=["POST"]),
    ]


def _typed(body: bytes) -> dict[str, str]:
    fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=_MOST_FIELDS)
    return {name: values[0].replace("\x00", "").strip() for name, values in fields.items()}


def _network(host: str) -> str:
    """The network of a visitor: addresses of one household or company count together."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    bits = 24 if address.version == 4 else 64
    return str(ipaddress.ip_network(f"{address}/{bits}", strict=False))


def _form(store: Store, *, typed: Mapping[str, str] | None = None) -> Response:
    values = {
        **pages.about(store.account()),
        "wrong": "" if typed is None else _WRONG,
        "typed_address": (typed or {}).get("email_address", ""),
        "typed_name": (typed or {}).get("first_name", ""),
    }
    return pages.page("sign-up", values, status=200 if typed is None else 422)


def _too_quick(store: Store) -> Response:
    about = pages.about(store.account())
    return pages.page("too-quick", about, status=429, headers={"Retry-After": "60"})


def _note(
    store: Store, form_id: str, *, address: str, typed: Mapping[str, str], now: datetime
) -> Response:
    account = store.account()
    if not typed.get("website"):  # only programs fill in the field that nobody sees
        with store.writing() as db:
            _sign_up(db, form_id, address=address, typed=typed, now=now)
    values: dict[str, Any] = {**pages.about(account), "address": address}
    return pages.page("noted", values)


def _sign_up(
    db: Connection, form_id: str, *, address: str, typed: Mapping[str, str], now: datetime
) -> None:
    suppressed = select(suppressions.c.kind).where(suppressions.c.email_key == key_of(address))
    if db.execute(suppressed).first() is not None:
        return
    new = subscribers.create(
        db,
        address=address,
        first_name=typed.get("first_name", "")[:_LONGEST_NAME] or None,
        state="inactive",
        fields={},
        now=now,
    )
    number = int(form_id) if form_id.isascii() and form_id.isdigit() and len(form_id) < 19 else 0
    row = subscribers.by_address(db, address)
    if new and row is not None and forms.by_id(db, number) is not None:
        forms.add(db, form_id=number, subscriber_id=row.id, referrer=None, now=now)
