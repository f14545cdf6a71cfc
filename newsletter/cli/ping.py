"""`NEWSLETTER_PING_URL`: a dead man's switch hears of every run (healthchecks.io and alike).

`URL/start` before, then `URL` with the run's lines, or `URL/<exit status>` after a failure.
Never the reason that a run fails.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import httpx

TIMEOUT = 5.0
TRIES = 2
# Another run is at it, or the network is out: the next run tries again.
_FINE = (0, 75)


def ping_start(url: str, complain: Callable[[str], None]) -> None:
    """Say that a run begins."""
    _post(f"{url.rstrip('/')}/start", "", complain)


def ping_end(
    url: str, exit_code: int, lines: Sequence[str], complain: Callable[[str], None]
) -> None:
    """Say how it ended, with what it said."""
    base = url.rstrip("/")
    _post(base if exit_code in _FINE else f"{base}/{exit_code}", "\n".join(lines), complain)


def _post(url: str, body: str, complain: Callable[[str], None]) -> None:
    why = ""
    for _ in range(TRIES):
        try:
            answer = httpx.post(url, content=body.encode(), timeout=TIMEOUT, follow_redirects=False)
        except httpx.HTTPError as error:
            why = type(error).__name__
        except httpx.InvalidURL:
            why = "not an address"
            break
        else:
            if answer.is_success:
                return
            why = f"status {answer.status_code}"
    # The address is a secret of sorts: whoever knows it can silence the alarm.
    complain(f"NEWSLETTER_PING_URL was not reached ({why}); the run itself went on.")
