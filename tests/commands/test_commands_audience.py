"""An audience that is empty, over the limit or suddenly large is held for a person."""

from __future__ import annotations

import dataclasses

import pytest

from newsletter.commands.outcome import Kind
from newsletter.commands.run import run
from tests.world import LETTER


def add_readers(desk, count):
    for number in range(count):
        desk.target.kit.subscribers.create(email_address=f"reader{number}@example.net")


def test_over_the_limit_is_held_once_and_goes_out_when_it_is_raised(world):
    world.project = dataclasses.replace(world.project, max_recipients=2)
    with world.desk() as desk:
        held = run(desk)
        silent = run(desk)

    assert held.exit_code == 1
    assert "max_recipients is 2" in held.of(Kind.HELD)[0].words
    assert (silent.exit_code, silent.news) == (0, ())


@pytest.mark.parametrize(("more", "is_held"), [(3, False), (19, False), (20, True), (60, True)])
def test_more_than_twice_the_last_ones_readers_is_held_unless_it_is_a_handful(world, more, is_held):
    with world.desk() as desk:
        run(desk)
        world.clock.goes_on(hours=23)
        run(desk)
        add_readers(desk, more)
        second = LETTER.replace("2026-11-24", "2026-11-25").replace("The blue pot", "The red pot")
        (world.folder / "issues" / "red.md").write_text(second)
        world.clock.goes_on(hours=2)
        done = run(desk)

    assert bool(done.of(Kind.HELD)) is is_held
    assert done.exit_code == (1 if is_held else 0)


def test_nobody_there_is_held(world):
    with world.desk() as desk:
        for subscriber in list(desk.target.kit.subscribers.list()):
            desk.target.kit.subscribers.unsubscribe(subscriber.id)
        done = run(desk)

    assert done.exit_code == 1
    assert "go to nobody" in done.of(Kind.HELD)[0].words
    assert world.broadcasts() == []
