"""From a broadcast that is due to one message a reader."""

from newsletter.server.delivery.posting import Post
from newsletter.server.delivery.work import Delivered, deliver_due

__all__ = ["Delivered", "Post", "deliver_due"]
