"""Telling other programs what happened: signed, retried, and never to a private address."""

from newsletter.server.webhooks.deliver import Told, deliver_events

__all__ = ["Told", "deliver_events"]
