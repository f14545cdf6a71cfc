"""What the preview is given: how the project stands now, and the doors it may go through."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from newsletter.commands.desk import Desk
from newsletter.commands.project import Project
from newsletter.errors import NewsletterError
from newsletter.fetch import Look, look_at_all
from newsletter.ledger.opening import Ledger


@dataclass(frozen=True, kw_only=True)
class Situation:
    """The project as its settings describe it; made anew whenever they change.

    `target` is the ledger's name for where letters go, `kind` what that is, `label` what
    people are told of it. `leave_url` stands in for a reader's own way to unsubscribe.
    `alone` is the one file that is shown when there is no project around it.
    """

    project: Project
    target: str
    kind: Literal["local", "kit"]
    label: str
    is_real: bool
    zone: ZoneInfo
    test_to: tuple[str, ...]
    leave_url: str
    outbox: str | None
    alone: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Doors:
    """The ways to everything outside of this room. `clock` gives aware UTC instants.

    `reopen` reads the settings anew and raises NewsletterError where they hold a mistake.
    `desk` opens the target for as long as something is done there; `ledger` is the memory of
    it. Both are None without a project. `tell` is told an event and its words, for the
    terminal. `look_at` asks pages in the web whether they answer. `explain` makes one sentence of an error that nobody foresaw.
    """

    clock: Callable[[], datetime]
    reopen: Callable[[], Situation]
    ledger: Ledger | None = None
    desk: Callable[[], AbstractContextManager[Desk]] | None = None
    tell: Callable[[Mapping[str, Any], str], None] = lambda _event, _words: None
    look_at: Callable[[Iterable[str]], Mapping[str, Look]] = look_at_all
    explain: Callable[[Exception], NewsletterError] = lambda error: NewsletterError(
        f"Something went wrong that should not: {type(error).__name__}."
    )
