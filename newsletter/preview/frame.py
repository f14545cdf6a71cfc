"""The email as the page's frame shows it: for one reader, in one light, harmless.

The frame's document is the email's own HTML; only what a browser would do differently from
a mail program is changed. It is served under a policy that lets it run nothing and ask for
nothing, in a sandbox without scripts, forms or ways to leave its frame.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from html import escape, unescape
from typing import Literal

from newsletter import liquid
from newsletter.preheader import with_preheader
from newsletter.render.model import Email

Scheme = Literal["light", "dark", "forced"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark", "forced")

# What a media query asks of the reader's scheme, answered here: a frame does not learn the
# wish of the page around it (seen in Chromium), and the writer may want the other one.
_ASKS_DARK = re.compile(r"\(\s*prefers-color-scheme\s*:\s*dark\s*\)", re.IGNORECASE)
_ASKS_LIGHT = re.compile(r"\(\s*prefers-color-scheme\s*:\s*light\s*\)", re.IGNORECASE)
_ALWAYS, _NEVER = "(min-width: 0px)", "(max-width: 0px)"
_COLOR_SCHEME = re.compile(r"(?<![\w-])color-scheme\s*:[^;}\"'<]*", re.IGNORECASE)
_STYLE_OR_TAG = re.compile(
    r"(?P<style><style\b[^>]*>.*?</style\s*>)"
    r"|<(?P<name>[a-z][\w:-]*)(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>",
    re.IGNORECASE | re.DOTALL,
)
_ATTRIBUTE = re.compile(
    r"(?<=[\s\"'/])([a-z][\w:-]*)\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s\"'>]+)", re.IGNORECASE
)
_WITH_ADDRESS = frozenset(
    ["href", "xlink:href", "src", "srcset", "action", "formaction", "background", "poster", "data"]
)
_UNSAFE = re.compile(r"(?:javascript|vbscript|file|data:text)", re.IGNORECASE)
_BLANKS = re.compile(r"[\x00-\x20]+")
_HEAD = re.compile(r"<head\b[^>]*>", re.IGNORECASE)
_HEAD_END = re.compile(r"</head\s*>", re.IGNORECASE)
# Roughly what Gmail's app does to a mail without dark rules: everything is turned round,
# and pictures back again.
_INVERTED = (
    "<style>html{background:#fff;filter:invert(1) hue-rotate(180deg)}"
    "img,video,picture{filter:invert(1) hue-rotate(180deg)}</style>"
)
_MARK = 'style="background:#ffd54d;color:#201a00;outline:2px solid #b3261e;padding:0 .2em"'


@dataclass(frozen=True, kw_only=True)
class Personal:
    """What one reader gets. `trouble` is why the Liquid could not be filled in, if so."""

    subject: str
    preview_text: str
    html: str
    text: str
    trouble: liquid.LiquidError | None = None


def personal(
    email: Email, reader: liquid.Reader, links: liquid.Links, *, now: datetime
) -> Personal:
    """The email in the words for one reader, with its hidden preheader.

    Where the Liquid cannot be filled in, its tags stay as they were typed, and the first
    wrong one is marked where it stands.
    """
    html = with_preheader(email.html, email.preview_text)
    try:
        return Personal(
            subject=_fill(email.subject, reader, links, now),
            preview_text=_fill(email.preview_text, reader, links, now),
            html=_fill(html, reader, links, now, escape_html=True),
            text=_fill(email.text, reader, links, now),
        )
    except liquid.LiquidError as trouble:
        return Personal(
            subject=email.subject,
            preview_text=email.preview_text,
            html=_marked(html, _trouble_in(html, reader, links, now) or trouble),
            text=email.text,
            trouble=trouble,
        )


def document(html: str, *, scheme: Scheme = "light") -> str:
    """The frame's document: `html` in one light, with links that open beside the page."""
    is_dark = scheme == "dark"
    shown = _STYLE_OR_TAG.sub(lambda found: _harmless(found, is_dark), html)
    head = f'<base target="_blank"><meta name="color-scheme" content="{_name(is_dark)}">'
    shown = _into_head(shown, head, _HEAD, after=True)
    return _into_head(shown, _INVERTED, _HEAD_END, after=False) if scheme == "forced" else shown


def policy(*, pictures: bool, from_elsewhere: bool) -> str:
    """The frame's Content-Security-Policy.

    Without `pictures` none is shown, as many mail programs begin; pictures `from_elsewhere`
    are asked for only when the writer wants that.
    """
    sources = ("'self' data:" + (" https: http:" if from_elsewhere else "")) if pictures else None
    return (
        f"default-src 'none'; img-src {sources or chr(39) + 'none' + chr(39)}; "
        "style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; "
        "frame-ancestors 'self'; sandbox allow-same-origin allow-popups "
        "allow-popups-to-escape-sandbox"
    )


def _fill(
    source: str,
    reader: liquid.Reader,
    links: liquid.Links,
    now: datetime,
    *,
    escape_html: bool = False,
) -> str:
    return liquid.compile(source).render(reader, links, now=now, escape_html=escape_html)


def _trouble_in(
    html: str, reader: liquid.Reader, links: liquid.Links, now: datetime
) -> liquid.LiquidError | None:
    try:
        _fill(html, reader, links, now, escape_html=True)
    except liquid.LiquidError as trouble:
        return trouble
    return None


def _marked(html: str, trouble: liquid.LiquidError) -> str:
    """`html` with the tag that cannot be read marked, where it stands in running text."""
    lines = html.split("\n")
    at = sum(len(line) + 1 for line in lines[: trouble.line - 1]) + trouble.column - 1
    begin = max(html.rfind("{{", 0, at + 2), html.rfind("{%", 0, at + 2))
    if begin < 0 or html.rfind("<", 0, begin) > html.rfind(">", 0, begin):
        return html  # inside of an element's tag: nothing can be put there
    ends = [end for end in (html.find("}}", begin), html.find("%}", begin)) if end >= 0]
    close = html.find("<", begin)
    end = min(ends) + 2 if ends and (close < 0 or min(ends) < close) else close
    if end < 0:
        return html
    told = f'<mark {_MARK} title="{escape(trouble.message)}">{html[begin:end]}</mark>'
    return html[:begin] + told + html[end:]


def _harmless(found: re.Match[str], is_dark: bool) -> str:
    """A tag or a whole style element as the frame may have it; running text is none of these."""
    if found["style"]:
        return _in_one_light(found[0], is_dark)
    tag, name = found[0], found["name"].lower()
    # A policy keeps no <link> from asking for a name's address (dns-prefetch, preconnect).
    if name in ("base", "link"):
        return ""
    lower = tag.lower()
    if name == "meta" and (
        ("http-equiv" in lower and "charset" not in lower) or "color-scheme" in lower
    ):
        return ""
    return _ATTRIBUTE.sub(lambda each: _attribute(each, is_dark), tag)


def _attribute(found: re.Match[str], is_dark: bool) -> str:
    name = found[1].lower()
    if name in ("style", "media"):
        return _in_one_light(found[0], is_dark)
    if name in _WITH_ADDRESS and _UNSAFE.match(_BLANKS.sub("", unescape(found[2].strip("\"'")))):
        return f'{found[1]}="#"'
    return found[0]


def _in_one_light(css: str, is_dark: bool) -> str:
    css = _ASKS_DARK.sub(_ALWAYS if is_dark else _NEVER, css)
    css = _ASKS_LIGHT.sub(_NEVER if is_dark else _ALWAYS, css)
    return _COLOR_SCHEME.sub(f"color-scheme:{_name(is_dark)}", css)


def _name(is_dark: bool) -> str:
    return "dark" if is_dark else "light"


def _into_head(html: str, what: str, place: re.Pattern[str], *, after: bool) -> str:
    found = place.search(html)
    if found is None:
        return what + html
    at = found.end() if after else found.start()
    return html[:at] + what + html[at:]
