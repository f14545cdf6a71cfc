"""The clock jumps, the computer sleeps: a letter goes out once, or waits for a person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from newsletter.commands.outcome import Kind
from newsletter.commands.run import run

READERS = ["ann@example.org", "ben@example.org", "dana@example.org"]
NINE = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def passes_at(world, *moments):
    kinds = []
    for moment in moments:
        world.clock.now = moment
        with world.desk() as desk:
            done = run(desk)
        kinds += [(news.kind, done.exit_code) for news in done.news]
    return kinds


@pytest.mark.parametrize(
    "moments",
    [
        [NINE - 2 * HOUR, NINE - 3 * HOUR, NINE, NINE - HOUR, NINE + HOUR],
        [NINE - HOUR, NINE + 24 * HOUR, NINE - HOUR, NINE + HOUR],
        [NINE + HOUR, NINE - 30 * HOUR, NINE, NINE + 40 * HOUR],
        [NINE - HOUR, datetime(1970, 1, 1, tzinfo=UTC), NINE, NINE],
        [datetime(2038, 1, 20, tzinfo=UTC), NINE - HOUR, NINE],
    ],
    ids=["back an hour", "a day ahead and back", "back a day after it", "1970", "2038 first"],
)
def test_a_jumping_clock_sends_once_or_holds_once(world, moments):
    kinds = passes_at(world, *moments)

    was_held = (Kind.HELD, 1) in kinds
    assert world.mail() == ([] if was_held else READERS)
    assert kinds.count((Kind.HELD, 1)) <= 1


@pytest.mark.parametrize(
    ("asleep", "goes_out"),
    [(timedelta(minutes=3), True), (11 * HOUR, True), (13 * HOUR, False), (72 * HOUR, False)],
)
def test_asleep_over_the_send_time_without_having_handed_over(world, asleep, goes_out):
    """Nothing was handed over before: within the grace it goes out late, after it a person decides."""
    kinds = passes_at(world, NINE - 30 * HOUR, NINE + asleep, NINE + asleep + HOUR)

    assert world.mail() == (READERS if goes_out else [])
    assert [code for kind, code in kinds if kind is Kind.HELD] == ([] if goes_out else [1])


def test_asleep_after_it_was_handed_over_is_no_matter(world):
    """The lead is there for closed laptops: the target keeps the time."""
    passes_at(world, NINE - 20 * HOUR)
    world.clock.now = NINE + timedelta(seconds=1)
    world.deliver(world.clock())

    kinds = passes_at(world, NINE + 72 * HOUR)

    assert world.mail() == READERS
    assert [kind for kind, _ in kinds] == [Kind.SENT]
