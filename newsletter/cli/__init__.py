"""The terminal: parse, call a command, print; exit status."""

import atexit
import gc
import sys


def main() -> None:
    """Run the command line; ends the process with the exit status."""
    _start_quickly()
    from newsletter.cli.app import run

    run()


def _start_quickly() -> None:
    """Spare every call of the program, and cron makes one every five minutes, a fifth of its start."""
    # What imports make stays until the end: looking through it for garbage finds none.
    gc.set_threshold(100_000, 20, 20)
    atexit.register(gc.freeze)
    # httpx brings a command of its own, with Rich and Pygments; it does without this module.
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
