"""Pictures are put where readers load them, before the letter that names them leaves."""

from __future__ import annotations

import hashlib
import json
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from newsletter.commands.pictures import Gallery, Kept, keep
from newsletter.errors import NotNow, TryLater
from newsletter.render.pictures import Placed

# Seconds: shorter than a run's lease, which the stage before this one has renewed.
_LONGEST = 240
UPLOAD_FAILED = "upload-failed"
_NOTED = "uploaded.json"


def publish(pictures: Sequence[Placed], gallery: Gallery, *, folder: Path) -> tuple[Kept, ...]:
    """Keep a letter's pictures, and upload those that were not uploaded before.

    `folder` is where the upload command runs. Names hold a hash, so what was uploaded once
    stays right. Raises TryLater when the upload fails, NotNow when a picture cannot
    be kept; then nothing may be handed over.
    """
    if gallery.folder is None:
        return ()
    try:
        kept = keep(pictures, gallery.folder)
    except OSError as error:
        raise NotNow(f"The pictures cannot be kept: {error.strerror or error}.") from error
    if gallery.upload is None:
        return kept
    done = _uploaded(gallery)
    new = [one for one in kept if one.file.name not in done]
    if new:
        _upload(new, gallery.upload, folder=folder, beside=gallery.folder)
        _note(gallery, done | {one.file.name for one in new})
    return kept


def _upload(new: Sequence[Kept], command: str, *, folder: Path, beside: Path) -> None:
    with tempfile.TemporaryDirectory(dir=beside.parent, prefix="upload-") as made:
        for one in new:
            shutil.copyfile(one.file, Path(made) / one.file.name)
        words = [word.replace("{dir}", made) for word in shlex.split(command)]
        # Into a file and not through pipes: what the command leaves running in the background
        # (a kept connection of ssh) would hold them open.
        with tempfile.TemporaryFile() as said:
            try:
                done = subprocess.run(  # noqa: S603 - the author's own command, and no shell
                    words,
                    cwd=folder,
                    stdin=subprocess.DEVNULL,
                    stdout=said,
                    stderr=subprocess.STDOUT,
                    timeout=_LONGEST,
                    check=False,
                )
            except subprocess.TimeoutExpired as error:
                raise _failed(command, f"it did not end within {_LONGEST // 60} minutes") from error
            except OSError as error:
                why = f"{words[0]} cannot be run: {error.strerror}"
                raise _failed(command, why) from error
            if done.returncode:
                said.seek(0)
                lines = said.read(100_000).decode("utf-8", "replace").strip().splitlines()
                last = f": {lines[-1][:200]}" if lines else ""
                raise _failed(command, f"it ended with {done.returncode}{last}")


def _failed(command: str, why: str) -> TryLater:
    return TryLater(
        f"The pictures could not be uploaded: {why}.",
        hint="Nothing was handed over; the next run tries again.\n"
        f"By hand: {command}   ([images] upload in newsletter.toml)",
        code=UPLOAD_FAILED,
    )


def _uploaded(gallery: Gallery) -> set[str]:
    try:
        noted = json.loads(_notes(gallery).read_text(encoding="utf-8"))
        return set(noted[_key(gallery)])
    except (OSError, ValueError, KeyError, TypeError):
        return set()  # uploading once more does no harm


def _note(gallery: Gallery, names: set[str]) -> None:
    # Only the present place is remembered: another one begins afresh.
    text = json.dumps({_key(gallery): sorted(names)})
    try:
        _notes(gallery).write_text(text, encoding="utf-8")
    except OSError:
        return  # it is uploaded, and next time once more


def _notes(gallery: Gallery) -> Path:
    assert gallery.folder is not None  # noqa: S101  (there is something to keep)
    return gallery.folder.parent / _NOTED


def _key(gallery: Gallery) -> str:
    return hashlib.sha256(f"{gallery.address}\0{gallery.upload}".encode()).hexdigest()
