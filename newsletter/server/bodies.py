"""A request's body, read to a limit, before anything looks at it."""

from __future__ import annotations

from starlette.requests import Request


class TooLong(Exception):
    """The body is longer than what the operation could use."""


async def read(request: Request, *, limit: int) -> bytes:
    """The body's bytes. Raises TooLong as soon as there are more than `limit`."""
    chunks = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise TooLong
        chunks.append(chunk)
    return b"".join(chunks)
