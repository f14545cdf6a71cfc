"""What happens when something on disk or in the ledger changes: render, tell terminal and pages."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from newsletter.preview.live import Live
from newsletter.preview.watching import SETTINGS_FILES
from newsletter.preview.workshop import Shown, Workshop, counted
from newsletter.words import plural


class Studio:
    """Joins the workshop and the open pages. Its methods may be called from any thread."""

    def __init__(self, workshop: Workshop, live: Live) -> None:
        self._workshop = workshop
        self._live = live
        self._lock = threading.Lock()
        self._records = workshop.records()

    def saved(self, paths: Iterable[Path]) -> None:
        """Files were written: the letter that is concerned is rendered before anybody asks."""
        paths = set(paths)
        with self._lock:
            # Whether there are templates at all is found out when the settings are read.
            if any(path.name in (*SETTINGS_FILES, "templates") for path in paths):
                self._workshop.reopen()
            else:
                self._workshop.changed()
            workshop = self._workshop
            slug = workshop.concerned(paths) or workshop.looked_at or workshop.newest()
            shown = self._workshop.show(slug) if slug else None
            self._say(shown, paths)

    def looked_at_ledger(self) -> None:
        """Tell the pages when the ledger holds something new, by whomever it was written."""
        records = self._workshop.records()
        with self._lock:
            if records == self._records:
                return
            self._records = records
            self.learned()

    def learned(self) -> None:
        """Tell the pages that they would show something else by now."""
        self._workshop.changed(on_disk=False)
        self._publish("")

    def _say(self, shown: Shown | None, paths: set[Path]) -> None:
        workshop = self._workshop
        now = workshop.doors.clock().astimezone(workshop.situation.zone)
        at = f"{now:%H:%M:%S}"
        if shown is None:
            self._publish("")
            return
        path = self._path_told(shown, paths)
        if shown.trouble is not None:
            kept = "  (showing the last good version)" if shown.good else ""
            words = f"{at}  {shown.trouble.place}  {shown.trouble.message}{kept}"
            event = {
                "event": "error",
                "path": path,
                "place": shown.trouble.place,
                "message": shown.trouble.message,
                "hint": shown.trouble.hint,
            }
            workshop.doors.tell(event, words)
            self._publish("a mistake")
            return
        errors, warnings = counted(shown.findings)
        found = ", ".join(
            plural(number, noun)
            for number, noun in ((errors, "error"), (warnings, "warning"))
            if number
        )
        took = f"{shown.milliseconds:.0f} ms"
        words = f"{at}  {path}  rendered in {took}{', ' + found if found else ''}"
        rendered: dict[str, Any] = {
            "event": "rendered",
            "path": path,
            "slug": shown.slug,
            "milliseconds": round(shown.milliseconds, 1),
            "errors": errors,
            "warnings": warnings,
        }
        workshop.doors.tell(rendered, words)
        self._publish(found or "all well")

    def _path_told(self, shown: Shown, paths: set[Path]) -> str:
        """The file that was saved, as people know it."""
        mine = shown.read.source
        if mine.file in paths or not paths:
            return mine.path
        return self._workshop.project.shown(min(paths))

    def _publish(self, words: str) -> None:
        workshop = self._workshop
        now = workshop.doors.clock().astimezone(workshop.situation.zone)
        news = {"version": workshop.version, "at": f"{now:%H:%M:%S}", "words": words}
        self._live.publish("changed", news)
