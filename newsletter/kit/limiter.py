"""Keeps one credential's requests under Kit's limit by counting them here.

Kit counts per credential over a rolling minute, 120 for an API key and 600 for
an OAuth token, and tells nobody how many are left (Kit reference §2).
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

PER_KEY = 120
PER_TOKEN = 600
WINDOW = 60.0
# Requests can arrive closer together than they left, so the own window is a little longer.
MARGIN = 1.0


class Limiter:
    """Lets at most `limit` requests start in any window of `window` seconds.

    Safe to share between threads, and between clients with the same credential.
    The clock counts seconds and never goes back (`time.monotonic`).

    Example:
        >>> now = [0.0]
        >>> limiter = Limiter(2, window=60, monotonic=lambda: now[0],
        ...                   sleep=lambda seconds: print(f"waits {seconds:g} s"))
        >>> for _ in range(3):
        ...     limiter.wait()
        waits 60 s
    """

    def __init__(
        self,
        limit: int,
        *,
        monotonic: Callable[[], float],
        sleep: Callable[[float], None],
        window: float = WINDOW + MARGIN,
    ) -> None:
        self._window = window
        self._monotonic = monotonic
        self._sleep = sleep
        self._lock = threading.Lock()
        self._starts: deque[float] = deque(maxlen=limit)

    def wait(self) -> None:
        """Take the next free start and sleep until it comes."""
        with self._lock:
            now = self._monotonic()
            start = now
            if len(self._starts) == self._starts.maxlen:
                start = max(now, self._starts[0] + self._window)
            self._starts.append(start)
        if start > now:
            self._sleep(start - now)
