"""The pieces of a letter's body, each a macro of `macros.html.j2`.

A project's own `macros.html.j2` need hold only the macros that it changes: the others are
added from the built-in file before it is compiled.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import jinja2
from jinja2 import nodes
from markupsafe import Markup

from newsletter.errors import InvalidTemplate
from newsletter.render.pictures import Placing

if TYPE_CHECKING:
    from newsletter.render.templates import Templates

FILE = "macros.html.j2"
_MIDDLE = "\x00middle\x00"
_BUILT = "_the_built_in_macros"


class WithBuiltinMacros(jinja2.BaseLoader):
    """A loader whose `macros.html.j2` also has the built-in macros that it does not define."""

    def __init__(self, folders: jinja2.BaseLoader) -> None:
        self._folders = folders

    def get_source(
        self, environment: jinja2.Environment, template: str
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        source, file, is_current = self._folders.get_source(environment, template)
        if template != FILE:
            return source, file, is_current
        defined = _defined(environment.parse(source, template, file))
        missing = [n for n in _macros(environment, f"builtin/{FILE}") if n not in defined]
        # On the file's own first line, so that its lines keep their numbers.
        taken = "".join(f"{{% set {name} = {_BUILT}.{name} %}}" for name in missing)
        return (
            f'{{% import "builtin/{FILE}" as {_BUILT} %}}{taken}{source}',
            file,
            is_current,
        )

    def list_templates(self) -> list[str]:
        return self._folders.list_templates()


def _macros(environment: jinja2.Environment, name: str) -> list[str]:
    assert environment.loader is not None  # noqa: S101  (it is built with one)
    source, file, _ = environment.loader.get_source(environment, name)
    return sorted(_defined(environment.parse(source, name, file)))


def _defined(template: nodes.Template) -> set[str]:
    """The names that a template defines at its top: macros and assignments."""
    names: set[str] = set()
    for node in template.body:
        if isinstance(node, nodes.Macro):
            names.add(node.name)
        elif isinstance(node, nodes.Assign | nodes.AssignBlock):
            names |= {one.name for one in node.target.find_all(nodes.Name)}
            if isinstance(node.target, nodes.Name):
                names.add(node.target.name)
    return names


class MacroPieces:
    """The pieces of one render, for a column of so many CSS pixels."""

    def __init__(self, module: Any, templates: Templates, column: int, placing: Placing) -> None:
        self._module = module
        self._templates = templates
        self._column = column
        self._placing = placing
        self._around: dict[str, tuple[str, str]] = {}

    def button(self, label: str, href: str) -> str:
        """A link that looks like a button; `label` is HTML."""
        return self._call("button", Markup(label), href)  # noqa: S704 - made by the Markdown parser

    def image(self, *, src: str, alt: str, width: str, caption: str, href: str) -> str:
        """A picture on its own, no wider than the column: Word shows a picture as wide
        as its `width` attribute says, and without one in its file's own size."""
        if not width.endswith("%"):
            own = self._placing.natural_width(src) or self._column
            asked = int(width) if width.isdecimal() else own
            width = str(min(asked, self._column))
        return self._call("image", src, alt, width=width, caption=caption, href=href)

    def divider(self) -> str:
        """A pause between two parts."""
        return self._call("divider")

    def around(self, kind: str) -> tuple[str, str]:
        """What stands before and after a quote, a note or another container."""
        if kind not in self._around:
            caller = {"caller": lambda: Markup(_MIDDLE)}  # noqa: S704
            whole = (
                self._call("quote", **caller)
                if kind == "quote"
                else self._call("note", kind, **caller)
            )
            before, _, after = whole.partition(_MIDDLE)
            self._around[kind] = (before + "\n", after + "\n")
        return self._around[kind]

    def _call(self, macro: str, *positional: Any, **named: Any) -> str:
        if not hasattr(self._module, macro):
            raise InvalidTemplate(f"the macro `{macro}` is missing", file=f"builtin/{FILE}")
        with self._templates.telling(FILE, {}):
            return str(getattr(self._module, macro)(*positional, **named)).strip()
