"""What came back from the target: joins, leaves, bounces, complaints, into the ledger's mirror.

A sync lists what was updated since the day before the last one: Kit filters by calendar
day. Once a day, and when the target counts other than the mirror does, it walks the
whole list instead: that also finds who was deleted there.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta

from newsletter import kit
from newsletter.audience.listing import LAG, Listed
from newsletter.audience.model import Kind, State
from newsletter.commands.answers import asking
from newsletter.commands.desk import Desk
from newsletter.commands.outcome import Synced
from newsletter.kit import Page
from newsletter.ledger import mirror, readers, tags
from newsletter.ledger.readers import Freshness

WHOLE_EVERY = timedelta(hours=24)
OVERLAP = timedelta(days=1)
_KNOWN_STATES = frozenset(State)
REPAIR_PAUSE = timedelta(hours=1)
"""Between whole walks for a wrong count: counts at Kit lag too, and a walk is many requests."""


def sync(desk: Desk) -> Synced:
    """Bring the mirror up to date, page by page, in constant memory.

    Raises TryLater, OutcomeUnknown or LeaseLost; what was taken in until then stays, and
    the next sync begins where the last whole one began.
    """
    name = desk.target.name
    fresh = readers.freshness(desk.ledger, name)
    started = desk.clock()
    with asking("read the subscribers"):
        since = _since(fresh, started)
        if since is None:
            kinds = _whole(desk, started)
        else:
            kinds = _recent(desk, since)
            if _is_to_be_repaired(desk, fresh, started):
                kinds += _whole(desk, started)
            else:
                readers.synced(desk.ledger, desk.held_lease, name, now=started)
    if fresh.synced_at is None:
        kinds.clear()
    return Synced(
        joined=kinds[Kind.JOINED] + kinds[Kind.RETURNED],
        left=kinds[Kind.LEFT],
        bounced=kinds[Kind.BOUNCED],
        complained=kinds[Kind.COMPLAINED],
        active=readers.counts(desk.ledger, name).active,
    )


def _since(fresh: Freshness, started: datetime) -> date | None:
    """The day from which on the list is needed, or None when all of it is."""
    if fresh.synced_at is None or fresh.walked_at is None:
        return None
    # A walk from the future means that a clock was set back: nothing follows from it.
    if not timedelta(0) <= started - fresh.walked_at < WHOLE_EVERY:
        return None
    return (min(fresh.synced_at, started) - OVERLAP).date()


def _is_to_be_repaired(desk: Desk, fresh: Freshness, started: datetime) -> bool:
    if fresh.walked_at is None or started - fresh.walked_at < REPAIR_PAUSE:
        return False
    total = desk.target.kit.subscribers.list(status="all").count()
    if total is None or fresh.unlisted is None:
        return False
    return total != mirror.count(desk.ledger, desk.target.name) + fresh.unlisted


def _recent(desk: Desk, since: date) -> Counter[Kind]:
    """What was updated since: first those who left, with the time they left, then the others."""
    kinds: Counter[Kind] = Counter()
    listing = desk.target.kit.subscribers
    # include=canceled_at goes with status=cancelled only.
    gone = listing.list(status="cancelled", include="canceled_at", updated_after=since)
    for asked_at, page in _pages(gone.pages(), desk.clock):
        kinds += _take_in(desk, page, asked_at)
    for asked_at, page in _pages(
        listing.list(status="all", updated_after=since).pages(), desk.clock
    ):
        # Somebody who left since the first walk is met in the next sync, with her time.
        kinds += _take_in(desk, _without_gone(page), asked_at)
    return kinds


def _whole(desk: Desk, started: datetime) -> Counter[Kind]:
    """Everybody; then those whom a complete list was without are marked as vanished."""
    kinds: Counter[Kind] = Counter()
    name = desk.target.name
    listing = desk.target.kit.subscribers
    total = listing.list(status="all").count()
    gone = listing.list(status="cancelled", include="canceled_at")
    for asked_at, page in _pages(gone.pages(), desk.clock):
        kinds += _take_in(desk, page, asked_at)
    walk = _Walk(desk, started)
    for asked_at, page in _pages(listing.list(status="all").pages(), desk.clock):
        kinds += _take_in(desk, _without_gone(page), asked_at)
        walk.passed(page)
    missing = walk.missing(total)
    kinds[Kind.VANISHED] += readers.vanished(
        desk.ledger, desk.held_lease, name, missing, seen_at=started
    )
    tags.remember(desk.ledger, name, (tag.name for tag in desk.target.kit.tags.list()))
    unlisted = None if total is None else total - mirror.count(desk.ledger, name)
    readers.synced(
        desk.ledger, desk.held_lease, name, now=started, is_whole=True, unlisted=unlisted
    )
    return kinds


class _Walk:
    """Finds who is in the mirror and not in a list, while the list goes by from new to old ids."""

    def __init__(self, desk: Desk, started: datetime) -> None:
        self._desk = desk
        self._before = started - LAG
        self._low: int | None = None
        self._is_in_order = True
        self._number = 0
        self._missing = array("q")

    def passed(self, page: list[Listed]) -> None:
        """The next page of the list."""
        if not page:
            return
        ids = {row.id for row in page}
        self._number += len(ids)
        self._is_in_order = self._is_in_order and (self._low is None or max(ids) < self._low)
        self._look(min(ids), ids)

    def missing(self, total: int | None) -> array[int]:
        """Who is missing from the list, now that it has ended.

        Nobody, when the list cannot be trusted: it was not in the order of ids, or shorter
        than the `total` that the target counted before.
        """
        self._look(0, set())
        is_complete = self._is_in_order and (total is None or self._number >= total)
        return self._missing if is_complete else array("q")

    def _look(self, low: int, ids: set[int]) -> None:
        unlisted = mirror.unlisted_between(
            self._desk.ledger,
            self._desk.target.name,
            low=low,
            high=self._low,
            listed=ids,
            before=self._before,
        )
        self._missing.extend(unlisted)
        self._low = low


def _take_in(desk: Desk, page: list[Listed], asked_at: datetime) -> Counter[Kind]:
    if not page:
        return Counter()
    desk.renew()
    events = readers.take_in(
        desk.ledger,
        desk.held_lease,
        desk.target.name,
        page,
        seen_at=asked_at,
        lag=LAG if desk.target.is_real else timedelta(0),
    )
    return Counter(event.kind for event in events)


def _without_gone(page: list[Listed]) -> list[Listed]:
    return [row for row in page if row.state is not State.CANCELLED]


def _pages(
    pages: Iterable[Page[kit.Subscriber]], clock: Callable[[], datetime]
) -> Iterator[tuple[datetime, list[Listed]]]:
    """Each page with the time at which it was asked for."""
    walk = iter(pages)
    while True:
        asked_at = clock()
        page = next(walk, None)
        if page is None:
            return
        yield asked_at, [listed(item) for item in page.items if item.created_at is not None]


def listed(subscriber: kit.Subscriber) -> Listed:
    """A subscriber as the client gives her, as the audience room takes her."""
    assert subscriber.created_at is not None  # noqa: S101  (callers leave out rows without it)
    return Listed(
        id=subscriber.id,
        email_address=subscriber.email_address,
        first_name=subscriber.first_name,
        # A state that Kit has and we do not know is at least not an active one.
        state=State(subscriber.state) if subscriber.state in _KNOWN_STATES else State.INACTIVE,
        created_at=subscriber.created_at,
        canceled_at=subscriber.canceled_at,
    )
