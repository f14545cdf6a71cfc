"""Webhooks of the first kind, `/webhooks`: one event each, not signed, and still delivered.

New ones belong to `newsletter.kit.webhook_endpoints`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from newsletter.kit.pages import Pages, listing
from newsletter.kit.session import Session, nothing
from newsletter.kit.wire import Reader, present


@dataclass(frozen=True, kw_only=True)
class Webhook:
    """One webhook. `event` is the name without its prefix, `tag_add` for `subscriber.tag_add`.

    `parameters` says what the event is about, as `{"tag_id": 4}`; some events have none.
    """

    id: int
    event: str
    target_url: str
    account_id: int | None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)


class WebhookCalls:
    """The calls on webhooks of the first kind; they cannot be changed, only made again.

    Example:
        >>> hook = kit.webhooks.create(
        ...     target_url="https://example.org/left", event="subscriber.subscriber_unsubscribe")
        >>> hook.event
        'subscriber_unsubscribe'
        >>> kit.webhooks.delete(hook.id)
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def list(self, *, per_page: int = 1000) -> Pages[Webhook]:
        """All of them, newest first."""
        return listing(
            self._session,
            "/webhooks",
            key="webhooks",
            read=_webhook,
            query={"per_page": per_page},
        )

    def create(
        self,
        *,
        target_url: str,
        event: str,
        form_id: int | None = None,
        tag_id: int | None = None,
        sequence_id: int | None = None,
        product_id: int | None = None,
        custom_field_id: int | None = None,
        initiator_value: str | None = None,
    ) -> Webhook:
        """Have `event` posted to an address; the name has its prefix here, `subscriber.tag_add`.

        Of the others at most one counts: what the event is about (Kit reference §10).

        Raises:
            Invalid: An unknown event, one that lacks its parameter, or no address.
        """
        named = {
            "name": event,
            "form_id": form_id,
            "tag_id": tag_id,
            "sequence_id": sequence_id,
            "product_id": product_id,
            "custom_field_id": custom_field_id,
            "initiator_value": initiator_value,
        }
        return self._session.call(
            "POST",
            "/webhooks",
            lambda answer: _webhook(Reader(answer, "the answer").value("webhook")),
            body={"target_url": target_url, "event": present(named)},
        )

    def delete(self, webhook_id: int, /) -> None:
        """Delete one.

        Raises:
            NotFound: Unknown id.
        """
        self._session.call("DELETE", f"/webhooks/{webhook_id:d}", nothing)


def _webhook(data: object) -> Webhook:
    reader = Reader(data, "webhook")
    event = Reader(reader.value("event"), "event")
    return Webhook(
        id=reader.integer("id"),
        event=event.required_text("name"),
        target_url=reader.required_text("target_url"),
        account_id=reader.optional_integer("account_id"),
        parameters=present(event.rest()),
        extra=reader.rest(),
    )
