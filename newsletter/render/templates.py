"""Finding templates and running them; what goes wrong is told with file and line.

A name is looked for in the project's folders first, then in the built-in look. The
built-in look is also reachable as `builtin/…`, so a project changes one block of it
in a file of three lines.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any

import jinja2
from markupsafe import Markup

from newsletter.errors import InvalidTemplate
from newsletter.render.compiled import compiled_templates
from newsletter.render.overriding import parent_of, said_in_vain
from newsletter.render.unclosed import explained

SUFFIX = ".html.j2"
_PACKAGE = Path(__file__).parent.parent
_OPTIONS: dict[str, Any] = {
    "undefined": jinja2.StrictUndefined,
    "trim_blocks": True,
    "lstrip_blocks": True,
}
_MIDDLE = "\x00middle\x00"
# What an expression in a template can raise; anything else is a fault of this program.
_FAULTS = (
    jinja2.TemplateError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


def builtin_templates() -> Path:
    """The folder of the built-in look: in the installed package, or beside it in a checkout."""
    shipped = _PACKAGE / "templates"
    return shipped if shipped.is_dir() else _PACKAGE.parent / "templates"


class Templates:
    """The templates of one look; `cache` is a folder for their compiled form, or None."""

    def __init__(self, folders: tuple[Path, ...], cache: Path | None) -> None:
        self.folders = folders
        self._builtin = builtin_templates()
        builtin = jinja2.FileSystemLoader(self._builtin)
        self._environment = jinja2.Environment(
            loader=jinja2.ChoiceLoader(
                [
                    jinja2.PrefixLoader({"builtin": builtin}),
                    jinja2.FileSystemLoader(list(folders)),
                    builtin,
                ]
            ),
            autoescape=True,
            bytecode_cache=compiled_templates(cache, _OPTIONS),
            **_OPTIONS,
        )

    def has(self, name: str) -> bool:
        """Whether an issue can name this look in `template:`."""
        return bool(re.fullmatch(r"[\w-]+", name)) and any(
            (folder / (name + SUFFIX)).is_file() for folder in (*self.folders, self._builtin)
        )

    def names(self) -> list[str]:
        """The looks an issue can name in `template:`, without their suffix."""
        found = {
            file.name.removesuffix(SUFFIX)
            for folder in (*self.folders, self._builtin)
            for file in folder.glob("*" + SUFFIX)
        }
        return sorted(found - {"macros"})

    def render(self, name: str, values: Mapping[str, Any]) -> str:
        """The output of one template.

        Raises InvalidTemplate with file and line for a mistake in it or in a template
        that it uses.
        """
        try:
            template = self._environment.get_template(name)
            self._blocks_of(template)
            return template.render(values)
        except _FAULTS as mistake:
            raise self._told(mistake, name, values) from mistake

    def pieces(self, column: int) -> MacroPieces:
        """The macros that Markdown is made of, for a column of so many CSS pixels.

        Raises InvalidTemplate.
        """
        name = "macros" + SUFFIX
        try:
            return MacroPieces(self._environment.get_template(name).module, self, column)
        except _FAULTS as mistake:
            raise self._told(mistake, name, {}) from mistake

    def place_of(self, pattern: re.Pattern[str]) -> tuple[str, int] | None:
        """File and line of the first match of `pattern` in the project's own templates."""
        for folder in self.folders:
            for file in sorted(folder.rglob("*.j2")):
                found = pattern.search(text := file.read_text(encoding="utf-8"))
                if found:
                    return self.shown(str(file)), text.count("\n", 0, found.start()) + 1
        return None

    def shown(self, file: str) -> str:
        """A template's file as a person knows it: `templates/email.html.j2`."""
        path = Path(file)
        for folder in self.folders:
            if path.is_relative_to(folder):
                return (Path(folder.name) / path.relative_to(folder)).as_posix()
        if path.is_relative_to(self._builtin):
            return (Path("builtin") / path.relative_to(self._builtin)).as_posix()
        return file

    def _blocks_of(self, template: jinja2.Template, below: tuple[str, ...] = ()) -> set[str]:
        """The names of the blocks of a template and of those that it extends.

        `below` are the files that extend it. Raises InvalidTemplate where one of them
        says something that is never seen, or extends itself.
        """
        blocks = set(template.blocks)
        file = template.filename or ""
        if not file or Path(file).is_relative_to(self._builtin):
            return blocks  # the built-in look extends nothing
        if file in below:
            hint = 'the built-in look is {% extends "builtin/email.html.j2" %}'
            raise InvalidTemplate(
                "this template extends itself", file=self.shown(file), line=1, hint=hint
            )
        source = Path(file).read_text(encoding="utf-8")
        tree = self._environment.parse(source, template.name, file)
        parent = parent_of(tree)
        if parent is None:
            return blocks
        try:
            known = self._blocks_of(self._environment.get_template(parent), (*below, file))
        except jinja2.TemplateNotFound:
            return blocks  # rendering tells it, with its line
        found = said_in_vain(tree, known)
        if found is None:
            return blocks | known
        message = "this stands outside of every block, so nobody would ever see it"
        hint = "put it into a block: {% block after %}…{% endblock %}"
        if found.block is not None:
            message = f"there is no block `{found.block}` in {parent}, so nobody would ever see it"
            hint = _nearest(found.block, known) or f"the blocks are: {', '.join(sorted(known))}"
        raise InvalidTemplate(message, file=self.shown(file), line=found.line, hint=hint)

    def _told(self, mistake: Exception, name: str, values: Mapping[str, Any]) -> InvalidTemplate:
        if isinstance(mistake, jinja2.TemplateSyntaxError):
            file = self.shown(mistake.filename) if mistake.filename else mistake.name or name
            found = explained(mistake, self._environment)
            return InvalidTemplate(found.message, file=file, line=found.line, hint=found.hint)
        file, line = self._last_frame(mistake.__traceback__) or (name, None)
        message = str(mistake) or type(mistake).__name__
        hint = ""
        if isinstance(mistake, jinja2.TemplateNotFound):
            message = f"there is no template `{mistake}`"
            hint = _nearest(str(mistake), self._environment.list_templates())
        elif isinstance(mistake, jinja2.UndefinedError):
            message, hint = _undefined(message, values)
        return InvalidTemplate(message, file=file, line=line, hint=hint)

    def _last_frame(self, trace: TracebackType | None) -> tuple[str, int | None] | None:
        """The innermost line of a template in a traceback; Jinja2 puts its lines there."""
        found: tuple[str, int | None] | None = None
        while trace is not None:
            file = trace.tb_frame.f_code.co_filename
            if file.endswith(".j2"):
                found = (self.shown(file), trace.tb_lineno)
            trace = trace.tb_next
        return found


class MacroPieces:
    """The pieces of an email's body, each a macro of `macros.html.j2`."""

    def __init__(self, module: Any, templates: Templates, column: int) -> None:
        self._module = module
        self._templates = templates
        self._column = column
        self._around: dict[str, tuple[str, str]] = {}

    def button(self, label: str, href: str) -> str:
        """A link that looks like a button; `label` is HTML."""
        return self._call("button", Markup(label), href)  # noqa: S704 - made by the Markdown parser

    def image(self, *, src: str, alt: str, width: str, caption: str, href: str) -> str:
        """A picture on its own, no wider than the column: Word shows a picture as wide
        as its `width` attribute says, and without one in its file's own size."""
        if not width.endswith("%"):
            asked = int(width) if width.isdecimal() else self._column
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
            raise InvalidTemplate(
                f"the macro `{macro}` is missing",
                file=self._templates.shown(str(self._module.__name__)),
                hint=f'take it over:  {{% import "builtin/macros{SUFFIX}" as built %}}{{% set {macro} = built.{macro} %}}',
            )
        try:
            return str(getattr(self._module, macro)(*positional, **named)).strip()
        except _FAULTS as mistake:
            raise self._templates._told(mistake, "macros" + SUFFIX, {}) from mistake


@lru_cache(maxsize=8)
def templates_of(folders: tuple[Path, ...], cache: Path | None) -> Templates:
    """The templates of a look, kept: compiling them costs more than the whole render."""
    return Templates(folders, cache)


def _undefined(message: str, values: Mapping[str, Any]) -> tuple[str, str]:
    """Jinja2's words for a name that is not there, and the nearest that is."""
    found = re.search(r"^'(?:.* object' has no attribute ')?(\w+)'", message)
    if not found:
        return message, ""
    name = found[1]
    if "has no attribute" not in message:
        return f"there is no `{name}`", _nearest(name, values)
    inner = {one for value in values.values() for one in _names_in(value)}
    return f"there is no `{name}` in it", _nearest(name, inner)


def _names_in(value: Any) -> Iterator[str]:
    """The names that a template can put behind a dot, at any depth."""
    if isinstance(value, Mapping):
        yield from (str(key) for key in value)
    elif type(value).__module__.startswith("newsletter."):
        yield from (name for name in dir(value) if not name.startswith("_"))
        for more in vars(value).values():
            yield from _names_in(more)


def _nearest(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, sorted(known), n=1)
    return f"did you mean `{near[0]}`?" if near else ""
