"""A started `newsletter preview`, for tests of several rooms."""

from __future__ import annotations

import queue
import re
import subprocess
import threading
import time


class Running:
    """A started preview; its lines are read as they come."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        self._came: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._came.put(line.rstrip("\n"))

    def until(self, piece: str, seconds: float = 20) -> str:
        """The first line from now on that has `piece`."""
        end = time.monotonic() + seconds
        while True:
            try:
                line = self._came.get(timeout=max(0.01, end - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no line with {piece!r} in {self.lines}") from None
            self.lines.append(line)
            if piece in line:
                return line

    @property
    def url(self) -> str:
        line = next(line for line in self.lines if "Preview   " in line)
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert found is not None
        return found[0]

    def ready(self) -> Running:
        self.until("Watching ")
        return self

    def end(self) -> float:
        """Ask it to stop; how many seconds that took."""
        began = time.monotonic()
        self.process.terminate()
        self.process.wait(15)
        return time.monotonic() - began
