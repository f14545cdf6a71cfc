"""Who may be mailed: a subscriber's states, and the events that lead from one to the next."""

from newsletter.audience.address import Address, Unusable, key_of, read_address
from newsletter.audience.listing import Listed, from_listing
from newsletter.audience.model import Kind, State, Subscriber, SubscriberEvent, describe
from newsletter.audience.states import apply, replay
from newsletter.audience.webhook import InvalidWebhook, from_webhook

__all__ = [
    "Address",
    "InvalidWebhook",
    "Kind",
    "Listed",
    "State",
    "Subscriber",
    "SubscriberEvent",
    "Unusable",
    "apply",
    "describe",
    "from_listing",
    "from_webhook",
    "key_of",
    "read_address",
    "replay",
]
