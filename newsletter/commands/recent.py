"""The letters that were sent, for `[recent]`: by the ledger, and where they are on the web by their files."""

from __future__ import annotations

from collections.abc import Mapping

from newsletter.broadcast.model import Record, State
from newsletter.commands.letters import read_issue
from newsletter.commands.project import Project
from newsletter.render.model import Recent

_SENT = (State.SENT, State.SENDING)
_MOST = 20


def recent_letters(project: Project, records: Mapping[str, Record]) -> tuple[Recent, ...]:
    """At most twenty letters that went out, the newest first."""
    sent = [record for record in records.values() if record.state in _SENT and record.subject]
    sent.sort(key=lambda record: (record.sent_at or record.send_at, record.slug), reverse=True)
    return tuple(
        Recent(
            slug=record.slug,
            subject=record.subject or record.slug,
            url=_url(project, record),
            date=f"{record.sent_at or record.send_at:%Y-%m-%d}",
        )
        for record in sent[:_MOST]
    )


def _url(project: Project, record: Record) -> str | None:
    file = project.root / record.path
    if not record.path or not file.is_file():
        return None
    issue = read_issue(project, file).issue
    return issue.url if issue else None
