"""One call of the program: its flags, where it talks, and how it ends.

stdout is the answer, stderr is talk. With `--json`, stdout is exactly one document.
"""

from __future__ import annotations

import functools
import json
import os
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from newsletter.cli.wrapping import wrapped
from newsletter.errors import NewsletterError, WrongUsage


@dataclass(kw_only=True)
class Call:
    """What the user asked for, whichever side of the command the flags stood on."""

    command: str = ""
    folder: Path | None = None
    target: str | None = None
    as_json: bool = False
    quiet: bool = False
    verbose: int = 0
    no_input: bool = False
    no_color: bool = False
    target_line: str | None = None
    warnings: list[dict[str, Any]] = field(default_factory=list)
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    stop: threading.Event = field(default_factory=threading.Event)
    """Set when this process was asked to end: long work stops where it can go on later."""

    @property
    def color(self) -> bool | None:
        """Whether to write colour: None leaves it to the stream being a terminal."""
        if self.no_color or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
            return False
        return True if os.environ.get("FORCE_COLOR") else None

    def talk(self, *lines: str, **style: Any) -> None:
        """Say something on stderr; not with --quiet or --json."""
        if not (self.quiet or self.as_json):
            for line in lines:
                click.secho(wrapped(line, sys.stderr), err=True, **style)

    def detail(self, line: str) -> None:
        """Say something on stderr that only -v wants."""
        if self.verbose and not self.quiet:
            click.secho(wrapped(line, sys.stderr), err=True, dim=True)

    def hint(self, line: str) -> None:
        """The next step; only for a person at a terminal."""
        if sys.stdout.isatty():
            self.talk(line, dim=True)

    def warn(self, code: str, message: str) -> None:
        """A warning: on stderr, or in the envelope."""
        self.warnings.append({"rule": code, "message": message})
        self.talk(f"warning: {message}", fg="yellow")

    def answer(
        self,
        data: object,
        lines: Iterable[str] = (),
        *,
        exit_code: int = 0,
        is_prose: bool = False,
    ) -> None:
        """The answer of the command; ends the process when `exit_code` is not 0.

        Only prose is wrapped on a terminal: tables, paths and files stay as they are.
        """
        try:
            if self.as_json:
                click.echo(self.envelope(data=data, is_ok=not exit_code))
            else:
                for line in lines:
                    click.echo(wrapped(line, sys.stdout) if is_prose else line)
        except BrokenPipeError:
            # Whoever reads (head, less) has seen enough; the work is done all the same.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if exit_code:
            sys.exit(exit_code)

    def envelope(
        self, *, data: object = None, error: NewsletterError | None = None, is_ok: bool = True
    ) -> str:
        """The JSON document that every command gives; `ok` says that the exit status is 0."""
        place = {"place": error.place} if error is not None and error.place else {}
        document = {
            "ok": is_ok and error is None,
            "command": self.command,
            "target": self.target,
            "at": f"{self.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "data": data,
            "warnings": self.warnings,
            "error": None
            if error is None
            else {
                "code": error.error_code,
                "message": error.message,
                "hint": error.hint,
                "exit": error.exit_code,
                **place,
            },
        }
        return json.dumps(document, ensure_ascii=False, indent=2)

    def confirm(self, question: str, *, expected: str | None = None) -> bool:
        """Ask a person: yes or no, or to type `expected`. Raises WrongUsage without a terminal."""
        if self.no_input or self.as_json or not sys.stdin.isatty():
            raise WrongUsage(
                "This needs an answer, and there is nobody to ask.",
                hint="Add --yes when you are sure.",
                code="needs-confirmation",
            )
        if expected is None:
            return click.confirm(question, default=False, err=True)
        typed: str = click.prompt(question, default="", show_default=False, err=True)
        return typed.strip() == expected


def shared_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The flags that mean the same everywhere, before or after the command."""
    options = [
        click.option(
            "-C",
            "--project",
            "folder",
            type=click.Path(path_type=Path, file_okay=False),
            metavar="DIR",
            help="The project's folder (default: here or above).",
        ),
        click.option(
            "--target",
            type=click.Choice(["local", "kit"]),
            help="Where to, instead of newsletter.toml's.",
        ),
        click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout."),
        click.option("-q", "--quiet", is_flag=True, help="Only the answer."),
        click.option("-v", "--verbose", count=True, help="More talk; -vv shows tracebacks."),
        click.option("--no-input", is_flag=True, help="Never ask."),
        click.option("--no-color", is_flag=True, help="No colour (NO_COLOR does the same)."),
    ]
    for option in reversed(options):
        function = option(function)
    return function


def passes_call(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give the command its `Call` first, with the shared flags taken out of its arguments."""

    @shared_options
    @click.pass_context
    @functools.wraps(function)
    def with_call(context: click.Context, /, **arguments: Any) -> Any:
        call = context.ensure_object(Call)
        take_flags(context, call, arguments)
        names = []
        at: click.Context | None = context
        while at is not None and at.parent is not None:
            names.append(at.info_name or "")
            at = at.parent
        call.command = " ".join(reversed(names))
        return function(call, **arguments)

    return with_call


def take_flags(context: click.Context, call: Call, arguments: dict[str, Any]) -> None:
    """Move the shared flags from `arguments` to `call`; a flag given anywhere holds."""
    for name in ("folder", "target", "as_json", "quiet", "verbose", "no_input", "no_color"):
        value = arguments.pop(name)
        if value:
            setattr(call, name, value)
    context.color = call.color
