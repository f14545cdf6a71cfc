"""What a file's name says: whether it is an issue, its slug, its date."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from pathlib import PurePath

SUFFIXES = (".md", ".txt", ".html")
"""What a letter's file ends in; of several `index` files in a folder the first counts."""
_LEADING_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[-_ ]+|$)")


def is_issue_file(path: PurePath) -> bool:
    """Whether a file in `issues/` is a letter: `.md`, `.txt` or `.html`, no leading `_` or dot.

    A leading `_` or dot on its folder hides it, too.
    """
    hidden = any(part.startswith(("_", ".")) and part != ".." for part in path.parts[-2:])
    return not hidden and path.suffix.lower() in SUFFIXES


def slugify(text: str) -> str:
    """Lower-case words joined by hyphens; Latin letters lose their accents, others stay."""
    plain: list[str] = []
    for char in unicodedata.normalize("NFKD", text.replace("'", "").replace("’", "")):
        if unicodedata.combining(char) and plain and plain[-1].isascii():
            continue
        plain.append(char)
    composed = unicodedata.normalize("NFC", "".join(plain)).lower()
    return re.sub(r"[\W_]+", "-", composed).strip("-")


def slug_and_date(path: str) -> tuple[str, str | None]:
    """The slug and the `YYYY-MM-DD` in a file's name; `index.md` takes its folder's name.

    A name that is only a date has the date as its slug. The slug is empty when the
    name has no letter and no digit.
    """
    file = PurePath(path)
    name = file.stem
    if name.lower() == "index" and file.parent.name:
        name = file.parent.name
    match = _LEADING_DATE.match(name)
    if match is None or not _is_date(match[1]):
        return slugify(name), None
    return slugify(name[match.end() :]) or match[1], match[1]


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
