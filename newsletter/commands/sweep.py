"""Drafts that bear our mark and are nobody's: left by a lost answer, mailed to no one, deleted."""

from __future__ import annotations

from datetime import timedelta

from newsletter.broadcast.mark import Mark, read_mark
from newsletter.commands.answers import asking
from newsletter.commands.desk import Desk
from newsletter.kit import NotFound
from newsletter.ledger import issues, runs

# A younger draft may be another pass's, which is about to record it.
AGE = timedelta(hours=24)
PAUSE = timedelta(hours=1)
# Only an attempt leaves drafts behind; this long after it none can be left.
RECENT = timedelta(days=14)


def sweep(desk: Desk) -> int:
    """Delete this project's orphan drafts that are a day old; gives how many.

    A draft is an orphan when the ledger has recorded another broadcast for its issue.
    Asks the target at most once an hour, and only while there was an attempt lately.
    """
    now, name = desk.clock(), desk.target.name
    records = issues.all_for(desk.ledger, name)
    recent = [r for r in records.values() if r.attempted_at and now - r.attempted_at < RECENT]
    last = runs.swept_at(desk.ledger, name)
    if not recent or (last is not None and now - last < PAUSE):
        return 0
    desk.stage("sweep")
    oldest = min(r.attempted_at for r in recent if r.attempted_at) - AGE
    ours = {(r.slug, r.broadcast_id) for r in records.values()}
    orphans = []
    with asking("look for orphan drafts"):
        for broadcast in desk.target.kit.broadcasts.list(slim=True, status="draft"):
            if broadcast.created_at is None or broadcast.created_at < oldest:
                break
            mark = read_mark(broadcast.description)
            if mark is None or now - broadcast.created_at < AGE:
                continue
            record = records.get(mark.slug)
            is_ours = mark.is_same_issue(Mark(project=desk.project.id, slug=mark.slug, digest=""))
            has_another = record is not None and record.broadcast_id is not None
            if is_ours and has_another and (mark.slug, broadcast.id) not in ours:
                orphans.append(broadcast.id)
    for orphan in orphans:
        desk.renew()
        with asking("delete an orphan draft", writes=True):
            try:
                desk.target.kit.broadcasts.delete(orphan)
            except NotFound:
                continue  # somebody else swept it
    runs.swept(desk.ledger, name, now=now)
    return len(orphans)
