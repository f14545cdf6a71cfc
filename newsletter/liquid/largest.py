"""How large a text can become for one reader: of each choice, the longest way."""

from __future__ import annotations

import re

from newsletter.liquid.tags import Tag, walk

# Octets for values that are not known: long ones, as a few readers have them.
_VALUES = {
    "unsubscribe_url": 200,
    "unsubscribe_link": 240,
    "subscriber_preferences_url": 200,
    "subscriber_preferences_link": 240,
    "address": 120,
    "subscriber": 60,
    "snippet": 1_000,
}
_NAME = re.compile(r"\{\{-?\s*(\w+)")
_BRANCHES = frozenset({"else", "elsif", "when"})
_CHOICES = frozenset({"if", "unless", "case"})


def largest(source: str) -> int:
    """Octets, in UTF-8, of `source` for the reader who gets most of it.

    Of `{% if %}`, `{% unless %}` and `{% case %}` the longest branch counts, a loop once,
    and a value as long as a long one. A text whose tags are not whole counts as it stands.
    """
    # One entry a choice that is open: the longest branch that is over, and this one's size.
    done: list[int] = []
    size = [0]
    at = 0
    for item in walk(source):
        if not isinstance(item, Tag):
            return _octets(source)
        size[-1] += _octets(source[at : item.start])
        at = item.start + len(item.text)
        if item.name in _CHOICES:
            done.append(0)
            size.append(0)
        elif item.name in _BRANCHES and done:
            done[-1] = max(done[-1], size[-1])
            size[-1] = 0
        elif item.name.removeprefix("end") in _CHOICES and item.name[:3] == "end" and done:
            longest = max(done.pop(), size.pop())
            size[-1] += longest
        elif not item.name:
            named = _NAME.match(item.text)
            size[-1] += _VALUES.get(named[1], 0) if named else 0
    if done:
        return _octets(source)
    return size[0] + _octets(source[at:])


def _octets(text: str) -> int:
    return len(text.encode("utf-8", "replace"))
