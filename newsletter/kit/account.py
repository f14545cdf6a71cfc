"""Who the key belongs to: `GET /account`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from newsletter.kit.session import Session
from newsletter.kit.wire import Reader


@dataclass(frozen=True, kw_only=True)
class SendingAddress:
    """An address the account may send from."""

    email_address: str
    from_name: str | None
    status: str | None
    is_default: bool | None
    is_verified: bool | None
    is_dmarc_configured: bool | None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Account:
    """The account behind a key, and the user who made it.

    `extra` holds what else the account has, such as `plan` and `timezone` as a whole.
    """

    name: str
    primary_email_address: str | None
    id: int
    plan_type: str | None
    timezone_name: str | None
    sending_addresses: tuple[SendingAddress, ...]
    user_email: str | None
    extra: Mapping[str, Any] = field(default_factory=dict)


class AccountCalls:
    """The calls on the account."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self) -> Account:
        """The account; the cheapest way to find out whether a key works.

        Raises:
            Unauthorized: The key is wrong.
        """
        return self._session.call("GET", "/account", _account)


def _account(answer: object) -> Account:
    outer = Reader(answer, "the answer")
    reader = Reader(outer.value("account"), "account")
    user = outer.table("user") or {}
    zone = reader.table("timezone")
    addresses = reader.items("sending_addresses") or ()
    return Account(
        id=reader.integer("id"),
        name=reader.required_text("name"),
        primary_email_address=reader.text("primary_email_address"),
        plan_type=reader.text("plan_type"),
        timezone_name=None if zone is None else Reader(zone, "timezone").text("name"),
        sending_addresses=tuple(_sending_address(item) for item in addresses),
        user_email=Reader(user, "user").text("email"),
        extra={**reader.rest(), "timezone": zone, "user": user},
    )


def _sending_address(data: object) -> SendingAddress:
    reader = Reader(data, "sending address")
    return SendingAddress(
        email_address=reader.required_text("email_address"),
        from_name=reader.text("from_name"),
        status=reader.text("status"),
        is_default=reader.flag("is_default"),
        is_verified=reader.flag("is_verified"),
        is_dmarc_configured=reader.flag("is_dmarc_configured"),
        extra=reader.rest(),
    )
