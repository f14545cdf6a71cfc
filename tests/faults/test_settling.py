"""Two ledgers on one account cannot see each other: a new one waits before it arms."""

from __future__ import annotations

from datetime import timedelta

import pytest

from newsletter.broadcast.model import State
from newsletter.commands.naming import find
from newsletter.commands.outcome import Kind
from newsletter.commands.run import run
from newsletter.commands.schedule import schedule
from newsletter.ledger import issues
from newsletter.server.delivery import deliver_due

READERS = ["ann@example.org", "ben@example.org", "dana@example.org"]


def passes(world, *ledgers, at=()):
    """One pass for each ledger named, in order, against the server as a remote account."""
    results = []
    for name in ledgers:
        with world.desk(ledger=name, remote=True) as desk:
            results.append(run(desk))
    return results


def sends(world):
    world.clock.goes_on(hours=24)
    deliver_due(world.store, now=world.clock(), public_url="http://127.0.0.1:8710", owner="server")
    return world.mail()


def test_a_new_ledger_makes_the_draft_and_arms_it_ten_minutes_later(world):
    first = passes(world, "laptop.db")[0]
    at_once = world.broadcasts()
    world.clock.goes_on(minutes=9)
    passes(world, "laptop.db")
    too_early = world.broadcasts()
    world.clock.goes_on(minutes=1)
    armed = passes(world, "laptop.db")[0]

    assert (first.exit_code, first.news) == (0, ())
    assert at_once == too_early == [("draft", None)]
    assert armed.of(Kind.HANDED_OVER)[0].broadcast_id == 1
    assert sends(world) == READERS


def second_letter(world):
    text = (world.folder / "issues" / "pot.md").read_text()
    (world.folder / "issues" / "red.md").write_text(text.replace("The blue pot", "The red pot"))


def established(world, *names):
    """Ledgers that have armed something at the account before; the first letter is armed."""
    passes(world, *names)
    world.clock.goes_on(minutes=10)
    passes(world, *names)


def test_two_old_ledgers_settle_for_each_new_letter_too(world, hidden_lists):
    """Two cron jobs wake in the same minute, and neither sees the other's draft yet."""
    established(world, "laptop.db", "runner.db")
    second_letter(world)
    with hidden_lists(world):
        passes(world, "laptop.db", "runner.db")
    world.clock.goes_on(minutes=11)
    passes(world, "laptop.db", "runner.db")

    assert [status for status, _ in world.broadcasts()] == ["scheduled", "scheduled", "draft"]


@pytest.mark.parametrize(("is_old", "state"), [(True, "handed_over"), (False, "drafted")])
def test_a_person_on_a_known_machine_need_not_wait(world, is_old, state):
    if is_old:
        established(world, "laptop.db")
    second_letter(world)
    with world.desk(ledger="laptop.db", remote=True) as desk:
        done = schedule(
            desk, find(desk.project, "red"), when=None, subject=None, confirm=lambda _: True
        )

    assert done.state == state


def test_a_machine_that_stood_still_between_looking_and_arming_looks_again(world):
    passes(world, "laptop.db")
    world.clock.goes_on(minutes=10)

    def sleep(stage: str) -> None:
        if stage == "record":
            world.clock.goes_on(minutes=3)

    with world.desk(ledger="laptop.db", remote=True, stage=sleep) as desk:
        done = run(desk)

    assert done.exit_code == 75
    assert [status for status, _ in world.broadcasts()] == ["draft"]


def test_two_new_ledgers_agree_on_the_draft_with_the_lowest_id(world, hidden_lists):
    """Both make a draft while the lists hide the other's; both then take the first."""
    with hidden_lists(world):
        passes(world, "laptop.db", "runner.db")
    drafts = world.broadcasts()
    world.clock.goes_on(minutes=11)
    passes(world, "runner.db", "laptop.db")
    records = []
    for name in ("laptop.db", "runner.db"):
        ledger = world.ledger(name)
        records.append(issues.get(ledger, "pot", "kit"))
        ledger.close()

    assert drafts == [("draft", None), ("draft", None)]
    assert [(r.broadcast_id, r.state) for r in records if r] == [(1, State.HANDED_OVER)] * 2
    assert [status for status, _ in world.broadcasts()] == ["scheduled", "draft"]
    assert sends(world) == READERS


def test_the_draft_that_nobody_armed_is_swept_after_a_day(world, hidden_lists):
    with hidden_lists(world):
        passes(world, "laptop.db", "runner.db")
    world.clock.goes_on(minutes=11)
    passes(world, "laptop.db")
    before = len(world.broadcasts())
    world.clock.goes_on(hours=20)
    passes(world, "laptop.db")
    young = len(world.broadcasts())
    world.clock.goes_on(hours=5)
    passes(world, "laptop.db")

    assert (before, young) == (2, 2)
    assert len(world.broadcasts()) == 1


def test_a_runner_whose_ledger_is_new_each_time_arms_what_an_earlier_one_drafted(world):
    """An empty CI runner every half hour: the draft's age counts, not the ledger's."""
    passes(world, "monday-10-00.db")
    world.clock.goes_on(minutes=30)
    done = passes(world, "monday-10-30.db")[0]

    assert len(done.of(Kind.HANDED_OVER)) == 1
    assert len(world.broadcasts()) == 1
    assert sends(world) == READERS


def test_a_late_put_of_a_dead_worker_is_mended_before_the_time(world):
    """The content that an older pass had put is replaced again, ten minutes before nine."""
    passes(world, "laptop.db")
    world.clock.goes_on(minutes=10)
    passes(world, "laptop.db")
    with world.desk(ledger="laptop.db", remote=True) as desk:
        desk.target.kit.broadcasts.update(1, subject="An old subject")
    world.clock.goes_on(hours=22, minutes=41)

    done = passes(world, "laptop.db")[0]

    assert done.of(Kind.UPDATED)[0].words == "its subject had changed at the target"
    with world.desk(remote=True) as desk:
        assert desk.target.kit.broadcasts.get(1).subject == "The blue pot"


def test_another_time_at_the_target_is_shown_to_a_person_and_left(world):
    passes(world, "laptop.db")
    world.clock.goes_on(minutes=10)
    passes(world, "laptop.db")
    other = world.clock() + timedelta(days=3)
    with world.desk(ledger="laptop.db", remote=True) as desk:
        desk.target.kit.broadcasts.update(1, send_at=other)
    world.clock.goes_on(hours=22, minutes=45)

    first, second = passes(world, "laptop.db", "laptop.db")

    assert first.exit_code == 1
    assert "another time" in first.of(Kind.HELD)[0].words
    assert second.exit_code == 0
    assert [status for status, _ in world.broadcasts()] == ["scheduled"]
