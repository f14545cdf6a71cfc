"""Which process this is, and whether another one still lives."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from newsletter.commands.desk import Identity


def this_process() -> Identity:
    """This process as an owner of leases: host, process id, and when it began."""
    pid = os.getpid()
    return Identity(owner=f"{socket.gethostname()}:{pid}:{_began(pid)}", is_alive=is_alive)


def is_alive(owner: str) -> bool:
    """Whether the process behind `owner` may still be working.

    One on another machine may be: only its lease running out tells. A process id that
    was given to a new process since is another owner.
    """
    host, pid, began = owner.rsplit(":", 2)
    if host != socket.gethostname():
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return _began(int(pid)) in (began, "")


def _began(pid: int) -> str:
    """The process's start time in clock ticks since boot (proc(5)), or nothing elsewhere."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
    return fields.rpartition(")")[2].split()[19]
