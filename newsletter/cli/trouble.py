"""Trouble that a process outlives, and trouble that nobody foresaw."""

from __future__ import annotations

import json
import tempfile
import traceback
from pathlib import Path

import click

from newsletter.cli.call import Call
from newsletter.cli.databases import foreseen
from newsletter.errors import NewsletterError


def tell_trouble(call: Call, error: NewsletterError) -> None:
    """Say what went wrong in a process that goes on; with --json as a line of its own."""
    if call.as_json:
        data = {"event": "trouble", "code": error.error_code, "message": error.message}
        click.echo(json.dumps({**data, "hint": error.hint, "exit": error.exit_code}))
        return
    if error.exit_code == 75 and not call.verbose:
        return
    click.echo(f"error: {error.message}", err=True)
    for line in error.hint.splitlines():
        click.echo(f"  → {line.strip()}", err=True)


def unforeseen(call: Call, error: Exception) -> NewsletterError:
    """One sentence to tell instead of `error`, whose traceback is written to a file.

    A database or disk in trouble has a sentence of its own.
    """
    told = foreseen(error)
    if told is not None:
        return told
    text = "".join(traceback.format_exception(error))
    state = (call.folder or Path.cwd()) / ".newsletter"
    try:
        if state.is_dir():
            log = state / "newsletter-error.log"
            log.write_text(text, encoding="utf-8")
        else:
            with tempfile.NamedTemporaryFile(
                "w", prefix="newsletter-error-", suffix=".log", delete=False, encoding="utf-8"
            ) as file:
                file.write(text)
            log = Path(file.name)
        where = f"The details are in {log}."
    except OSError:
        where = "Run it again with -vv for the details."
    return NewsletterError(
        f"Something went wrong that should not: {type(error).__name__}: {error}",
        hint=f"{where} Nothing more was done.",
        code="unexpected",
    )
