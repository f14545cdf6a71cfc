"""Decides whether a failed call may be repeated, and how long to wait first.

| failure | GET | POST, PUT, DELETE |
|---|---|---|
| 429: certainly not applied | six repeats, within a minute | the same |
| never left | three repeats | one repeat |
| no answer, unreadable, 5xx | three repeats | never: it may have been applied |
| any other refusal | never | never |

Waiting doubles each time and is jittered, so that clients that failed together
do not come back together. `Retry-After` has never been seen from Kit; should it
come, it is the least that is waited, and one above a minute ends the call.
"""

from __future__ import annotations

from collections.abc import Callable

from newsletter.kit.errors import KitError, NeverLeft, NoAnswer, RateLimited, ServerFault

PATIENCE = 60.0
"""Seconds after the first try in which another may begin; Kit's window is as long."""

READ_REPEATS = 3
WRITE_REPEATS = 1
LIMITED_REPEATS = 6
FIRST_WAIT = 0.5
FIRST_WAIT_AFTER_429 = 2.0


class Patience:
    """The tries of one call; `random` gives numbers from 0 to 1 for the jitter."""

    def __init__(self, method: str, *, random: Callable[[], float]) -> None:
        self._safe = method == "GET"
        self._random = random
        self._failed = 0
        self._limited = 0

    def wait_after(self, error: KitError, elapsed: float) -> float | None:
        """Seconds to wait before the next try, or `None` if this failure is final.

        Args:
            error: How the last try ended.
            elapsed: Seconds since the first try began.
        """
        left = PATIENCE - elapsed
        if left <= 0 or not self._may_repeat(error):
            return None
        asked = _asked_wait(error)
        if isinstance(error, RateLimited):
            planned = FIRST_WAIT_AFTER_429 * 2.0**self._limited
            self._limited += 1
        else:
            planned = FIRST_WAIT * 2.0**self._failed
            self._failed += 1
        if asked is not None:
            return asked + self._random() if asked <= PATIENCE else None
        # The last wait is cut to end with the minute, when the window is certainly over.
        return min(planned * (0.75 + self._random() / 2), left)

    def _may_repeat(self, error: KitError) -> bool:
        if isinstance(error, RateLimited):
            return self._limited < LIMITED_REPEATS
        if isinstance(error, NeverLeft):
            return self._failed < (READ_REPEATS if self._safe else WRITE_REPEATS)
        if isinstance(error, NoAnswer):
            return self._safe and self._failed < READ_REPEATS
        return False


def _asked_wait(error: KitError) -> float | None:
    return error.retry_after if isinstance(error, (RateLimited, ServerFault)) else None
