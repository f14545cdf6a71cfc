"""The author's wish is written into the author's file: status, time, subject.

A `.md` keeps its comments, order and body; a `.txt` is never touched, its settings
stand in a `.yaml` beside it. So do those of an `.html` that has none on top.
"""

from __future__ import annotations

import codecs
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from newsletter.commands.letters import Read, Source
from newsletter.commands.project import Project
from newsletter.errors import InFile, NotNow
from newsletter.issue.edit import set_front_matter, set_sidecar
from newsletter.issue.model import Status
from newsletter.issue.parse import parse_issue


def wished(
    project: Project,
    read: Read,
    *,
    status: Status,
    send_at: datetime | None = None,
    subject: str | None = None,
) -> Read:
    """The issue as it would read with this wish in its file; nothing is written yet."""
    issue = read.require()
    source = read.source
    changes: dict[str, object] = {"status": str(status)}
    if send_at is not None:
        changes["send_at"] = written_time(send_at, issue.timezone)
    if subject is not None:
        changes["subject"] = subject
    if source.holds_settings:
        text, beside = set_front_matter(source.text, changes), source.sidecar_text
    else:
        text, beside = source.text, set_sidecar(source.sidecar_text, changes)
    after = Source(
        file=source.file, path=source.path, text=text, sidecar=source.sidecar, sidecar_text=beside
    )
    try:
        parsed = parse_issue(
            text,
            path=source.path,
            timezone=project.timezone,
            sidecar=beside,
            sidecar_path=project.shown(source.sidecar),
            shortcodes=project.shortcodes,
        )
    except InFile as error:
        return Read(source=after, slug=read.slug, issue=None, error=error)
    return Read(source=after, slug=parsed.slug, issue=parsed, error=None)


def save(before: Read, after: Read) -> Path | None:
    """Write what changed, whole or not at all; gives the file, or None when nothing did.

    Raises NotNow when somebody edited the file in the meantime: their words win.
    """
    old, new = before.source, after.source
    if new.text != old.text:
        return _replace(new.file, old.text, new.text)
    if new.sidecar_text != old.sidecar_text and new.sidecar_text is not None:
        return _replace(new.sidecar, old.sidecar_text, new.sidecar_text)
    return None


def written_time(instant: datetime, zone: str) -> str:
    """`2026-11-24 09:00` in `zone`; with seconds and offset where that would lose something."""
    local = instant.astimezone(ZoneInfo(zone))
    if local.fold or local.second or local.microsecond:
        return local.replace(microsecond=0).isoformat(" ")
    return f"{local:%Y-%m-%d %H:%M}"


def read_time(words: str, zone: str) -> datetime:
    """The instant (UTC) that `written_time` wrote."""
    naive = datetime.fromisoformat(words)
    local = naive if naive.tzinfo else naive.replace(tzinfo=ZoneInfo(zone))
    return local.astimezone(UTC)


def _replace(file: Path, expected: str | None, text: str) -> Path:
    raw = file.read_bytes() if file.is_file() else None
    present = None if raw is None else file.read_text(encoding="utf-8-sig")
    if present != expected:
        raise NotNow(
            f"{file.name} was changed while it was being scheduled; nothing was written.",
            hint="Run the command again.",
            code="file-changed",
        )
    # Reading folded Windows line ends and left out a byte order mark: both go back.
    data = text.replace("\n", "\r\n") if raw and b"\r\n" in raw else text
    encoding = "utf-8-sig" if raw and raw.startswith(codecs.BOM_UTF8) else "utf-8"
    try:
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        with os.fdopen(handle, "wb") as out:
            out.write(data.encode(encoding))
        Path(name).chmod(file.stat().st_mode if raw is not None else 0o644)
        Path(name).replace(file)
    except OSError as error:
        raise NotNow(f"{file.name} cannot be written: {error.strerror}.") from error
    return file
