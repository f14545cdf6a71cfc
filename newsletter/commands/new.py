"""`new`: start an issue, from nothing or from text that exists already."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from newsletter.commands.album import Album, named_pictures
from newsletter.commands.letters import read_all
from newsletter.commands.project import Project
from newsletter.commands.schedule import taken_times
from newsletter.errors import NotNow, WrongUsage
from newsletter.issue.model import Change
from newsletter.issue.name import slugify
from newsletter.issue.new import import_text, new_issue
from newsletter.issue.time import next_slot


@dataclass(frozen=True, kw_only=True)
class Started:
    """The new issue, and what taking over foreign text changed or left out."""

    path: str
    slug: str
    date: str
    subject: str
    preview_text: str
    changes: tuple[Change, ...]


def new(
    project: Project,
    title: str,
    *,
    date: str | None,
    source: Path | None,
    is_folder: bool,
    now: datetime,
    template: str | None = None,
    keeps_html: bool = False,
) -> Started:
    """Write `issues/DATE-slug.md` (or a folder with `index.md`) and say what is in it.

    DATE is the next free slot's day, or today. `source` is taken over, an `.html` as
    Markdown unless `keeps_html`; into a folder the pictures beside it are copied, too. Raises WrongUsage for a title without
    a letter or a slug that is taken, NotNow when the file cannot be written.
    """
    slug = slugify(title)
    if not slug:
        raise WrongUsage(
            "A title needs at least one letter or digit.", hint='newsletter new "Walking slowly"'
        )
    if any(read.slug == slug for read in read_all(project)):
        raise WrongUsage(
            f"There is an issue called {slug!r} already.",
            hint="Choose another title.",
            code="slug-taken",
        )
    day = _day(project, date, now)
    preview_text, body = "", ""
    changes: tuple[Change, ...] = ()
    suffix = ".md"
    if source is not None:
        imported = import_text(
            _read(source),
            suffix=source.suffix,
            path=str(source),
            shortcodes=project.shortcodes,
            keeps_html=keeps_html,
        )
        preview_text, body, changes = imported.preview_text, imported.body, imported.changes
        suffix = imported.suffix
    text = new_issue(subject=title, preview_text=preview_text, body=body, template=template)
    name = f"{day}-{slug}"
    file = project.issues / (f"{name}/index{suffix}" if is_folder else f"{name}{suffix}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as out:
            out.write(text)
        if source is not None:
            changes = (*changes, *_bring_pictures(body, source, file.parent, is_folder=is_folder))
    except OSError as error:
        raise NotNow(f"{project.shown(file)} cannot be written: {error.strerror}.") from error
    return Started(
        path=project.shown(file),
        slug=slug,
        date=day,
        subject=title,
        preview_text=preview_text,
        changes=tuple(changes),
    )


def _bring_pictures(body: str, source: Path, folder: Path, *, is_folder: bool) -> Iterator[Change]:
    """Copy the pictures beside `source` that a letter names into its folder, or say where they stay."""
    album = Album(letter=source, root=source.parent, issues=source.parent)
    for name, found in named_pictures(body, album):
        if not is_folder:
            why = f"the picture stays at {found.file}; with --folder it comes along"
            yield Change(line=1, kind="changed", text=name, why=why)
            continue
        there = folder / found.path
        there.parent.mkdir(parents=True, exist_ok=True)
        if not there.exists():
            shutil.copyfile(found.file, there)
        yield Change(
            line=1, kind="changed", text=name, why="the picture was copied beside the letter"
        )


def _day(project: Project, date: str | None, now: datetime) -> str:
    zone = ZoneInfo(project.timezone)
    if date is not None:
        try:
            return f"{datetime.strptime(date, '%Y-%m-%d').date()}"  # noqa: DTZ007  (a day has no zone)
        except ValueError as error:
            raise WrongUsage(
                f"--date: {date!r} is no date.", hint="Write it as 2026-11-24."
            ) from error
    if project.slot is not None:
        slot = next_slot(project.slot, after=now, zone=project.timezone, taken=taken_times(project))
        return f"{slot.astimezone(zone).date()}"
    return f"{now.astimezone(zone).date()}"


def _read(source: Path) -> str:
    try:
        return source.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise WrongUsage(f"{source} is not UTF-8 text.", hint="Save it again as UTF-8.") from error
    except OSError as error:
        raise WrongUsage(f"{source} cannot be read: {error.strerror}.") from error
