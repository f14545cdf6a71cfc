"""Tells every open page what changed, as server-sent events."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import Any

from sse_starlette import ServerSentEvent

_MOST_LISTENERS = 64  # a browser has a handful of tabs; more is somebody's mistake


class Live:
    """Events for the open pages. `publish` and `close` may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: dict[asyncio.Queue[ServerSentEvent | None], asyncio.AbstractEventLoop]
        self._listeners = {}
        self._is_closed = False

    @property
    def is_full(self) -> bool:
        """Whether no further page can listen."""
        return self._is_closed or len(self._listeners) >= _MOST_LISTENERS

    def publish(self, name: str, data: Mapping[str, Any]) -> None:
        """Tell all pages."""
        self._put(ServerSentEvent(json.dumps(data), event=name))

    def close(self) -> None:
        """End all streams, so that the server can stop."""
        self._is_closed = True
        self._put(None)

    async def listen(self, hello: Mapping[str, Any]) -> AsyncIterator[ServerSentEvent]:
        """Everything that happens from now on; first `hello`, from which a page that was
        away learns whether it missed something."""
        queue: asyncio.Queue[ServerSentEvent | None] = asyncio.Queue()
        with self._lock:
            self._listeners[queue] = asyncio.get_running_loop()
        try:
            yield ServerSentEvent(json.dumps(hello), event="hello", retry=1000)
            while not self._is_closed:
                event = await queue.get()
                if event is None:
                    return
                yield event
        finally:
            with self._lock:
                self._listeners.pop(queue, None)

    def _put(self, event: ServerSentEvent | None) -> None:
        with self._lock:
            listeners = list(self._listeners.items())
        for queue, loop in listeners:
            with suppress(RuntimeError):  # the loop has ended, and the page with it
                loop.call_soon_threadsafe(queue.put_nowait, event)
