"""The pictures that a letter can name: found beside it, and measured.

A file is read only when it is a plain file inside of the project (for a letter outside of
any, beside it); what it holds is decoded within limits before anything is said about it.
"""

from __future__ import annotations

import difflib
import hashlib
import os
import re
import stat
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote

from newsletter.commands.imagefile import Broken, read_measure
from newsletter.render.pictures import Measured, Pictures, Unusable, is_file, is_rooted

# What a letter or its settings can name a picture by. Only to notice that one changed, so
# a word too many does no harm.
_NAMED = re.compile(
    r"\]\(\s*<([^<>\n]+)>|\]\(\s*([^)\s<>]+)|\bsrc\s*=\s*[\"']?([^\"'>\s]+)"
    r"|^\s*(?:\[[^\]]+\]|thumbnail|image|cover|feature_image):\s*[<\"']?([^\s<>\"']+)",
    re.MULTILINE,
)
_LARGEST = 50_000_000


class Album:
    """The pictures that one letter and the look round it can name.

    `letter` is the letter's file, `root` the folder of its project.
    """

    def __init__(self, *, letter: Path, root: Path, issues: Path) -> None:
        is_inside = letter.resolve().is_relative_to(issues.resolve())
        self._root = root if is_inside else letter.parent
        self._beside = letter.parent
        self._look = (root, root / "templates")
        self._project = root

    def pictures(self, address: str) -> Pictures:
        """Both lookups for a render, with the address that pictures get."""
        return Pictures(letter=self.of_letter, look=self.of_look, address=address)

    def of_letter(self, src: str) -> Measured | Unusable:
        """A picture that the letter names, from its own folder on."""
        return self._found(src, (self._beside,), self._root)

    def of_look(self, src: str) -> Measured | Unusable:
        """A picture that a template or the theme names, from the project or `templates/` on."""
        return self._found(src, self._look, self._project)

    def digest_of(self, src: str) -> str | None:
        """The SHA-256 of the file that the letter names, whatever it holds; None where there is none."""
        there = self._located(src, (self._beside,), self._root)
        if isinstance(there, Unusable):
            return None
        return _digest(there.real, there.size, there.changed)

    def _found(self, src: str, folders: tuple[Path, ...], root: Path) -> Measured | Unusable:
        there = self._located(src, folders, root)
        if isinstance(there, Unusable):
            return there
        path = _shown(there.file, self._project)
        return _measured(there.real, path, unquote(src), there.size, there.changed)

    def _place(self, folders: tuple[Path, ...]) -> str:
        """Where a picture belongs that is named there."""
        return "beside the letter" if folders == (self._beside,) else "into the project's folder"

    def _located(self, src: str, folders: tuple[Path, ...], root: Path) -> _There | Unusable:
        """The plain file that an address means, not yet opened."""
        shown = unquote(src)
        if is_rooted(src):
            return Unusable(
                why=f"{shown} begins at this computer's root, which no reader has",
                cure="put the picture beside the letter and write its name alone",
            )
        file = next((f for folder in folders for f in _spellings(folder, src)), None)
        if file is None:
            near = _near(folders[0], src)
            return Unusable(
                why=f"{shown} is not there" + (f" (near: {near})" if near else ""),
                cure=f"put the picture {self._place(folders)}, or correct its name",
            )
        try:
            real = file.resolve()
            if not real.is_relative_to(root.resolve()):
                return Unusable(
                    why=f"{shown} lies outside of {'the project' if root == self._project else 'this folder'}",
                    cure="copy the picture beside the letter",
                )
            state = real.stat()
        except (OSError, RuntimeError) as error:
            return Unusable(why=f"{shown} cannot be read: {_words(error)}", cure="look at the file")
        if not stat.S_ISREG(state.st_mode):
            return Unusable(why=f"{shown} is no file", cure="name a picture")
        if state.st_size > _LARGEST:
            return Unusable(
                why=f"{shown} has {state.st_size // 1_000_000} MB, more than a picture can have here",
                cure="make it smaller",
            )
        return _There(file=file, real=real, size=state.st_size, changed=state.st_mtime_ns)


@dataclass(frozen=True, kw_only=True)
class _There:
    """A file that may be opened; `changed` is its time in nanoseconds."""

    file: Path
    real: Path
    size: int
    changed: int


def digest_of_pictures(text: str, album: Album) -> str:
    """A digest of the files that a letter's text names; empty where there are none.

    Asked in every pass, so nothing is decoded for it.
    """
    return " ".join(digest for name in _names(text) if (digest := album.digest_of(name)))


def named_pictures(text: str, album: Album) -> list[tuple[str, Measured]]:
    """The picture files that a letter's text names, by name."""
    looked = ((name, album.of_letter(name)) for name in _names(text))
    return [(name, found) for name, found in looked if isinstance(found, Measured)]


def _names(text: str) -> list[str]:
    """What the text may mean as a file."""
    return sorted({one for found in _NAMED.findall(text) for one in found if one and is_file(one)})


@lru_cache(maxsize=512)
def _digest(file: Path, _size: int, _changed: int) -> str | None:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        return None


@lru_cache(maxsize=512)
def _measured(file: Path, shown: str, src: str, size: int, _changed: int) -> Measured | Unusable:
    """The file as a picture; remembered while its size and its time stay."""
    try:
        data = file.read_bytes()
        measure = read_measure(data, suffix=file.suffix.lower())
    except OSError as error:
        return Unusable(why=f"{src} cannot be read: {_words(error)}", cure="look at the file")
    except Broken as broken:
        return Unusable(why=f"{src} {broken.why}", cure=broken.cure)
    return Measured(
        file=file,
        path=shown,
        width=measure.width,
        height=measure.height,
        size=size,
        digest=hashlib.sha256(data).hexdigest(),
        suffix=measure.suffix,
        copy_suffix=measure.copy_suffix,
        needs_copy=measure.needs_copy,
    )


def _spellings(folder: Path, src: str) -> list[Path]:
    """The files that an address can mean: as it is typed, or as a browser would read it."""
    typed = dict.fromkeys((src, unquote(src), unquote(re.split(r"[?#]", src, maxsplit=1)[0])))
    found = []
    for name in typed:
        file = folder / name.replace("\\", "/")
        try:
            if name and (file.exists() or file.is_symlink()):
                found.append(file)
        except (OSError, ValueError):
            continue
    return found


def _near(folder: Path, src: str) -> str:
    """The file that was probably meant: other capitals, a slip, or another folder."""
    wanted = unquote(src.replace("\\", "/"))
    parent = folder / Path(wanted).parent
    name = Path(wanted).name
    try:
        here = sorted(f.name for f in parent.iterdir() if f.is_file()) if parent.is_dir() else []
        same = [one for one in here if one.casefold() == name.casefold()]
        near = same or difflib.get_close_matches(name, here, n=1)
        if near:
            return (Path(wanted).parent / near[0]).as_posix()
        below = (f for child in sorted(folder.iterdir()) if child.is_dir() for f in child.iterdir())
        return next(
            (
                f.relative_to(folder).as_posix()
                for f in below
                if f.name.casefold() == name.casefold()
            ),
            "",
        )
    except (OSError, ValueError):
        return ""


def _shown(file: Path, root: Path) -> str:
    path = Path(os.path.normpath(file))
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name


def _words(error: Exception) -> str:
    return getattr(error, "strerror", None) or "its links lead in a circle"
