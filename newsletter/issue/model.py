"""What an issue is once its file has been read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal


class Status(StrEnum):
    """The only two words a file knows; everything later lives in the ledger."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"


class Kind(StrEnum):
    """How the body is written."""

    MARKDOWN = "markdown"
    PLAIN = "plain"
    HTML = "html"
    """HTML of the letter alone: the look goes round it."""
    PAGE = "page"
    """A whole HTML page: nothing goes round it."""

    @property
    def is_html(self) -> bool:
        return self in (Kind.HTML, Kind.PAGE)


@dataclass(frozen=True, kw_only=True)
class Audience:
    """The filter that chooses readers: one group, as Kit takes only one.

    `group` is None for everyone. `tags` and `segments` hold names or ids as the
    author wrote them (an id is a string of digits).
    """

    group: Literal["all", "any", "none"] | None = None
    tags: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()

    @property
    def is_everyone(self) -> bool:
        return self.group is None


@dataclass(frozen=True, kw_only=True)
class Change:
    """One thing that reading pasted text changed or left out, with its line."""

    line: int
    kind: Literal["removed", "changed"]
    text: str
    why: str


@dataclass(frozen=True, kw_only=True)
class Remark:
    """Something reading noticed that does not stop it; becomes a finding."""

    rule: str
    message: str
    cure: str = ""
    line: int | None = None
    column: int | None = None
    severity: Literal["error", "warning", "info"] = "warning"


@dataclass(frozen=True, kw_only=True)
class Issue:
    """One author's letter. Times are aware and UTC; `path` is relative to the project.

    `body` is Markdown (plain text has been turned into it by `plain`) or, by its `kind`,
    HTML, with Liquid tags and shortcodes still in it. `body_lines[i]` is the file's line
    (1-based) that line `i` (0-based) of `body` came from. `key_lines` are the lines of
    settings in their file, which is `path` but for those in `key_paths`. `url` is the
    letter's address on the web, where its author gave one; `typography` is None where the
    project decides.
    """

    path: str
    slug: str
    kind: Kind
    subject: str
    subject_guessed: bool
    preview_text: str
    body: str
    body_lines: tuple[int, ...]
    title: str
    status: Status
    send_at: datetime | None
    timezone: str
    audience: Audience
    sender: str | None
    template: str
    public: bool
    language: str | None
    date: str | None
    thumbnail: str | None
    thumbnail_alt: str | None
    number: int | None
    topics: tuple[str, ...]
    theme: Mapping[str, Any] = field(default_factory=dict)
    vars: Mapping[str, Any] = field(default_factory=dict)
    ignore: frozenset[str] = frozenset()
    note: str | None = None
    url: str | None = None
    typography: bool | None = None
    key_lines: Mapping[str, int] = field(default_factory=dict)
    key_paths: Mapping[str, str] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    remarks: tuple[Remark, ...] = ()

    def line_of(self, body_line: int) -> int | None:
        """The file's line for a 0-based line of `body`, or None past its end."""
        if 0 <= body_line < len(self.body_lines):
            return self.body_lines[body_line]
        return None
