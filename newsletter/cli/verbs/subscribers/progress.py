"""A progress bar on stderr, after a second, for a person at a terminal."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

import click

from newsletter.cli.call import Call

PATIENCE = 1.0


class Progress:
    """Counts up to `length`; shows nothing when it is done within a second."""

    def __init__(self, call: Call, length: int) -> None:
        self._is_wanted = sys.stderr.isatty() and not (call.quiet or call.as_json)
        self._length = length
        self._began = time.monotonic()
        self._done = 0
        self._stack = ExitStack()
        self._bar: Any = None

    def tick(self, number: int) -> None:
        """So many more are done."""
        self._done += number
        if not self._is_wanted:
            return
        if self._bar is not None:
            self._bar.update(number)
        elif time.monotonic() - self._began >= PATIENCE:
            bar = click.progressbar(length=self._length, file=sys.stderr, show_pos=True)
            self._bar = self._stack.enter_context(bar)
            self._bar.update(self._done)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()
