"""A client for the Kit (ConvertKit) API v4, also usable on its own.

    from newsletter.kit import Kit

    with Kit(api_key=key) as kit:
        for subscriber in kit.subscribers.list(status="all"):
            ...

It needs httpx and nothing else of this project. Every failure is a `KitError`
that tells whether the request never left, was refused, or has no known outcome.
"""

from newsletter.kit.account import Account, CreatorProfile, EmailStats, GrowthStats, SendingAddress
from newsletter.kit.address import BASE_URL
from newsletter.kit.broadcast import Broadcast, BroadcastStats, Click
from newsletter.kit.bulk import (
    BulkMember,
    BulkResult,
    Failure,
    FieldValue,
    FormAddition,
    NewSubscriber,
    StoredValue,
    Tagging,
    read_callback,
)
from newsletter.kit.client import Kit
from newsletter.kit.custom_fields import CustomField
from newsletter.kit.email_templates import EmailTemplate
from newsletter.kit.engagement import Location, SubscriberStats
from newsletter.kit.errors import (
    Conflict,
    Forbidden,
    InsecureUrl,
    Invalid,
    InvalidCredential,
    InvalidGrant,
    InvalidUrl,
    KitError,
    NeverLeft,
    NoAnswer,
    NotAuthorized,
    NotFound,
    QueueFull,
    RateLimited,
    Refused,
    ServerFault,
    TokenNotSaved,
    Unauthorized,
    Unreadable,
)
from newsletter.kit.filter import FilteredSubscriber
from newsletter.kit.forms import Form
from newsletter.kit.limiter import Limiter
from newsletter.kit.oauth import Authorization, OAuth
from newsletter.kit.pages import Page, Pages, Pagination
from newsletter.kit.people import Subscriber, Tag
from newsletter.kit.posts import Post
from newsletter.kit.purchases import Product, Purchase
from newsletter.kit.segments import Segment
from newsletter.kit.sequence_emails import SequenceEmail
from newsletter.kit.sequences import EmailSequence
from newsletter.kit.signature import BadSignature, verify
from newsletter.kit.snippets import Snippet
from newsletter.kit.token import Grant, Token
from newsletter.kit.webhook_endpoints import WebhookDelivery, WebhookEndpoint
from newsletter.kit.webhooks import Webhook
from newsletter.kit.wire import UNSET, Unset

__all__ = [
    "BASE_URL",
    "UNSET",
    "Account",
    "Authorization",
    "BadSignature",
    "Broadcast",
    "BroadcastStats",
    "BulkMember",
    "BulkResult",
    "Click",
    "Conflict",
    "CreatorProfile",
    "CustomField",
    "EmailSequence",
    "EmailStats",
    "EmailTemplate",
    "Failure",
    "FieldValue",
    "FilteredSubscriber",
    "Forbidden",
    "Form",
    "FormAddition",
    "Grant",
    "GrowthStats",
    "InsecureUrl",
    "Invalid",
    "InvalidCredential",
    "InvalidGrant",
    "InvalidUrl",
    "Kit",
    "KitError",
    "Limiter",
    "Location",
    "NeverLeft",
    "NewSubscriber",
    "NoAnswer",
    "NotAuthorized",
    "NotFound",
    "OAuth",
    "Page",
    "Pages",
    "Pagination",
    "Post",
    "Product",
    "Purchase",
    "QueueFull",
    "RateLimited",
    "Refused",
    "Segment",
    "SendingAddress",
    "SequenceEmail",
    "ServerFault",
    "Snippet",
    "StoredValue",
    "Subscriber",
    "SubscriberStats",
    "Tag",
    "Tagging",
    "Token",
    "TokenNotSaved",
    "Unauthorized",
    "Unreadable",
    "Unset",
    "Webhook",
    "WebhookDelivery",
    "WebhookEndpoint",
    "read_callback",
    "verify",
]
