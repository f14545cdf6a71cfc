"""/purchases: list, record, read what subscribers bought. For OAuth tokens only."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from newsletter.server import objects
from newsletter.server.api import pages
from newsletter.server.api.calls import Answer, Call, Operation, invalid, not_found
from newsletter.server.api.subscribers import LONGEST_NAME, written_down
from newsletter.server.api.values import address, given, moment, number, real, text
from newsletter.server.store import events, purchases
from newsletter.server.store.paging import page_of
from newsletter.server.store.purchase_tables import purchases as purchases_table

LONGEST = 255
MOST_PRODUCTS = 1000
MOST = 1e12  # of any amount or quantity: sums of these are exact to the cent
_CURRENCY = re.compile(r"[A-Za-z]{3}")
_AMOUNTS = ("subtotal", "discount", "tax", "shipping", "total")


def listing(call: Call) -> Answer:
    """One page of the purchases, newest first."""
    keys = [purchases_table.c.id]
    wish = pages.wish(call.query, keys)
    with call.store.reading() as db:
        page = page_of(db, purchases.all_purchases(), keys=keys, wish=wish)
    body = [objects.purchase(row) for row in page.rows]
    return Answer(status=200, body={"purchases": body, "pagination": pages.pagination(page, wish)})


def read(call: Call) -> Answer:
    """One purchase."""
    with call.store.reading() as db:
        row = purchases.by_id(db, call.id())
    if row is None:
        raise not_found()
    return Answer(status=200, body={"purchase": objects.purchase(row)})


def create(call: Call) -> Answer:
    """Record a purchase, of somebody who becomes a subscriber if she is none yet.

    The same transaction again brings it up to date, and tells nobody a second time.
    """
    body = call.body["purchase"] if isinstance(call.body.get("purchase"), dict) else call.body
    email_address, first_name = address(body), text(body, "first_name", limit=LONGEST_NAME)
    values = _values(call, body)
    with call.store.writing() as db:
        subscriber, _ = written_down(
            db, email_address, first_name=first_name, state="active", fields={}, now=call.now
        )
        values |= {"subscriber_id": subscriber.id, "email_address": subscriber.email_address}
        row, is_new = purchases.record(db, values, now=call.now)
        if is_new:
            events.of_purchase(db, row, now=call.now)
    return Answer(status=201, body={"purchase": objects.purchase(row)})


def _values(call: Call, body: Mapping[str, Any]) -> dict[str, Any]:
    transaction_id = _words(body, "transaction_id")
    if not transaction_id:
        raise invalid("Transaction cannot be blank")
    currency = _words(body, "currency") or "USD"
    if not _CURRENCY.fullmatch(currency):
        raise invalid("Currency must be a code of three letters")
    products = _products(body.get("products"))
    amounts = {name: _amount(body, name) for name in _AMOUNTS if given(body, name)}
    whole = math.fsum(each["quantity"] * each["unit_price"] for each in products)
    amounts = {"subtotal": whole, "discount": 0.0, "tax": 0.0, "shipping": 0.0, **amounts}
    rest = amounts["tax"] + amounts["shipping"] - amounts["discount"]
    return {
        "transaction_id": transaction_id,
        "status": _words(body, "status") or "paid",
        "source": call.app_name or "api",
        "currency": currency.upper(),
        "products": products,
        "transaction_time": moment(body, "transaction_time") or call.now,
        "total": amounts["subtotal"] + rest,
        **amounts,
    }


def _products(value: object) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not value or len(value) > MOST_PRODUCTS:
        raise invalid("Products can't be blank")
    return [_product(each) for each in value]


def _product(product: object) -> dict[str, Any]:
    """As Kit shows one. A line's id is that of its product where it has none of its own."""
    if not isinstance(product, dict) or not product:
        raise invalid("Products must be a list of objects")
    for name in ("name", "pid"):
        if not given(product, name):
            raise invalid(f"Product {name} can't be blank")
    pid = _words(product, "pid")
    return {
        "quantity": _quantity(product) if given(product, "quantity") else 1,
        "lid": _words(product, "lid") or pid,
        "unit_price": _amount(product, "unit_price") if given(product, "unit_price") else 0.0,
        "sku": _words(product, "sku"),
        "name": _words(product, "name"),
        "pid": pid,
    }


def _words(values: Mapping[str, Any], name: str) -> str | None:
    """Short text, trimmed; numbers are taken too."""
    found = (text(values, name, limit=LONGEST) or "").strip()
    return found or None


def _amount(values: Mapping[str, Any], name: str) -> float:
    found = real(text(values, name) or "", name)
    if abs(found) > MOST:
        raise invalid(f"{name} is too large")
    return found


def _quantity(values: Mapping[str, Any]) -> int:
    found = number(values["quantity"], "quantity")
    if found > MOST:
        raise invalid("quantity is too large")
    return found


OPERATIONS = (
    Operation(method="GET", path="/purchases", answer=listing, oauth_only=True),
    Operation(method="POST", path="/purchases", answer=create, oauth_only=True),
    Operation(method="GET", path="/purchases/{id}", answer=read, oauth_only=True),
)
