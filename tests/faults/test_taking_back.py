"""Taking back against requests that are still on their way, and against a target that is quicker."""

from __future__ import annotations

import pytest

from newsletter.broadcast.model import State
from newsletter.commands.outcome import Kind
from newsletter.commands.run import run
from newsletter.ledger import issues
from tests.world import LETTER, Net

DRAFT = LETTER.replace("status: scheduled", "status: draft")


@pytest.fixture
def armed(world):
    with world.desk() as desk:
        run(desk)
        record = issues.get(desk.ledger, "pot", "local")
    assert record is not None
    return record


def late_put(world, send_at, times):
    """A net on which an older request arms the broadcast again, right after it was disarmed."""
    left = [times]

    def fate(request, number):
        was_put = number > 0 and net.requests[number - 1].method == "PUT"
        if was_put and request.method == "GET" and left[0]:
            left[0] -= 1
            with world.desk(ledger="other.db") as other:
                other.target.kit.broadcasts.update(1, send_at=send_at)
        return "ok"

    net = Net(fate=fate)
    return net


@pytest.mark.parametrize(("times", "code"), [(1, 0), (2, 0), (9, 5)])
def test_a_late_request_that_arms_it_again_is_disarmed_again(world, armed, times, code):
    world.write(DRAFT)

    with world.desk(late_put(world, armed.send_at, times)) as desk:
        first = run(desk)
    with world.desk() as desk:
        run(desk)

    assert first.exit_code == code
    assert [status for status, _ in world.broadcasts()] == ["draft"]


def test_what_a_late_request_armed_after_it_was_taken_back_is_found_before_its_time(world, armed):
    world.write(DRAFT)
    with world.desk() as desk:
        run(desk)
        desk.target.kit.broadcasts.update(1, send_at=armed.send_at)
    world.clock.goes_on(hours=22, minutes=51)

    with world.desk() as desk:
        done = run(desk)
        again = run(desk)

    assert [n.kind for n in done.news] == [Kind.WITHDRAWN]
    assert again.news == ()
    assert [status for status, _ in world.broadcasts()] == ["draft"]


@pytest.mark.parametrize("state", [State.DRAFTED, State.HANDED_OVER])
def test_what_was_sent_stays_sent_though_its_author_wanted_it_back(world, armed, state):
    """The file says draft, the ledger was behind, the target was quicker."""
    world.clock.goes_on(hours=23)
    world.deliver(world.clock())
    world.write(DRAFT)
    world.clock.goes_on(hours=-1)
    set_state(world, state)

    with world.desk() as desk:
        done = run(desk)
        record = issues.get(desk.ledger, "pot", "local")

    assert record is not None
    assert record.state is State.SENT
    assert done.exit_code == 1
    assert "Too late" in done.of(Kind.HELD)[0].words


def test_an_edit_that_comes_too_late_finds_the_letter_sent(world, armed):
    """The target refuses the change, for an earlier request is already carried out."""
    set_state(world, State.DRAFTED)
    world.clock.goes_on(hours=23)
    world.deliver(world.clock())
    world.write(LETTER.replace("The blue pot", "The red pot"))

    with world.desk() as desk:
        done = run(desk)
        record = issues.get(desk.ledger, "pot", "local")

    assert record is not None
    assert record.state is State.SENT
    assert not done.of(Kind.HELD)
    assert world.mail() == ["ann@example.org", "ben@example.org", "dana@example.org"]


def set_state(world, state):
    """The ledger as a kill before the outcome would have left it."""
    from newsletter.ledger import leases

    with world.desk() as desk:
        lease = leases.take(
            desk.ledger, "target:local", owner="x:1:1", now=world.clock(), is_alive=lambda _: False
        )
        issues.became(
            desk.ledger, lease, "pot", "local", state, now=world.clock(), words="for the test"
        )
        leases.give_back(desk.ledger, lease)
