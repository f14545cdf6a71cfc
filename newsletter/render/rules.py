"""The parsed rules of a style sheet, and a folder that keeps them between processes.

JSON with a checksum, not pickle: others may be able to write the folder, and plain
data cannot run. A file that cannot be read is as good as none.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

_KEPT_FILES = 32


class Rule(NamedTuple):
    """One rule as premailer keeps it: its place in the cascade, selector, declarations."""

    order: tuple[int, ...]
    selector: str
    declarations: str


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A style sheet: the plain rules as text and parsed, and the rest as text.

    `declarations` maps each declaration block to its parsed pairs.
    """

    plain: str
    rest: str
    rules: tuple[Rule, ...]
    declarations: Mapping[str, list[tuple[str, str]]]

    def for_premailer(self, index: int) -> list[tuple[tuple[int, ...], str, str]]:
        """The rules as those of the page's style sheet number `index`."""
        return [
            ((*order[:4], index, *order[5:]), selector, declarations)
            for order, selector, declarations in self.rules
        ]


def load(folder: Path | None, css: str, circumstances: str) -> Sheet | None:
    """The sheet that was kept for this CSS under these versions and options, if any."""
    if folder is None:
        return None
    try:
        digest, _, text = (
            _file(folder, css, circumstances).read_text(encoding="utf-8").partition("\n")
        )
        if digest != _digest(text):
            return None
        kept = json.loads(text)
        return Sheet(
            plain=kept["plain"],
            rest=kept["rest"],
            rules=tuple(Rule(tuple(order), *more) for order, *more in kept["rules"]),
            declarations={
                bulk: [(name, value) for name, value in pairs]
                for bulk, pairs in kept["declarations"].items()
            },
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None  # missing or damaged: it is parsed again and written anew


def save(folder: Path | None, css: str, circumstances: str, sheet: Sheet) -> None:
    """Keeps a sheet, replacing a damaged file, and lets the oldest of many go."""
    if folder is None:
        return
    text = json.dumps(
        {
            "plain": sheet.plain,
            "rest": sheet.rest,
            "rules": sheet.rules,
            "declarations": sheet.declarations,
        },
        ensure_ascii=False,
    )
    # A folder that cannot be written only costs time.
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", dir=folder, prefix="new-", suffix=".tmp", encoding="utf-8", delete=False
        ) as file:
            file.write(f"{_digest(text)}\n{text}")
        Path(file.name).replace(_file(folder, css, circumstances))
        files = sorted(folder.glob("css-*.json"), key=lambda one: one.stat().st_mtime)
        for old in files[:-_KEPT_FILES]:
            old.unlink(missing_ok=True)


def _file(folder: Path, css: str, circumstances: str) -> Path:
    return folder / f"css-{_digest(circumstances + chr(0) + css)[:32]}.json"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
