"""An issue's broadcasts at the target, found by their mark; and what their status means."""

from __future__ import annotations

from datetime import datetime, timedelta

from newsletter.broadcast.mark import Mark, read_mark
from newsletter.broadcast.model import State
from newsletter.commands.answers import asking
from newsletter.commands.desk import Desk
from newsletter.kit import Broadcast

# Kit's lists may lag behind its writes by minutes; a day also covers wrong clocks.
LOOK_BACK = timedelta(days=1)

_STATE_OF_STATUS = {
    "scheduled": State.HANDED_OVER,
    "sending": State.SENDING,
    "completed": State.SENT,
}


def find_marked(desk: Desk, slug: str, *, since: datetime | None) -> list[Broadcast]:
    """The target's broadcasts that bear this issue's mark, in any version, best one first.

    Walks the list from the newest back to `since` (UTC; None: all of it).
    """
    wanted = Mark(project=desk.project.id, slug=slug, digest="")
    found = []
    with asking("look for what was handed over before"):
        for broadcast in desk.target.kit.broadcasts.list(slim=True):
            if since and broadcast.created_at and broadcast.created_at < since - LOOK_BACK:
                break
            if wanted.is_same_issue(read_mark(broadcast.description)):
                found.append(broadcast)
    return best_first(found)


def all_marked(desk: Desk) -> dict[str, Broadcast]:
    """The best broadcast of every issue of this project that the target holds, by slug."""
    found: dict[str, list[Broadcast]] = {}
    with asking("read what was handed over before"):
        for broadcast in desk.target.kit.broadcasts.list(slim=True):
            mark = read_mark(broadcast.description)
            if mark is not None and mark.project == desk.project.id:
                found.setdefault(mark.slug, []).append(broadcast)
    return {slug: best_first(broadcasts)[0] for slug, broadcasts in found.items()}


def best_first(broadcasts: list[Broadcast]) -> list[Broadcast]:
    """The one that counts stands first: what is sent, then what is armed, then the oldest draft.

    All ledgers on one account choose alike.
    """
    rank = {"completed": 0, "sending": 1, "scheduled": 2, "draft": 3}
    return sorted(broadcasts, key=lambda b: (rank.get(b.status or "", 4), b.id))


def status_to_state(status: str | None) -> State:
    """What a broadcast's status at the target means for its issue."""
    return _STATE_OF_STATUS.get(status or "", State.DRAFTED)
