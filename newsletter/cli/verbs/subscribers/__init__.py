"""`newsletter subscribers`."""

from __future__ import annotations

from typing import Any

import click

from newsletter.cli.call import Call, shared_options, take_flags
from newsletter.cli.verbs.subscribers.adding import add, tag
from newsletter.cli.verbs.subscribers.exporting import export
from newsletter.cli.verbs.subscribers.importing import import_file
from newsletter.cli.verbs.subscribers.leaving import forget, unsubscribe
from newsletter.cli.verbs.subscribers.looking import list_them, show


@click.group("subscribers")
@shared_options
@click.pass_context
def command(context: click.Context, /, **arguments: Any) -> None:
    """The readers: list and show them, add, tag, import and export them, let them go.

    What is listed is what the target last told; what is changed is changed at the target.

    \b
    Examples:
      newsletter subscribers list --status unsubscribed
      newsletter subscribers add ann@example.org --first-name Ann
      newsletter subscribers import old-list.csv
    """
    take_flags(context, context.ensure_object(Call), arguments)


for verb in (list_them, show, add, tag, import_file, export, unsubscribe, forget):
    command.add_command(verb)
