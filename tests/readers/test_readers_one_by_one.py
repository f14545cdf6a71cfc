"""One reader added, tagged, unsubscribed, forgotten: at the target, and in the mirror at once."""

from __future__ import annotations

import sqlite3

import pytest

from newsletter.audience.model import State
from newsletter.commands.readers.add import add
from newsletter.commands.readers.forget import forget
from newsletter.commands.readers.tag import tag
from newsletter.commands.readers.unsubscribe import unsubscribe
from newsletter.errors import NotNow, OutcomeUnknown, TryLater, WrongUsage
from newsletter.ledger import mirror

ANN = "ann@example.org"


def waits(_seconds: float) -> None:
    """No time to lose in a test."""


def test_without_a_word_of_consent_somebody_new_is_inactive(place):
    done = add(place.desk(), "Ann@Example.ORG ", first_name=" Ann ")

    assert (done.person.state, done.person.first_name, done.was_there) == ("inactive", "Ann", False)
    assert place.service.states() == {"Ann@example.org": "inactive"}
    assert place.state_of(ANN) == (State.INACTIVE, True)


def test_with_a_reason_somebody_is_active_and_the_reason_is_kept(place):
    done = add(place.desk(), ANN, reason="asked me at the fair")

    assert place.state_of(ANN) == (State.ACTIVE, True)
    consents = mirror.consents_of(place.ledger, "local", done.person.id)
    assert [(c.how, c.reason, c.at) for c in consents] == [
        ("add", "asked me at the fair", place.clock())
    ]


@pytest.mark.parametrize("state", ["cancelled", "bounced", "complained"])
@pytest.mark.parametrize("is_synced", [True, False], ids=["mirrored", "unknown here"])
def test_somebody_who_left_is_never_revived(place, net_that, state, is_synced):
    place.service.add(ANN, state=state)
    if is_synced:
        place.sync()
    net = net_that("POST", "ok")
    with pytest.raises(NotNow) as caught:
        add(place.desk(net), ANN, reason="she said so")

    assert caught.value.error_code == "left"
    assert place.service.states() == {ANN: state}
    assert net.written() == []


def test_somebody_who_left_and_was_deleted_at_the_target_is_not_revived_either(place):
    number = place.service.add(ANN)
    place.service.leave(number)
    place.sync()
    place.service.delete(number)
    place.clock.goes_on(hours=25)
    place.sync()

    with pytest.raises(NotNow, match="unsubscribed"):
        add(place.desk(), ANN)
    assert place.service.states() == {}


def test_somebody_who_is_there_already_is_left_as_she_is(place, net_that):
    place.service.add(ANN, name="Ann")
    net = net_that("POST", "ok")
    done = add(place.desk(net), ANN)

    assert (done.was_there, done.changed, done.person.state) == (True, False, "active")
    assert net.written() == []


def test_who_has_not_confirmed_cannot_be_confirmed_by_somebody_else(place):
    place.service.add(ANN, state="inactive")
    with pytest.raises(NotNow) as caught:
        add(place.desk(), ANN, reason="she said so")

    assert caught.value.error_code == "not-confirmed"
    assert "cannot confirm them yet" in caught.value.hint
    assert place.service.states() == {ANN: "inactive"}


@pytest.mark.parametrize("address", ["", "ann", "ann@@example.org", "ann@localhost"])
def test_what_is_no_address_is_refused_before_anything_is_asked(place, net_that, address):
    net = net_that("GET", "ok")
    with pytest.raises(WrongUsage):
        add(place.desk(net), address)
    assert net.requests == []


def test_an_addition_whose_answer_was_lost_is_repeated_and_done_once(place, failing_net):
    lost: list[object] = []

    def fate(request, _number):
        if request.method == "POST" and not lost:
            lost.append(request)
            return "lost"
        return "ok"

    add(place.desk(failing_net(fate)), ANN, first_name="Ann", pause=waits)

    assert place.service.states() == {ANN: "inactive"}
    assert place.state_of(ANN) == (State.INACTIVE, True)


@pytest.mark.parametrize(
    ("fate", "error"), [("lost", OutcomeUnknown), ("never", TryLater)], ids=["lost", "never left"]
)
@pytest.mark.parametrize(
    "act",
    [
        lambda desk: add(desk, "new@example.org", pause=waits),
        lambda desk: tag(desk, ANN, ["friends"], pause=waits),
        lambda desk: unsubscribe(desk, ANN, pause=waits),
        lambda desk: forget(desk, ANN, pause=waits),
    ],
    ids=["add", "tag", "unsubscribe", "forget"],
)
def test_no_answer_and_never_left_are_told_apart_and_the_same_call_mends_both(
    place, net_that, act, fate, error
):
    place.service.add(ANN)
    place.sync()
    with pytest.raises(error):
        act(place.desk(net_that("POST", fate)))
    assert mirror.by_address(place.ledger, "local", ANN) is not None  # nothing is forgotten yet

    act(place.desk())


def test_a_missing_tag_is_made_and_one_that_is_there_is_found_in_any_case_of_letters(place):
    place.service.add(ANN)
    first = tag(place.desk(), ANN, ["Friends", "bakers"])
    second = tag(place.desk(), ANN, ["FRIENDS", "friends", "walkers"])

    assert (first.changed, first.made) == (("Friends", "bakers"), ("Friends", "bakers"))
    assert (second.changed, second.made, second.unchanged) == (
        ("walkers",),
        ("walkers",),
        ("Friends",),
    )


def test_tags_are_taken_off_and_those_she_has_not_are_named(place):
    place.service.add(ANN)
    tag(place.desk(), ANN, ["friends", "bakers"])
    done = tag(place.desk(), ANN, ["Friends", "strangers"], is_removing=True)

    assert (done.changed, done.unchanged, done.made) == (("friends",), ("strangers",), ())
    assert tag(place.desk(), ANN, ["bakers"]).unchanged == ("bakers",)


def test_a_tag_for_nobody_is_refused_and_not_made(place):
    with pytest.raises(NotNow):
        tag(place.desk(), ANN, ["friends"])
    with place.service.store.reading() as db:
        from newsletter.server.store.tables import tags

        assert db.execute(tags.select()).all() == []


def test_an_unsubscription_is_in_the_mirror_at_once_with_the_targets_own_time(place):
    place.service.add(ANN)
    place.sync()
    place.clock.goes_on(minutes=3)
    done = unsubscribe(place.desk(), ANN)

    assert done.changed
    assert place.service.states() == {ANN: "cancelled"}
    reader = mirror.by_address(place.ledger, "local", ANN)
    assert reader is not None
    assert (reader.state, reader.changed_at) == (State.CANCELLED, place.clock())
    place.sync()
    assert len(mirror.timeline(place.ledger, "local", reader.id)) == 2


def test_a_second_unsubscription_changes_nothing_and_asks_nobody(place):
    place.service.add(ANN)
    unsubscribe(place.desk(), ANN)

    def confirm(_person):
        raise AssertionError("asked")

    assert not unsubscribe(place.desk(), ANN, confirm=confirm).changed


def test_a_no_leaves_everything_as_it_is(place, net_that):
    place.service.add(ANN)
    net = net_that("POST", "ok")
    with pytest.raises(NotNow) as caught:
        unsubscribe(place.desk(net), ANN, confirm=lambda _person: False)

    assert caught.value.error_code == "declined"
    assert net.written() == []


def test_who_is_forgotten_leaves_no_trace_in_the_ledger_but_a_hash(place, tmp_path):
    add(place.desk(), "zoe.secret@example.org", first_name="Zoesecret", reason="fair")
    place.sync()
    done = forget(place.desk(), "ZOE.secret@example.org")

    assert done.erased is not None
    assert (done.erased.subscribers, done.erased.consents) == (1, 1)
    assert (done.was_unsubscribed, done.is_at_target) == (True, True)
    assert place.service.states() == {"zoe.secret@example.org": "cancelled"}
    for file in tmp_path.glob("state.db*"):
        assert b"zoesecret" not in file.read_bytes().lower().replace(b".", b"")
    with sqlite3.connect(tmp_path / "state.db") as db:
        assert [len(key) for (key,) in db.execute("SELECT key FROM erasures")] == [64, 64]
    db.close()


def test_no_sync_brings_a_forgotten_person_back(place):
    number = place.service.add(ANN)
    place.service.add("ben@example.org")
    place.sync()
    forget(place.desk(), ANN)
    place.sync()
    place.service.take_back(number)
    place.clock.goes_on(hours=25)
    place.sync()

    assert place.state_of(ANN) is None
    assert place.mirrored() == {"ben@example.org": "active"}
    assert mirror.timeline(place.ledger, "local", number) == []


def test_a_forgotten_person_is_known_again_under_another_address(place):
    """The id at the target is kept as a hash too."""
    number = place.service.add(ANN)
    place.sync()
    forget(place.desk(), ANN)
    place.desk().target.kit.subscribers.update(number, email_address="anna@example.org")
    place.sync()

    assert place.state_of("anna@example.org") is None


def test_a_forgotten_person_cannot_be_added(place, net_that):
    place.service.add(ANN)
    forget(place.desk(), ANN)
    net = net_that("POST", "ok")
    with pytest.raises(NotNow) as caught:
        add(place.desk(net), "Ann@example.org", reason="she said so")

    assert caught.value.error_code == "erased"
    assert net.written() == []


def test_forgetting_again_changes_nothing_and_says_when_it_was(place):
    place.service.add(ANN)
    forget(place.desk(), ANN)
    when = place.clock()
    place.clock.goes_on(days=3)
    again = forget(place.desk(), ANN)

    assert (again.erased, again.since, again.was_unsubscribed) == (None, when, False)


def test_nobody_known_by_an_address_is_not_forgotten_by_a_slip_of_the_finger(place):
    place.service.add(ANN)
    with pytest.raises(NotNow) as caught:
        forget(place.desk(), "anm@example.org")
    assert caught.value.error_code == "no-such-subscriber"
