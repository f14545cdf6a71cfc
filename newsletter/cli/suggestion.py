"""Better hints for words that Click refuses: a time without quotes, a letter that is not named."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from newsletter.errors import NewsletterError

if TYPE_CHECKING:
    from newsletter.cli.call import Call

_MOST = 5


def usage_hint(call: Call, error: click.UsageError, words: Sequence[str]) -> str | None:
    """What to type instead; None where the command's help has to do."""
    if isinstance(error, click.MissingParameter):
        is_issue = error.param is not None and error.param.name == "issue"
        return _letters_hint(call, error) if is_issue else None
    if error.message.startswith("Got unexpected extra argument"):
        return _quotes_hint(words)
    return None


def _quotes_hint(words: Sequence[str]) -> str | None:
    """`--at tue 9am`: the shell made two words of the time."""
    at = next((n for n, word in enumerate(words) if word.partition("=")[0] == "--at"), None)
    if at is None:
        return None
    time = [words[at].partition("=")[2]]
    for word in words[at + 1 :]:
        if word.startswith("-"):
            break
        time.append(word)
    return f'put the time in quotes: --at "{" ".join(time).strip()}"' if len(time) > 1 else None


def _letters_hint(call: Call, error: click.MissingParameter) -> str | None:
    from newsletter.cli.opening import open_project, open_state, target_name
    from newsletter.commands.listing import list_issues

    context = error.ctx
    if context is not None and context.params.get("folder"):
        call.folder = context.params["folder"]
    try:
        opened = open_project(call)
        ledger = open_state(opened, is_dry=True)
        rows = list_issues(
            opened.project,
            ledger,
            target=target_name(opened.settings),
            kind=opened.settings.target,
            now=opened.clock(),
        )
        ledger.close()
    except NewsletterError:
        return None  # what is wrong now is the command line; the rest is told by the next call
    command = context.info_name if context is not None else ""
    is_back = command == "unschedule"
    states = ("scheduled", "handed_over", "held") if is_back else ("draft",)
    names = [row.slug for row in rows if row.state in states]
    if not names:
        kind = "scheduled letter" if is_back else "draft"
        return f"There is no {kind}: newsletter list shows all."
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    kind = "Scheduled" if is_back else "Drafts"
    return f"{kind}: {', '.join(names[:_MOST])}{more}\nnewsletter {command} {names[0]}"
