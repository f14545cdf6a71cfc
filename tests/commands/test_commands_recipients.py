"""An audience of tags and segments, named as they are called or by number."""

from __future__ import annotations

import pytest

from newsletter.commands.recipients import resolve
from newsletter.errors import InvalidIssue
from newsletter.issue.model import Issue
from newsletter.issue.parse import parse_issue
from newsletter.server.api.segments import save

ACTIVE = [{"type": "subscriber_state", "states": ["active"]}]


@pytest.fixture
def desk(world):
    """Ann bears Tea, Ann and Ben bear Bread, and there are two segments."""
    with world.desk() as desk:
        kit = desk.target.kit
        tea, bread = kit.tags.create("Tea"), kit.tags.create("Bread")
        kit.tags.tag(tea.id, email_address="ann@example.org")
        for name in ("ann", "ben"):
            kit.tags.tag(bread.id, email_address=f"{name}@example.org")
        save(world.store, name="Regulars", wanted=ACTIVE)
        save(world.store, name="2026", wanted=ACTIVE)
        yield desk


def for_audience(words: str) -> Issue:
    text = f"---\nsubject: Tea\naudience: {words}\n---\n\nHello.\n"
    return parse_issue(text, path="issues/tea.md", timezone="Europe/Berlin")


NAMED = {
    "everyone": (None, 3),
    "tag:tea": ([{"any": [{"type": "tag", "ids": [1]}]}], 1),
    "{any: [tag:tea, tag:BREAD]}": ([{"any": [{"type": "tag", "ids": [1, 2]}]}], 2),
    "{all: [tag:tea, tag:bread]}": ([{"all": [{"type": "tag", "ids": [1, 2]}]}], 1),
    "{none: [tag:tea]}": ([{"none": [{"type": "tag", "ids": [1]}]}], 2),
    "tag:2": ([{"any": [{"type": "tag", "ids": [2]}]}], 2),
    "{any: [tag:tea, tag:1]}": ([{"any": [{"type": "tag", "ids": [1]}]}], 1),
    "segment:regulars": ([{"any": [{"type": "segment", "ids": [1]}]}], None),
    "segment:1": ([{"any": [{"type": "segment", "ids": [1]}]}], None),
    "segment:2026": ([{"any": [{"type": "segment", "ids": [2]}]}], None),
    "{all: [tag:tea, segment:Regulars]}": (
        [{"all": [{"type": "tag", "ids": [1]}, {"type": "segment", "ids": [1]}]}],
        None,
    ),
}
UNKNOWN = {
    "segment:Reglars": "no segment 'Reglars' (did you mean 'Regulars'?)",
    "tag:Bred": "no tag 'Bred' (did you mean 'Bread'?)",
    "segment:3": "no segment '3'",
    "tag:Regulars": "no tag 'Regulars'",
    "segment:²": "no segment '²'",
}


def test_names_and_numbers_become_the_targets_filter(desk):
    found = {words: resolve(desk.target, for_audience(words)) for words in NAMED}

    assert {words: (each.filter, each.count) for words, each in found.items()} == NAMED


def test_a_name_that_is_not_there_is_refused_with_a_near_one(desk):
    for words, said in UNKNOWN.items():
        with pytest.raises(InvalidIssue) as caught:
            resolve(desk.target, for_audience(words))

        assert said in str(caught.value)
        assert (caught.value.rule, caught.value.line) == ("audience-unknown", 3)


def test_a_name_that_two_segments_bear_is_asked_for_by_number(world, desk):
    """Kit lets two segments have one name; taking either would be a guess about readers."""
    save(world.store, name="regulars", wanted=ACTIVE)

    with pytest.raises(InvalidIssue, match="2 segments called 'Regulars'") as caught:
        resolve(desk.target, for_audience("segment:Regulars"))

    assert "audience: segment:1" in str(caught.value.hint)
    assert resolve(desk.target, for_audience("segment:3")).filter == [
        {"any": [{"type": "segment", "ids": [3]}]}
    ]
