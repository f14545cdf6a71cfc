"""Compiled templates, kept between processes in a folder that nobody else can write.

Compiling the built-in look takes twice as long as all the rest of a first render.
What Jinja2 keeps is code, so it is only read from a folder that belongs to the user
and is closed to everybody else; elsewhere, templates are compiled each time.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import FileSystemBytecodeCache


def compiled_templates(
    folder: Path | None, options: Mapping[str, Any]
) -> FileSystemBytecodeCache | None:
    """Where Jinja2 keeps compiled templates, or None where that is not safe or possible.

    Code compiled under other `options` of the environment is never used.
    """
    if folder is None or not hasattr(os, "getuid"):
        return None
    digest = hashlib.sha256(repr(sorted(options.items(), key=str)).encode()).hexdigest()
    own = folder / f"templates-{digest[:8]}"
    try:
        own.mkdir(mode=0o700, parents=True, exist_ok=True)
        state = own.lstat()
    except OSError:
        return None  # it only costs time
    private = (
        stat.S_ISDIR(state.st_mode)
        and state.st_uid == os.getuid()
        and not state.st_mode & 0o077
        and os.access(own, os.W_OK)
    )
    return FileSystemBytecodeCache(str(own)) if private else None
