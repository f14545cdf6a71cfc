"""A tag of a template that is never closed, or closed in the wrong order: where, and the cure.

Jinja2 tells the place where it gave up, which is often the last line of the file.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

import jinja2

_CLOSED = ("block", "if", "for", "macro", "call", "filter", "set", "with", "autoescape")
_ALONE = ("extends", "include", "import", "from", "elif", "else", "raw")
_CUT_OFF = {
    "Missing end of raw directive": ("{% raw %}", "{% endraw %}"),
    "Missing end of comment tag": ("{#", "#}"),
    "end of print statement": ("{{", "}}"),
    "end of statement block": ("{%", "%}"),
}


@dataclass(frozen=True, kw_only=True)
class Explained:
    """A mistake in a template's syntax: what it is, its line, and what to do about it."""

    message: str
    line: int
    hint: str = ""


@dataclass(frozen=True, kw_only=True)
class _Tag:
    name: str
    line: int
    shown: str
    keeps_until_closed: bool


def explained(mistake: jinja2.TemplateSyntaxError, environment: jinja2.Environment) -> Explained:
    """Jinja2's mistake in words of our own where a tag is not closed; else as it is."""
    told = str(mistake.message)
    unknown = re.match(r"Encountered unknown tag '(\w+)'", told)
    if told.startswith("Unexpected end of template") or unknown:
        wrong = unknown[1] if unknown else None
        tags: list[_Tag] = []
        with suppress(jinja2.TemplateSyntaxError):  # what follows on that line may be broken too
            tags.extend(_tags(environment, mistake.source or "", mistake.lineno))
        return _about_tags(tags, wrong, Explained(message=told, line=mistake.lineno))
    for words, (opened, closing) in _CUT_OFF.items():
        if words in told and (words.startswith("Missing") or "unexpected end" in told):
            return Explained(
                message=f"`{opened}` is not closed",
                line=mistake.lineno,
                hint=f"add {closing} where it ends",
            )
    return Explained(message=told, line=mistake.lineno)


def _about_tags(tags: list[_Tag], wrong: str | None, told: Explained) -> Explained:
    waiting = _waiting(tags)
    if wrong in ("else", "elif"):
        return replace(told, hint=f"{{% {wrong} %}} stands inside {{% if … %}} and {{% endif %}}")
    if wrong is not None and wrong.removeprefix("end") not in _CLOSED:
        known = (*_CLOSED, *_ALONE, *(f"end{name}" for name in _CLOSED))
        near = difflib.get_close_matches(wrong, known, n=1)
        hint = f"did you mean `{near[0]}`?" if near else ""
        return Explained(message=f"there is no tag `{wrong}`", line=told.line, hint=hint)
    if wrong is not None and all(wrong != f"end{tag.name}" for tag in waiting):
        hint = f"take {{% {wrong} %}} out, or open it before"
        return Explained(message=f"`{{% {wrong} %}}` closes nothing", line=told.line, hint=hint)
    if not waiting:
        return told
    opened = waiting[-1]
    where = f"before {{% {wrong} %}} on line {told.line}" if wrong else "where it ends"
    return Explained(
        message=f"`{opened.shown}` is not closed",
        line=opened.line,
        hint=f"add {{% end{opened.name} %}} {where}",
    )


def _waiting(tags: list[_Tag]) -> list[_Tag]:
    """The tags that wait for their end, innermost last, where the first end fits none."""
    waiting: list[_Tag] = []
    for tag in tags:
        if tag.keeps_until_closed:
            waiting.append(tag)
        elif tag.name.startswith("end"):
            if not waiting or tag.name != f"end{waiting[-1].name}":
                break
            waiting.pop()
    return waiting


def _tags(environment: jinja2.Environment, source: str, last: int) -> Iterator[_Tag]:
    """The tags of a template up to the line `last`."""
    inside: list[tuple[int, str, str]] | None = None
    for line, kind, text in environment.lex(source):
        if line > last:
            return
        if kind == "block_begin":
            inside = []
        elif kind == "block_end" and inside is not None:
            words = [one for one in inside if one[1] != "whitespace"]
            if words:
                yield _tag(words, "".join(one[2] for one in inside))
            inside = None
        elif inside is not None:
            inside.append((line, kind, text))


def _tag(words: list[tuple[int, str, str]], text: str) -> _Tag:
    line, _, name = words[0]
    is_assignment = name == "set" and any(one[1:] == ("operator", "=") for one in words)
    return _Tag(
        name=name,
        line=line,
        shown=f"{{% {' '.join(text.split())} %}}",
        keeps_until_closed=name in _CLOSED and not is_assignment,
    )
