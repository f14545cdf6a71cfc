"""What a shell may complete: the letters in the folder, and tags that the ledger remembers.

Never the network. Names of files are read, the files are not; only tags open a database.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem


def complete_issues(
    context: click.Context, _: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Slugs of the project's letters; a path where one is being typed."""
    if incomplete.startswith((".", "/", "~")) or "/" in incomplete:
        return [CompletionItem(incomplete, type="file")]
    slugs = sorted(set(_slugs(_root(context))))
    begins = [slug for slug in slugs if slug.startswith(incomplete)]
    # As the commands do: any piece of a slug names the letter.
    found = begins or [slug for slug in slugs if incomplete in slug]
    given = context.params.get("issues") or ()
    items = [CompletionItem(slug) for slug in found if slug not in given]
    return items or [CompletionItem(incomplete, type="file")]


def complete_tags(
    context: click.Context, _: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Names of tags as the target was last known to have them."""
    from newsletter.errors import NewsletterError

    try:
        names = _tags(context)
    except NewsletterError:
        return []  # no project, or a ledger that cannot be read: there is nothing to offer
    low = incomplete.casefold()
    return [CompletionItem(name) for name in names if name.casefold().startswith(low)]


def _slugs(root: Path | None) -> Iterable[str]:
    from newsletter.issue.name import SUFFIXES, is_issue_file, slug_and_date

    folder = root / "issues" if root else None
    if folder is None or not folder.is_dir():
        return
    for entry in folder.iterdir():
        files = [entry / f"index{suffix}" for suffix in SUFFIXES] if entry.is_dir() else [entry]
        for file in files:
            if is_issue_file(file.relative_to(folder)) and file.is_file():
                yield slug_and_date(str(file))[0]


def _tags(context: click.Context) -> tuple[str, ...]:
    from newsletter.cli.call import Call
    from newsletter.cli.opening import open_project, open_state, target_name
    from newsletter.ledger import tags

    call = Call(folder=_flag(context, "folder"), target=_flag(context, "target"), quiet=True)
    opened = open_project(call)
    if opened.settings.ledger_url is not None or not (opened.state / "state.db").is_file():
        return ()  # a database on the net may be slow, and a key press cannot wait
    ledger = open_state(opened, is_dry=True)
    try:
        return tags.known(ledger, target_name(opened.settings))
    finally:
        ledger.close()


def _root(context: click.Context) -> Path | None:
    """The project's folder: the one that -C names, or the nearest from here upwards."""
    named = _flag(context, "folder")
    start = Path(named or Path.cwd()).resolve()
    places = [start] if named else [start, *start.parents]
    return next((place for place in places if (place / "newsletter.toml").is_file()), None)


def _flag(context: click.Context, name: str) -> Any:
    """A shared flag, on whichever side of the command it stands; None when it is not given."""
    at: click.Context | None = context
    while at is not None:
        if at.params.get(name):
            return at.params[name]
        at = at.parent
    return None
