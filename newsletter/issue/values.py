"""One reader for each sort of value a setting can have; each says what it wanted instead."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from newsletter.errors import InvalidIssue
from newsletter.issue.frontmatter import Settings, as_data, as_typed, is_empty
from newsletter.issue.keys import ALIASES

_YES = frozenset({"true", "yes", "on"})
_NO = frozenset({"false", "no", "off"})
_PRIVATE = frozenset({"private", "hidden", "members", "paid", "tiers", "premium"})
CURLY = "“”„‟«»"


class Values:
    """The settings of one issue by our own keys: the sidecar's before the front matter's."""

    def __init__(self, sources: tuple[Settings, ...]) -> None:
        self._sources = sources

    def find(self, key: str) -> tuple[Settings, str, Node] | None:
        """Where `key` is set: the settings, the name it has there, its node. Not if it is blank."""
        return next((place for place in self._places(key) if not is_empty(place[2])), None)

    def _places(self, key: str) -> Iterator[tuple[Settings, str, Node]]:
        for settings in self._sources:
            for name in (key, *ALIASES[key]):
                if name in settings.nodes:
                    yield settings, name, settings.nodes[name]

    def is_blank(self, key: str) -> bool:
        """Whether `key` is written and has no value."""
        return self.find(key) is None and next(self._places(key), None) is not None

    def line(self, key: str) -> int | None:
        """The line of `key` in its file, also of one without a value."""
        found = self.find(key) or next(self._places(key), None)
        return found[0].lines[found[1]] if found else None

    def file(self, key: str) -> str | None:
        """The file in which `key` is written, also without a value."""
        found = self.find(key) or next(self._places(key), None)
        return found[0].file if found else None

    def error(self, key: str, message: str, *, hint: str, rule: str | None = None) -> InvalidIssue:
        """An InvalidIssue at `key`, wherever it is written."""
        found = self.find(key) or next(self._places(key), None)
        if found is None:
            return InvalidIssue(message, file=self._sources[-1].file, key=key, rule=rule, hint=hint)
        return found[0].error(found[1], message, hint=hint, rule=rule)

    def text(self, key: str) -> str | None:
        """One line of words, numbers and dates as they are typed; blanks and breaks are one space."""
        found = self.find(key)
        if found is None:
            return None
        settings, name, node = found
        typed = as_typed(node)
        if typed is None:
            raise settings.error(name, _not_text(name, node), hint=f'write: {name}: "some words"')
        words = " ".join(typed.split())
        if any(unicodedata.category(char) in ("Cc", "Cs") for char in words):
            raise settings.error(
                name, f"the {name} has a control character in it", hint="type it again by hand"
            )
        return words or None

    def boolean(self, key: str) -> bool | None:
        """Yes or no; also the words Buttondown and Ghost have for public and private."""
        found = self.find(key)
        if found is None:
            return None
        settings, name, node = found
        word = (as_typed(node) or "").strip().strip(CURLY).lower()
        if word in _YES or (name != key and word == "public"):
            return True
        if word in _NO or (name != key and word in _PRIVATE):
            return False
        raise settings.error(name, f"{name} is a yes or no", hint=f"write {name}: true or false")

    def whole_number(self, key: str) -> int | None:
        """A whole number of at most nine digits."""
        text = self.text(key)
        if text is None:
            return None
        if not re.fullmatch(r"[+-]?[0-9]{1,9}", text):
            raise self.error(key, f"“{text}” is not a whole number", hint=f"write {key}: 12")
        return int(text)

    def mapping(self, key: str) -> Mapping[str, Any]:
        """Names and values."""
        found = self.find(key)
        if found is None:
            return {}
        settings, name, node = found
        if not isinstance(node, MappingNode):
            hint = f'write {name}: {{colour: "#7a4b2a"}}, or one name a line, indented'
            raise settings.error(name, f"{name} needs names and values", hint=hint)
        return {str(inner): value for inner, value in self.data(key).items()}

    def words(self, key: str) -> tuple[str, ...]:
        """A list of words; one word, or several with commas, will do.

        When `key` goes by other names, those of all of them: Hugo has tags and categories.
        """
        found = self.find(key)
        if found is None:
            return ()
        settings, own, _ = found
        names = (own,) if own == key else ALIASES[key]
        words = [word for name in names for word in _listed(settings, name)]
        return tuple(dict.fromkeys(word for word in words if word))

    def data(self, key: str) -> Any:
        """The value as lists, mappings and words; None when the key is not set."""
        found = self.find(key)
        if found is None:
            return None
        settings, name, node = found
        try:
            return as_data(node)
        except ValueError as error:
            hint = "take one of the two out"
            raise settings.error(name, f"{name} cannot be read: {error}", hint=hint) from None


def _listed(settings: Settings, name: str) -> list[str]:
    node = settings.nodes.get(name)
    if node is None or is_empty(node):
        return []
    if isinstance(node, SequenceNode):
        typed = [as_typed(item) for item in node.value]
    else:
        text = as_typed(node)
        typed = [None] if text is None else list(text.split(","))
    if any(word is None for word in typed):
        raise settings.error(name, f"{name} is a list of words", hint=f"write {name}: [one, two]")
    return [" ".join(word.split()) for word in typed if word]


def _not_text(name: str, node: Node) -> str:
    if isinstance(node, MappingNode) and node.flow_style:
        return f"the {name} begins with {{ and has no quotes, so YAML takes it for a mapping"
    kind = "a list" if isinstance(node, SequenceNode) else "a mapping"
    return f"the {name} must be words, not {kind}"
