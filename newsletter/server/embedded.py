"""The server in a thread of the calling process, for as long as a `with` block lasts."""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import uvicorn
from starlette.types import ASGIApp

_START_SECONDS = 15.0
_STOP_SECONDS = 10
_LOOKS = 20
# How long a busy thread may keep the others of its process waiting. A request changes threads
# and asks the database a dozen times; beside a delivery, each would take Python's 5 ms.
_SWITCH_SECONDS = 0.0005


class CannotListen(Exception):
    """The address is taken or not this computer's; has `message` and `hint`."""

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@contextmanager
def serving(app: ASGIApp, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serve `app` and give its address, `http://HOST:PORT`; port 0 takes a free one.

    Answers requests from the first moment of the block; at its end, requests that are being
    answered are finished first. Signals stay the caller's. Raises CannotListen.
    """
    listener = _listen(host, port)
    address = listener.getsockname()
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        ws="none",
        lifespan="off",
        server_header=False,
        date_header=False,  # the app has a clock of its own
        timeout_graceful_shutdown=_STOP_SECONDS,
    )
    server = _Server(config)
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [listener]}, name="newsletter-server", daemon=True
    )
    before = sys.getswitchinterval()
    sys.setswitchinterval(min(before, _SWITCH_SECONDS))
    thread.start()
    try:
        _wait_until_started(server, thread)
        shown = f"[{address[0]}]" if ":" in address[0] else address[0]
        yield f"http://{shown}:{address[1]}"
    finally:
        server.stop()
        thread.join(_STOP_SECONDS + 5)
        listener.close()
        sys.setswitchinterval(before)


class _Server(uvicorn.Server):
    """Stops at once: uvicorn looks ten times a second, and every command would wait for it, twice."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._stopping: tuple[asyncio.AbstractEventLoop, asyncio.Event] | None = None

    async def main_loop(self) -> None:
        event = asyncio.Event()
        self._stopping = (asyncio.get_running_loop(), event)
        counter = 0
        while not await self.on_tick(counter):
            counter = (counter + 1) % 864_000  # as in uvicorn: a day of ticks
            with suppress(TimeoutError):
                await asyncio.wait_for(event.wait(), 0.1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close what is idle; where an answer is still on its way, leave it to uvicorn to wait."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        for _ in range(_LOOKS):
            if not (self.server_state.connections or self.server_state.tasks):
                return
            await asyncio.sleep(0.001)
        await super().shutdown(sockets)

    def stop(self) -> None:
        """End the loop; to be called from another thread."""
        self.should_exit = True
        if self._stopping is not None:
            loop, event = self._stopping
            with suppress(RuntimeError):  # the loop has ended by itself
                loop.call_soon_threadsafe(event.set)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, because asyncio switches Nagle's algorithm off only then, and with it on
    # every answer on a kept connection waits 40 ms for an acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(512)
    except (OSError, OverflowError) as error:
        listener.close()
        raise CannotListen(
            f"cannot listen on {host}:{port}: {getattr(error, 'strerror', None) or error}",
            hint="Stop what uses it, or name another with --port (0 takes a free one).",
        ) from error
    return listener


def _wait_until_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    give_up = time.monotonic() + _START_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > give_up:
            raise RuntimeError("the embedded server did not start")
        time.sleep(0.005)
