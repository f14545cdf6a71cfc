"""Whether the pages answer that a letter links to: asked only when the writer wants to know."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from newsletter.check import links_of
from newsletter.fetch import Look, Verdict
from newsletter.preview.workshop import Shown, Workshop
from newsletter.words import plural


class Linked:
    """Remembers what each address answered. Safe to use from several threads."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop
        self._lock = threading.Lock()
        self._known: dict[str, Look] = {}

    @property
    def known(self) -> Mapping[str, Look]:
        """What was found at the addresses that were asked."""
        return self._known

    def ask(self, shown: Shown) -> str:
        """Visit every page that the letter links to; gives what came of it, in words."""
        if shown.good is None:
            return "There is no letter to look at."
        urls = links_of(shown.good.issue, shown.good.email)
        found = self._workshop.doors.look_at(urls)
        with self._lock:
            self._known |= found
        broken = sum(look.verdict is Verdict.BROKEN for look in found.values())
        unclear = sum(look.verdict is Verdict.UNKNOWN for look in found.values())
        if not found:
            return "The letter links to no page in the web."
        told = f"{plural(len(found), 'page')} asked: "
        parts = [f"{broken} broken"] * bool(broken) + [f"{unclear} unclear"] * bool(unclear)
        return told + (", ".join(parts) if parts else "all answer") + "."
