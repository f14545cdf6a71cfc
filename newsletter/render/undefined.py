"""A name that a template uses and that is not there: what was meant, said with the nearest one."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

import jinja2
from jinja2.utils import missing


class MissingName(jinja2.UndefinedError):
    """A name that does not exist; `owner` is what it was looked for in, or jinja2's `missing`."""

    def __init__(self, message: str | None = None, *, owner: Any = missing, name: Any = "") -> None:
        super().__init__(message)
        self.owner = owner
        self.name = str(name)


class Undefined(jinja2.StrictUndefined):
    """Fails at every use, and remembers where the name was looked for."""

    def __init__(
        self,
        hint: str | None = None,
        obj: Any = missing,
        name: str | None = None,
        exc: Any = MissingName,
    ) -> None:
        del exc
        super().__init__(hint, obj, name, partial(MissingName, owner=obj, name=name))  # type: ignore[arg-type]


def explained(
    mistake: MissingName, values: Mapping[str, Any], environment: jinja2.Environment
) -> tuple[str, str]:
    """The mistake in words of our own, and the name that was probably meant."""
    name, told = mistake.name, str(mistake)
    imported = re.match(r"the template '([^']+)' \(imported", told)
    if imported:
        there = environment.get_template(imported[1]).module
        known = [one for one in vars(there) if not one.startswith("_")]
        message = f"there is no macro `{name}` in {imported[1]}"
        return message, nearest(name, known) or f"there are: {', '.join(sorted(known))}"
    if mistake.owner is missing:
        known = [*values, *environment.globals]
        hint = nearest(name, known)
        return f"there is no `{name}`", hint or (
            "a macro knows only what it is given" if name in _EVERYWHERE else ""
        )
    known = list(_names_in(mistake.owner))
    where = _called(mistake.owner, values)
    message = f"there is no `{name}` in {where}"
    if not known:
        return message, ""
    listed = f"there {'is' if len(known) == 1 else 'are'}: {', '.join(sorted(known))}"
    return message, nearest(name, known) or listed


_EVERYWHERE = frozenset({"issue", "newsletter", "theme", "target", "medium", "kit", "reader"})


def nearest(name: str, known: Iterable[str]) -> str:
    """“did you mean …?” with the known name that looks most like `name`, or nothing."""
    near = difflib.get_close_matches(name, sorted(known), n=1)
    return f"did you mean `{near[0]}`?" if near else ""


def _called(owner: Any, values: Mapping[str, Any]) -> str:
    """What a template calls the thing in which a name was looked for."""
    for name, value in values.items():
        if value is owner:
            return f"`{name}`"
        if _is_ours(value):
            for inner in _names_in(value):
                if getattr(value, inner, None) is owner:
                    return f"`{name}.{inner}`"
    return "it"


def _names_in(owner: Any) -> Iterator[str]:
    """The names that a template can put behind a dot."""
    if isinstance(owner, Mapping):
        yield from (str(key) for key in owner)
    elif _is_ours(owner):
        yield from (name for name in dir(type(owner)) if not name.startswith("_"))
        yield from getattr(owner, "__dict__", ())


def _is_ours(value: Any) -> bool:
    return type(value).__module__.startswith("newsletter.")
