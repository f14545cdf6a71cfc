"""Finding templates and running them; what goes wrong is told with file and line.

A name is looked for in the project's folders first, then in the built-in look. The
built-in look is also reachable as `builtin/…`, so a project changes one block of it
in a file of three lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any

import jinja2

from newsletter.errors import InvalidTemplate
from newsletter.issue.shortcodes import BUILTIN, NAME
from newsletter.render import macros, undefined
from newsletter.render.compiled import compiled_templates
from newsletter.render.filters import add_filters
from newsletter.render.macros import MacroPieces, WithBuiltinMacros
from newsletter.render.overriding import parent_of, said_in_vain
from newsletter.render.pictures import Placing
from newsletter.render.unclosed import explained
from newsletter.render.undefined import nearest

SUFFIX = ".html.j2"
_PACKAGE = Path(__file__).parent.parent
_OPTIONS: dict[str, Any] = {
    "undefined": undefined.Undefined,
    "trim_blocks": True,
    "lstrip_blocks": True,
}
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


_SHORTCODES = "shortcodes"


def shortcode_names(folders: tuple[Path, ...]) -> frozenset[str]:
    """The shortcodes that a letter can use: the built-in ones and the files in these folders."""
    own = {
        file.name.removesuffix(SUFFIX)
        for folder in folders
        for file in (folder / _SHORTCODES).glob("*" + SUFFIX)
    }
    return BUILTIN | {name for name in own if NAME.fullmatch(name)}


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
                    WithBuiltinMacros(jinja2.FileSystemLoader(list(folders))),
                    builtin,
                ]
            ),
            autoescape=jinja2.select_autoescape(disabled_extensions=("txt.j2",), default=True),
            bytecode_cache=compiled_templates(cache, _OPTIONS),
            **_OPTIONS,
        )
        add_filters(self._environment)

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

    @property
    def shortcodes(self) -> frozenset[str]:
        """The shortcodes that a letter can use."""
        return shortcode_names(self.folders)

    def has_file(self, name: str) -> bool:
        """Whether there is a template of this name, of the project or built in."""
        return any((folder / name).is_file() for folder in (*self.folders, self._builtin))

    def render(self, name: str, values: Mapping[str, Any]) -> str:
        """The output of one template.

        Raises InvalidTemplate with file and line for a mistake in it or in a template
        that it uses.
        """
        with self.telling(name, values):
            template = self._environment.get_template(name)
            self._blocks_of(template)
            return template.render(values)

    def tree(self, name: str) -> jinja2.nodes.Template:
        """The syntax of one template. Raises InvalidTemplate."""
        with self.telling(name, {}):
            assert self._environment.loader is not None  # noqa: S101  (it is built with one)
            source, file, _ = self._environment.loader.get_source(self._environment, name)
            return self._environment.parse(source, name, file)

    def pieces(self, column: int, placing: Placing) -> MacroPieces:
        """The macros that Markdown is made of, for a column of so many CSS pixels.

        Raises InvalidTemplate.
        """
        with self.telling(macros.FILE, {}):
            module = self._environment.get_template(macros.FILE).module
            return MacroPieces(module, self, column, placing)

    @contextmanager
    def telling(self, name: str, values: Mapping[str, Any]) -> Iterator[None]:
        """What goes wrong in templates within the block is told as InvalidTemplate."""
        try:
            yield
        except _FAULTS as mistake:
            raise self._told(mistake, name, values) from mistake

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
            hint = nearest(found.block, known) or f"the blocks are: {', '.join(sorted(known))}"
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
            hint = nearest(str(mistake), self._environment.list_templates())
        elif isinstance(mistake, undefined.MissingName):
            message, hint = undefined.explained(mistake, values, self._environment)
        return InvalidTemplate(message, file=file, line=line, hint=hint)

    def _last_frame(self, trace: TracebackType | None) -> tuple[str, int | None] | None:
        """The innermost line of a template in a traceback; Jinja2 puts its lines there.

        One in the project's own templates, where there is one: the built-in look is sound,
        so what fails in it was handed to it wrongly.
        """
        frames: list[tuple[str, int]] = []
        while trace is not None:
            file = trace.tb_frame.f_code.co_filename
            if file.endswith(".j2"):
                # Only `render` maps the lines of compiled code back; a macro called alone is not.
                template = trace.tb_frame.f_globals.get("__jinja_template__")
                line = trace.tb_lineno
                frames.append((file, template.get_corresponding_lineno(line) if template else line))
            trace = trace.tb_next
        own = [at for at in frames if not Path(at[0]).is_relative_to(self._builtin)]
        innermost = own or frames
        return (self.shown(innermost[-1][0]), innermost[-1][1]) if innermost else None


@lru_cache(maxsize=8)
def templates_of(folders: tuple[Path, ...], cache: Path | None) -> Templates:
    """The templates of a look, kept: compiling them costs more than the whole render."""
    return Templates(folders, cache)
