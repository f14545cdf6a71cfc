"""The program at a terminal."""

import os
import pty
import select
import signal
import time
from collections.abc import Mapping

import pytest


@pytest.fixture
def terminal(folder):
    """Runs the program with a terminal on all three streams; types `keys` at each question.

    The key "^C" is what the terminal makes of it: an interrupt. It is pressed again after a
    while, as a person would: one that comes just before a read begins is only noticed after it.
    """

    def run(*words: str, keys: dict[str, str], env: Mapping[str, str] = {}) -> tuple[int, str]:
        primary, secondary = pty.openpty()
        process = folder.start(*words, env=env, stdin=secondary, stdout=secondary, stderr=secondary)
        os.close(secondary)
        seen, asked, end = "", dict(keys), time.monotonic() + 30
        pressed = 0.0
        while time.monotonic() < end:
            if pressed and time.monotonic() - pressed > 3:
                process.send_signal(signal.SIGINT)
                pressed = time.monotonic()
            ready, _, _ = select.select([primary], [], [], 0.1)
            if ready:
                try:
                    piece = os.read(primary, 65536)
                except OSError:  # the other side is closed
                    break
                if not piece:
                    break
                seen += piece.decode()
            for question in [q for q in asked if q in seen]:
                key = asked.pop(question)
                if key == "^C":
                    process.send_signal(signal.SIGINT)
                    pressed = time.monotonic()
                else:
                    os.write(primary, key.encode())
        os.close(primary)
        assert process.wait(timeout=10) is not None
        return process.returncode, seen

    return run
