"""The mirror becomes what the target says: cheaply, wholly, and after any interruption."""

from __future__ import annotations

import httpx
import pytest

from newsletter.audience.model import Kind, State
from newsletter.errors import TryLater
from newsletter.ledger import mirror, readers
from tests import loopback


def paths(net):
    """What was asked of the list, without the page size."""
    return [
        {k: v for k, v in r.url.params.items() if k not in ("per_page", "after")}
        for r in net.requests
        if r.url.path == "/v4/subscribers"
    ]


def test_a_later_sync_lists_only_what_was_updated_since_the_day_before(place, failing_net):
    """Kit filters by calendar day, in a zone that nobody tells."""
    place.service.add("ann@example.org")
    place.sync()
    place.clock.goes_on(minutes=5)
    net = failing_net(lambda _r, _n: "ok")
    place.sync(net)

    assert [asked.get("updated_after") for asked in paths(net)] == ["2026-11-22"] * 2


@pytest.mark.parametrize(
    ("happened", "state"),
    [
        (lambda service, number: service.leave(number), State.CANCELLED),
        (lambda service, number: None, State.ACTIVE),
    ],
    ids=["left", "nothing"],
)
def test_a_later_sync_finds_what_happened_in_between(place, happened, state):
    number = place.service.add("ann@example.org")
    place.sync()
    place.clock.goes_on(minutes=5)
    happened(place.service, number)
    place.clock.goes_on(minutes=5)
    place.sync()

    assert place.state_of("ann@example.org") == (state, True)


def test_somebody_who_left_and_came_back_is_active_with_her_whole_story(place):
    number = place.service.add("ann@example.org")
    place.sync()
    for act in (place.service.leave, place.service.take_back, place.service.leave):
        place.clock.goes_on(minutes=20)
        act(number)
        place.sync()

    kinds = [event.kind for event in mirror.timeline(place.ledger, "local", number)]
    assert kinds == [Kind.JOINED, Kind.LEFT, Kind.RETURNED, Kind.LEFT]


def test_after_a_day_the_whole_list_is_walked_and_who_is_not_in_it_has_vanished(place):
    for name in ("ann", "ben", "cleo"):
        place.service.add(f"{name}@example.org")
    dan = place.service.add("dan@example.org")
    place.sync()
    place.service.delete(dan)
    place.clock.goes_on(hours=25)
    place.sync()

    assert place.state_of("dan@example.org") == (State.ACTIVE, False)
    assert readers.counts(place.ledger, "local").active == 3
    assert [e.kind for e in mirror.timeline(place.ledger, "local", dan)] == [
        Kind.JOINED,
        Kind.VANISHED,
    ]


def test_a_wrong_count_is_repaired_before_the_day_is_over(place, failing_net):
    number = place.service.add("ann@example.org")
    place.service.add("ben@example.org")
    place.sync()
    place.service.delete(number)
    place.clock.goes_on(hours=2)
    place.sync()

    assert place.mirrored() == {"ben@example.org": "active"}
    place.clock.goes_on(hours=2)
    net = failing_net(lambda _r, _n: "ok")
    place.sync(net)
    assert all("updated_after" in asked or "include_total_count" in asked for asked in paths(net))


def test_a_wrong_count_soon_after_a_walk_is_left_to_the_lag_of_lists(place):
    number = place.service.add("ann@example.org")
    place.sync()
    place.service.delete(number)
    place.clock.goes_on(minutes=5)
    place.sync()

    assert place.state_of("ann@example.org") == (State.ACTIVE, True)


def test_who_vanished_and_is_listed_again_is_there_again(place):
    number = place.service.add("ann@example.org")
    place.sync()
    with place.service.store.writing() as db:
        from newsletter.server.store.tables import subscribers

        row = db.execute(subscribers.select()).mappings().one()
    place.service.delete(number)
    place.clock.goes_on(hours=25)
    place.sync()
    assert readers.counts(place.ledger, "local").active == 0
    with place.service.store.writing() as db:
        db.execute(subscribers.insert().values(**row))
    place.clock.goes_on(hours=25)
    place.sync()

    assert place.state_of("ann@example.org") == (State.ACTIVE, True)
    assert [e.kind for e in mirror.timeline(place.ledger, "local", number)][-1] is Kind.FOUND


def test_nobody_vanishes_after_a_walk_that_did_not_end(place, failing_net):
    place.service.add_many(1500)
    place.sync()
    place.service.delete(1500)
    place.clock.goes_on(hours=25)

    def second_page_fails(request: httpx.Request, _number: int) -> str:
        is_walk = request.url.params.get("status") == "all" and "after" in request.url.params
        return "never" if is_walk else "ok"

    with pytest.raises(TryLater):
        place.sync(failing_net(second_page_fails))

    assert readers.counts(place.ledger, "local").active == 1500


def test_nobody_vanishes_when_the_list_is_shorter_than_the_target_counts(place):
    """A list that lags, or lost a page, is no proof that somebody was deleted."""
    place.service.add("ann@example.org")
    place.sync()
    place.clock.goes_on(hours=25)
    place.sync(ShortNet())

    assert place.state_of("ann@example.org") == (State.ACTIVE, True)


class ShortNet(httpx.BaseTransport):
    """Lists nobody, and counts two."""

    def __init__(self) -> None:
        self.way = loopback.transport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path != "/v4/subscribers":
            return self.way.handle_request(request)
        pagination = {
            "has_previous_page": False,
            "has_next_page": False,
            "start_cursor": None,
            "end_cursor": None,
            "per_page": 1000,
            "total_count": 2,
        }
        return httpx.Response(200, json={"subscribers": [], "pagination": pagination})

    def close(self) -> None:
        self.way.close()


@pytest.mark.parametrize("hours", [25, 2], ids=["whole", "recent and repaired"])
def test_interrupted_at_any_request_nothing_is_lost_and_the_next_sync_is_right(
    place, failing_net, hours
):
    place.service.add_many(1100)
    place.sync()
    interrupted = 0
    for failing in range(9):
        place.clock.goes_on(hours=hours)
        for number in (10, 600, 1090):
            place.service.leave(number + failing)
        place.service.add(f"new{failing}@example.org")
        place.service.delete(50 + failing)
        net = failing_net(lambda _r, number, at=failing: "never" if number >= at else "ok")
        try:
            place.sync(net)
        except TryLater:
            interrupted += 1
            place.clock.goes_on(hours=hours)
            place.sync()
        assert place.mirrored() == place.service.states(), failing
    assert interrupted >= 5  # account, count, those who left, two pages


def test_a_stale_list_does_not_undo_an_unsubscription_that_we_know_of(place):
    """Kit's lists may be five minutes old: the reader must not come back in between."""
    number = place.service.add("ann@example.org")
    place.sync(kind="kit")
    place.clock.goes_on(hours=1)
    place.service.leave(number)
    place.sync(kind="kit")
    place.service.take_back(number)  # what a stale list shows looks just like this
    place.clock.goes_on(minutes=4)
    place.sync(kind="kit")
    assert place.state_of("ann@example.org") == (State.CANCELLED, True)

    place.clock.goes_on(minutes=10)
    place.sync(kind="kit")
    assert place.state_of("ann@example.org") == (State.ACTIVE, True)


def test_a_clock_that_was_set_back_leads_to_a_whole_walk(place, failing_net):
    place.service.add("ann@example.org")
    place.sync()
    place.clock.goes_on(days=-30)
    net = failing_net(lambda _r, _n: "ok")
    place.sync(net)

    assert not any("updated_after" in asked for asked in paths(net))


def test_a_state_that_we_do_not_know_stops_no_sync_and_is_not_active(place):
    place.service.add("ann@example.org")
    place.service.add("ben@example.org", state="paused")
    place.sync()

    assert place.mirrored() == {"ann@example.org": "active", "ben@example.org": "inactive"}
