"""The list of letters: read again only where a file changed, in the order a writer wants."""

import os
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from newsletter.broadcast.model import Record, State
from newsletter.preview.shelf import Entry, Shelf, entries, last_edited
from tests.preview.conftest import DRAFT, Stage
from tests.world import LETTER

AT = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)


def listed(stage: Stage, records: dict[str, Record] | None = None) -> list[Entry]:
    return entries(Shelf().reads(stage.world.project), records or {})


def test_a_file_that_did_not_change_is_not_read_again(stage: Stage) -> None:
    shelf = Shelf()
    (first,) = shelf.reads(stage.world.project)
    (again,) = shelf.reads(stage.world.project)
    assert again is first
    stage.letter(text=DRAFT.replace("blue", "green"))
    (changed,) = shelf.reads(stage.world.project)
    assert changed.require().subject == "The green pot"


def test_another_time_zone_means_reading_again(stage: Stage) -> None:
    stage.letter(text=LETTER)
    shelf = Shelf()
    (first,) = shelf.reads(stage.world.project)
    (moved,) = shelf.reads(replace(stage.world.project, timezone="Europe/Berlin"))
    assert moved.require().send_at != first.require().send_at


def test_a_settings_file_beside_a_text_counts(stage: Stage) -> None:
    (stage.root / "issues/cup.txt").write_text("Cup\n\nA cup of tea.\n")
    shelf = Shelf()
    shelf.reads(stage.world.project)
    (stage.root / "issues/cup.yaml").write_text("subject: Another cup\n")
    subjects = [read.require().subject for read in shelf.reads(stage.world.project)]
    assert "Another cup" in subjects


def test_what_is_gone_is_forgotten(stage: Stage) -> None:
    shelf = Shelf()
    stage.letter("kettle")
    assert len(shelf.reads(stage.world.project)) == 2
    (stage.root / "issues/kettle.md").unlink()
    assert [read.slug for read in shelf.reads(stage.world.project)] == ["pot"]
    assert len(shelf._known) == 1


def test_the_last_one_written_is_the_newest(stage: Stage) -> None:
    stage.letter("kettle")
    os.utime(stage.root / "issues/pot.md", (time.time() + 5,) * 2)
    newest = last_edited(Shelf().reads(stage.world.project))
    assert newest is not None
    assert newest.slug == "pot"
    assert last_edited([]) is None


@pytest.mark.parametrize(
    ("state", "group"),
    [
        (State.PLANNED, "Drafts"),
        (State.FROZEN, "Scheduled"),
        (State.DRAFTED, "Scheduled"),
        (State.HANDED_OVER, "Scheduled"),
        (State.SENDING, "Sent"),
        (State.SENT, "Sent"),
        (State.HELD, "Held"),
        (State.FAILED, "Held"),
        (State.CANCELLED, "Drafts"),
        (State.SKIPPED, "Drafts"),
    ],
)
def test_the_ledger_decides_the_group(stage: Stage, state: State, group: str) -> None:
    (entry,) = listed(stage, {"pot": record(state)})
    assert entry.group == group
    assert (entry.send_at is None) == (group == "Drafts")


def test_what_needs_a_person_comes_first_and_the_newest_sent_before_older_ones(
    stage: Stage,
) -> None:
    for name in ("a-held", "b-draft", "c-draft", "f-old", "g-new"):
        stage.letter(name)
    stage.letter("d-later", LETTER.replace("2026-11-24", "2026-12-24"))
    stage.letter("e-next", LETTER)
    (stage.root / "issues/pot.md").unlink()
    records = {
        "a-held": record(State.HELD),
        "f-old": record(State.SENT, AT.replace(year=2024)),
        "g-new": record(State.SENT, AT.replace(year=2025)),
    }
    slugs = [entry.slug for entry in listed(stage, records)]
    assert slugs == ["a-held", "b-draft", "c-draft", "e-next", "d-later", "g-new", "f-old"]


def test_a_broken_letter_is_listed_by_its_name(stage: Stage) -> None:
    stage.letter("kettle", "---\nsubject: [\n---\n")
    (entry,) = [entry for entry in listed(stage) if entry.slug == "kettle"]
    assert (entry.is_broken, entry.subject, entry.group) == (True, "kettle", "Drafts")


def record(state: State, send_at: datetime = AT) -> Record:
    return Record(slug="x", target="local", state=state, path="issues/x.md", send_at=send_at)
