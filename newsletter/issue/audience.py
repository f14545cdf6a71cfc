"""The audience an author names: everyone, a tag, a segment, or one group of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from newsletter.issue.model import Audience

_GROUPS: tuple[Literal["all", "any", "none"], ...] = ("all", "any", "none")
_EVERYONE = frozenset({"everyone", "all", "everybody"})
_NAME = re.compile(r"(?P<kind>tag|segment)\s*:\s*(?P<name>.+)", re.IGNORECASE | re.DOTALL)
_QUOTES = "\"'“”„‘’«»"
_EXAMPLE = "write audience: everyone, tag:vip, segment:Regulars or {any: [tag:tea, tag:bread]}"


class UnreadableAudience(ValueError):
    """An audience that cannot be meant or that Kit cannot filter by; says so, with a cure."""

    def __init__(self, reason: str, hint: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint


def read_audience(value: Any) -> Audience:
    """The audience in a setting's value: a word, a list, or a mapping of one group.

    Kit's filter takes one group of `all`, `any` or `none`
    (https://developers.kit.com/api-reference/broadcasts/create-a-broadcast).
    Raises UnreadableAudience.
    """
    if isinstance(value, str) and value.strip().lower() in _EVERYONE:
        return Audience()
    if isinstance(value, Mapping) and set(value) & set(_GROUPS):
        return _one_group(value)
    return _group("any", value)


def _one_group(value: Mapping[Any, Any]) -> Audience:
    names = list(value)
    if len(names) > 1:
        raise UnreadableAudience(
            f"Kit filters by one group only, and the audience has {len(names)}: "
            + ", ".join(str(name) for name in names),
            "make a segment of it in Kit and name that: audience: segment:Regulars",
        )
    group = next(group for group in _GROUPS if group in value)
    return _group(group, value[group])


def _group(group: Literal["all", "any", "none"], value: Any) -> Audience:
    members = [member for item in _listed(value) for member in _members(item)]
    if not members:
        raise UnreadableAudience("the audience names nobody", _EXAMPLE)
    return Audience(
        group=group,
        tags=tuple(dict.fromkeys(name for kind, name in members if kind == "tag")),
        segments=tuple(dict.fromkeys(name for kind, name in members if kind == "segment")),
    )


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _members(item: Any) -> list[tuple[str, str]]:
    """`tag:tea`, or what YAML makes of `tag: tea`: a mapping."""
    if isinstance(item, Mapping):
        pairs = [
            (str(kind).lower(), name) for kind, value in item.items() for name in _listed(value)
        ]
        if pairs and all(kind in ("tag", "segment") for kind, _ in pairs):
            return [(kind, _name(str(name))) for kind, name in pairs]
    match = _NAME.fullmatch(item.strip()) if isinstance(item, str) else None
    if match is None:
        word = item if isinstance(item, str) else "this"
        hint = f"write tag:{word} or segment:{word}" if isinstance(item, str) and item else _EXAMPLE
        raise UnreadableAudience(f"“{word}” is neither a tag nor a segment", hint)
    return [(match["kind"].lower(), _name(match["name"]))]


def _name(text: str) -> str:
    name = text.strip().strip(_QUOTES).strip()
    if not name:
        raise UnreadableAudience("a tag or segment has no name", _EXAMPLE)
    return name
