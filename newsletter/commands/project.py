"""The project on disk: its folders and settings, and what decides its emails' bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from pathlib import Path

from newsletter.broadcast.model import Policy
from newsletter.commands.album import Album
from newsletter.commands.pictures import Gallery
from newsletter.render.model import Look, Recent
from newsletter.render.pictures import Measured, is_file


@dataclass(frozen=True, kw_only=True)
class Project:
    """A folder with `newsletter.toml`, `issues/` and `templates/`, and its settings.

    `gallery` is where its pictures go; `recent` gives the letters that were sent before, the
    newest first, and is asked only by a letter that shows them.
    """

    root: Path
    id: str
    name: str
    timezone: str
    slot: str | None
    policy: Policy
    undo: timedelta
    max_recipients: int | None = None
    strict: bool
    ignore: frozenset[str]
    look: Look
    gallery: Gallery = field(default_factory=Gallery)
    recent: Callable[[], tuple[Recent, ...]] = tuple

    @property
    def shortcodes(self) -> frozenset[str]:
        """The names that mean something in brackets."""
        from newsletter.render.templates import shortcode_names  # noqa: PLC0415

        return shortcode_names(self.look.templates)

    def album(self, letter: Path) -> Album:
        """The pictures that a letter, by its file, and the look can name."""
        return Album(letter=letter, root=self.root, issues=self.issues)

    @property
    def issues(self) -> Path:
        """The folder of the letters."""
        return self.root / "issues"

    def shown(self, path: Path) -> str:
        """`path` as people see it: relative to the project where it lies inside."""
        if path.is_relative_to(self.root):
            return path.relative_to(self.root).as_posix()
        try:
            return path.resolve().relative_to(self.root.resolve()).as_posix()
        except ValueError:
            return path.as_posix()

    def own_files(self) -> dict[str, str]:
        """The text of the settings and of the project's own templates, by their shown paths."""
        files = [self.root / "newsletter.toml"]
        files += [each for folder in self.look.templates for each in sorted(folder.rglob("*.j2"))]
        found = {}
        for file in files:
            try:
                found[self.shown(file)] = file.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError):
                continue  # rendering tells what is wrong with a template
        return found

    @cached_property
    def look_digest(self) -> str:
        """A digest of everything but the issue that decides an email's bytes."""
        # With Jinja2, which a pass with nothing to render does without.
        from newsletter.render.templates import builtin_templates  # noqa: PLC0415

        digest = hashlib.sha256()
        for folder in (*self.look.templates, builtin_templates()):
            for file in sorted(folder.rglob("*")) if folder.is_dir() else ():
                if file.is_file():
                    digest.update(file.relative_to(folder).as_posix().encode())
                    digest.update(file.read_bytes())
        rest = [
            vars(self.look.newsletter),
            self.look.theme,
            self.look.forms,
            self.look.form_fallback,
            self.look.typography,
            self.gallery.address,
            self._logo_digest,
        ]
        digest.update(json.dumps(rest, sort_keys=True, default=str).encode())
        return digest.hexdigest()

    @property
    def _logo_digest(self) -> str:
        logo = str(self.look.theme.get("logo", ""))
        if not is_file(logo):
            return ""
        found = self.album(self.issues / "any").of_look(logo)
        return found.digest if isinstance(found, Measured) else ""
