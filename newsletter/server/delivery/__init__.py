"""From a broadcast that is due to one message a reader."""

from newsletter.server.delivery.work import Delivered, deliver_due

__all__ = ["Delivered", "deliver_due"]
