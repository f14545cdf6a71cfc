"""The letters on disk: which files they are, what each holds, and the mistakes in them as values."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePath

from newsletter.commands.album import digest_of_pictures
from newsletter.commands.project import Project
from newsletter.errors import InFile, InvalidIssue
from newsletter.issue.characters import split_lines
from newsletter.issue.model import Issue
from newsletter.issue.name import SUFFIXES, is_issue_file, slug_and_date

# Twenty times what Gmail shows of a mail. Whatever has more is no letter, and reading a file
# of any size would fill the memory of whoever looks at the folder.
LARGEST = 2_000_000  # bytes


@dataclass(frozen=True, kw_only=True)
class Source:
    """An issue's file as it stands on disk, with the settings file beside a `.txt` or `.html`."""

    file: Path
    path: str
    text: str
    sidecar: Path
    sidecar_text: str | None

    @property
    def is_plain_text(self) -> bool:
        return self.file.suffix.lower() == ".txt"

    @property
    def holds_settings(self) -> bool:
        """Whether its settings are written into the file itself: not into a `.txt`, and into an
        `.html` only where some stand already."""
        suffix = self.file.suffix.lower()
        if suffix != ".html":
            return suffix == ".md"
        # With YAML, which a pass with nothing armed does without.
        from newsletter.issue.frontmatter import find_block  # noqa: PLC0415

        try:
            found = find_block(split_lines(self.text), file=self.path, plain_text=False)
        except InvalidIssue:
            return True
        return found is not None

    def digest(self, project: Project) -> str:
        """A digest of all that decides the bytes of this issue's email."""
        pictures = digest_of_pictures(self.text, project.album(self.file))
        parts = (self.text, self.sidecar_text or "", project.look_digest, pictures)
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Read:
    """What reading one file gave: an issue, or the mistake that stands in it."""

    source: Source
    slug: str
    issue: Issue | None
    error: InFile | None

    def require(self) -> Issue:
        """The issue; raises the mistake instead when there is one."""
        if self.issue is None:
            assert self.error is not None  # noqa: S101  (one of the two is always there)
            raise self.error
        return self.issue


def issue_files(project: Project) -> Iterator[Path]:
    """The files in `issues/` that are issues, by name: letters and folders with an index."""
    try:
        entries = sorted(os.scandir(project.issues), key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        is_folder = _is_folder(entry)
        for file in indexes(Path(entry.path)) if is_folder else [Path(entry.path)]:
            name = PurePath(*file.parts[-2:]) if is_folder else PurePath(entry.name)
            if is_issue_file(name) and file.is_file():
                yield file


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Costs no look at the disk but for a link, of which there may be one that leads in a circle."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def indexes(folder: Path) -> list[Path]:
    """The `index` files of a folder; two of them are told as a mistake."""
    return [file for suffix in SUFFIXES if (file := folder / f"index{suffix}").is_file()]


def read_source(project: Project, file: Path) -> Source:
    """The file's text; raises InvalidIssue when it cannot be read as UTF-8 text, or is too long."""
    sidecar = file.with_suffix(".yaml")
    path = project.shown(file)
    has_sidecar = file.suffix.lower() != ".md" and sidecar.is_file()
    try:
        text = _text(file, path)
        beside = _text(sidecar, project.shown(sidecar)) if has_sidecar else None
    except UnicodeDecodeError as error:
        raise InvalidIssue(
            "this is not UTF-8 text",
            file=path,
            hint="Save it again as UTF-8, or paste it into a new file.",
        ) from error
    except OSError as error:
        raise InvalidIssue(f"it cannot be read: {error.strerror}", file=path) from error
    return Source(
        file=file,
        path=path,
        text=text,
        sidecar=sidecar,
        sidecar_text=beside,
    )


def _text(file: Path, path: str) -> str:
    with file.open("rb") as opened:
        content = opened.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise InvalidIssue(
            f"this file has more than {LARGEST // 1000:,} kB",
            file=path,
            hint="No mail program would show such a letter: Gmail cuts one off after 102 kB. "
            "Cut it into several, or keep pictures in files beside it.",
        )
    return content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")


def read_issue(project: Project, file: Path) -> Read:
    """Read one file; a mistake in it is a value here, not an exception."""
    source = _opened(project, file)
    return source if isinstance(source, Read) else _parsed(project, source)


def read_sources(project: Project) -> list[Source | Read]:
    """Every issue's file as it stands now; one that is no text is a `Read` with that mistake."""
    return [_opened(project, file) for file in issue_files(project)]


def _opened(project: Project, file: Path) -> Source | Read:
    try:
        return read_source(project, file)
    except InFile as error:
        nothing = Source(
            file=file,
            path=project.shown(file),
            text="",
            sidecar=file.with_suffix(".yaml"),
            sidecar_text=None,
        )
        return Read(
            source=nothing, slug=slug_and_date(project.shown(file))[0], issue=None, error=error
        )


def _parsed(project: Project, source: Source) -> Read:
    try:
        issue = _parse(
            source.text,
            source.path,
            project.timezone,
            source.sidecar_text,
            project.shown(source.sidecar),
            project.shortcodes,
        )
    except InFile as error:
        return Read(source=source, slug=slug_and_date(source.path)[0], issue=None, error=error)
    return Read(source=source, slug=issue.slug, issue=issue, error=None)


# A pass looks at every issue several times; the same text gives the same issue.
@lru_cache(maxsize=1024)
def _parse(
    text: str,
    path: str,
    timezone: str,
    sidecar: str | None,
    sidecar_path: str,
    shortcodes: frozenset[str],
) -> Issue:
    # With YAML and Markdown, which a pass with nothing armed does without.
    from newsletter.issue.parse import parse_issue  # noqa: PLC0415

    return parse_issue(
        text,
        path=path,
        timezone=timezone,
        sidecar=sidecar,
        sidecar_path=sidecar_path,
        shortcodes=shortcodes,
    )


def read_all(
    project: Project,
    *,
    sources: Sequence[Source | Read] | None = None,
    wanted: Callable[[Source], bool] = lambda _source: True,
) -> list[Read]:
    """Every issue of the project, or those whose text `wanted` asks for.

    `sources` are its files where they were read already: an issue that was parsed, too, is a
    `Read`. Two files with one slug: the second one is a mistake.
    """
    reads: list[Read] = []
    first: dict[str, str] = {}
    for source in read_sources(project) if sources is None else sources:
        if isinstance(source, Source) and not wanted(source):
            continue
        read = source if isinstance(source, Read) else _parsed(project, source)
        taken_by = first.setdefault(read.slug, read.source.path)
        if taken_by != read.source.path:
            error = InvalidIssue(
                f"{taken_by} is also called {read.slug!r}",
                file=read.source.path,
                rule="slug-taken",
                hint="Rename one of them, or give it another `slug:`.",
            )
            read = Read(source=read.source, slug=read.slug, issue=None, error=error)
        reads.append(read)
    return reads
