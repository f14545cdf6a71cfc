"""python-liquid set up as Kit's dialect: sandboxed, bounded, and without a clock of its own.

Importing this module imports python-liquid. What a text may cost is bounded: every
turn of a loop and every character that goes through a filter is counted, variables
and output have a largest size, and no file can be included.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from liquid import BoundTemplate, Environment, Node, RenderContext
from liquid.exceptions import FilterArgumentError, LiquidError, ResourceLimitError
from liquid.undefined import is_undefined

from newsletter.liquid.template import NOW

_MAX_OUTPUT = 2_000_000  # bytes
_MAX_VARIABLES = 100_000  # bytes
_MAX_TURNS = 10_000
_MAX_FILTERED = 5_000_000  # characters and items, in and out, of one rendering
_MULTIPLYING = frozenset({"replace", "replace_first", "replace_last", "join"})
# Not Kit's: they reach for files, or let a reader's own words through as markup.
_NO_TAGS = ("include", "render")
_NO_FILTERS = ("safe", "escapejs")


class _Context(RenderContext):
    """Counts what one rendering costs; the library limits only nested loops."""

    __slots__ = ("filtered", "turns")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.turns = 0
        self.filtered = 0

    def raise_for_loop_limit(self, length: int = 1) -> None:
        self.turns += length
        if self.turns > _MAX_TURNS:
            raise ResourceLimitError(f"its loops turn more than {_MAX_TURNS:,} times", token=None)

    def spend(self, amount: int) -> None:
        self.filtered += amount
        if self.filtered > _MAX_FILTERED:
            raise ResourceLimitError("its filters make too much text", token=None)


class _Bound(BoundTemplate):
    context_class = _Context


class _Dialect(Environment):
    template_class = _Bound
    output_stream_limit = _MAX_OUTPUT
    local_namespace_limit = _MAX_VARIABLES

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        super().setup_tags_and_filters(extra=extra)
        for tag in _NO_TAGS:
            del self.tags[tag]
        for name in _NO_FILTERS:
            del self.filters[name]
        self.filters["date"] = _date
        self.filters = {name: _bounded(name, each) for name, each in self.filters.items()}


@functools.cache
def dialect(*, escape_html: bool) -> Environment:
    """The dialect; with `escape_html` every value is escaped where it is printed."""
    return _Dialect(autoescape=escape_html)


def bind(nodes: list[Node], *, escape_html: bool) -> BoundTemplate:
    """A parsed text made ready to be rendered, as HTML or as plain text."""
    return _Bound(dialect(escape_html=escape_html), nodes)


def parse(source: str) -> list[Node]:
    """The nodes of `source`; both ways of rendering share them. Raises the library's errors."""
    return dialect(escape_html=False).from_string(source).nodes


def _size(value: object) -> int:
    return len(value) if isinstance(value, (str, list, tuple, range)) else 1


def _bounded(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The filter `function`, paying for what goes in and comes out."""
    wants_context = getattr(function, "with_context", False)

    @functools.wraps(function)
    def filtered(value: object, *args: object, context: _Context, **options: object) -> Any:
        cost = _size(value) + sum(map(_size, args))
        if name in _MULTIPLYING and args:
            cost = (_size(value) + 1) * max(map(_size, args))
        context.spend(cost)
        if wants_context:
            options["context"] = context
        result = function(value, *args, **options)
        context.spend(_size(result))
        return result

    filtered.with_context = True  # type: ignore[attr-defined]
    return filtered


def _date(value: object, pattern: object = None, *, context: RenderContext) -> object:
    """`date` as Liquid has it, but "now" is the passed clock and so is the zone.

    Takes "now", "today", seconds since 1970 and ISO 8601; anything else comes back
    unchanged, as the reference implementation does with what it cannot read.
    """
    if is_undefined(value) or value is None:
        return ""
    if is_undefined(pattern) or not pattern:
        return value
    moment = _moment(value, context.globals[NOW])
    if moment is None:
        return value
    try:
        return moment.strftime(str(pattern))
    except ValueError as error:
        raise FilterArgumentError(f"date: {error}", token=None) from error


_date.with_context = True  # type: ignore[attr-defined]


def _moment(value: object, now: object) -> datetime | None:
    zone = now.tzinfo if isinstance(now, datetime) else UTC
    text = str(value).strip()
    if text in ("now", "today"):
        return now if isinstance(now, datetime) else None
    try:
        if text.isdigit():
            return datetime.fromtimestamp(int(text), zone)
        return datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None


__all__ = ["LiquidError", "bind", "dialect", "parse"]
