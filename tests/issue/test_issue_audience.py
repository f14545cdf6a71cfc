"""Who gets it: one group, as Kit takes only one."""

from __future__ import annotations

import pytest

from newsletter.errors import InvalidIssue
from newsletter.issue.model import Audience
from newsletter.issue.parse import parse_issue


def audience(typed: str) -> Audience:
    source = f"---\nsubject: Hi\naudience: {typed}\n---\nHello.\n"
    return parse_issue(source, path="x.md", timezone="UTC").audience


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("everyone", Audience()),
        ("tag:vip", Audience(group="any", tags=("vip",))),
        ('"tag: vip"', Audience(group="any", tags=("vip",))),
        ("segment:“Tea People”", Audience(group="any", segments=("Tea People",))),
        ("[tag:tea, tag: bread]", Audience(group="any", tags=("tea", "bread"))),
        ("{any: [tag:tea, segment:Regulars]}", Audience(group="any", tags=("tea",), segments=("Regulars",))),
        ("{all: [tag:tea, tag:tea]}", Audience(group="all", tags=("tea",))),
        ("{none: tag:vip}", Audience(group="none", tags=("vip",))),
        ("{tag: [12, tea]}", Audience(group="any", tags=("12", "tea"))),
        ("\n  any:\n    - tag:tea", Audience(group="any", tags=("tea",))),
    ],
)  # fmt: skip
def test_an_audience_is_read(typed: str, expected: Audience) -> None:
    assert audience(typed) == expected


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("{any: [tag:a], none: [tag:b]}", "one group only"),
        ("{all: [tag:a], rest: [tag:b]}", "one group only"),
        ("vip", "neither a tag nor a segment"),
        ("{some: [tag:a]}", "neither a tag nor a segment"),
        ("[5]", "neither a tag nor a segment"),
        ("[]", "names nobody"),
        ("{any: []}", "names nobody"),
        ("{any: }", "names nobody"),
        ("'tag:“”'", "has no name"),
        ("", "is empty"),
    ],
)
def test_an_audience_that_cannot_be_is_refused(typed: str, says: str) -> None:
    """An empty one above all: it must never mean everyone."""
    with pytest.raises(InvalidIssue, match=says) as caught:
        audience(typed)
    assert caught.value.rule == "audience-unsupported"
    assert (caught.value.key, caught.value.line) == ("audience", 3)
    assert caught.value.hint
