"""Our mark in a broadcast's internal `description`: how a lost answer is found again.

The API has no idempotency key. `[nl:<project>:<issue>:<digest12>]` is matched without
the digest: whatever version it was, it is this issue.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_MARK = re.compile(r"\[nl:([a-z0-9-]+):([^:\]\s]+):([0-9a-f]{12})\]")
DIGEST_LENGTH = 12


@dataclass(frozen=True, kw_only=True)
class Mark:
    """Which issue of which project a broadcast is, and the version it was made from."""

    project: str
    slug: str
    digest: str

    def __str__(self) -> str:
        return f"[nl:{self.project}:{self.slug}:{self.digest[:DIGEST_LENGTH]}]"

    def is_same_issue(self, other: Mark | None) -> bool:
        """Whether `other` marks the same issue of the same project, in any version."""
        return other is not None and (self.project, self.slug) == (other.project, other.slug)


def read_mark(description: str | None) -> Mark | None:
    """The mark in a broadcast's description, or None."""
    found = _MARK.search(description or "")
    return Mark(project=found[1], slug=found[2], digest=found[3]) if found else None
