"""Writes the generated parts of the manual from the code, or says which are out of date.

docs/commands.md   every command's help
docs/settings.md   every setting
docs/checks.md     every rule
.env.example       every variable
README.md          the session in it, played with the real program

`--check` writes nothing and ends with 1 when one is out of date. `--pictures` draws the
pictures in docs/images/ with Chromium instead.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from docs import transcript
from docs.pictures import make_pictures
from newsletter.check.rules import RULES, how_to_ignore
from newsletter.cli.app import COMMANDS, EXIT_CODES, program
from newsletter.cli.dotenv import dotenv_example
from newsletter.settings import documented

ROOT = Path(__file__).resolve().parent.parent
MADE = "<!-- Made from the code by `make docs`; edits here are lost. -->"


def commands_page() -> str:
    """Every command's help, as the terminal shows it."""
    parts = [MADE, "# Commands", "", "```", _help(program, "newsletter"), "```"]
    for group, commands in COMMANDS.items():
        parts += ["", f"## {group}"]
        for name in commands:
            command = program.get_command(click.Context(program, info_name="newsletter"), name)
            assert command is not None
            parts += [
                "",
                f"### newsletter {name}",
                "",
                "```",
                _help(command, f"newsletter {name}"),
                "```",
            ]
            for sub in sorted(getattr(command, "commands", {})):
                words = f"newsletter {name} {sub}"
                inner = command.commands[sub]  # type: ignore[attr-defined]
                parts += ["", f"#### {words}", "", "```", _help(inner, words), "```"]
    parts += ["", "## Exit status", "", "| code | means |", "|---|---|"]
    parts += [f"| {code} | {words} |" for code, words in EXIT_CODES]
    return "\n".join(parts) + "\n"


def settings_page() -> str:
    """Every setting with its variable, default and meaning."""
    head = [
        MADE,
        "# Settings",
        "",
        "Highest first: a flag, the environment, `.env` in the project's folder, `newsletter.toml`, the default.",
        "What is true for the letter wherever it runs stands in `newsletter.toml`; what is secret or differs",
        "per machine stands in `.env`. A key that is not known is an error that names the nearest known one.",
        "In a variable, lists and tables are written as JSON: `NEWSLETTER_CHECK__IGNORE='[\"link-http\"]'`.",
        "",
        "| `newsletter.toml` | variable | default | meaning |",
        "|---|---|---|---|",
    ]
    rows = [
        f"| {_code(row.key)} | {_code(row.variable)} | {_code(row.default)} | {row.meaning} |"
        for row in documented()
    ]
    return "\n".join([*head, *rows]) + "\n"


def checks_page() -> str:
    """Every rule with its severity and reason."""
    head = [
        MADE,
        "# Checks",
        "",
        "Errors stop `schedule`, `send` and `run`; with `--strict` (or `[check] strict = true`) warnings do, too.",
        "`newsletter check` shows errors and warnings, with `-v` also what is marked “info”.",
        "",
        *how_to_ignore(),
        "",
        "| rule | severity | why |",
        "|---|---|---|",
    ]
    rows = [
        f"| `{r.id}` | {r.severity}{'' if r.ignorable else ', firm'} | {r.reason} |" for r in RULES
    ]
    return "\n".join([*head, *rows]) + "\n"


PAGES = {
    "docs/commands.md": commands_page,
    "docs/settings.md": settings_page,
    "docs/checks.md": checks_page,
    ".env.example": dotenv_example,
    "README.md": transcript.readme,
}


def main() -> int:
    """Write the pages, or compare them, or draw the pictures; gives the exit status."""
    if "--pictures" in sys.argv:
        for file in make_pictures():
            print(f"drew: {file.relative_to(ROOT)}  ({file.stat().st_size // 1000} kB)")
        return 0
    stale = []
    for path, make in PAGES.items():
        file = ROOT / path
        text = make()
        if file.is_file() and file.read_text(encoding="utf-8") == text:
            continue
        stale.append(path)
        if "--check" not in sys.argv:
            file.write_text(text, encoding="utf-8")
    for path in stale:
        print(f"{'out of date' if '--check' in sys.argv else 'wrote'}: {path}")
    return 1 if stale and "--check" in sys.argv else 0


def _help(command: click.Command, path: str) -> str:
    context = click.Context(command, info_name=path, max_content_width=80, terminal_width=80)
    context.help_option_names = ["-h", "--help"]
    return command.get_help(context).rstrip()


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


if __name__ == "__main__":
    sys.exit(main())
