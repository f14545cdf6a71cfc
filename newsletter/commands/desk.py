"""What a command that acts has in its hands: project, target, ledger, the lease, the clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from newsletter.commands.project import Project
from newsletter.commands.target import Target
from newsletter.ledger import leases
from newsletter.ledger.leases import Lease
from newsletter.ledger.opening import Ledger


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Who this process is to other runs; `is_alive` tells whether another owner still is."""

    owner: str
    is_alive: Callable[[str], bool]


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Everything a command that acts needs. `clock` gives aware UTC instants.

    `stage` is told the name of each stage before it is entered (for `-v`, and for
    tests that kill the process there).
    """

    project: Project
    target: Target
    ledger: Ledger
    clock: Callable[[], datetime]
    identity: Identity
    stage: Callable[[str], None] = lambda _name: None
    lease: Lease | None = None

    @property
    def held_lease(self) -> Lease:
        """The lease; only inside `working`."""
        assert self.lease is not None  # noqa: S101  (a mistake of ours, not of the user)
        return self.lease

    def renew(self) -> None:
        """Keep the lease through the next step; raises LeaseLost when it is gone."""
        leases.renew(self.ledger, self.held_lease, now=self.clock())


@contextmanager
def working(desk: Desk) -> Iterator[Desk]:
    """The desk with its target's lease taken; given back at the end, also after a failure.

    Raises TryLater while another run has it.
    """
    desk.stage("lease")
    lease = leases.take(
        desk.ledger,
        f"target:{desk.target.name}",
        owner=desk.identity.owner,
        now=desk.clock(),
        is_alive=desk.identity.is_alive,
    )
    try:
        yield replace(desk, lease=lease)
    finally:
        leases.give_back(desk.ledger, lease)
