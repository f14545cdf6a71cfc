"""An issue and a look become an email: shield, Markdown, Jinja2, premailer.

`render(issue, look)` is the one function for preview, test and send. What is
exported here is loaded when it is first asked for, so that importing the room's
dataclasses costs nothing: premailer alone takes a quarter of a second.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from newsletter.render.model import Email, Look, Newsletter

if TYPE_CHECKING:
    from newsletter.render.email import render
    from newsletter.render.templates import builtin_templates
    from newsletter.render.theme import Theme, contrast, theme_of

__all__ = [
    "Email",
    "Look",
    "Newsletter",
    "Theme",
    "builtin_templates",
    "contrast",
    "render",
    "theme_of",
]

_HOME = {
    "Theme": "theme",
    "builtin_templates": "templates",
    "contrast": "theme",
    "render": "email",
    "theme_of": "theme",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
