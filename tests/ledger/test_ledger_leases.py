"""One writer at a time, and an old one that wakes up writes nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from newsletter.broadcast.model import State
from newsletter.errors import TryLater
from newsletter.ledger import issues, leases, readers
from newsletter.ledger.leases import TTL, LeaseLost
from newsletter.ledger.opening import open_ledger

NAME = "target:local"


def alive(_owner: str) -> bool:
    return True


def dead(_owner: str) -> bool:
    return False


def test_a_second_run_is_refused_while_the_first_one_lives(ledger, lease, now):
    with pytest.raises(TryLater, match="here:1:1"):
        leases.take(ledger, NAME, owner="here:2:2", now=now, is_alive=alive)


def test_a_lease_given_back_is_free_at_once(ledger, lease, now):
    leases.give_back(ledger, lease)

    second = leases.take(ledger, NAME, owner="here:2:2", now=now, is_alive=alive)

    assert second.fence == lease.fence + 1


def test_a_lease_that_ran_out_is_taken_over(ledger, lease, now):
    later = now + TTL

    second = leases.take(ledger, NAME, owner="here:2:2", now=later, is_alive=alive)

    assert second.fence == lease.fence + 1


def test_a_renewed_lease_holds_on(ledger, lease, now):
    leases.renew(ledger, lease, now=now + TTL - timedelta(seconds=1))

    with pytest.raises(TryLater):
        leases.take(ledger, NAME, owner="here:2:2", now=now + TTL, is_alive=alive)


def test_the_lease_of_a_dead_process_is_taken_over_at_once(ledger, lease, now):
    """After `kill -9` the next cron run goes on, instead of waiting for five minutes."""
    assert (
        leases.take(ledger, NAME, owner="here:2:2", now=now, is_alive=dead).fence == lease.fence + 1
    )


def test_targets_have_leases_of_their_own(ledger, lease, now):
    assert leases.take(ledger, "target:kit", owner="here:2:2", now=now, is_alive=alive).fence == 1


@pytest.mark.parametrize(
    "write",
    [
        lambda ledger, lease, now: leases.renew(ledger, lease, now=now),
        lambda ledger, lease, now: issues.attempted(ledger, lease, "walk", "local", now=now),
        lambda ledger, lease, now: issues.set_broadcast(ledger, lease, "walk", "local", 9, now=now),
        lambda ledger, lease, now: issues.became(
            ledger, lease, "walk", "local", State.SENT, now=now, words="", send_at=now
        ),
        lambda ledger, lease, now: readers.take_in(ledger, lease, "local", [], seen_at=now),
        lambda ledger, lease, now: readers.synced(ledger, lease, "local", now=now),
    ],
    ids=["renew", "attempted", "set_broadcast", "became", "take_in", "synced"],
)
def test_who_lost_the_lease_writes_nothing(ledger, lease, now, write):
    """A process that slept past its lease must not undo what the next one did."""
    new = leases.take(ledger, NAME, owner="here:2:2", now=now, is_alive=dead)
    issues.became(
        ledger, new, "walk", "local", State.HELD, now=now, words="by the new one", send_at=now
    )

    with pytest.raises(LeaseLost):
        write(ledger, lease, now)

    record = issues.get(ledger, "walk", "local")
    assert record is not None
    assert record.state is State.HELD
    assert record.broadcast_id is None


def test_giving_back_a_lost_lease_leaves_the_new_owner_alone(ledger, lease, now):
    leases.take(ledger, NAME, owner="here:2:2", now=now, is_alive=dead)

    leases.give_back(ledger, lease)

    with pytest.raises(TryLater):
        leases.take(ledger, NAME, owner="here:3:3", now=now, is_alive=alive)


def test_of_eight_that_take_it_at_once_one_has_it(ledger, ledger_url, now):
    def take(number: int) -> bool:
        mine = open_ledger(ledger_url, project="kitchen")
        try:
            leases.take(mine, "target:kit", owner=f"here:{number}:1", now=now, is_alive=alive)
        except TryLater:
            return False
        else:
            return True
        finally:
            mine.close()

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(take, range(8)))

    assert taken.count(True) == 1
