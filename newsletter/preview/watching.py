"""Watching the disk: a letter, a template, a picture or the settings are saved, however an editor does it.

Folders are watched, not files: many editors write a new file and rename it over the old one,
and a watch on the old one would never hear of that.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from watchfiles import Change, watch

# An editor's save is a handful of events within a few milliseconds; `step` is how long it must
# have been quiet, `debounce` how long that may be waited for.
_STEP_MS = 15
_DEBOUNCE_MS = 150
_LOOK_MS = 400
_IGNORED = frozenset({".git", ".newsletter", ".venv", "node_modules", "__pycache__", "build"})
_TEMPORARY = (".swp", ".swx", ".swo", "~", ".tmp", ".bak", "4913")
FOLDERS = ("issues", "templates", "static")


def is_of_interest(path: Path) -> bool:
    """Whether a change of `path`, relative to what is watched, can change an email.

    Not editors' own files, and not what we write.
    """
    if any(part in _IGNORED for part in path.parts):
        return False
    hidden = path.name.startswith((".", "#")) and path.name != ".env"
    return not hidden and not path.name.endswith(_TEMPORARY)


class Watch:
    """Tells `changed` the paths that were written, until it is stopped.

    `root` is watched by itself, for settings and for folders that come and go; below it the
    folders of a project are, whole. A file that stands alone has no folders.
    """

    def __init__(
        self,
        root: Path,
        changed: Callable[[set[Path]], None],
        *,
        alone: Path | None = None,
    ) -> None:
        self._root = root if alone is None else alone.parent
        self._changed = changed
        self._stop = threading.Event()
        self._again = threading.Event()
        self._threads = [threading.Thread(target=self._watch_root, daemon=True, name="watch-root")]
        if alone is None:
            below = threading.Thread(target=self._watch_folders, daemon=True, name="watch-folders")
            self._threads.append(below)

    def start(self) -> None:
        """Begin to watch."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End; returns when nothing is watched any more."""
        self._stop.set()
        self._again.set()
        for thread in self._threads:
            thread.join(5)

    def _is_of_interest(self, _change: Change, path: str) -> bool:
        file = Path(path)
        inside = file.relative_to(self._root) if file.is_relative_to(self._root) else file
        return is_of_interest(inside)

    def _watch_root(self) -> None:
        for changes in watch(
            self._root,
            watch_filter=self._is_of_interest,
            step=_STEP_MS,
            debounce=_DEBOUNCE_MS,
            rust_timeout=_LOOK_MS,
            yield_on_timeout=False,
            stop_event=self._stop,
            recursive=False,
        ):
            paths = {Path(path) for _, path in changes}
            if any(path.name in FOLDERS for path in paths):
                self._again.set()
            self._changed(paths)

    def _watch_folders(self) -> None:
        while not self._stop.is_set():
            self._again.clear()
            folders = [self._root / name for name in FOLDERS if (self._root / name).is_dir()]
            if not folders:
                self._again.wait()
                continue
            for changes in watch(
                *folders,
                watch_filter=self._is_of_interest,
                step=_STEP_MS,
                debounce=_DEBOUNCE_MS,
                rust_timeout=_LOOK_MS,
                stop_event=self._again,
                recursive=True,
            ):
                self._changed({Path(path) for _, path in changes})
