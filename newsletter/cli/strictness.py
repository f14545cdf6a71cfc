"""`--strict`, the same for every command that checks before it acts."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from newsletter.cli.opening import Opened

strict_option = click.option("--strict", is_flag=True, help="Warnings count as errors.")


def strictly(opened: Opened, strict: bool) -> Opened:
    """The same project, strict when its settings or the flag say so."""
    if not strict:
        return opened
    return dataclasses.replace(opened, project=dataclasses.replace(opened.project, strict=True))
