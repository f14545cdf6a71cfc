"""The preview text as it leaves: a hidden first block of the email's body.

The preview text travels in a field of its own; whoever sends puts it in, so that
it never stands in a mail twice.
"""

from __future__ import annotations

import re
from html import escape

# Invisible filler after the words keeps the letter's first lines out of the inbox
# row. U+034F, ZWNJ and a no-break space: a chain of no-break spaces alone stopped
# working in Apple Mail.
_FILLER = "&#847;&zwnj;&nbsp;"
_FILLERS = 60
_BODY = re.compile(r"<body\b[^>]*>", re.IGNORECASE)


def with_preheader(html: str, preview_text: str) -> str:
    """`html` with `preview_text` (plain words, Liquid allowed) hidden at the body's start.

    Gives `html` unchanged when there is no preview text. Liquid tags in the preview
    text are left as they are.
    """
    words = preview_text.strip()
    if not words:
        return html
    block = (
        '<div aria-hidden="true" style="display:none;font-size:1px;line-height:1px;'
        'max-height:0;max-width:0;opacity:0;overflow:hidden;mso-hide:all">'
        f"{_escape_around_liquid(words)}{_FILLER * _FILLERS}</div>"
    )
    found = _BODY.search(html)
    at = found.end() if found else 0
    return html[:at] + block + html[at:]


def _escape_around_liquid(words: str) -> str:
    parts = re.split(r"(\{\{.*?\}\}|\{%.*?%\})", words, flags=re.DOTALL)
    return "".join(part if i % 2 else escape(part, quote=False) for i, part in enumerate(parts))
