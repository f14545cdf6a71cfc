"""Purchases: as the provider's description nests them and as its own SDK sends them flat."""

from typing import Any

import pytest

PRODUCT = {
    "name": "Seeds",
    "pid": "p1",
    "lid": "l1",
    "quantity": 2,
    "unit_price": 23.22,
    "sku": "S",
}
PURCHASE: dict[str, Any] = {
    "email_address": "eve@example.org",
    "first_name": "Eve",
    "transaction_id": "796-92-4892",
    "status": "paid",
    "subtotal": 46.44,
    "tax": 7.87,
    "shipping": 0,
    "discount": 5.0,
    "total": 49.31,
    "currency": "usd",
    "transaction_time": "2026-11-23 08:30:00",
    "products": [PRODUCT],
}


@pytest.mark.parametrize("is_nested", [True, False])
def test_a_purchase_is_recorded_and_its_buyer_subscribed(server: Any, is_nested: bool) -> None:
    body = {"purchase": PURCHASE} if is_nested else PURCHASE
    answer = server.by_token("POST", "/purchases", body)
    made = answer.json()["purchase"]
    buyer = server.api.get(f"/subscribers/{made['subscriber_id']}").json()["subscriber"]

    assert answer.status_code == 201
    assert made == {
        "id": made["id"],
        "transaction_id": "796-92-4892",
        "subscriber_id": buyer["id"],
        "status": "paid",
        "source": "api",
        "email_address": "eve@example.org",
        "currency": "USD",
        "transaction_time": "2026-11-23T08:30:00Z",
        "subtotal": 46.44,
        "discount": 5.0,
        "tax": 7.87,
        "total": 49.31,
        "products": [PRODUCT],
    }
    assert (buyer["first_name"], buyer["state"]) == ("Eve", "active")
    assert server.by_token("GET", f"/purchases/{made['id']}").json()["purchase"] == made


def test_what_is_left_out_is_reckoned(server: Any) -> None:
    products = [
        {"name": "Seeds", "pid": 7, "quantity": "2", "unit_price": "1.50"},
        {"name": "Soil", "pid": 8, "unit_price": 4},
    ]
    body = {"email_address": "ann@example.org", "transaction_id": 17, "products": products}
    made = server.by_token("POST", "/purchases", {**body, "discount": "1", "tax": 0.5}).json()

    shown = made["purchase"]
    assert (shown["transaction_id"], shown["subscriber_id"]) == ("17", 1)
    assert (shown["subtotal"], shown["total"], shown["currency"]) == (7.0, 6.5, "USD")
    assert shown["transaction_time"] == "2026-11-24T09:00:00Z"
    assert shown["products"][0] == {
        "name": "Seeds",
        "pid": "7",
        "lid": "7",
        "quantity": 2,
        "unit_price": 1.5,
        "sku": None,
    }


def test_the_same_transaction_again_is_the_same_purchase(server: Any) -> None:
    first = server.by_token("POST", "/purchases", PURCHASE).json()["purchase"]
    again = server.by_token("POST", "/purchases", {**PURCHASE, "status": "refunded"})
    listed = server.by_token("GET", "/purchases", params={"include_total_count": 1}).json()

    assert again.status_code == 201
    assert again.json()["purchase"] == {**first, "status": "refunded"}
    assert listed["pagination"]["total_count"] == 1


def test_purchases_are_listed_newest_first(server: Any) -> None:
    for number in range(3):
        server.by_token("POST", "/purchases", {**PURCHASE, "transaction_id": f"t{number}"})
    first = server.by_token("GET", "/purchases", params={"per_page": 2}).json()
    after = first["pagination"]["end_cursor"]
    rest = server.by_token("GET", "/purchases", params={"after": after}).json()

    names = [each["transaction_id"] for page in (first, rest) for each in page["purchases"]]
    assert names == ["t2", "t1", "t0"]


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"transaction_id": ""}, "Transaction cannot be blank"),
        ({"transaction_id": None}, "Transaction cannot be blank"),
        ({"email_address": "no"}, "Email address is invalid"),
        ({"email_address": ""}, "Email address is invalid"),
        ({"products": []}, "Products can't be blank"),
        ({"products": None}, "Products can't be blank"),
        ({"products": [[]]}, "Products must be a list of objects"),
        ({"products": [{"pid": 1}]}, "Product name can't be blank"),
        ({"products": [{"name": "x"}]}, "Product pid can't be blank"),
        ({"currency": "dollars"}, "Currency must be a code of three letters"),
        ({"total": "much"}, "total must be a number"),
        ({"total": "inf"}, "total must be a number"),
        ({"total": "1_000"}, "total must be a number"),
        ({"total": 1e300}, "total is too large"),
        ({"products": [{**PRODUCT, "unit_price": -1e308}]}, "unit_price is too large"),
        ({"products": [{**PRODUCT, "quantity": 10**18}]}, "quantity is too large"),
        ({"transaction_time": "now"}, "Transaction time is not a valid ISO 8601 time"),
        ({"products": [{**PRODUCT, "quantity": -1}]}, "Quantity must be a whole number"),
    ],
)
def test_what_cannot_be_a_purchase_is_refused(
    server: Any, changed: dict[str, Any], text: str
) -> None:
    answer = server.by_token("POST", "/purchases", {"purchase": {**PURCHASE, **changed}})
    listed = server.by_token("GET", "/purchases").json()["purchases"]

    assert (answer.status_code, answer.json()["errors"]) == (422, [text])
    assert listed == []


@pytest.mark.parametrize("path", ["/purchases/12345", "/purchases/x"])
def test_an_unknown_purchase_is_not_found(server: Any, path: str) -> None:
    assert server.by_token("GET", path).status_code == 404


def test_an_app_that_tells_of_a_purchase_is_its_source(server: Any) -> None:
    from newsletter.server.store import oauth

    with server.store.writing() as db:
        oauth.add_app(db, name="Shop", redirect_uris=["x"], is_public=False, now=server.clock())
        code = oauth.add_code(
            db, 1, redirect_uri="x", scope="public", challenge=None, now=server.clock()
        )
        row = oauth.code(db, code, 1)
        assert row is not None
        granted = oauth.use_code(db, row, now=server.clock())
    assert granted is not None
    server.bearer = granted.access_token
    made = server.by_token("POST", "/purchases", PURCHASE).json()

    assert made["purchase"]["source"] == "Shop"
