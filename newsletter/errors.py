"""Everything that can stop a command, as one tree.

    NewsletterError
    ├── WrongUsage          2   the command line cannot be understood
    ├── NotNow              1   understood and refused: a person must look
    │   └── Held            1   an issue that was due was not sent
    ├── InvalidIssue        3   the author's file has a mistake
    ├── InvalidTemplate     3   the look has a mistake
    ├── ChecksFailed        3   the email has findings that stop a send
    ├── NotConfigured       4   settings or credentials
    ├── OutcomeUnknown      5   a request was written and no answer came
    └── TryLater           75   the request never left, or another run is at it

Each carries what is wrong (`message`), what to do about it (`hint`), a stable
`code` for `--json`, and its exit status. Only `newsletter.cli` turns one into
text. Exit status 75 is sysexits' EX_TEMPFAIL, which cron tools know.
"""

from __future__ import annotations

from typing import ClassVar


class NewsletterError(Exception):
    """A command could not do its work; says what is wrong and what to do."""

    exit_code: ClassVar[int] = 1
    code: ClassVar[str] = "failed"

    def __init__(self, message: str, *, hint: str = "", code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.error_code = code or self.code

    @property
    def place(self) -> str:
        """Where the mistake stands, as `file:line:column`, or an empty string."""
        return ""


class WrongUsage(NewsletterError):
    """The command line cannot be understood."""

    exit_code = 2
    code = "usage"


class NotNow(NewsletterError):
    """Understood and refused; a person must look."""

    exit_code = 1
    code = "refused"


class Held(NotNow):
    """An issue that was due was not sent; a person must decide."""

    code = "held"


class InFile(NewsletterError):
    """A mistake that stands in a file, with its place."""

    exit_code = 3

    def __init__(
        self,
        message: str,
        *,
        file: str,
        line: int | None = None,
        column: int | None = None,
        rule: str | None = None,
        key: str | None = None,
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint, code=rule)
        self.file = file
        self.line = line
        self.column = column
        self.rule = rule or self.code
        self.key = key

    @property
    def place(self) -> str:
        parts = [self.file]
        if self.line is not None:
            parts.append(str(self.line))
            if self.column is not None:
                parts.append(str(self.column))
        return ":".join(parts)


class InvalidIssue(InFile):
    """The author's file has a mistake; names file, line and key."""

    code = "front-matter-invalid"


class InvalidTemplate(InFile):
    """A template of the look has a mistake; names the template's file and line."""

    code = "template-error"


class ChecksFailed(NewsletterError):
    """The email has findings that stop a send."""

    exit_code = 3
    code = "checks-failed"


class NotConfigured(NewsletterError):
    """A setting or a credential is missing, wrong or refused."""

    exit_code = 4
    code = "not-configured"


class OutcomeUnknown(NewsletterError):
    """A request was written and no answer came: it may or may not have happened."""

    exit_code = 5
    code = "outcome-unknown"


class TryLater(NewsletterError):
    """The request never left, or another run is at it; nothing was changed."""

    exit_code = 75
    code = "try-later"
