"""So many per key in a rolling window, kept in memory: calls of a client, sign-ups of a network."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from threading import Lock

_MOST_KEYS = 10_000


class Budget:
    """At most `most` spendings per key in any `seconds`. Safe to share between threads."""

    def __init__(
        self, *, most: int, seconds: float, timer: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = most
        self._seconds = seconds
        self._timer = timer
        self._spent: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = Lock()

    def spend(self, key: str) -> bool:
        """Spend one of `key`'s; False, and nothing spent, when there is none left."""
        now = self._timer()
        with self._lock:
            spent = self._spent.setdefault(key, deque())
            self._spent.move_to_end(key)
            while len(self._spent) > _MOST_KEYS:
                self._spent.popitem(last=False)
            while spent and spent[0] <= now - self._seconds:
                spent.popleft()
            if len(spent) >= self._most:
                return False
            spent.append(now)
            return True
