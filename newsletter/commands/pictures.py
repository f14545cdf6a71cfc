"""The pictures of a letter: found beside it, measured, copied small, and put where readers load them.

A file is read only when it is a plain file inside of the project (for a letter outside of
any, beside it); what it holds is decoded within limits before anything is said about it.
"""

from __future__ import annotations

import difflib
import hashlib
import os
import re
import stat
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote

from newsletter.commands.imagefile import Broken, copied, read_measure
from newsletter.render.pictures import Measured, Pictures, Placed, Unusable, is_file, is_rooted

MEDIA = "media"
"""The folder of pictures below `.newsletter/`, and the path that the embedded server has them at."""

# What a letter or its settings can name a picture by. Only to notice that one changed, so
# a word too many does no harm.
_NAMED = re.compile(
    r"\]\(\s*<([^<>\n]+)>|\]\(\s*([^)\s<>]+)|\bsrc\s*=\s*[\"']?([^\"'>\s]+)"
    r"|^\s*(?:\[[^\]]+\]|thumbnail|image|cover|feature_image):\s*[<\"']?([^\s<>\"']+)",
    re.MULTILINE,
)
_LARGEST = 50_000_000


@dataclass(frozen=True, kw_only=True)
class Gallery:
    """Where pictures go. `folder` is where they are kept, None where there is no project yet.

    `address` is what comes before a picture's name in a letter; `is_public` whether readers
    of a real target can load it from there. `upload` is a command with `{dir}` that puts
    them there, or None.
    """

    folder: Path | None = None
    address: str = ""
    is_public: bool = False
    upload: str | None = None


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One picture as it is kept: its file, and its bytes before and after."""

    picture: Placed
    file: Path
    before: int
    after: int


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

    def _found(self, src: str, folders: tuple[Path, ...], root: Path) -> Measured | Unusable:
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
                cure="put the picture beside the letter, or correct its name",
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
        path = _shown(file, self._project)
        return _measured(real, path, shown, state.st_size, state.st_mtime_ns)


def digest_of_pictures(text: str, album: Album) -> str:
    """A digest of the pictures that a letter's text names; empty where there are none."""
    return " ".join(found.digest for _, found in named_pictures(text, album))


def named_pictures(text: str, album: Album) -> list[tuple[str, Measured]]:
    """The picture files that a letter's text names, by name."""
    names = {one for found in _NAMED.findall(text) for one in found if one and is_file(one)}
    looked = ((name, album.of_letter(name)) for name in sorted(names))
    return [(name, found) for name, found in looked if isinstance(found, Measured)]


def bytes_of(picture: Placed) -> bytes:
    """The very bytes that are sent under a picture's name.

    A copy that came out larger than the file is not used, where the file may be sent as
    it stands. Raises OSError when the file is gone.
    """
    found = picture.found
    assert isinstance(found, Measured)  # noqa: S101  (what has a name is usable)
    if picture.copy_width is None:
        return found.file.read_bytes()
    return _copy(found, picture.copy_width)


def keep(pictures: Iterable[Placed], folder: Path) -> tuple[Kept, ...]:
    """Put every usable picture into `folder` under its name; what is there stays.

    Raises OSError when it cannot be written or read.
    """
    kept: dict[str, Kept] = {}
    for one in pictures:
        if not isinstance(one.found, Measured) or one.name in kept:
            continue
        file = folder / one.name
        if not file.is_file():
            folder.mkdir(parents=True, exist_ok=True)
            _write(file, bytes_of(one))
        kept[one.name] = Kept(
            picture=one, file=file, before=one.found.size, after=file.stat().st_size
        )
    return tuple(kept.values())


def sizes(pictures: Sequence[Placed], gallery: Gallery) -> dict[str, int]:
    """How many bytes of each picture leave, by its name.

    A copy is made to know it only where the file is so large that it matters.
    """
    found: dict[str, int] = {}
    for one in pictures:
        if not isinstance(one.found, Measured):
            continue
        there = gallery.folder / one.name if gallery.folder else None
        if there is not None and there.is_file():
            found[one.name] = there.stat().st_size
        elif one.copy_width is None or one.found.size < LARGE:
            found[one.name] = one.found.size
        else:
            try:
                found[one.name] = len(bytes_of(one))
            except OSError:
                found[one.name] = one.found.size
    return found


LARGE = 1_000_000
"""From so many bytes on a picture is too large for a letter."""


@lru_cache(maxsize=64)
def _copy(picture: Measured, width: int) -> bytes:
    data = picture.file.read_bytes()
    made = copied(data, width=width, suffix=picture.copy_suffix or picture.suffix)
    is_same_kind = picture.copy_suffix == picture.suffix
    return data if len(made) >= len(data) and is_same_kind and not picture.needs_copy else made


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


def _write(file: Path, data: bytes) -> None:
    """Whole or not at all: a mail program may ask for it at this moment."""
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
        Path(name).chmod(0o644)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
