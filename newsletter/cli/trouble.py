"""Trouble that a process outlives, and trouble that nobody foresaw."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import traceback
from pathlib import Path

import click

from newsletter.cli.call import Call
from newsletter.cli.databases import foreseen
from newsletter.cli.wrapping import wrapped
from newsletter.errors import NewsletterError


def tell_trouble(call: Call, error: NewsletterError) -> None:
    """Say what went wrong in a process that goes on; with --json as a line of its own."""
    if call.as_json:
        data = {"event": "trouble", "code": error.error_code, "message": error.message}
        click.echo(json.dumps({**data, "hint": error.hint, "exit": error.exit_code}))
        return
    if error.exit_code == 75 and not call.verbose:
        return
    click.echo(wrapped(f"error: {error.message}", sys.stderr), err=True)
    for line in error.hint.splitlines():
        click.echo(wrapped(f"  → {line.strip()}", sys.stderr), err=True)


def unforeseen(call: Call, error: Exception) -> NewsletterError:
    """One sentence to tell instead of `error`, whose traceback is written to a file.

    A database or disk in trouble has a sentence of its own. What the error itself says stands
    in the file only, which nobody else may read: it may hold a password or a reader.
    """
    told = foreseen(error)
    if told is not None:
        return told
    text = "".join(traceback.format_exception(error))
    state = (call.folder or Path.cwd()) / ".newsletter"
    try:
        if state.is_dir():
            log = state / "newsletter-error.log"
            log.unlink(missing_ok=True)  # an older one may be open to others
            descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as kept:
                kept.write(text)
        else:
            with tempfile.NamedTemporaryFile(
                "w",
                prefix="newsletter-error-",
                suffix=".log",
                delete=False,
                encoding="utf-8",
                errors="replace",
            ) as file:
                file.write(text)
            log = Path(file.name)
        where = f"The details are in {log}."
    except OSError:
        where = "Run it again with -vv for the details."
    return NewsletterError(
        f"Something went wrong that should not: {type(error).__name__}.",
        hint=f"{where} Nothing more was done.",
        code="unexpected",
    )
