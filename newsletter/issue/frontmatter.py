"""The block of settings at the top of a letter, or in the `.yaml` beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode
from ruamel.yaml.reader import ReaderError

from newsletter.errors import InvalidIssue
from newsletter.issue.accidents import Accident, explain, quoted
from newsletter.issue.keys import our_key

_DEEPEST = 20  # far more than a letter needs, far less than Python's stack
_FENCE = re.compile(r"---[ \t]*")
_CLOSING = re.compile(r"(?:---|\.\.\.)[ \t]*")


@dataclass(frozen=True, kw_only=True)
class Block:
    """Where the settings of a file stand: lines `first` to before `last`, 0-based.

    The body begins at line `body`.
    """

    first: int
    last: int
    body: int


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The top-level keys of a block, as written: nodes, and each key's line (1-based).

    `cut` holds what YAML took for a comment although no blank follows its `#`.
    """

    file: str
    nodes: Mapping[str, Node] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)
    cut: Mapping[str, str] = field(default_factory=dict)

    def error(self, name: str, message: str, *, hint: str, rule: str | None = None) -> InvalidIssue:
        """An InvalidIssue that points at the key `name`, as it is called in the file."""
        return InvalidIssue(
            message, file=self.file, line=self.lines.get(name), key=name, rule=rule, hint=hint
        )


class _AsTyped(SafeConstructor):
    """Dates stay the text they are; the rest is YAML 1.2."""


_AsTyped.add_constructor(
    "tag:yaml.org,2002:timestamp", lambda self, node: self.construct_scalar(node)
)


def find_block(lines: Sequence[str], *, file: str, plain_text: bool) -> Block | None:
    """Where the front matter of a file stands, or None.

    Blank lines may stand before it. In a `.txt`, and below blank lines, a row of hyphens
    begins front matter only if a known key follows. Raises InvalidIssue when the closing `---` is missing.
    """
    if lines and re.fullmatch(r"\+\+\+[ \t]*", lines[0]) and not plain_text:
        raise InvalidIssue(
            "settings between +++ (TOML) are not read",
            file=file,
            line=1,
            hint="write them as “key: value” between two lines of ---",
        )
    start = next((number for number, line in enumerate(lines) if line.strip()), len(lines))
    if start == len(lines) or not _FENCE.fullmatch(lines[start]):
        return None
    if (plain_text or start) and not _begins_with_key(lines[start + 1 :]):
        return None
    for number, line in enumerate(lines[start + 1 :], start=start + 1):
        if _CLOSING.fullmatch(line):
            return Block(first=start + 1, last=number, body=number + 1)
    raise InvalidIssue(
        f"the settings begin with --- on line {start + 1}, and no second --- ends them",
        file=file,
        line=_where_settings_end(lines, start + 1) + 1,
        hint="put a line of three hyphens (---) between the settings and the letter",
    )


def _begins_with_key(lines: Sequence[str]) -> bool:
    first = next((line for line in lines if line.strip() and not line.startswith("#")), "")
    return our_key(first.partition(":")[0].strip()) is not None and ":" in first


def _where_settings_end(lines: Sequence[str], first: int) -> int:
    for number, line in enumerate(lines[first:], start=first):
        if not re.match(r"[ \t#-]|[\w.-]+\s*:(?:\s|$)", line):
            return number
    return len(lines) - 1


def read_settings(lines: Sequence[str], *, file: str, offset: int) -> Settings:
    """The settings on `lines`; `offset` is how many lines of the file stand before them.

    Raises InvalidIssue with our own words for whatever YAML cannot read, for a key
    that stands twice, and for anchors, aliases and tags.
    """
    root = _compose(lines, file=file, offset=offset)
    if root is None:
        return Settings(file=file)
    if not isinstance(root, MappingNode):
        found = explain(lines, root.start_mark.line)
        raise _invalid(found, file=file, offset=offset)
    nodes: dict[str, Node] = {}
    places: dict[str, int] = {}
    cut: dict[str, str] = {}
    for key, value in root.value:
        line = key.start_mark.line + offset + 1
        if not isinstance(key, ScalarNode):
            raise InvalidIssue(
                "a key must be one word", file=file, line=line, hint="write “key: value”"
            )
        name = str(key.value)
        if name in nodes:
            raise InvalidIssue(
                f"“{name}” stands twice, on lines {places[name]} and {line}",
                file=file,
                line=line,
                key=name,
                hint="keep one of the two lines",
            )
        nodes[name], places[name] = value, line
        end = value.end_mark
        rest = lines[end.line][end.column :] if end.line < len(lines) else ""
        if isinstance(value, ScalarNode) and re.match(r"\s+#\S", rest):
            cut[name] = rest.strip()
    return Settings(file=file, nodes=nodes, lines=places, cut=cut)


def _compose(lines: Sequence[str], *, file: str, offset: int) -> Node | None:
    text = "\n".join(lines)
    if not text.strip():
        return None
    try:
        depth = 0
        for event in YAML(typ="safe", pure=True).parse(text):
            mark = event.start_mark
            if isinstance(event, AliasEvent) or _is_special(event):
                raise _invalid(_special(lines, mark.line, mark.column), file=file, offset=offset)
            depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
            if depth > _DEEPEST:
                found = Accident(
                    line=mark.line,
                    message="the settings are nested too deep",
                    hint="make them flatter",
                )
                raise _invalid(found, file=file, offset=offset)
        root: Node | None = YAML(typ="safe", pure=True).compose(text)
    except ReaderError as error:
        line = text.count("\n", 0, min(error.position, len(text)))
        found = Accident(
            line=line,
            message=f"an unreadable character (U+{_codepoint(error):04X}) stands in the settings",
            hint="delete it; it is often next to a pasted word",
        )
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        found = explain(lines, mark.line if mark is not None else 0)
    except (YAMLError, ValueError):
        found = explain(lines, len(lines) - 1)
    else:
        return root
    raise _invalid(found, file=file, offset=offset)


def _is_special(event: Any) -> bool:
    return bool(getattr(event, "anchor", None)) or bool(getattr(event, "tag", None))


def _special(lines: Sequence[str], line: int, column: int) -> Accident:
    key, _, value = lines[line].partition(":")
    sign = lines[line][column : column + 1]
    return Accident(
        line=line,
        key=key.strip() or None,
        message=f"the {key.strip()} begins with {sign}, which means something to YAML",
        hint=f"put it in quotes: {key}: {quoted(value.strip())}",
    )


def _codepoint(error: ReaderError) -> int:
    return error.character if isinstance(error.character, int) else ord(error.character)


def _invalid(found: Accident, *, file: str, offset: int) -> InvalidIssue:
    return InvalidIssue(
        found.message, file=file, line=found.line + offset + 1, key=found.key, hint=found.hint
    )


def as_typed(node: Node) -> str | None:
    """The text of a one-word value as it stands in the file; None for a list or a mapping."""
    return str(node.value) if isinstance(node, ScalarNode) else None


def is_empty(node: Node) -> bool:
    """Whether a key has no value: nothing, `~` or `null`."""
    return node.tag == "tag:yaml.org,2002:null"


def as_data(node: Node) -> Any:
    """Lists, mappings and words of a node; dates stay text. Raises ValueError for a key
    that stands twice in one mapping."""
    yaml = YAML(typ="safe", pure=True)
    yaml.Constructor = _AsTyped
    try:
        return yaml.constructor.construct_document(node)
    except (YAMLError, TypeError) as error:
        raise ValueError("a name stands twice in it, or is no word") from error
