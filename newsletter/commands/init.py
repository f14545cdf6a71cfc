"""`init`: a working project, and no questions."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from newsletter.errors import NotNow, WrongUsage
from newsletter.issue.name import slug_and_date, slugify

_SAMPLE = "issues/2026-01-06-a-first-letter.md"


@dataclass(frozen=True, kw_only=True)
class Made:
    """What `init` wrote, what stood there already, and what of that is the author's (`kept`)."""

    folder: Path
    created: tuple[str, ...]
    skipped: tuple[str, ...]
    kept: tuple[str, ...] = ()


def init(
    folder: Path,
    *,
    name: str,
    sender: str,
    timezone: str,
    dotenv_example: str,
    with_sample: bool,
    is_forced: bool,
) -> Made:
    """Write a project into `folder`. Raises WrongUsage when one is there already.

    With `is_forced` the files that are missing are written; those that differ from what
    would be written are the author's, and kept.
    """
    if (folder / "newsletter.toml").exists() and not is_forced:
        raise WrongUsage(
            f"{folder}/newsletter.toml is there already.",
            hint="newsletter status  shows that project; --force writes those starting files that are missing.",
            code="project-exists",
        )
    files = {
        "newsletter.toml": _starter("newsletter.toml")
        .replace("@NAME@", _quoted(name))
        .replace("@PROJECT@", slugify(name) or "newsletter")
        .replace("@FROM@", _quoted(sender))
        .replace("@TIMEZONE@", timezone),
        ".env.example": dotenv_example,
        ".gitignore": _starter("gitignore"),
        "templates/email.html.j2": _starter("email.html.j2"),
    }
    if with_sample:
        files[_SAMPLE] = _starter("letter.md")
    created: list[str] = []
    skipped: list[str] = []
    kept: list[str] = []
    try:
        (folder / "issues").mkdir(parents=True, exist_ok=True)
        for path, text in files.items():
            file = folder / path
            if file.is_symlink() or file.exists():
                is_ours = file.is_file() and file.read_bytes() == text.encode()
                (skipped if is_ours or not is_forced else kept).append(path)
                continue
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="\n")
            created.append(path)
    except OSError as error:
        raise NotNow(f"{folder} cannot be written: {error.strerror}.") from error
    return Made(folder=folder, created=tuple(created), skipped=tuple(skipped), kept=tuple(kept))


def write_sample(folder: Path) -> tuple[str, str]:
    """Write the letter that a new project begins with, unless it is there; gives path and slug."""
    file = folder / _SAMPLE
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            file.write_text(_starter("letter.md"), encoding="utf-8", newline="\n")
    except OSError as error:
        raise NotNow(f"{file} cannot be written: {error.strerror}.") from error
    return _SAMPLE, slug_and_date(_SAMPLE)[0]


def _starter(name: str) -> str:
    return (resources.files("newsletter.commands") / "starter" / name).read_text(encoding="utf-8")


def _quoted(text: str) -> str:
    """`text` for the inside of a TOML basic string."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
