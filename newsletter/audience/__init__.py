"""Who may be mailed: a subscriber's states, and the events that lead from one to the next."""

from newsletter.audience.listing import Listed, from_listing
from newsletter.audience.model import Kind, State, Subscriber, SubscriberEvent, describe
from newsletter.audience.states import apply, replay

__all__ = [
    "Kind",
    "Listed",
    "State",
    "Subscriber",
    "SubscriberEvent",
    "apply",
    "describe",
    "from_listing",
    "replay",
]
