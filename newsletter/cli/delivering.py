"""What the embedded server does as time goes by: delivers, works off what waits, tells events."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from newsletter.cli.call import Call
from newsletter.cli.identity import this_process

if TYPE_CHECKING:
    from newsletter.cli.opening import Opened
    from newsletter.server.delivery import Post
    from newsletter.server.store.store import Store


def deliverer(
    call: Call, opened: Opened, store: Store, post: Post | None
) -> Callable[[datetime], None]:
    """A function that does everything that is due at an instant (UTC).

    It raises NewsletterError when mail could not leave; what it did is told on stderr.
    """
    from newsletter.cli.mailing import ending_well, tell
    from newsletter.server.bulk import work_off
    from newsletter.server.delivery import deliver_due
    from newsletter.server.webhooks import deliver_events

    owner = this_process().owner

    def deliver(now: datetime) -> None:
        with ending_well(call.stop):
            done = deliver_due(
                store,
                now=now,
                public_url=opened.settings.server.public_url,
                owner=owner,
                post=post,
                should_stop=call.stop.is_set,
            )
        work_off(store, now=now, should_stop=call.stop.is_set)
        deliver_events(store, now=now, allow_private=True)
        tell(call, done)

    return deliver
