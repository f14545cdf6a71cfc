"""The pictures that letters name. A name holds a hash of what it names, so it never changes."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from newsletter.server.public import pages

# The whole name is one that we give: no slash, no second dot, no other kind of file.
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,80}\.[0-9a-f]{16}\.(jpg|png|gif)")
_KINDS = {"jpg": "image/jpeg", "png": "image/png", "gif": "image/gif"}
_HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
    # Shown by mail programs in the web, and by nothing else as anything but a picture.
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}


def routes(folder: Path | None) -> list[Route]:
    """/media/NAME for the files in `folder`; nothing where there is none."""

    def picture(request: Request) -> Response:
        found = _NAME.fullmatch(request.path_params["name"])
        data = _read(folder / found[0]) if found and folder is not None else None
        if found is None or data is None:
            return pages.missing()
        return Response(data, media_type=_KINDS[found[1]], headers=_HEADERS)

    return [Route("/media/{name}", picture, methods=["GET"])]


def _read(file: Path) -> bytes | None:
    """The bytes of a plain file; None for anything else, also a link to one."""
    try:
        handle = os.open(
            file, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        )
    except OSError:
        return None
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return None
        with os.fdopen(handle, "rb", closefd=False) as opened:
            return opened.read()
    finally:
        os.close(handle)
