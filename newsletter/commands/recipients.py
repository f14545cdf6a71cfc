"""Who an issue goes to: the author's filter as Kit wants it, and how many that is now."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from newsletter.commands.answers import asking
from newsletter.commands.target import Target
from newsletter.errors import InvalidIssue
from newsletter.issue.model import Audience, Issue
from newsletter.kit import Kit


@dataclass(frozen=True, kw_only=True)
class Recipients:
    """A resolved audience. `filter` is Kit's `subscriber_filter`, None for everyone.

    `count` is how many active subscribers it holds now; the list at send time counts. It is
    None where a segment is named: no service tells who is in one (Kit reference §6).
    """

    filter: list[dict[str, Any]] | None
    count: int | None
    words: str


def resolve(target: Target, issue: Issue) -> Recipients:
    """Ask the target for the ids behind the names, and for the number of readers.

    A tag or segment is named as it is called there, letter case aside, or by its number.
    Raises InvalidIssue (`audience-unknown`) for one that is not there, or there twice.
    """
    audience = issue.audience
    with asking("count the readers"):
        if audience.is_everyone:
            return Recipients(
                filter=None, count=target.kit.subscribers.list().count(), words="everyone"
            )
        tags = _ids(issue, "tag", audience.tags, target.kit.tags.list()) if audience.tags else []
        segments = (
            _ids(issue, "segment", audience.segments, target.kit.segments.list())
            if audience.segments
            else []
        )
        group = [
            {"type": kind, "ids": ids}
            for kind, ids in (("tag", tags), ("segment", segments))
            if ids
        ]
        return Recipients(
            filter=[{str(audience.group): group}],
            count=None if segments else _count(target.kit, audience, tags),
            words=describe(audience),
        )


def describe(audience: Audience) -> str:
    """The filter in words: `everyone`, `tag vip`, `any of tag hips, tag knees`."""
    if audience.is_everyone:
        return "everyone"
    named = [f"tag {t}" for t in audience.tags] + [f"segment {s}" for s in audience.segments]
    lead = {"all": "all of ", "any": "any of ", "none": "none of "}[str(audience.group)]
    return named[0] if len(named) == 1 and audience.group != "none" else lead + ", ".join(named)


def _ids(issue: Issue, kind: str, wanted: Iterable[str], listed: Iterable[Any]) -> list[int]:
    by_name: dict[str, list[Any]] = {}
    known_ids = set()
    for item in listed:
        by_name.setdefault(item.name.casefold(), []).append(item)
        known_ids.add(item.id)
    ids = []
    for name in wanted:
        named = by_name.get(name.casefold(), [])
        if len(named) > 1:
            raise _unknown(
                issue,
                f"the target has {len(named)} {kind}s called {name!r}",
                f"Name one by its number:  audience: {kind}:{min(each.id for each in named)}",
            )
        if named:
            ids.append(named[0].id)
        elif name.isascii() and name.isdigit() and int(name) in known_ids:
            ids.append(int(name))
        else:
            near = difflib.get_close_matches(name.casefold(), by_name, 1)
            meant = f" (did you mean {by_name[near[0]][0].name!r}?)" if near else ""
            raise _unknown(
                issue,
                f"the target has no {kind} {name!r}{meant}",
                f"Make the {kind} first, or write  audience: everyone",
            )
    return list(dict.fromkeys(ids))


def _unknown(issue: Issue, message: str, hint: str) -> InvalidIssue:
    return InvalidIssue(
        message,
        file=issue.path,
        line=issue.key_lines.get("audience"),
        rule="audience-unknown",
        key="audience",
        hint=hint,
    )


def _count(kit: Kit, audience: Audience, tags: list[int]) -> int:
    members = [{subscriber.id for subscriber in kit.tags.subscribers(tag)} for tag in tags]
    if audience.group == "all":
        return len(set.intersection(*members))
    union: set[int] = set().union(*members)
    return len(union) if audience.group == "any" else _everyone(kit) - len(union)


def _everyone(kit: Kit) -> int:
    return kit.subscribers.list().count() or 0
