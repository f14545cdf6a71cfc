"""Everything that is wrong with a text's Liquid, told before anybody receives it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from newsletter.liquid.tags import (
    Problem,
    Tag,
    broken,
    curly_quotes,
    problem_at,
    repair_quotes,
    suspicious,
    walk,
)
from newsletter.liquid.template import Links, LiquidError, Reader, Template, as_liquid_error

if TYPE_CHECKING:
    from liquid import BoundTemplate
    from liquid.static_analysis import Variable

_NAMES = (
    "unsubscribe_url",
    "unsubscribe_link",
    "subscriber_preferences_url",
    "subscriber_preferences_link",
    "address",
)
_OWN = ("first_name", "email_address")
# What people write for a reader's two own values.
_MEANT = dict.fromkeys(
    ("firstname", "first", "name", "fname", "given_name", "first_names"), "first_name"
) | dict.fromkeys(
    ("email", "mail", "e_mail", "emailaddress", "email_adress", "mail_address"), "email_address"
)
_ELSEWHERE = {
    "archive_url": "Kit's Liquid has no address of the web page; write the link itself",
    "message_content": "It belongs in a Kit template, where the letter goes; remove it here",
    "tags": "Kit's Liquid knows no tags; choose readers with `audience` in the front matter",
}
_SOUND = re.compile(
    rf"""\{{\{{-?\s*(?:subscriber\.(?:{"|".join(_OWN)})|{"|".join(_NAMES)})"""
    r"""\s*(?:\|\s*default:\s*(?:"[^"\n]*"|'[^'\n]*')\s*)?-?\}\}"""
)
"""A name that Kit fills in, with or without a fallback."""
_ALLOWED = "A letter may use subscriber.first_name, subscriber.email_address, " + ", ".join(_NAMES)


def problems(source: str) -> tuple[Problem, ...]:
    """The mistakes in the Liquid of `source`, in the order in which they stand there.

    Finds tags and blocks without an end, curly quotes (rule `liquid-curly-quotes`),
    unknown tags, filters and names, and what fails for a reader of whom only the
    address is known. The rule of all others is `liquid-error`.
    """
    found = [*suspicious(source)]
    if "{{" in source or "{%" in source:
        structure = broken(source)
        found += curly_quotes(source)
        found += [structure] if structure is not None else _language(repair_quotes(source))
    return tuple(sorted(found, key=lambda problem: (problem.line, problem.column)))


def _language(source: str) -> Iterator[Problem]:
    """What python-liquid finds in a text whose tags are whole."""
    if all(isinstance(tag, Tag) and _SOUND.fullmatch(tag.text) for tag in walk(source)):
        return  # as in most letters: nothing that the library could find
    from newsletter.liquid import dialect  # noqa: PLC0415 - a third of a second

    try:
        nodes = dialect.parse(source)
    except dialect.LiquidError as error:
        yield _told(as_liquid_error(source, error))
        return
    html = dialect.bind(nodes, escape_html=True)
    told = [*_names(source, html), *_filters(source, html)]
    yield from told
    if not told:
        yield from _trial(Template(source, html, dialect.bind(nodes, escape_html=False)))


def _names(source: str, template: BoundTemplate) -> Iterator[Problem]:
    variables = template.analyze(include_partials=False).globals
    for variable in (each for many in variables.values() for each in many):
        wrong = _wrong_name(variable)
        if wrong is not None:
            message, cure = wrong
            yield problem_at(source, variable.span.index, message, cure)


def _wrong_name(variable: Variable) -> tuple[str, str] | None:
    """Why nothing would be printed for a name, and what to write; None when it is known."""
    path = [segment if isinstance(segment, str) else "" for segment in variable.segments]
    shown, root, rest = str(variable), path[0], path[1:]
    if root == "subscriber":
        return _wrong_field(shown, rest)
    if root == "snippet":
        return None if len(rest) == 1 else (f"“{shown}” names no snippet", "Write snippet.its_key")
    if root in _NAMES:
        return None if not rest else (f"“{shown}” has nothing behind the dot", f"Write {root}")
    meant = _MEANT.get(root) or (root if root in _OWN else "")
    near = [name for name in _NAMES if root and name.startswith(root)]
    near = near or difflib.get_close_matches(root, [*_NAMES, "subscriber"], n=1, cutoff=0.75)
    if meant:
        cure = f"Did you mean subscriber.{meant}?"
    elif near:
        cure = f"Did you mean {'.'.join([near[0], *rest])}?"
    else:
        cure = _ELSEWHERE.get(root, _ALLOWED)
    return f"Kit does not know “{shown}” and would print nothing for it", cure


def _wrong_field(shown: str, rest: list[str]) -> tuple[str, str] | None:
    if not rest or not rest[0]:
        return f"“{shown}” is a whole person, not a word", "Write subscriber.first_name"
    key = rest[0]
    if len(rest) > 1:
        return f"“{shown}” has a dot too many", f"Write subscriber.{key}"
    if key in _OWN:
        return None
    near = difflib.get_close_matches(key.lower(), _OWN, n=1, cutoff=0.8)
    meant = _MEANT.get(key.lower()) or (near[0] if near else "")
    if meant:
        return f"Kit does not know “{shown}”", f"Did you mean subscriber.{meant}?"
    if key in _ELSEWHERE:
        return f"Kit does not know “{shown}”", _ELSEWHERE[key]
    return None  # any other key may be a custom field of the account


def _filters(source: str, template: BoundTemplate) -> Iterator[Problem]:
    known = template.env.filters
    for name, spans in template.analyze(include_partials=False).filters.items():
        if name in known:
            continue
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
        cure = f"Did you mean {near[0]}?" if near else f"Remove “| {name}”"
        for span in spans:
            yield problem_at(source, span.index, f"There is no filter “{name}”", cure)


def _trial(template: Template) -> Iterator[Problem]:
    """Render once for a reader of whom only the address is known: the least that may come."""
    reader = Reader(email_address="reader@example.org")
    links = Links(unsubscribe_url="", preferences_url="", address="")
    try:
        template.render(reader, links, now=datetime(2000, 1, 1, tzinfo=UTC), escape_html=True)
    except LiquidError as error:
        yield _told(error)


def _told(error: LiquidError) -> Problem:
    return Problem(
        message=error.message,
        line=error.line,
        column=error.column,
        cure='See the place; `{{ name | filter: "value" }}` and `{% if … %}…{% endif %}` are the forms',
    )
