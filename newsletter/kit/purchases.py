"""What subscribers bought: `/purchases`. All three calls want an OAuth token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from newsletter.kit.pages import Pages, listing
from newsletter.kit.session import Session
from newsletter.kit.wire import Reader, present, wire_amount, wire_time_if_any


@dataclass(frozen=True, kw_only=True)
class Product:
    """One line of a purchase: `pid` is the product, `lid` this line of this purchase."""

    name: str
    pid: str
    lid: str
    quantity: int
    unit_price: Decimal | None = None
    sku: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Purchase:
    """A purchase; amounts are in the units of `currency`, the time is UTC."""

    id: int
    transaction_id: str
    subscriber_id: int | None
    email_address: str | None
    status: str | None
    currency: str | None
    transaction_time: datetime | None
    subtotal: Decimal | None
    discount: Decimal | None
    tax: Decimal | None
    total: Decimal | None
    products: tuple[Product, ...]
    extra: Mapping[str, Any] = field(default_factory=dict)


class PurchaseCalls:
    """The calls on purchases.

    Example:
        >>> from decimal import Decimal
        >>> bought = kit.purchases.create(
        ...     email_address="ada@example.org", transaction_id="T-31", currency="EUR",
        ...     total=Decimal("7.90"),
        ...     products=[Product(name="Tide table", pid="9", lid="1", quantity=1,
        ...                       unit_price=Decimal("7.90"))])
        >>> bought.total, bought.subscriber_id
        (Decimal('7.9'), 31)
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def list(self, *, per_page: int = 1000) -> Pages[Purchase]:
        """All purchases, newest first."""
        return listing(
            self._session,
            "/purchases",
            key="purchases",
            read=_purchase,
            query={"per_page": per_page},
        )

    def get(self, purchase_id: int, /) -> Purchase:
        """One purchase.

        Raises:
            NotFound: Unknown id.
        """
        return self._session.call("GET", f"/purchases/{purchase_id:d}", _answered)

    def create(
        self,
        *,
        email_address: str,
        transaction_id: str,
        products: Sequence[Product],
        currency: str | None = None,
        status: str | None = None,
        first_name: str | None = None,
        transaction_time: datetime | None = None,
        subtotal: Decimal | float | None = None,
        discount: Decimal | float | None = None,
        tax: Decimal | float | None = None,
        shipping: Decimal | float | None = None,
        total: Decimal | float | None = None,
    ) -> Purchase:
        """Record a purchase; whoever is not a subscriber yet becomes one.

        Args:
            email_address: Who bought.
            transaction_id: The shop's own id.
            products: What was bought; at least one.
            currency: ISO 4217's three letters.
            status: `paid`, or the shop's word.
            first_name: For a new subscriber.
            transaction_time: An aware time; now if not given.
            subtotal: Before discount, tax and shipping; amounts are in units of the currency.
            discount: What was taken off.
            tax: Of all.
            shipping: And handling.
            total: What was paid.

        Raises:
            ValueError: A time without a zone.
            Invalid: No product, a blank transaction id or an address that is not valid.
        """
        values = {
            "email_address": email_address,
            "transaction_id": transaction_id,
            "currency": currency,
            "status": status,
            "first_name": first_name,
            "transaction_time": wire_time_if_any(transaction_time),
            "subtotal": wire_amount(subtotal),
            "discount": wire_amount(discount),
            "tax": wire_amount(tax),
            "shipping": wire_amount(shipping),
            "total": wire_amount(total),
            "products": [_written(each) for each in products],
        }
        # Nested, as the description has it; Kit takes the fields flat as well (Kit reference §12).
        return self._session.call(
            "POST", "/purchases", _answered, body={"purchase": present(values)}
        )


def _written(product: Product) -> dict[str, Any]:
    values = {
        "name": product.name,
        "pid": product.pid,
        "lid": product.lid,
        "quantity": product.quantity,
        "unit_price": wire_amount(product.unit_price),
        "sku": product.sku,
    }
    return present({**product.extra, **values})


def _answered(answer: object) -> Purchase:
    """Nested as described, or flat as in what webhooks bring."""
    outer = Reader(answer, "the answer").value("purchase")
    return _purchase(answer if outer is None else outer)


def _purchase(data: object) -> Purchase:
    reader = Reader(data, "purchase")
    return Purchase(
        id=reader.integer("id"),
        transaction_id=reader.required_text("transaction_id"),
        subscriber_id=reader.optional_integer("subscriber_id"),
        email_address=reader.text("email_address"),
        status=reader.text("status"),
        currency=reader.text("currency"),
        transaction_time=reader.time("transaction_time"),
        subtotal=reader.amount("subtotal"),
        discount=reader.amount("discount"),
        tax=reader.amount("tax"),
        total=reader.amount("total"),
        products=tuple(_product(each) for each in reader.items("products") or ()),
        extra=reader.rest(),
    )


def _product(data: object) -> Product:
    reader = Reader(data, "product")
    return Product(
        name=reader.required_text("name"),
        pid=reader.required_text("pid"),
        lid=reader.required_text("lid"),
        quantity=reader.integer("quantity"),
        unit_price=reader.amount("unit_price"),
        sku=reader.text("sku"),
        extra=reader.rest(),
    )
