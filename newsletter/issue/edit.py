"""Writing into an author's file: one key changes, every other byte stays.

Done by lines and not by a YAML round trip, which keeps comments but not the
author's spacing and line lengths.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from ruamel.yaml.nodes import Node, ScalarNode

from newsletter.errors import InvalidIssue
from newsletter.issue.frontmatter import Settings, find_block, read_settings
from newsletter.issue.keys import ALIASES

_RAW_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_TIMES = frozenset({"send_at", "date"})
_BYTE_ORDER_MARK = "\ufeff"


def set_front_matter(
    source: str, changes: Mapping[str, object | None], *, path: str = "the letter"
) -> str:
    """`source` with keys of its front matter written, or removed where the value is None.

    Values are str, bool or int. Order, comments, quoting and the letter itself stay as
    they are; front matter is made where there is none. A key under another tool's name
    (`publish_date`) is replaced by ours, and writing `status` takes `draft` out. Raises
    InvalidIssue when the present front matter cannot be read or holds several settings
    on a line.
    """
    mark = _BYTE_ORDER_MARK if source.startswith(_BYTE_ORDER_MARK) else ""
    raw = _RAW_LINE.findall(source.removeprefix(mark))
    bare = [line.rstrip("\r\n") for line in raw]
    newline = _newline(raw)
    block = find_block(bare, file=path, plain_text=False)
    if block is None:
        made = _edited([], changes, file=path, offset=1, newline=newline)
        if not made:
            return source
        fence = f"---{newline}"
        return "".join([mark, fence, *made, fence, newline, *raw])
    inside = _edited(
        raw[block.first : block.last], changes, file=path, offset=block.first, newline=newline
    )
    return "".join([mark, *raw[: block.first], *inside, *raw[block.last :]])


def set_sidecar(
    source: str | None, changes: Mapping[str, object | None], *, path: str = "the settings"
) -> str:
    """As `set_front_matter`, for the whole of a `.yaml` file; None when there is none yet."""
    raw = _RAW_LINE.findall(source or "")
    return "".join(_edited(raw, changes, file=path, offset=0, newline=_newline(raw)))


def scalar(value: object, *, key: str = "", style: str | None = None) -> str:
    """A value as YAML reads it back: bare where that is safe, else in quotes.

    `style` is the quote that stood there before. Raises TypeError for anything but str,
    bool and int.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if not isinstance(value, str):
        raise TypeError(f"a setting is text, a number or yes and no, not {type(value).__name__}")
    one_line = _UNPRINTABLE.search(value) is None and value.isprintable()
    if style == "'" and one_line and key not in _TIMES:
        return "'" + value.replace("'", "''") + "'"
    if one_line and (style != '"' or key in _TIMES) and _reads_bare(value, key):
        return value
    quoted = json.dumps(value, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)


def _reads_bare(value: str, key: str) -> bool:
    try:
        node = read_settings([f"key: {value}"], file="", offset=0).nodes.get("key")
    except InvalidIssue:
        return False
    tags = ("str", "timestamp") if key in _TIMES else ("str",)
    return (
        isinstance(node, ScalarNode)
        and node.style is None
        and node.value == value
        and node.tag in {f"tag:yaml.org,2002:{tag}" for tag in tags}
    )


def _newline(raw: Sequence[str]) -> str:
    first = raw[0] if raw else "\n"
    return first[len(first.rstrip("\r\n")) :] or "\n"


def _edited(
    raw: Sequence[str],
    changes: Mapping[str, object | None],
    *,
    file: str,
    offset: int,
    newline: str,
) -> list[str]:
    lines = list(raw)
    wanted = dict(changes)
    if wanted.get("status") is not None:
        wanted.setdefault("draft", None)
    for key, value in wanted.items():
        settings = read_settings([line.rstrip("\r\n") for line in lines], file=file, offset=offset)
        present = [name for name in (key, *ALIASES.get(key, ())) if name in settings.nodes]
        if value is None:
            for name in sorted(present, key=lambda name: -settings.lines[name]):
                first, last = _extent(lines, settings, name, offset)
                del lines[first : last + 1]
        elif present:
            first, last = _extent(lines, settings, present[0], offset)
            node = settings.nodes[present[0]]
            style = node.style if isinstance(node, ScalarNode) else None
            comment = _comment(lines[first : last + 1], node)
            written = f"{key}: {scalar(value, key=key, style=style)}{comment}{newline}"
            lines[first : last + 1] = [written]
        else:
            if lines and not lines[-1].endswith(("\n", "\r")):
                lines[-1] += newline
            lines.append(f"{key}: {scalar(value, key=key)}{newline}")
    return lines


def _extent(lines: Sequence[str], settings: Settings, name: str, offset: int) -> tuple[int, int]:
    """The first and the last line (0-based) of a key and its value."""
    first = settings.lines[name] - offset - 1
    if not re.match(rf"[\"']?{re.escape(name)}[\"']?\s*:", lines[first]):
        raise InvalidIssue(
            "the settings stand in braces on one line, and one of them is to be changed",
            file=settings.file,
            line=settings.lines[name],
            key=name,
            hint="write one setting a line, as “key: value”",
        )
    end = settings.nodes[name].end_mark
    last = end.line - 1 if end.column == 0 and end.line > first else end.line
    last = min(last, len(lines) - 1)
    while last > first and (not lines[last].strip() or lines[last].startswith("#")):
        last -= 1
    return first, max(first, last)


def _comment(lines: Sequence[str], node: Node) -> str:
    """The comment behind a value on one line, with the blanks before it."""
    if len(lines) > 1:
        return ""
    bare = lines[0].rstrip("\r\n")
    empty = isinstance(node, ScalarNode) and not node.value and node.style is None
    rest = bare.partition(":")[2] if empty else bare[node.end_mark.column :]
    return rest if re.fullmatch(r"\s+#.*", rest) else ""
