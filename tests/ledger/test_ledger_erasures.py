"""Erased is erased: here, from an import, from a sync, and from a webhook that comes late."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from newsletter import database
from newsletter.audience.listing import Listed
from newsletter.audience.model import Kind, State, SubscriberEvent
from newsletter.ledger import erasures, leases, mirror, readers, tables


@pytest.fixture
def ann(now):
    return Listed(
        id=7,
        email_address="Ann@example.org",
        first_name="Ann",
        state=State.ACTIVE,
        created_at=now - timedelta(days=9),
    )


@pytest.fixture
def erased(ledger, lease, now, ann):
    readers.take_in(ledger, lease, "local", [ann], seen_at=now, reasons={7: "fair"}, how="add")
    return erasures.erase(ledger, "ann@EXAMPLE.org", target="local", subscriber_id=7, now=now)


def rows(ledger, table):
    with database.reading(ledger.engine) as connection:
        return connection.execute(select(table)).all()


def test_mirror_events_and_consents_go_and_only_hashes_stay(ledger, erased):
    assert (erased.subscribers, erased.events, erased.consents) == (1, 1, 1)
    for table in (tables.subscribers, tables.subscriber_events, tables.consents):
        assert rows(ledger, table) == []
    assert "ann" not in repr(rows(ledger, tables.erasures)).lower()
    assert len(rows(ledger, tables.erasures)) == 2


def test_a_hash_is_of_use_to_nobody_without_this_ledgers_key(ledger, erased):
    (row, *_) = rows(ledger, tables.erasures)
    assert row.key not in {
        erasures.Seal(b"").of_address("ann@example.org"),
        erasures.Seal(b"\0" * 32).of_id("local", 7),
    }


def test_an_import_knows_the_address_again_however_it_is_written(ledger, erased, now):
    assert erasures.erased_among(ledger, ["ANN@example.org", "ben@example.org"]) == {
        "ANN@example.org"
    }
    assert erasures.erased_at(ledger, " Ann@Example.org ") == now
    assert erasures.erased_at(ledger, "ben@example.org") is None


def test_a_listing_and_a_late_event_do_not_bring_her_back(ledger, lease, erased, ann, now):
    late = SubscriberEvent(
        id="webhook:1",
        subscriber_id=7,
        kind=Kind.BOUNCED,
        at=now,
        raw={"email_address": "ann@example.org", "first_name": "Ann"},
    )
    nameless = SubscriberEvent(id="webhook:2", subscriber_id=7, kind=Kind.LEFT, at=now, raw={})
    assert readers.take_in(ledger, lease, "local", [ann], seen_at=now, reasons={7: "x"}) == []
    assert readers.record(ledger, "local", [late, nameless], seen_at=now) == []
    for table in (tables.subscribers, tables.subscriber_events, tables.consents):
        assert rows(ledger, table) == []


def test_others_on_the_same_page_are_taken_in(ledger, lease, erased, ann, now):
    from dataclasses import replace

    ben = replace(ann, id=8, email_address="ben@example.org")
    assert len(readers.take_in(ledger, lease, "local", [ann, ben], seen_at=now)) == 1


def test_she_is_erased_at_every_target_with_every_address_she_had(ledger, lease, ann, now):
    from dataclasses import replace

    other = leases.take(ledger, "target:kit", owner="here:1:1", now=now, is_alive=lambda _: True)
    renamed = replace(ann, id=3, email_address="old@example.org")
    readers.take_in(ledger, lease, "local", [ann], seen_at=now)
    readers.take_in(ledger, other, "kit", [renamed], seen_at=now)
    renamed = replace(renamed, email_address="ann@example.org")
    readers.take_in(ledger, other, "kit", [renamed], seen_at=now)

    erased = erasures.erase(ledger, "ann@example.org", target="local", subscriber_id=7, now=now)

    assert (erased.subscribers, erased.events) == (2, 3)
    assert erasures.erased_among(ledger, ["old@example.org"]) == {"old@example.org"}


def test_the_first_erasure_keeps_its_date(ledger, erased, now):
    erasures.erase(
        ledger, "ann@example.org", target="local", subscriber_id=7, now=now + timedelta(days=1)
    )
    assert erasures.erased_at(ledger, "ann@example.org") == now


def test_before_anybody_was_erased_there_is_no_key(ledger):
    assert erasures.erased_among(ledger, ["ann@example.org"]) == set()
    assert not [row for row in rows(ledger, tables.meta) if row.key == "erasure_key"]


def test_nobody_is_mirrored_under_the_erased_address_with_another_id(
    ledger, lease, erased, ann, now
):
    """She was deleted at the target, and somebody's import there made a new row of her."""
    from dataclasses import replace

    readers.take_in(ledger, lease, "local", [replace(ann, id=99)], seen_at=now)
    assert mirror.by_address(ledger, "local", "ann@example.org") is None
