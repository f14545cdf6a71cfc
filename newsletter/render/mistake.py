"""A style sheet that a mail must not have. It knows no file yet; `email.py` finds that."""

from __future__ import annotations

import re


class StyleMistake(ValueError):
    """A style sheet that a mail must not have; `pattern` finds it in the templates."""

    def __init__(self, message: str, hint: str, pattern: re.Pattern[str]) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.pattern = pattern
