"""A client for the Kit (ConvertKit) API v4, also usable on its own.

    from newsletter.kit import Kit

    with Kit(api_key=key) as kit:
        for subscriber in kit.subscribers.list(status="all"):
            ...

It needs httpx and nothing else of this project. Every failure is a `KitError`
that tells whether the request never left, was refused, or has no known outcome.
"""

from newsletter.kit.account import Account, SendingAddress
from newsletter.kit.broadcast import Broadcast, BroadcastStats, Click
from newsletter.kit.client import BASE_URL, Kit
from newsletter.kit.custom_fields import CustomField
from newsletter.kit.email_templates import EmailTemplate
from newsletter.kit.errors import (
    Forbidden,
    InsecureUrl,
    Invalid,
    InvalidCredential,
    InvalidUrl,
    KitError,
    NeverLeft,
    NoAnswer,
    NotFound,
    RateLimited,
    Refused,
    ServerFault,
    Unauthorized,
    Unreadable,
)
from newsletter.kit.filter import FilteredSubscriber
from newsletter.kit.forms import Form
from newsletter.kit.limiter import Limiter
from newsletter.kit.pages import Page, Pages, Pagination
from newsletter.kit.people import Subscriber, Tag
from newsletter.kit.segments import Segment
from newsletter.kit.signature import BadSignature, verify
from newsletter.kit.webhook_endpoints import WebhookDelivery, WebhookEndpoint
from newsletter.kit.webhooks import Webhook
from newsletter.kit.wire import UNSET, Unset

__all__ = [
    "BASE_URL",
    "UNSET",
    "Account",
    "BadSignature",
    "Broadcast",
    "BroadcastStats",
    "Click",
    "CustomField",
    "EmailTemplate",
    "FilteredSubscriber",
    "Forbidden",
    "Form",
    "InsecureUrl",
    "Invalid",
    "InvalidCredential",
    "InvalidUrl",
    "Kit",
    "KitError",
    "Limiter",
    "NeverLeft",
    "NoAnswer",
    "NotFound",
    "Page",
    "Pages",
    "Pagination",
    "RateLimited",
    "Refused",
    "Segment",
    "SendingAddress",
    "ServerFault",
    "Subscriber",
    "Tag",
    "Unauthorized",
    "Unreadable",
    "Unset",
    "Webhook",
    "WebhookDelivery",
    "WebhookEndpoint",
    "verify",
]
