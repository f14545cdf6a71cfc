"""The ledger is lost: a new laptop, an empty runner, a deleted folder. The marks remain."""

from __future__ import annotations

import pytest

from newsletter.broadcast.model import State
from newsletter.commands.compose import Stopped
from newsletter.commands.naming import find
from newsletter.commands.outcome import Kind
from newsletter.commands.run import run
from newsletter.commands.schedule import send
from newsletter.commands.unschedule import unschedule
from newsletter.ledger import issues
from tests.world import LETTER

READERS = ["ann@example.org", "ben@example.org", "dana@example.org"]


@pytest.fixture
def sent(world):
    """The letter has gone out, and a month has passed."""
    with world.desk() as desk:
        run(desk)
    world.clock.goes_on(hours=23)
    with world.desk() as desk:
        assert run(desk).of(Kind.SENT)
    world.clock.goes_on(days=30)


def test_what_was_sent_long_ago_is_known_again_and_not_held_as_late(world, sent):
    """Its file still says scheduled; without the mark it would look forgotten."""
    with world.desk(ledger="new.db") as desk:
        done = run(desk)
        record = issues.get(desk.ledger, "pot", "local")

    assert (done.exit_code, done.news) == (0, ())
    assert record is not None
    assert record.state is State.SENT
    assert world.mail() == READERS


def test_sending_it_again_from_a_new_ledger_is_refused_as_already_sent(world, sent):
    with world.desk(ledger="new.db") as desk, pytest.raises(Stopped) as caught:
        send(
            desk,
            find(desk.project, "pot"),
            undo=desk.project.undo,
            subject=None,
            confirm=lambda _: True,
        )

    assert [f.rule for f in caught.value.composed.findings if f.severity == "error"] == [
        "already-sent"
    ]
    assert world.mail() == READERS


def test_an_armed_letter_is_taken_back_from_a_new_ledger(world):
    with world.desk() as desk:
        run(desk)

    with world.desk(ledger="new.db") as desk:
        done = unschedule(desk, "pot", find(desk.project, "pot"))

    assert (done.in_file, done.at_target) == (True, True)
    assert [status for status, _ in world.broadcasts()] == ["draft"]


def test_a_file_set_back_to_draft_disarms_what_a_lost_ledger_armed(world):
    with world.desk() as desk:
        run(desk)
    world.write(LETTER.replace("status: scheduled", "status: draft"))

    with world.desk(ledger="new.db") as desk:
        done = run(desk)

    assert [n.kind for n in done.news] == [Kind.WITHDRAWN]
    assert [status for status, _ in world.broadcasts()] == ["draft"]


def test_an_edit_made_while_the_ledger_was_lost_is_passed_on(world):
    with world.desk() as desk:
        run(desk)
    world.write(LETTER.replace("The blue pot", "The red pot"))

    with world.desk(ledger="new.db") as desk:
        done = run(desk)
        stands = desk.target.kit.broadcasts.get(1)

    assert [n.kind for n in done.news] == [Kind.UPDATED]
    assert stands.subject == "The red pot"
    assert len(world.broadcasts()) == 1


def test_the_marks_are_walked_once_in_a_ledgers_life(world, net_of):
    nets = [net_of({}), net_of({})]
    world.write(LETTER.replace("status: scheduled", "status: draft"))
    for net in nets:
        with world.desk(net) as desk:
            run(desk)

    listings = [sum("/broadcasts" in r.url.path for r in net.requests) for net in nets]
    assert listings == [1, 0]


def test_another_projects_broadcasts_are_left_alone(world):
    with world.desk() as desk:
        desk.target.kit.broadcasts.create(
            subject="The blue pot",
            content="<p>{{ unsubscribe_url }} {{ address }}</p>",
            description="[nl:garden:pot:0123456789ab]",
            email_template_id=2,
            allow_starting_point=True,
        )
        run(desk)

    assert [status for status, _ in world.broadcasts()] == ["draft", "scheduled"]
