"""Whatever becomes of any one request: the issue is sent once, and not zero times.

The server is the real one, the client is the real one; only the net between them fails.
"""

from __future__ import annotations

import itertools

import pytest

from newsletter.commands.outcome import Kind
from newsletter.commands.run import run
from newsletter.errors import NewsletterError

READERS = ["ann@example.org", "ben@example.org", "dana@example.org"]
FATES = ("never", "lost", "fault", "html", "busy")


def until_done(world, nets):
    """Passes until the letter is sent, each over the next net; gives their exit codes."""
    codes = []
    for net in itertools.chain(nets, [None] * 6):
        with world.desk(net) as desk:
            try:
                done = run(desk)
            except NewsletterError as error:
                codes.append(error.exit_code)
            else:
                codes.append(done.exit_code)
                if done.of(Kind.SENT):
                    return codes
        world.clock.goes_on(minutes=5)
        if len(codes) == 3:
            world.clock.goes_on(hours=23)
    return codes


def requests_of_a_hand_over(world, net):
    """How many requests one undisturbed pass makes."""
    with world.desk(net) as desk:
        run(desk)
    return len(net.requests)


@pytest.mark.parametrize("fate", FATES)
@pytest.mark.parametrize("number", range(13))
def test_one_request_that_fails_neither_doubles_nor_loses_the_letter(world, net_of, number, fate):
    """Every request of the hand-over in turn, in each way it can fail."""
    net = net_of({number: fate})

    codes = until_done(world, [net])

    assert world.mail() == READERS, codes
    assert [status for status, _ in world.broadcasts()].count("completed") == 1
    assert set(codes) <= {0, 5, 75}


@pytest.mark.parametrize("fate", ["lost", "fault", "html"])
def test_every_write_that_loses_its_answer_still_ends_with_one_letter(world, net_of_writes, fate):
    """Three passes in which no POST and no PUT is ever answered."""
    codes = until_done(world, [net_of_writes(fate) for _ in range(3)])

    assert world.mail() == READERS
    assert [status for status, _ in world.broadcasts()].count("completed") == 1
    assert 5 in codes


def test_after_a_lost_answer_the_draft_is_found_by_its_mark_and_not_made_again(
    world, net_of_writes
):
    with world.desk(net_of_writes("lost")) as desk:
        first = run(desk)
    with world.desk() as desk:
        second = run(desk)

    assert first.exit_code == 5
    assert second.exit_code == 0
    assert "found again" in second.of(Kind.HANDED_OVER)[0].words
    assert len(world.broadcasts()) == 1


def test_a_request_that_never_left_is_tried_later_and_silent(world, net_of_writes):
    with world.desk(net_of_writes("never")) as desk:
        done = run(desk)

    assert done.exit_code == 75
    assert world.broadcasts() == []


def test_the_same_outage_is_news_when_the_issue_is_late(world, net_of_writes):
    world.clock.goes_on(hours=24)

    with world.desk(net_of_writes("never")) as desk:
        done = run(desk)

    assert done.exit_code == 1


def test_a_lost_ledger_is_rebuilt_from_the_mark(world):
    """A new laptop, an empty CI runner: the account is the truth."""
    with world.desk() as desk:
        run(desk)
    with world.desk(ledger="another.db") as desk:
        second = run(desk)
    world.clock.goes_on(hours=24)
    with world.desk(ledger="third.db") as desk:
        run(desk)
    with world.desk(ledger="fourth.db") as desk:
        after = run(desk)

    assert [n.kind for n in second.news] == [Kind.UPDATED]
    assert world.mail() == READERS
    assert len(world.broadcasts()) == 1
    assert not after.of(Kind.HANDED_OVER)


def test_a_further_run_is_boring(world):
    until_done(world, [])

    with world.desk() as desk:
        again = run(desk)

    assert again.news == ()
    assert again.exit_code == 0


def test_a_pass_makes_as_many_requests_as_are_tried_above(world, net_of):
    """So that a request added to the protocol is tried, too."""
    assert requests_of_a_hand_over(world, net_of({})) <= 13
