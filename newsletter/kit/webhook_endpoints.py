"""Webhook endpoints: addresses that are told of events, with signed and retried deliveries.

`newsletter.kit.signature` checks what arrives there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from newsletter.kit.pages import Pages, listing
from newsletter.kit.session import Session, nothing
from newsletter.kit.wire import UNSET, Reader, Unset, given, present, wire_flag

EndpointStatus = Literal["active", "disabled"]


@dataclass(frozen=True, kw_only=True)
class WebhookEndpoint:
    """One address and the event types it is told of.

    `secret` is there in the answers of `create` and `rotate_secret` and nowhere else, and
    in no `repr`. Until `previous_secret_expires_at` deliveries are signed with both.
    """

    id: int
    url: str
    name: str | None
    description: str | None
    events: tuple[str, ...]
    status: str | None
    created_at: datetime | None
    previous_secret_expires_at: datetime | None
    secret: str | None = field(default=None, repr=False)
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class WebhookDelivery:
    """One POST to an endpoint, repeated under the same id until it was taken.

    `attempts`, and the events in `payload`, come with a read by id only.
    """

    id: int
    event_type: str | None
    status: str | None
    attempt_count: int | None
    created_at: datetime | None
    completed_at: datetime | None
    attempts: tuple[Mapping[str, Any], ...] = ()
    payload: Any = None
    extra: Mapping[str, Any] = field(default_factory=dict)


class WebhookEndpointCalls:
    """The calls on webhook endpoints.

    Example:
        >>> endpoint = kit.webhook_endpoints.create(
        ...     url="https://example.org/events", events=["subscriber.created"])
        >>> endpoint.secret.startswith("whsec_")
        True
        >>> kit.webhook_endpoints.get(endpoint.id).secret is None
        True
        >>> kit.webhook_endpoints.rotate_secret(endpoint.id).secret == endpoint.secret
        False
        >>> list(kit.webhook_endpoints.deliveries(endpoint.id))
        []
        >>> kit.webhook_endpoints.delete(endpoint.id)
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def list(
        self, *, status: EndpointStatus | None = None, per_page: int = 1000
    ) -> Pages[WebhookEndpoint]:
        """All of them, or those of one status, newest first."""
        return listing(
            self._session,
            "/webhook_endpoints",
            key="webhook_endpoints",
            read=_endpoint,
            query={"status": status, "per_page": per_page},
        )

    def get(self, endpoint_id: int, /) -> WebhookEndpoint:
        """One endpoint.

        Raises:
            NotFound: Unknown id.
        """
        return self._session.call("GET", f"/webhook_endpoints/{endpoint_id:d}", _answered)

    def create(
        self,
        *,
        url: str,
        events: Sequence[str],
        name: str | None = None,
        description: str | None = None,
    ) -> WebhookEndpoint:
        """Make an endpoint; keep the `secret` of the answer, which is shown this once.

        Raises:
            Invalid: An address that is not public, or an unknown event type.
        """
        values = {"url": url, "events": list(events), "name": name, "description": description}
        return self._session.call("POST", "/webhook_endpoints", _answered, body=present(values))

    def update(
        self,
        endpoint_id: int,
        /,
        *,
        url: str | Unset = UNSET,
        events: Sequence[str] | Unset = UNSET,
        status: EndpointStatus | Unset = UNSET,
        name: str | Unset | None = UNSET,
        description: str | Unset | None = UNSET,
    ) -> WebhookEndpoint:
        """Change what is given; `events` replaces all of them.

        Raises:
            NotFound: Unknown id.
            Invalid: As for `create`.
        """
        values = {
            "url": url,
            "events": events if isinstance(events, Unset) else [*events],
            "status": status,
            "name": name,
            "description": description,
        }
        return self._session.call(
            "PATCH", f"/webhook_endpoints/{endpoint_id:d}", _answered, body=given(values)
        )

    def delete(self, endpoint_id: int, /) -> None:
        """Delete an endpoint with its history.

        Raises:
            NotFound: Unknown id.
            Forbidden: Another app made it.
        """
        self._session.call("DELETE", f"/webhook_endpoints/{endpoint_id:d}", nothing)

    def rotate_secret(self, endpoint_id: int, /, *, force: bool = False) -> WebhookEndpoint:
        """Make a new secret; the old one stays good for about a day. The answer holds the new one.

        Raises:
            NotFound: Unknown id.
            Refused: 409 while an older one is still good; `force` gives that one up.
        """
        return self._session.call(
            "POST",
            f"/webhook_endpoints/{endpoint_id:d}/rotate_secret",
            _answered,
            body={"force": True} if force else {},
        )

    def revoke_previous_secret(self, endpoint_id: int, /) -> WebhookEndpoint:
        """End the time in which the old secret is still good.

        Raises:
            NotFound: Unknown id.
        """
        return self._session.call(
            "POST", f"/webhook_endpoints/{endpoint_id:d}/revoke_previous_secret", _answered, body={}
        )

    def deliveries(
        self,
        endpoint_id: int,
        /,
        *,
        status: str | None = None,
        event_type: str | None = None,
        per_page: int = 1000,
    ) -> Pages[WebhookDelivery]:
        """What was sent to an endpoint in the last 30 days, newest first.

        Raises:
            NotFound: Unknown id.
            Invalid: A status or event type that does not exist.
        """
        return listing(
            self._session,
            f"/webhook_endpoints/{endpoint_id:d}/deliveries",
            key="deliveries",
            read=_delivery,
            query={"status": status, "event_type": event_type, "per_page": per_page},
        )

    def delivery(
        self, endpoint_id: int, delivery_id: int, /, *, include_payload: bool = False
    ) -> WebhookDelivery:
        """One delivery with its attempts, and with its events where they are asked for.

        Raises:
            NotFound: Unknown id.
        """
        return self._session.call(
            "GET",
            f"/webhook_endpoints/{endpoint_id:d}/deliveries/{delivery_id:d}",
            lambda answer: _delivery(Reader(answer, "the answer").value("delivery")),
            query={"include_payload": wire_flag(include_payload or None)},
        )


def _answered(answer: object) -> WebhookEndpoint:
    return _endpoint(Reader(answer, "the answer").value("webhook_endpoint"))


def _endpoint(data: object) -> WebhookEndpoint:
    reader = Reader(data, "webhook endpoint")
    return WebhookEndpoint(
        id=reader.integer("id"),
        url=reader.required_text("url"),
        name=reader.text("name"),
        description=reader.text("description"),
        events=reader.texts("events") or (),
        status=reader.text("status"),
        created_at=reader.time("created_at"),
        previous_secret_expires_at=reader.time("previous_secret_expires_at"),
        secret=reader.text("secret"),
        extra=reader.rest(),
    )


def _delivery(data: object) -> WebhookDelivery:
    reader = Reader(data, "webhook delivery")
    return WebhookDelivery(
        id=reader.integer("id"),
        event_type=reader.text("event_type"),
        status=reader.text("status"),
        attempt_count=reader.optional_integer("attempt_count"),
        created_at=reader.time("created_at"),
        completed_at=reader.time("completed_at"),
        attempts=reader.items("attempts") or (),
        payload=reader.value("payload"),
        extra=reader.rest(),
    )
