"""The project on disk: its issues, how one is found by a word, and what decides its bytes."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property, lru_cache
from pathlib import Path

from newsletter.broadcast.model import Policy
from newsletter.commands.album import Album, digest_of_pictures
from newsletter.commands.pictures import Gallery
from newsletter.errors import InFile, InvalidIssue, WrongUsage
from newsletter.issue.characters import split_lines
from newsletter.issue.model import Issue
from newsletter.issue.name import SUFFIXES, is_issue_file, slug_and_date
from newsletter.render.model import Look, Recent
from newsletter.render.pictures import Measured, is_file

_MOST_NAMES = 5
# Twenty times what Gmail shows of a mail. Whatever has more is no letter, and reading a file
# of any size would fill the memory of whoever looks at the folder.
LARGEST = 2_000_000  # bytes


@dataclass(frozen=True, kw_only=True)
class Project:
    """A folder with `newsletter.toml`, `issues/` and `templates/`, and its settings.

    `gallery` is where its pictures go; `recent` gives the letters that were sent before, the
    newest first, and is asked only by a letter that shows them.
    """

    root: Path
    id: str
    name: str
    timezone: str
    slot: str | None
    policy: Policy
    undo: timedelta
    max_recipients: int | None = None
    strict: bool
    ignore: frozenset[str]
    look: Look
    gallery: Gallery = field(default_factory=Gallery)
    recent: Callable[[], tuple[Recent, ...]] = tuple

    @property
    def shortcodes(self) -> frozenset[str]:
        """The names that mean something in brackets."""
        from newsletter.render.templates import shortcode_names  # noqa: PLC0415

        return shortcode_names(self.look.templates)

    def album(self, letter: Path) -> Album:
        """The pictures that a letter, by its file, and the look can name."""
        return Album(letter=letter, root=self.root, issues=self.issues)

    @property
    def issues(self) -> Path:
        """The folder of the letters."""
        return self.root / "issues"

    def shown(self, path: Path) -> str:
        """`path` as people see it: relative to the project where it lies inside."""
        if path.is_relative_to(self.root):
            return path.relative_to(self.root).as_posix()
        try:
            return path.resolve().relative_to(self.root.resolve()).as_posix()
        except ValueError:
            return path.as_posix()

    def own_files(self) -> dict[str, str]:
        """The text of the settings and of the project's own templates, by their shown paths."""
        files = [self.root / "newsletter.toml"]
        files += [each for folder in self.look.templates for each in sorted(folder.rglob("*.j2"))]
        found = {}
        for file in files:
            try:
                found[self.shown(file)] = file.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError):
                continue  # rendering tells what is wrong with a template
        return found

    @cached_property
    def look_digest(self) -> str:
        """A digest of everything but the issue that decides an email's bytes."""
        # With Jinja2, which a pass with nothing to render does without.
        from newsletter.render.templates import builtin_templates  # noqa: PLC0415

        digest = hashlib.sha256()
        for folder in (*self.look.templates, builtin_templates()):
            for file in sorted(folder.rglob("*")) if folder.is_dir() else ():
                if file.is_file():
                    digest.update(file.relative_to(folder).as_posix().encode())
                    digest.update(file.read_bytes())
        rest = [
            vars(self.look.newsletter),
            self.look.theme,
            self.look.forms,
            self.look.form_fallback,
            self.look.typography,
            self.gallery.address,
            self._logo_digest,
        ]
        digest.update(json.dumps(rest, sort_keys=True, default=str).encode())
        return digest.hexdigest()

    @property
    def _logo_digest(self) -> str:
        logo = str(self.look.theme.get("logo", ""))
        if not is_file(logo):
            return ""
        found = self.album(self.issues / "any").of_look(logo)
        return found.digest if isinstance(found, Measured) else ""


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
    if not project.issues.is_dir():
        return
    for entry in sorted(project.issues.iterdir()):
        # Not asked of os.scandir, which stumbles over a link that leads to itself.
        for file in _indexes(entry) if entry.is_dir() else [entry]:
            if is_issue_file(file.relative_to(project.issues)) and file.is_file():
                yield file


def _indexes(folder: Path) -> list[Path]:
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


def _reads(
    project: Project,
    sources: Sequence[Source | Read] | None,
    wanted: Callable[[Source], bool],
    reading: Callable[[Project, Path], Read] | None,
) -> Iterator[Read]:
    if reading is not None:
        yield from (reading(project, file) for file in issue_files(project))
        return
    for source in read_sources(project) if sources is None else sources:
        if isinstance(source, Read):
            yield source
        elif wanted(source):
            yield _parsed(project, source)


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


def _among(reads: list[Read], file: Path) -> Read | None:
    """The file as one of the project's issues: there its slug may be taken."""
    return next((read for read in reads if read.source.file.resolve() == file.resolve()), None)


def insist_inside(project: Project, read: Read) -> None:
    """Raise WrongUsage for a file that `run` would never look at."""
    if _among(read_all(project), read.source.file) is None:
        raise WrongUsage(
            f"{read.source.path} is not an issue of this project, so no run would ever send it.",
            hint=f'newsletter new "A title" --from {read.source.path}   takes it over into issues/.',
            code="outside-issues",
        )


def find(project: Project, word: str) -> Read:
    """The one issue that `word` names: a path, a slug, or a piece of a slug.

    Raises WrongUsage when none or several fit, listing the candidates.
    """
    file = Path(word)
    for candidate in (file, project.root / file):
        target = next(iter(_indexes(candidate)), candidate)
        if target.is_file() and target.suffix.lower() in SUFFIXES:
            return _among(read_all(project), target) or read_issue(project, target.resolve())
    reads = read_all(project)
    exact = [read for read in reads if word in (read.slug, _name(read.source.file))]
    fits = exact or [read for read in reads if word.lower() in read.source.path.lower()]
    if len(fits) == 1:
        return fits[0]
    if fits:
        names = "\n".join(f"  {read.slug}" for read in fits)
        raise WrongUsage(f"{word!r} fits several issues:\n{names}", hint="Type a longer piece.")
    raise WrongUsage(
        f"No issue is called {word!r}.",
        hint=_nearest(word, [read.slug for read in reads]),
        code="no-such-issue",
    )


def _name(file: Path) -> str:
    """What the author calls an issue: its file, or its folder."""
    return file.parent.name if file.stem.lower() == "index" else file.stem


def _nearest(word: str, slugs: list[str]) -> str:
    """The slug that was meant, if one is near, or some that there are."""
    if not slugs:
        return 'issues/ is empty: newsletter new "Your subject"'
    # A slug is often typed by one of its words: each is compared, too.
    pieces = {piece: slug for slug in reversed(slugs) for piece in (*slug.split("-"), slug)}
    near = [pieces[piece] for piece in difflib.get_close_matches(word.lower(), pieces, 5)]
    names = ", ".join([*dict.fromkeys([*near, *slugs])][:_MOST_NAMES])
    meant = f"did you mean {near[0]}?\n" if near else ""
    return f"{meant}There are: {names}\nnewsletter list shows all"
