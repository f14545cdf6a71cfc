"""Watching the disk: a letter, a template, a picture or the settings are saved, however an editor does it.

Folders are watched, not files: many editors write a new file and rename it over the old one,
and a watch on the old one would never hear of that.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from watchfiles import Change, watch

# An editor's save is a handful of events within a few milliseconds; `step` is how long it must
# have been quiet, `debounce` how long that may be waited for.
_STEP_MS = 15
_DEBOUNCE_MS = 150
_LOOK_MS = 400
_IGNORED = frozenset({"node_modules", "__pycache__"})
_TEMPORARY = (".swp", ".swx", ".swo", "~", ".tmp", ".bak")
_PROBE = "4913"  # Vim writes a file of this name to learn whether it may
_PICTURES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg", ".avif"})
FOLDERS = ("issues", "templates", "static")
SETTINGS_FILES = frozenset({"newsletter.toml", ".env"})


def is_of_interest(path: Path) -> bool:
    """Whether a change of `path`, relative to the project, can change an email.

    Not editors' own files, not what we write, and nothing that only lies beside the letters.
    """
    if len(path.parts) < 2:
        return path.name in SETTINGS_FILES or path.name in FOLDERS
    if path.parts[0] not in FOLDERS:
        return False
    if any(part in _IGNORED or part.startswith((".", "#")) for part in path.parts):
        return False
    return path.name != _PROBE and not path.name.endswith(_TEMPORARY)


def is_about(path: Path, alone: Path) -> bool:
    """Whether a change of `path` can change the email of the one file `alone`."""
    if path in (alone, alone.with_suffix(".yaml")):
        return True
    return path.parent == alone.parent and path.suffix.lower() in _PICTURES


class Watch:
    """Tells `changed` the paths that were written, until it is stopped.

    `root` is a project: it is watched by itself, for settings and for folders that come and
    go, and below it its folders are, whole. `alone` is one file that is none of its letters.
    """

    def __init__(
        self,
        root: Path | None,
        changed: Callable[[set[Path]], None],
        *,
        alone: Path | None = None,
    ) -> None:
        self._root = root
        self._alone = alone
        self._changed = changed
        self._stop = threading.Event()
        self._again = threading.Event()
        works = [self._watch_around]
        if root is not None:
            works.append(self._watch_folders)
        self._threads = [threading.Thread(target=work, daemon=True) for work in works]

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
        if self._alone is not None and is_about(file, self._alone):
            return True
        root = self._root
        return (
            root is not None
            and file.is_relative_to(root)
            and is_of_interest(file.relative_to(root))
        )

    def _watch_around(self) -> None:
        """What lies beside the folders: settings, the folders' own coming and going, a lone file."""
        around = (self._root, self._alone.parent if self._alone else None)
        places = {place for place in around if place is not None}
        for paths in self._changes(places, stop=self._stop, is_deep=False):
            if any(path.parent == self._root and path.name in FOLDERS for path in paths):
                self._again.set()
            if paths:
                self._changed(paths)

    def _watch_folders(self) -> None:
        before: set[Path] | None = None
        while not self._stop.is_set():
            self._again.clear()
            folders = self._folders()
            # What is written into a new folder before it is watched, nobody hears of.
            missed = set() if before is None else (folders - before or folders)
            before = folders
            if not folders:
                self._again.wait()
                continue
            try:
                for paths in self._changes(folders, stop=self._again, is_deep=True):
                    if paths or missed:
                        self._changed(paths | missed)
                    missed = set()
            except FileNotFoundError:
                self._again.wait(0.2)  # a folder went away meanwhile

    def _folders(self) -> set[Path]:
        root = self._root
        return {root / name for name in FOLDERS if (root / name).is_dir()} if root else set()

    def _changes(
        self, places: set[Path], *, stop: threading.Event, is_deep: bool
    ) -> Iterator[set[Path]]:
        """The paths of each save; an empty set when nothing happened for a while.

        Where the system watches no more (its limit is reached), the disk is looked at instead.
        """
        try:
            yield from self._heard(places, stop=stop, is_deep=is_deep, is_polling=False)
        except FileNotFoundError:
            raise
        except (OSError, RuntimeError):
            yield from self._heard(places, stop=stop, is_deep=is_deep, is_polling=True)

    def _heard(
        self, places: set[Path], *, stop: threading.Event, is_deep: bool, is_polling: bool
    ) -> Iterator[set[Path]]:
        for changes in watch(
            *places,
            watch_filter=self._is_of_interest,
            step=_STEP_MS,
            debounce=_DEBOUNCE_MS,
            rust_timeout=_LOOK_MS,
            yield_on_timeout=True,
            stop_event=stop,
            force_polling=is_polling or None,
            recursive=is_deep,
            raise_interrupt=False,
            ignore_permission_denied=True,
        ):
            yield {Path(path) for _, path in changes}
