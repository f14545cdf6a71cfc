"""What a check reports."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """An error stops a send, a warning does so under `--strict`, info never."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing a check noticed. `rule` is stable: it is what `ignore:` names.

    `path` is relative to the project; `line` and `column` are 1-based and None
    where the finding concerns the whole file. `cure` says what to do, as a
    sentence or a command.
    """

    rule: str
    severity: Severity
    message: str
    path: str
    line: int | None = None
    column: int | None = None
    cure: str = ""

    @property
    def place(self) -> str:
        """`line:column`, `line`, or a dash."""
        if self.line is None:
            return "-"
        return f"{self.line}:{self.column}" if self.column else str(self.line)
