"""Which letter a word on the command line names."""

from __future__ import annotations

import difflib
from pathlib import Path

from newsletter.commands.letters import Read, indexes, read_all, read_issue
from newsletter.commands.project import Project
from newsletter.errors import WrongUsage
from newsletter.issue.name import SUFFIXES

_MOST_NAMES = 5


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
        target = next(iter(indexes(candidate)), candidate)
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
