"""What a worker notes beside the database while messages leave: a line before, a line after.

Outcomes reach the database some dozens at a time. When a worker is killed in between, its
journal still knows which messages were answered, and which one was on its way: that one's
fate is unknown, all others' is known.

A line is one write, so a killed process leaves it whole or not at all. A machine that lost
power may lose lines that were not flushed; the journal says in which run of the machine it
was written, and is trusted for what it does not hold only within that run.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from newsletter.server.store.outcomes import Outcome
from newsletter.server.store.queue import Lease

_BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, kw_only=True)
class Found:
    """What journals say of one batch.

    `leaving` are the deliveries whose content may have left and whose answer is not known.
    `is_complete`: whatever is not named here did not leave.
    """

    outcomes: Mapping[int, Outcome] = field(default_factory=dict)
    leaving: frozenset[int] = frozenset()
    is_complete: bool = False


class Journal:
    """One worker's notes on one batch, in a file of their own. Raises OSError on a full disk."""

    def __init__(self, folder: Path, held: Lease) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = folder / _name(held.broadcast_id, held.batch_id, held.fence)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND
        self._file = os.open(self.path, flags, 0o600)
        try:
            self._write(f"newsletter journal 1 {_boot()}\n")
        except BaseException:
            os.close(self._file)
            raise

    def leaving(self, delivery_id: int) -> None:
        """The content of this delivery leaves next."""
        self._write(f"I {delivery_id}\n")

    def answered(self, outcome: Outcome) -> None:
        """This is what became of it."""
        words = json.dumps([outcome.subscriber_id, outcome.state, outcome.is_bounce, outcome.reply])
        self._write(f"A {outcome.delivery_id} {words}\n")

    def flush(self) -> None:
        """Put everything on the disk itself."""
        os.fsync(self._file)

    def close(self) -> None:
        """Leave the file where it is, for whoever takes the batch over."""
        os.close(self._file)

    def remove(self) -> None:
        """Everything it says is in the database now."""
        self.path.unlink(missing_ok=True)

    def _write(self, line: str) -> None:
        octets = line.encode()
        if os.write(self._file, octets) != len(octets):
            raise OSError(f"{self.path} could not be written: no room left")


def read(folder: Path | None, held: Lease) -> Found:
    """What earlier workers noted on the batch that `held` has taken over."""
    outcomes: dict[int, Outcome] = {}
    leaving: set[int] = set()
    is_complete = False
    for path in _files(folder, held):
        fence = int(path.stem.rpartition("-")[2])
        head, lines = _lines(path)
        if fence == held.reached_fence:
            is_complete = head == f"newsletter journal 1 {_boot()}" and bool(_boot())
        for line in lines:
            kind, _, rest = line.partition(" ")
            if kind == "I":
                leaving.add(int(rest))
            elif kind == "A":
                number, _, words = rest.partition(" ")
                subscriber_id, state, is_bounce, reply = json.loads(words)
                outcomes[int(number)] = Outcome(
                    delivery_id=int(number),
                    subscriber_id=subscriber_id,
                    state=state,
                    is_bounce=is_bounce,
                    reply=reply,
                )
    return Found(
        outcomes=outcomes, leaving=frozenset(leaving - set(outcomes)), is_complete=is_complete
    )


def forget(folder: Path | None, held: Lease) -> None:
    """What earlier workers noted on a batch is in the database now."""
    for path in _files(folder, held):
        with suppress(OSError):
            path.unlink()


def _files(folder: Path | None, held: Lease) -> Iterator[Path]:
    """The journals of earlier workers, oldest first."""
    if folder is None:
        return
    for fence in range(1, held.fence):
        path = folder / _name(held.broadcast_id, held.batch_id, fence)
        if path.is_file():
            yield path


def _lines(path: Path) -> tuple[str, list[str]]:
    """The first line, and the whole ones after it; the last may have been cut off."""
    lines = path.read_bytes().decode("utf-8", "replace").split("\n")
    return lines[0], lines[1:-1]


def _name(broadcast_id: int, batch_id: int, fence: int) -> str:
    return f"{broadcast_id}-{batch_id}-{fence}.journal"


def _boot() -> str:
    """Which run of this machine it is; empty where that cannot be told."""
    try:
        return _BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return ""
