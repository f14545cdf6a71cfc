"""What came back from the target: joins, leaves, bounces, complaints, into the ledger's mirror."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from newsletter import kit
from newsletter.audience.listing import Listed
from newsletter.audience.model import Kind, State
from newsletter.commands.answers import asking
from newsletter.commands.desk import Desk
from newsletter.commands.outcome import Synced
from newsletter.kit import Page
from newsletter.ledger import readers


def sync(desk: Desk) -> Synced:
    """Read all subscribers of the target, page by page, in constant memory.

    Two walks: those who left come with the time they left (`include=canceled_at` goes
    with `status=cancelled` only), then everybody else. Raises TryLater, OutcomeUnknown
    or LeaseLost; what was taken in until then stays, and the next sync goes on from it.
    """
    name = desk.target.name
    is_first = readers.synced_at(desk.ledger, name) is None
    kinds: Counter[Kind] = Counter()
    with asking("read the subscribers"):
        listing = desk.target.kit.subscribers
        gone = listing.list(status="cancelled", include="canceled_at")
        for page in _pages(gone.pages()):
            kinds += _take_in(desk, page)
        for page in _pages(listing.list(status="all").pages()):
            # Somebody who left since the first walk is met in the next sync, with her time.
            kinds += _take_in(desk, [row for row in page if row.state is not State.CANCELLED])
    readers.synced(desk.ledger, desk.held_lease, name, now=desk.clock())
    active = readers.counts(desk.ledger, name).active
    if is_first:
        kinds.clear()
    return Synced(
        joined=kinds[Kind.JOINED] + kinds[Kind.RETURNED],
        left=kinds[Kind.LEFT],
        bounced=kinds[Kind.BOUNCED],
        complained=kinds[Kind.COMPLAINED],
        active=active,
    )


def _take_in(desk: Desk, page: list[Listed]) -> Counter[Kind]:
    if not page:
        return Counter()
    desk.renew()
    events = readers.take_in(
        desk.ledger, desk.held_lease, desk.target.name, page, seen_at=desk.clock()
    )
    return Counter(event.kind for event in events)


def _pages(pages: Iterable[Page[kit.Subscriber]]) -> Iterator[list[Listed]]:
    for page in pages:
        yield [listed(item) for item in page.items if item.created_at is not None]


def listed(subscriber: kit.Subscriber) -> Listed:
    """A subscriber as the client gives her, as the audience room takes her."""
    assert subscriber.created_at is not None  # noqa: S101  (callers leave out rows without it)
    return Listed(
        id=subscriber.id,
        email_address=subscriber.email_address,
        first_name=subscriber.first_name,
        state=State(subscriber.state),
        created_at=subscriber.created_at,
        canceled_at=subscriber.canceled_at,
    )
