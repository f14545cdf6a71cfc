"""The pictures of a letter, once they are found: small copies, and where they are kept."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from newsletter.commands.imagefile import copied
from newsletter.render.pictures import Measured, Placed

MEDIA = "media"
"""The folder of pictures below `.newsletter/`, and the path that the embedded server has them at."""


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


def bytes_of(picture: Placed) -> bytes:
    """The very bytes that are sent under a picture's name.

    A copy that came out larger than the file is not used, where the file may be sent as
    it stands. Raises OSError when the file is gone.
    """
    found = picture.found
    assert isinstance(found, Measured)  # noqa: S101  (what has a name is usable)
    if picture.copy_width is None:
        return _unchanged(found)
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


def _unchanged(picture: Measured) -> bytes:
    """The file's bytes; raises OSError when they are no longer those that its name stands for."""
    data = picture.file.read_bytes()
    if hashlib.sha256(data).hexdigest() != picture.digest:
        raise OSError(f"{picture.path} was changed at this moment; do it again")
    return data


@lru_cache(maxsize=64)
def _copy(picture: Measured, width: int) -> bytes:
    data = _unchanged(picture)
    made = copied(data, width=width, suffix=picture.copy_suffix or picture.suffix)
    is_same_kind = picture.copy_suffix == picture.suffix
    return data if len(made) >= len(data) and is_same_kind and not picture.needs_copy else made


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
