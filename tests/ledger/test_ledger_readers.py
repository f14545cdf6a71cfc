"""The mirror of the target's subscribers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from newsletter.audience.listing import Listed
from newsletter.audience.model import Kind, State
from newsletter.ledger import mirror, readers


@pytest.fixture
def people(now):
    return [
        Listed(
            id=number,
            email_address=f"Reader{number}@example.org",
            first_name=name,
            state=State.ACTIVE,
            created_at=now - timedelta(days=number),
        )
        for number, name in ((1, "Ann"), (2, None), (3, "Über_100%"))
    ]


@pytest.fixture
def mirrored(ledger, lease, now, people):
    return readers.take_in(ledger, lease, "local", people, seen_at=now)


def test_a_first_listing_tells_who_joined_and_when(ledger, mirrored, people):
    assert [e.kind for e in mirrored] == [Kind.JOINED] * 3
    assert [e.at for e in mirrored] == [p.created_at for p in people]


def test_the_same_listing_again_tells_nothing(ledger, lease, mirrored, people, now):
    again = readers.take_in(ledger, lease, "local", people, seen_at=now + timedelta(hours=1))

    assert again == []
    assert readers.counts(ledger, "local").active == 3


def test_a_reader_who_left_is_told_once_with_the_time_she_left(
    ledger, lease, mirrored, people, now
):
    left_at = now + timedelta(minutes=3)
    gone = replace(people[0], state=State.CANCELLED, canceled_at=left_at)

    first = readers.take_in(ledger, lease, "local", [gone], seen_at=now + timedelta(hours=1))
    second = readers.take_in(ledger, lease, "local", [gone], seen_at=now + timedelta(hours=2))

    assert [(e.kind, e.at) for e in first] == [(Kind.LEFT, left_at)]
    assert second == []
    reader = mirror.by_address(ledger, "local", "READER1@example.org")
    assert reader is not None
    assert (reader.state, reader.changed_at) == (State.CANCELLED, left_at)
    assert [e.kind for e in mirror.timeline(ledger, "local", 1)] == [Kind.JOINED, Kind.LEFT]


@pytest.mark.parametrize("state", list(State))
def test_all_five_states_are_mirrored(ledger, lease, now, people, state):
    readers.take_in(ledger, lease, "local", [replace(people[0], state=state)], seen_at=now)

    counts = readers.counts(ledger, "local")
    assert getattr(counts, state.value) == 1
    assert sum(vars(counts).values()) == 1


def test_pages_follow_each_other_without_gap(ledger, mirrored):
    first = mirror.page(ledger, "local", limit=2)
    rest = mirror.page(ledger, "local", after=first[-1].id, limit=2)

    assert [r.id for r in [*first, *rest]] == [1, 2, 3]


@pytest.mark.parametrize(
    ("search", "ids"),
    [("reader2", [2]), ("ann", [1]), ("100%", [3]), ("%", [3]), ("_", [3]), ("zoe", [])],
)
def test_search_finds_a_piece_of_name_or_address_and_takes_wildcards_as_typed(
    ledger, mirrored, search, ids
):
    assert [r.id for r in mirror.page(ledger, "local", search=search)] == ids


def test_targets_do_not_mix(ledger, lease, mirrored, people, now):
    assert mirror.page(ledger, "kit") == []
    assert mirror.by_address(ledger, "kit", "reader1@example.org") is None


def test_events_are_counted_by_kind_since_an_instant(ledger, mirrored, now):
    assert readers.events_since(ledger, "local", since=now - timedelta(days=2)) == {"joined": 2}


def test_a_page_of_two_thousand_is_one_transaction(ledger, lease, now, people):
    many = [replace(people[0], id=n, email_address=f"{n}@example.org") for n in range(1, 2001)]

    news = readers.take_in(ledger, lease, "local", many, seen_at=now)

    assert len(news) == 2000
    assert readers.counts(ledger, "local").active == 2000


def test_who_vanished_is_counted_nowhere_and_kept_with_her_last_state(
    ledger, lease, mirrored, people, now
):
    gone = readers.vanished(ledger, lease, "local", [1, 2], seen_at=now + timedelta(days=1))
    again = readers.vanished(ledger, lease, "local", [1, 2], seen_at=now + timedelta(days=2))

    assert (gone, again) == (2, 0)
    assert readers.counts(ledger, "local").active == 1
    assert mirror.count(ledger, "local") == 1
    assert [r.id for r in mirror.walk(ledger, "local")] == [3]
    assert [r.id for r in mirror.page(ledger, "local", state=State.ACTIVE)] == [3]
    assert [r.id for r in mirror.page(ledger, "local")] == [1, 2, 3]
    reader = mirror.by_address(ledger, "local", "reader1@example.org")
    assert reader is not None
    assert (reader.state, reader.vanished_at) == (State.ACTIVE, now + timedelta(days=1))
    assert [e.kind for e in mirror.timeline(ledger, "local", 1)][-1] is Kind.VANISHED


def test_of_two_rows_with_one_address_the_one_that_is_there_counts(
    ledger, lease, mirrored, people, now
):
    """Deleted at the target and signed up again: another id, the same person."""
    readers.vanished(ledger, lease, "local", [1], seen_at=now + timedelta(days=1))
    again = replace(people[0], id=9, state=State.INACTIVE)
    readers.take_in(ledger, lease, "local", [again], seen_at=now + timedelta(days=2))

    reader = mirror.by_address(ledger, "local", "READER1@example.org")
    assert reader is not None
    assert reader.id == 9
    standings = mirror.standings(ledger, "local", ["reader1@example.org", "no@example.org"])
    assert {(s.state, s.is_gone) for s in standings["reader1@example.org"]} == {
        (State.ACTIVE, True),
        (State.INACTIVE, False),
    }
    assert len(standings) == 1


def test_the_walk_of_all_readers_crosses_pages(ledger, lease, now, people, monkeypatch):
    monkeypatch.setattr(mirror, "PAGE", 10)
    many = [replace(people[0], id=n, email_address=f"{n}@example.org") for n in range(1, 36)]
    readers.take_in(ledger, lease, "local", many, seen_at=now)

    assert [r.id for r in mirror.walk(ledger, "local")] == list(range(1, 36))


def test_unlisted_ones_are_found_within_a_range_of_ids_and_the_newest_are_spared(
    ledger, mirrored, now
):
    def unlisted(low, high, listed, before=now):
        return mirror.unlisted_between(
            ledger, "local", low=low, high=high, listed=listed, before=before
        )

    assert unlisted(0, None, {2}) == [1, 3]
    assert unlisted(2, 3, set()) == [2]
    assert unlisted(0, None, {2}, before=now - timedelta(days=2)) == [3]


def test_how_whole_the_mirror_is_is_remembered(ledger, lease, now):
    assert readers.freshness(ledger, "local").walked_at is None
    readers.synced(ledger, lease, "local", now=now, is_whole=True, unlisted=2)
    readers.synced(ledger, lease, "local", now=now + timedelta(hours=1))

    fresh = readers.freshness(ledger, "local")
    assert (fresh.synced_at, fresh.walked_at, fresh.unlisted) == (
        now + timedelta(hours=1),
        now,
        2,
    )


def test_an_older_ledger_gets_its_keys(tmp_path, now):
    """Ledgers of before 0002 have addresses without keys, and letters that SQLite cannot fold."""
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import text

    from newsletter import database
    from newsletter.ledger import opening

    url = database.sqlite_url(tmp_path / "old.db")
    engine = database.open_engine(url)
    config = Config()
    config.set_main_option("script_location", str(opening.MIGRATIONS))
    config.set_main_option("path_separator", "os")
    with database.writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for number in range(2100):
            connection.execute(
                text(
                    "INSERT INTO subscribers (target, id, email_address, state, created_at,"
                    " changed_at, last_event_at, memory) VALUES ('local', :n, :a, 'active',"
                    " '2026-01-01', '2026-01-01', '2026-01-01', '{}')"
                ),
                {"n": number, "a": f"ÄNN{number}@Example.org"},
            )
    engine.dispose()

    ledger = opening.open_ledger(url, project="kitchen")
    assert mirror.standings(ledger, "local", ["änn2099@example.org"])
    assert mirror.count(ledger, "local") == 2100
    ledger.close()
