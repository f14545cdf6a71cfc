"""The manual's pages as its tests read them: blocks of code, headings, links, tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GENERATED = ("commands.md", "settings.md", "checks.md")
_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)|(?:src|srcset)=\"([^\"]+)\"")
_CODE = re.compile(r"`([^`\n]+)`")


@dataclass(frozen=True, kw_only=True)
class Block:
    """A block of code: what it is marked as, its text, and the line it begins on."""

    kind: str
    text: str
    line: int

    @property
    def typed(self) -> list[str]:
        """What a person types: the lines behind a `$`."""
        return [line[2:] for line in self.text.splitlines() if line.startswith("$ ")]


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page."""

    path: Path
    text: str

    @property
    def name(self) -> str:
        """Where it is, from the root of the project."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def is_written_by_hand(self) -> bool:
        return self.path.name not in GENERATED

    def blocks(self, kind: str) -> list[Block]:
        """The blocks of code that are marked `kind`."""
        return [
            Block(kind=found[2], text=_unindented(found), line=self._line(found.start()))
            for found in _FENCE.finditer(self.text)
            if found[2] == kind
        ]

    @property
    def prose(self) -> str:
        """The page without its blocks of code."""
        return _FENCE.sub("", self.text)

    def links(self) -> Iterator[str]:
        """Every address that leads somewhere in this project."""
        for found in _LINK.finditer(self.prose):
            address = found[1] or found[2]
            if not re.match(r"[a-z]+:", address):
                yield address

    def anchors(self) -> set[str]:
        """The names of its headings, as GitHub makes them."""
        headings = re.findall(r"^#+ (.+)$", self.prose, re.MULTILINE)
        return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}

    def code(self) -> set[str]:
        """All that stands between backticks in its prose."""
        return set(_CODE.findall(self.prose))

    def table(self, head: str) -> list[list[str]]:
        """The rows of the table whose head begins with `head`, cell by cell."""
        lines = self.text[self.text.index(f"| {head} |") :].splitlines()[2:]
        rows = []
        for line in lines:
            if not line.startswith("|"):
                break
            cells = re.split(r"(?<!\\)\|", line)[1:-1]
            rows.append([cell.strip() for cell in cells])
        return rows

    def _line(self, at: int) -> int:
        return self.text.count("\n", 0, at) + 1


def pages() -> list[Page]:
    """The README, the changes and the manual."""
    files = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
    return [Page(path=file, text=file.read_text(encoding="utf-8")) for file in files]


def page(name: str) -> Page:
    """One page by its name, as `docs/kit.md`."""
    return next(one for one in pages() if one.name == name)


def words(cell: str) -> list[str]:
    """What stands between backticks in a cell."""
    return _CODE.findall(cell)


def _unindented(found: re.Match[str]) -> str:
    return re.sub(rf"^{found[1]}", "", found[3], flags=re.MULTILINE)
